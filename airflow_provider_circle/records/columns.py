"""
Which attributes the records of a pull have, and of what kind their values are.

Knows JSON and how services write moments; not what a file format or a database makes of a kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from airflow_provider_circle.core.json_text import write_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.spool import Entry

__all__ = [
    "Kind",
    "Rows",
    "as_json",
    "as_text",
    "clean",
    "cleaned",
    "is_moment_name",
    "iso",
    "kind_of",
    "merged",
    "moment",
    "survey",
]

_LARGEST_EXACT_IN_DOUBLE = 2**53
_LARGEST_64_BIT = 2**63 - 1
_MOST_SHAPES = 1000
"""Of records, that are remembered."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?( UTC|Z|[+-]\d\d(:?\d\d)?)?", re.ASCII
)  # a finer fraction than microseconds stays text: nothing here could hold it


class Rows(Protocol):
    """What lands: a spool, or what looks like one. It is iterated over more than once."""

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the records, in an order that stays."""

    def __len__(self) -> int:
        """Count the records."""


class Kind(StrEnum):
    """What a value is; the texts stand in messages to people."""

    NULL = "null"
    BOOLEAN = "true or false"
    INTEGER = "whole number"
    """Within 2⁵³, so that a double holds it, too."""
    LONG = "large whole number"
    """Within 64 bits."""
    NUMBER = "number with a fraction"
    EXACT = "number beyond 64 bits"
    """Also whole numbers beyond 2⁵³ together with fractions: no binary type holds both."""
    MOMENT = "moment"
    TEXT = "text"
    JSON = "object or list"


_NUMBERS = {Kind.INTEGER, Kind.LONG, Kind.NUMBER, Kind.EXACT}


def is_moment_name(attribute: str) -> bool:
    """Tell whether an attribute is one that services keep moments in."""
    return attribute.endswith("_at")


def moment(value: Any) -> datetime | None:
    """
    Read a moment, date and time of day.

    :param value: ISO 8601 with at most microseconds; without a zone it is UTC. Also ``2026-01-22 14:54:18 UTC``.
    :return: in UTC; ``None`` for anything else.
    """
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value.removesuffix(" UTC"))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def iso(moment: datetime) -> str:
    """Write a moment so that the order of texts is that of moments."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def kind_of(value: Any, *, may_be_moment: bool = False) -> Kind:
    """Tell a value's kind."""
    if value is None:
        return Kind.NULL
    if isinstance(value, str):
        return Kind.MOMENT if may_be_moment and moment(value) else Kind.TEXT
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int):
        if abs(value) <= _LARGEST_EXACT_IN_DOUBLE:
            return Kind.INTEGER
        return Kind.LONG if -_LARGEST_64_BIT - 1 <= value <= _LARGEST_64_BIT else Kind.EXACT
    return Kind.NUMBER if isinstance(value, float) else Kind.JSON


def merged(one: Kind, other: Kind) -> Kind:
    """Find the kind that holds values of both without loss; text holds everything."""
    if other in {one, Kind.NULL}:
        return one
    if one == Kind.NULL:
        return other
    pair = {one, other}
    if not pair <= _NUMBERS:
        return Kind.TEXT
    if pair == {Kind.INTEGER, Kind.LONG}:
        return Kind.LONG
    return Kind.NUMBER if pair == {Kind.INTEGER, Kind.NUMBER} else Kind.EXACT


def survey(rows: Rows, holds_moments: Callable[[str], bool] = is_moment_name) -> dict[str, Kind]:
    """
    Find all attributes, in order of first appearance, and the kind that all values of each have in common.

    :param holds_moments: for an attribute's name, whether its texts may be moments.
    """
    kinds: dict[str, Kind] = {}
    timed: dict[str, bool] = {}
    shapes: dict[tuple[Any, ...], list[str]] = {}
    for entry in rows:
        record = entry.record
        # Of what has the same types, only the values of texts that may be moments, and of numbers, can differ in kind.
        shape = (*record, *map(type, record.values()))
        known = shapes.get(shape)
        for attribute in record if known is None else known:
            value, before = record[attribute], kinds.get(attribute)
            if before is Kind.TEXT or (value is None and before is not None):
                continue
            if before is None:
                timed[attribute] = holds_moments(attribute)
                before = Kind.NULL
            kinds[attribute] = merged(before, kind_of(value, may_be_moment=timed[attribute]))
        if known is None:
            if len(shapes) >= _MOST_SHAPES:
                shapes.clear()
            shapes[shape] = [name for name, value in record.items() if type(value) is int or timed[name]]
    return kinds


def as_json(value: Any) -> str:
    """
    Write a value as JSON; a lone surrogate, which JSON can hold and UTF-8 cannot, stays an escape.

    :raises UnexpectedReply: it is nested too deeply.
    """
    try:
        return write_json(value).decode()
    except ValueError:
        raise UnexpectedReply("a record is nested too deeply") from None


def as_text(value: Any) -> str:
    """Write a value as text that UTF-8 can hold: a text as it is, everything else as JSON."""
    return _LONE_SURROGATE.sub(_REPLACEMENT, value) if isinstance(value, str) else as_json(value)


def cleaned(entry: Entry) -> JsonObject:
    """
    Take a record out, its values such as every database takes.

    NUL and lone surrogates in texts, names in nested objects included, become U+FFFD.

    :raises UnexpectedReply: it is nested too deeply.
    """
    record = entry.record
    try:
        # In JSON each of them is an escape.
        return {name: clean(value) for name, value in record.items()} if b"\\u" in entry.body else record
    except RecursionError:
        raise UnexpectedReply("a record is nested too deeply") from None


def clean(value: Any) -> Any:
    """Put U+FFFD in place of NUL and lone surrogates, in keys as well."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub(_REPLACEMENT, value).replace("\0", _REPLACEMENT)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(name): clean(item) for name, item in value.items()}
    return value
