"""
Bodies of strangers: read no further than is allowed, and taken for nothing but a JSON object.

Knows sizes and JSON. What a body means is left to others.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, NoReturn

from airflow_provider_circle.core.message import JsonObject

__all__ = ["MAX_BYTES", "TooLarge", "parse_object", "read_bounded"]

MAX_BYTES = 256 * 1024
"""A CircleCI body has 2 KiB, a Circa notification of a thousand changes 150."""

_MOST_LEVELS = 20


class TooLarge(Exception):
    """The body is larger than ``MAX_BYTES``."""


async def read_bounded(chunks: AsyncIterator[bytes], announced: str | None) -> bytes:
    """
    Read a body, and stop as soon as it is too large.

    :param announced: the request's ``Content-Length``.
    :raises TooLarge: it is, or says it is going to be.
    """
    if announced is not None and announced.isascii() and announced.isdigit() and int(announced[:20]) > MAX_BYTES:
        raise TooLarge
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge
    return bytes(body)


def parse_object(body: bytes) -> JsonObject:
    """
    Parse a JSON object, strictly.

    :raises ValueError: anything else, ``NaN`` and its like, or more than 20 levels.
    """
    try:
        found = json.loads(body.decode(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("the body must be a JSON object")
    if _is_deeper(found, _MOST_LEVELS):
        raise ValueError("the body is nested too deeply")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if parts is None:
        return False
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in parts)
