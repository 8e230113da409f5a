"""
The opaque ids of Circa.

Knows how a kind and a number become an id and back. Which numbers exist is left to the tables.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

__all__ = ["id_of", "kind_and_number", "number_of"]


def id_of(kind: str, number: int) -> str:
    """Write an id: base64url of ``Kind-N``, unpadded."""
    return urlsafe_b64encode(f"{kind}-{number}".encode()).rstrip(b"=").decode()


def kind_and_number(opaque: str) -> tuple[str, int] | None:
    """Read an id; ``None`` when it was never one."""
    try:
        kind, _, number = urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode().rpartition("-")
        read = kind, int(number)
    except ValueError:
        return None
    return read if id_of(*read) == opaque else None  # The decoder is lenient; two spellings must not be one row.


def number_of(kind: str, opaque: str) -> int | None:
    """Read the number from an id of this kind; ``None`` when it is not one."""
    read = kind_and_number(opaque)
    return read[1] if read is not None and read[0] == kind else None
