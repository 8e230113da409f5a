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
        last = re.compile("|".join(map(_segment, patterns)))  # one with a slash matches no name
    except re.error:
        raise ValueError(
            f"{name} must hold sets such as [a-z], from low to high, got {list(patterns)!r:.200}"
        ) from None
    return lambda path: bool(whole.fullmatch(path) or last.fullmatch(path.rpartition("/")[2]))


def _regex(segments: Sequence[str]) -> str:
    blocks: list[list[str]] = [[]]
    for segment in segments:
        if segment != "**":
            blocks[-1].append(_segment(segment))
        elif blocks[-1] or len(blocks) == 1:
            blocks.append([])
    if len(blocks) == 1:
        return "/".join(blocks[0])
    first, *between, last = ("".join(f"{segment}/" for segment in block) for block in blocks)
    # What stands between two "**" may stay where it is found first, whatever follows: to try other places would take a
    # stranger's path time without end.
    written = first + "".join(f"(?>(?:[^/]*/)*?{block})" for block in between)
    return f"(?:{written}{r'(?:[^/]*/)*' + last[:-1] if last else r'(?s:.)+'})"


def _segment(segment: str) -> str:
    runs, at = [""], 0
    while at < len(segment):
        char = segment[at]
        at += 1
        if char == "*":
            runs.append("")
        elif char == "?":
            runs[-1] += "[^/]"
        elif char == "[" and (found := re.match(r"(!?)(\]?[^\]/]*)\]", segment[at:])) and found[2]:
            # Only a hyphen has a meaning within a set; everything else stands for itself.
            members = re.sub(r"([\\\[\]^&~|])", r"\\\1", found[2])
            runs[-1] += f"(?!/)[{'^' if found[1] else ''}{members}]"
            at += found.end()
        else:
            runs[-1] += re.escape(char)
    if len(runs) == 1:
        return runs[0]
    first, *between, last = runs
    # As with "**": what stands between two "*" may stay where it is found first.
    return first + "".join(f"(?>[^/]*?{run})" for run in between if run) + f"[^/]*{last}"
