"""What is packed is gzip that everybody reads, the same for the same content, and not much larger than zlib's."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest

from airflow_provider_circle.records.packing import packed

LINES = b"".join(
    b'{"id":%d,"name":"moon %d","planet":"%s"}\n' % (n, n * 7919 % 1000, b"mars" * (n % 3)) for n in range(9999)
)


def packed_bytes(*pieces: bytes) -> bytes:
    file = io.BytesIO()
    with packed(file) as target:
        for piece in pieces:
            target.write(piece)
    assert not file.closed
    return file.getvalue()


@pytest.mark.parametrize("pieces", [[], [b""], [b"x"], [LINES], [LINES[:7], LINES[7:]]], ids=len)
def test_gzip_reads_it(pieces: list[bytes]) -> None:
    assert gzip.decompress(packed_bytes(*pieces)) == b"".join(pieces)


def test_the_same_content_gives_the_same_bytes_however_it_comes() -> None:
    assert packed_bytes(*LINES.splitlines(keepends=True)) == packed_bytes(LINES)


def test_neither_name_nor_time_are_in_the_header() -> None:
    assert packed_bytes(b"x")[3:8] == bytes(5)


def test_it_is_at_most_an_eighth_larger_than_what_zlib_makes() -> None:
    assert len(packed_bytes(LINES)) < 1.125 * len(zlib.compress(LINES, 6, 31))
