"""
Patterns that choose paths, as people know them from ``.gitignore``.

Knows nothing of disks: a path is a text with slashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["path_filter"]


def path_filter(name: str, patterns: Any) -> Callable[[str], bool]:
    """
    Make a test that a path passes when one of some patterns matches it whole, upper and lower case apart.

    A pattern without a slash is held against the path's last segment, so ``*.xml`` finds files at any depth; one with
    a slash against the whole path. ``*`` is any run of characters but slashes, ``?`` one of them, ``[abc]`` and
    ``[!abc]`` one of a set; ``**`` as a whole segment is any number of segments, none included. Names that begin with a
    dot are like any other.

    :param name: the argument's, for messages.
    :param patterns: at least one.
    :raises ValueError: no list of patterns, or one that can match nothing.
    """
    if isinstance(patterns, str) or not isinstance(patterns, Sequence) or not patterns:
        raise ValueError(f"{name} must be a list of patterns such as '*.xml' or 'coverage/**', got {patterns!r:.100}")
    for pattern in patterns:
        if not isinstance(pattern, str) or not all(pattern.split("/")):
            raise ValueError(
                f"{name} must hold patterns without an empty segment, such as '*.xml' or 'coverage/**', "
                f"got {pattern!r:.100}"
            )
    try:
        whole = re.compile("|".join(_regex(p.split("/")) for p in patterns if "/" in p or p == "**") or r"(?!)")
        last = re.compile("|".join(_segment(p) for p in patterns if "/" not in p and p != "**") or r"(?!)")
    except re.error:
        raise ValueError(
            f"{name} must hold sets such as [a-z], from low to high, got {list(patterns)!r:.200}"
        ) from None
    return lambda path: bool(whole.fullmatch(path) or last.fullmatch(path.rpartition("/")[2]))


def _regex(segments: Sequence[str]) -> str:
    written = ""
    for number, segment in enumerate(segments, 1):
        end = number == len(segments)
        if segment == "**":
            written += r"(?s:.)+" if end else r"(?:[^/]*/)*"
        else:
            written += _segment(segment) + ("" if end else "/")
    return f"(?:{written})"


def _segment(segment: str) -> str:
    written, at = "", 0
    while at < len(segment):
        char = segment[at]
        at += 1
        if char == "*":
            written += "[^/]*"
        elif char == "?":
            written += "[^/]"
        elif char == "[" and (found := re.match(r"(!?)(\]?[^\]/]*)\]", segment[at:])) and found[2]:
            # Only a hyphen has a meaning within a set; everything else stands for itself.
            members = re.sub(r"([\\\[\]^&~|])", r"\\\1", found[2])
            written += f"(?!/)[{'^' if found[1] else ''}{members}]"
            at += found.end()
        else:
            written += re.escape(char)
    return f"(?:{written})"
