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
from typing import Any, TypedDict

from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["read_json", "split_json", "write_json"]


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


def split_json(
    text: bytes, under: str, attributes: tuple[str, ...]
) -> tuple[dict[str, Any], list[bytes], list[dict[str, Any]]] | None:
    """
    Read an object that holds a list of objects, and leave those as the texts they are, each on one line.

    The texts are checked for everything but the range of their numbers.

    :param under: where the list is.
    :param attributes: what is read of each object in the list.
    :return: what the object holds beside the list, and for each object in it its text and its attributes, ``None`` for
        one that it has not; ``None`` when there is no such object, or something is wrong with the text.
    :raises UnexpectedReply: a number beside the list is beyond every float.
    """
    try:
        parts = _splitter()(text)
        listed = parts.pop(under)
        to_texts, to_attributes = _listed_readers(attributes)
        rest = {name: read_json(bytes(part)) for name, part in parts.items()}
        texts = list(map(bytes, to_texts(listed)))
        if not text.isascii():
            for one in texts:
                one.decode()
        if b"\n" in (inner := text.rstrip()) or b"\r" in inner:
            texts = [write_json(read_json(one)) for one in texts]
        return rest, texts, to_attributes(listed)
    except KeyError:
        return None
    except _refusals():
        return None


def write_json(value: Any, *, sort: bool = False) -> bytes:
    """
    Write a value as a JSON text of one line, in UTF-8; a lone surrogate, which UTF-8 cannot hold, stays an escape.

    :param value: as :func:`read_json` returned it, or made of the like.
    :param sort: order attributes by name, so that equal values give equal texts.
    :raises ValueError: it is nested too deeply.
    """
    try:
        try:
            return _writer("deterministic" if sort else None)(value)
        except UnicodeEncodeError:
            return json.dumps(value, sort_keys=sort, separators=(",", ":")).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None


@cache
def _reader() -> Callable[[bytes | str], Any]:
    from msgspec.json import Decoder

    return Decoder().decode


@cache
def _refusals() -> tuple[type[Exception], ...]:
    from msgspec import DecodeError

    return DecodeError, ValueError, RecursionError  # the first is one of the second in newer msgspec only


@cache
def _splitter() -> Callable[[bytes], dict[str, Any]]:
    from msgspec import Raw
    from msgspec.json import Decoder

    return Decoder(dict[str, Raw]).decode


@cache
def _listed_readers(
    attributes: tuple[str, ...],
) -> tuple[Callable[[Any], list[Any]], Callable[[Any], list[dict[str, Any]]]]:
    """Make what reads a list of objects as texts, and what reads some attributes of each."""
    from msgspec import Raw
    from msgspec.json import Decoder

    absent = dict.fromkeys(attributes)
    make_type: Any = TypedDict
    some: Any = make_type("Some", dict.fromkeys(attributes, Any), total=False)
    to_some = Decoder(list[some]).decode

    def to_attributes(listed: Any) -> list[dict[str, Any]]:
        return [found if len(found) == len(absent) else {**absent, **found} for found in to_some(listed)]

    return Decoder(list[Raw]).decode, to_attributes


@cache
def _writer(order: Any) -> Callable[[Any], bytes]:
    from msgspec.json import Encoder

    return Encoder(order=order).encode


def _refused(_: str) -> None:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UnexpectedReply("a number is beyond every float")
    return number
