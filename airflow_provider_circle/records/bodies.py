"""
What many records say, one after the other in a file without a name.

Knows where a text begins and ends; which one is whose, and whether it is still wanted, is left to others.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["Bodies"]

T = TypeVar("T")

_BUFFER_BYTES = 2**18


class Bodies:
    """A file on local disk, gone with the process, killed or not. It grows only."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="circle-", suffix=".bodies", buffering=_BUFFER_BYTES)  # noqa: SIM115  see close
        self._end = 0

    def close(self) -> None:
        """Remove it from the disk."""
        self._file.close()

    def add(self, body: bytes) -> int:
        """
        Keep a text.

        :return: where it begins.
        """
        begin = self._end
        self._file.write(body)
        self._end = begin + len(body)
        return begin

    def read(self, places: Iterable[tuple[T, int, int]]) -> Iterator[tuple[T, bytes]]:
        """
        Read texts; a chunk at a time where they lie in the order they are asked for.

        :param places: what tells a text from others, where it begins, and its size.
        """
        self._file.flush()
        descriptor, chunk, first = self._file.fileno(), b"", 0
        for name, begin, size in places:
            at = begin - first
            if at < 0 or at + size > len(chunk):
                chunk, first, at = os.pread(descriptor, max(size, _BUFFER_BYTES), begin), begin, 0
            yield name, chunk[at : at + size]
