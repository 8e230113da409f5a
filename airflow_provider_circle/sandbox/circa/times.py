"""
Times and dates as Circa writes and reads them.

Knows the two formats. Everything is whole seconds since 1970, for the service shows no fractions.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

__all__ = ["is_date", "read_time", "write_date", "write_time"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def write_time(seconds: int) -> str:
    """Write a Time: UTC, whole seconds, ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"


def write_date(seconds: int) -> str:
    """Write the Date of a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def read_time(text: str) -> float:
    """
    Read a Time.

    :raises ValueError: not a Time in UTC.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("should be a Time in UTC like 2020-09-28T14:30:00Z")
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise ValueError("is not a Time of the calendar") from error


def is_date(text: str) -> bool:
    """Say whether a text is a Date."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
