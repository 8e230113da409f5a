"""
Unpacks replies, in both transports alike: gzip and nothing else, never much at once, into memory no more than is taken.

HTTP libraries would do it, each release in its own way: older ones unpack whatever they have read in one go, urllib3
2.8 does not come to an end with some files of several members, and drops the last bytes of some that are deflated
without zlib's header.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from airflow_provider_circle.core.message import MOST_BODY_BYTES
from airflow_provider_circle.exceptions import Unreachable

__all__ = ["ACCEPTED_CODING", "Body", "Unpacker"]

ACCEPTED_CODING = "gzip"
"""What is asked for where a request asks for nothing else."""

_GZIP_ONLY = 16 + zlib.MAX_WBITS
_PIECE_BYTES = 65_536
_WINDOW_BYTES = 4_096
"""Looked at once: at the end of each member zlib copies the rest of it, and there may be many members."""


class Unpacker:
    """
    Unpacks a reply's body as it comes.

    :param headers: the reply's, names in lower case.
    :raises Unreachable: it is packed in a way that was not asked for.

    Source: RFC 9110, 8.4; RFC 1952, 2.2 (members)
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        coding = headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity", ACCEPTED_CODING}:
            raise Unreachable("the reply is packed in a way that was not asked for", sent=True)
        self._member = zlib.decompressobj(_GZIP_ONLY) if coding == ACCEPTED_CODING else None
        self._began = False

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """
        Unpack what has come, piece by piece.

        :raises Unreachable: it is not packed as it claims.
        """
        if self._member is None:
            yield packed
            return
        for begin in range(0, len(packed), _WINDOW_BYTES):
            yield from self._unpacked(packed[begin : begin + _WINDOW_BYTES])

    def end(self) -> None:
        """
        Tell that nothing more comes.

        :raises Unreachable: something is missing.
        """
        if self._member is not None and self._began and not self._member.eof:
            raise Unreachable("the reply ends within what was packed", sent=True)

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        # What zlib holds back for want of room comes out with the next bytes: a checksum ends each member.
        while packed:
            if self._member is None or self._member.eof:
                self._member = zlib.decompressobj(_GZIP_ONLY)
            try:
                piece = self._member.decompress(packed, _PIECE_BYTES)
            except zlib.error:
                raise Unreachable("the reply is not packed as it claims", sent=True) from None
            self._began = True
            packed = self._member.unconsumed_tail or self._member.unused_data
            if piece:
                yield piece


class Body:
    """
    A reply's body in memory, unpacked, as far as it has come.

    :param headers: the reply's, names in lower case.
    :raises Unreachable: it is packed in a way that was not asked for.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._unpacker = Unpacker(headers)
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def is_overlong(self) -> bool:
        """Whether there is more than is taken, so that no more need be read."""
        return self._size > MOST_BODY_BYTES

    def add(self, packed: bytes) -> None:
        """
        Take what has come.

        :raises Unreachable: it is not packed as it claims.
        """
        for piece in self._unpacker.pieces(packed):
            self._size += len(piece)
            if self.is_overlong:
                self._pieces.clear()
                return
            self._pieces.append(piece)

    def whole(self) -> bytes:
        """
        Give it, when nothing more comes; nothing of what is overlong.

        :raises Unreachable: something is missing.
        """
        if not self.is_overlong:
            self._unpacker.end()
        return b"".join(self._pieces)
