"""
JSON as text: read strictly, written compactly, each as fast as may be.

Knows texts and values; what a reply or a record means is left to others. msgspec does the work. It refuses what few
services send and Python's own reader takes (lone surrogates, UTF-16, a byte order mark), so that one has the last word;
where both accept a text, they read the same from it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from typing import Any

from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["read_json", "write_json"]


def read_json(text: bytes | str) -> Any:
    """
    Read a JSON text.

    :raises ValueError: it is none, says ``NaN`` or ``Infinity``, or is nested too deeply; without what is in it.
    :raises UnexpectedReply: a number is beyond every float.
    """
    try:
        return _reader()(text)
    except _refusals():
        pass
    try:
        return json.loads(text, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ValueError("not a JSON text, or nested too deeply") from None


def write_json(value: Any, *, sort: bool = False) -> bytes:
    """
    Write a value as a JSON text of one line, in UTF-8; a lone surrogate, which UTF-8 cannot hold, stays an escape.

    :param value: as :func:`read_json` returned it, or made of the like.
    :param sort: order attributes by name, so that equal values give equal texts.
    :raises ValueError: it is nested too deeply.
    """
    try:
        return _writer("deterministic" if sort else None)(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=sort, separators=(",", ":")).encode()


@cache
def _reader() -> Callable[[bytes | str], Any]:
    from msgspec.json import Decoder

    return Decoder().decode


@cache
def _refusals() -> tuple[type[Exception], ...]:
    from msgspec import DecodeError

    return DecodeError, ValueError, RecursionError  # the first is one of the second in newer msgspec only


@cache
def _writer(order: Any) -> Callable[[Any], bytes]:
    from msgspec.json import Encoder

    return Encoder(order=order).encode


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UnexpectedReply("a number is beyond every float")
    return number
