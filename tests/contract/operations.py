"""The list of all operations of Circle's Admin API v2, which is written for people, read for tests."""

from __future__ import annotations

import re

__all__ = ["read_operations"]

_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
_LABEL = re.compile(r"^[a-z_ /]+:")
_OPERATION = re.compile(r"\s*((?:[A-Z]+[\s,]+)+)(\S+)")
_CHOICE = re.compile(r"\{([a-z_]+(?:,[a-z_]+)+)\}")


def read_operations(text: str) -> set[tuple[str, str]]:
    """Give method and path template of every operation."""
    found: set[tuple[str, str]] = set()
    for line in text.splitlines():
        plain = line
        while _BRACKETS.search(plain):
            plain = _BRACKETS.sub("", plain)
        if _LABEL.match(plain):
            found |= _of_line(_LABEL.sub("", plain))
    return found


def _of_line(line: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    base = "-"
    for part in line.split(";"):
        match = _OPERATION.match(part)
        if match is None:
            continue
        path = match[2].partition("?")[0].rstrip(",.")
        if path.startswith((".../{", "/{")):
            path = base + path.removeprefix("...")
        elif not path.startswith(f"{base}/"):
            base = re.sub(r"/\{[^}]+\}$", "", path)
        found |= {(method, each) for method in re.findall("[A-Z]+", match[1]) for each in _expanded(path)}
    return found


def _expanded(path: str) -> list[str]:
    choice = _CHOICE.search(path)
    return [path] if choice is None else [path.replace(choice[0], each) for each in choice[1].split(",")]
