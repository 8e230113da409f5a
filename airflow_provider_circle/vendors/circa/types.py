"""
Circa's data types: checked on their way out, read leniently on their way in.

What goes out wrong is refused by name, before it is sent. What comes in may have attributes that nobody here knows, and
keeps them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.window import moment_of, seconds_of

__all__ = [
    "Writer",
    "read_date",
    "read_pagination",
    "read_time",
    "read_user",
    "time_text",
    "write_boolean",
    "write_date",
    "write_email",
    "write_float",
    "write_float_range",
    "write_integer",
    "write_integer_range",
    "write_pagination",
    "write_text",
    "write_time",
    "write_time_range",
    "write_user",
]

Writer: TypeAlias = Callable[[str, Any], Any]
"""Takes a name for messages and a value; returns it as Circa wants it or raises ValueError."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_INTEGERS = range(-(2**31), 2**31)
_LARGEST_FLOAT = (2 - 2**-23) * 2.0**127
"""Of 32 bits, as all of Circa's numbers are."""


def time_text(moment: datetime) -> str:
    """Write a moment as a Time: UTC, whole seconds, such as ``2020-09-28T14:30:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_text(name: str, value: Any) -> str:
    """
    Check a String.

    :raises ValueError: anything else; what was given is not shown, it may be personal.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, got a {type(value).__name__}")
    return value


def write_email(name: str, value: Any) -> str:
    """
    Check an e-mail address.

    :return: without surrounding blanks.
    :raises ValueError: anything else; what was given is not shown.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not _EMAIL.fullmatch(text):
        kind = "another text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise ValueError(f"{name} must be an e-mail address, got {kind}")
    return text


def write_boolean(name: str, value: Any) -> bool:
    """
    Check a Boolean; a template may leave it as a text.

    :raises ValueError: neither true nor false.
    """
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    if not isinstance(value, str) or value.strip().lower() not in words:
        raise ValueError(f"{name} must be true or false, got {value!r}")
    return words[value.strip().lower()]


def write_date(name: str, value: Any) -> str:
    """
    Write a Date.

    :param value: a ``date``, or a text such as ``2020-09-28``.
    :raises ValueError: anything else, a ``datetime`` among it: which day it is depends on the place.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if read_date(value) is None:
        raise ValueError(f"{name} must be a date such as 2020-09-28, got {value!r}")
    return str(value)


def write_time(name: str, value: Any) -> str:
    """
    Write a Time.

    :param value: an aware ``datetime``, or ISO 8601 text with a time zone; a date means its beginning in UTC.
    :raises ValueError: anything else.
    """
    return time_text(moment_of(name, value))


def write_integer(name: str, value: Any) -> int:
    """
    Check an Integer; a template may leave it as a text.

    :raises ValueError: no whole number, or one that does not fit into 32 bits.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+", text, re.ASCII) or int(text) not in _INTEGERS:
        raise ValueError(
            f"{name} must be a whole number from {_INTEGERS.start} to {_INTEGERS.stop - 1}, got {value!r:.60}"
        )
    return int(text)


def write_float(name: str, value: Any) -> float:
    """
    Check a Float; a template may leave it as a text.

    :raises ValueError: no number, or one that does not fit into 32 bits.
    """
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= _LARGEST_FLOAT:
        raise ValueError(f"{name} must be a number of at most 32 bits, got {value!r:.60}")
    return number


def write_time_range(name: str, value: Any) -> JsonObject:
    """
    Write a Time Range.

    :param value: ``{"min": …, "max": …}``, both given.
    :raises ValueError: an end is missing or no time, or they are the wrong way round.
    """
    return _range(name, value, write_time, both=True)


def write_integer_range(name: str, value: Any) -> JsonObject:
    """
    Check an Integer Range.

    :param value: ``{"min": …, "max": …}``, at least one of them.
    :raises ValueError: no end is given, one is no Integer, or they are the wrong way round.
    """
    return _range(name, value, write_integer)


def write_float_range(name: str, value: Any) -> JsonObject:
    """
    Check a Float Range.

    :param value: ``{"min": …, "max": …}``, at least one of them.
    :raises ValueError: no end is given, one is no Float, or they are the wrong way round.
    """
    return _range(name, value, write_float)


def write_user(name: str, value: Any) -> JsonObject:
    """
    Check a User.

    :param value: ``{"id", "first_name", "last_name", "email"}``, all given; further attributes stay.
    :raises ValueError: one is missing, or no text.
    """
    return _object(name, value, {"id": _filled, "first_name": _filled, "last_name": _filled, "email": write_email})


def write_pagination(name: str, value: Any) -> JsonObject:
    """
    Check a Pagination.

    :param value: ``{"current_page", "total_pages", "per_page", "total_entries"}``; further attributes stay.
    :raises ValueError: one is missing, no Integer, or too small.
    """
    return _object(
        name,
        value,
        {"current_page": _at_least(1), "total_pages": _at_least(0), "per_page": _at_least(1)}
        | {"total_entries": _at_least(0)},
    )


def read_date(value: Any) -> date | None:
    """Read a Date; ``None`` for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        return None


def read_time(value: Any) -> datetime | None:
    """Read a Time, in UTC; ``None`` for anything else."""
    seconds = seconds_of(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def read_user(value: Any) -> JsonObject:
    """Read a User: whatever it has, missing attributes as ``None``; nothing but those for no object."""
    return {**dict.fromkeys(("id", "first_name", "last_name", "email")), **(value if isinstance(value, dict) else {})}


def read_pagination(value: Any) -> JsonObject:
    """Read a Pagination: whatever it has, missing attributes as ``None``; nothing but those for no object."""
    known = dict.fromkeys(("current_page", "total_pages", "per_page", "total_entries"))
    return {**known, **(value if isinstance(value, dict) else {})}


def _range(name: str, value: Any, write: Writer, *, both: bool = False) -> JsonObject:
    wanted = "both of min and max" if both else "min or max, or both"
    if not isinstance(value, Mapping) or value.keys() - {"min", "max"}:
        raise ValueError(f"{name} must be a mapping with {wanted}, got {value!r:.60}")
    ends = {end: write(f"{name}[{end!r}]", value[end]) for end in ("min", "max") if value.get(end) is not None}
    if len(ends) < (2 if both else 1):
        raise ValueError(f"{name} must have {wanted}, got {', '.join(ends) or 'neither'}")
    # Times are texts by now, all of one shape, so they compare like moments.
    if len(ends) == 2 and ends["min"] > ends["max"]:
        raise ValueError(f"{name} must have a min that is not above its max, got {ends['min']} and {ends['max']}")
    return ends


def _object(name: str, value: Any, attributes: Mapping[str, Writer]) -> JsonObject:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a mapping with {', '.join(attributes)}, got a {type(value).__name__}")
    missing = [attribute for attribute in attributes if value.get(attribute) is None]
    if missing:
        raise ValueError(f"{name} must have {', '.join(attributes)}; missing {', '.join(missing)}")
    return {**value, **{known: write(f"{name}[{known!r}]", value[known]) for known, write in attributes.items()}}


def _filled(name: str, value: Any) -> str:
    if not write_text(name, value).strip():
        raise ValueError(f"{name} must be a text that is not empty")
    return str(value)


def _at_least(least: int) -> Writer:
    def write(name: str, value: Any) -> int:
        if (number := write_integer(name, value)) < least:
            raise ValueError(f"{name} must be {least} or more, got {number}")
        return number

    return write
