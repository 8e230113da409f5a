"""
What may be asked of Insights: reporting windows, branches, dates, checked before anything is sent.

Which operations take which of them, the endpoints' callers know.

Source: https://circleci.com/docs/api/v2/ (Insights)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.window import Window, moment_of

__all__ = [
    "ALL_BRANCHES",
    "GRANULARITIES",
    "KEEPS",
    "LAST_90_DAYS",
    "REPORTING_WINDOWS",
    "branch_query",
    "checked_names",
    "dates_query",
    "time_text",
    "word_query",
]

LAST_90_DAYS = "last-90-days"
REPORTING_WINDOWS = ("last-24-hours", "last-7-days", "last-30-days", "last-60-days", LAST_90_DAYS)
"""Spans metrics may be of; CircleCI's default is the longest."""

GRANULARITIES = ("daily", "hourly")

KEEPS = timedelta(days=90)
"""How far back runs are known; no longer span of dates is accepted either."""

ALL_BRANCHES = "*"
"""In place of a branch's name: all of them together. Git allows no branch of this name."""


def time_text(moment: datetime) -> str:
    """Write a moment as CircleCI does: UTC, milliseconds, such as ``2026-01-01T12:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def branch_query(name: str, value: Any) -> Query:
    """
    Ask for one branch, or with ``*`` for all of them.

    :param name: the argument's, for the message.
    :raises ValueError: not a text.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be the name of a branch, or {ALL_BRANCHES!r} for all, got {value!r}")
    return {"all-branches": True} if value == ALL_BRANCHES else {"branch": value}


def word_query(name: str, value: str | None, words: Sequence[str]) -> Query:
    """
    Ask by one of some words; ``None`` leaves the choice to CircleCI.

    :param name: the argument's; the parameter is called the same, with hyphens.
    :raises ValueError: another word.
    """
    if value is None:
        return {}
    if value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, got {value!r}")
    return {name.replace("_", "-"): value}


def checked_names(name: str, value: Any) -> list[str]:
    """
    Check a list of names.

    :param name: the argument's, for the message.
    :raises ValueError: not a list of texts; one text is none either, for it would be read letter by letter.
    """
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not value
        or not all(isinstance(one, str) and one for one in value)
    ):
        raise ValueError(f"{name} must be a list of names, got {value!r:.100}")
    return list(value)


def dates_query(start_date: datetime | str | None, end_date: datetime | str | None) -> Query:
    """
    Ask for a span of dates.

    :param start_date: its beginning, with a zone.
    :param end_date: its end, not in it; needs a beginning.
    :raises ValueError: no time, an end without a beginning or before it, or more than 90 days.
    """
    if start_date is None:
        if end_date is not None:
            raise ValueError("start_date is missing: end_date needs one")
        return {}
    begin = moment_of("start_date", start_date)
    if end_date is None:
        return {"start-date": time_text(begin)}
    end = moment_of("end_date", end_date)
    try:
        Window(begin, end)
    except ValueError as error:
        raise ValueError(f"end_date: {error}") from None
    if end - begin > KEEPS:
        raise ValueError(f"end_date must be at most {KEEPS.days} days after start_date, got {end - begin}")
    return {"start-date": time_text(begin), "end-date": time_text(end)}
