"""
Whether a file holds the very rows that were to be pulled.

Knows files of JSON lines, packed with gzip, and how rows are compared whatever their order.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["digest", "read_lines"]


def digest(rows: Iterable[Any]) -> str:
    """
    Sum rows up: their order, and that of their attributes, does not matter; how often each comes does.

    :return: hexadecimal.
    """
    encoder = msgspec.json.Encoder(order="deterministic")
    each = sorted(blake2b(encoder.encode(row), digest_size=16).digest() for row in rows)
    return blake2b(b"".join(each), digest_size=16).hexdigest()


def read_lines(path: Path) -> Iterator[Any]:
    """Read a file, row by row."""
    decoder = msgspec.json.Decoder()
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield decoder.decode(line)
