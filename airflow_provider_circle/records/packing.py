"""How files are packed: gzip, the same bytes for the same content, as fast as may be."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

__all__ = ["packed"]

_LEVEL = 4
"""Of zlib-ng: about what zlib makes of level 6, two to three times as fast; ``docs/performance.md`` has figures."""
_BUFFER_BYTES = 2**16


@contextmanager
def packed(file: BinaryIO) -> Iterator[BinaryIO]:
    """
    Pack what is written; the file itself stays open.

    Neither name nor time go into the header.
    """
    from zlib_ng.gzip_ng import GzipNGFile

    with GzipNGFile(filename="", mode="wb", fileobj=file, compresslevel=_LEVEL, mtime=0) as gzip:  # type: ignore[no-untyped-call]
        buffered = io.BufferedWriter(gzip, _BUFFER_BYTES)
        yield buffered
        buffered.flush()
        buffered.detach()
