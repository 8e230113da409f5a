"""
Paths that a stranger chose, checked before they name a file of ours.

What is not plainly a path below a folder is refused: mending a path could let two become one.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

__all__ = ["Claims", "checked_path"]

_LONGEST_SEGMENT = 240
"""Bytes of UTF-8: disks take 255 in a name, and a temporary name is a little longer."""

_LONGEST_PATH = 900
"""Bytes of UTF-8: S3 takes 1024 in a key, and a folder's name comes before."""

_DRIVE = re.compile(r"[A-Za-z]:")
_TEMPORARY = re.compile(r"\..*\.partial")


def checked_path(path: str) -> str:
    """
    Check that a path leads to a file below whatever folder it is put into, on disks and in buckets alike.

    :return: the path as it was given.
    :raises ValueError: it does not; says why in a few words, without the path.
    """
    segments = path.split("/")
    reasons = {
        "it is empty": not path,
        "it is absolute": path.startswith("/"),
        "it has a backslash": "\\" in path,
        "it begins with a drive letter": bool(_DRIVE.match(path)),
        "it has a control character": any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in path),
        "it has an empty segment": "" in segments,
        "it has a segment of dots": any(segment in {".", ".."} for segment in segments),
        f"a segment has more than {_LONGEST_SEGMENT} bytes": any(
            len(segment.encode(errors="replace")) > _LONGEST_SEGMENT for segment in segments
        ),
        f"it has more than {_LONGEST_PATH} bytes": len(path.encode(errors="replace")) > _LONGEST_PATH,
        # Storages are reached by address, and "a?" and "a" would be one.
        "it does not survive in an address": urlsplit(f"s3://b/{path}").geturl() != f"s3://b/{path}",
        "it is the name of a temporary file": any(_TEMPORARY.fullmatch(segment) for segment in segments),
    }
    for reason, holds in reasons.items():
        if holds:
            raise ValueError(reason)
    return path


class Claims:
    """Who claims which path; no two may claim one, nor a file what another needs as a folder."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def claim(self, path: str, owner: str) -> None:
        """
        Claim a path.

        Paths that differ by Unicode normalisation only are one: some disks and tools take them for the same.

        :param owner: for messages.
        :raises ValueError: somebody else needs it; names them.
        """
        same = unicodedata.normalize("NFC", path)
        segments = same.split("/")
        above = ["/".join(segments[:depth]) for depth in range(1, len(segments))]
        for taken in (self._files.get(same), self._folders.get(same), *map(self._files.get, above)):
            if taken is not None:
                raise ValueError(f"it would land where {taken} does")
        self._files[same] = owner
        for folder in above:
            self._folders.setdefault(folder, owner)
