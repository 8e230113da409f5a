"""What services, people and clocks may come up with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import UnexpectedReply, Unreachable

__all__ = [
    "ZONES",
    "chances",
    "garbled",
    "headers",
    "json_objects",
    "json_values",
    "moment_texts",
    "moments",
    "outcomes",
    "policies",
    "responses",
]

ZONES: tuple[tzinfo, ...] = (
    UTC,
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),
    timezone(timedelta(hours=14)),
    timezone(timedelta(hours=-12)),
)
"""Zones whose clocks are put forward and back, by half an hour in one, and the farthest from UTC."""

_EARLIEST = datetime.fromisoformat("1970-01-03")
_LATEST = datetime.fromisoformat("2255-01-01")
"""In 2**53 microseconds after the epoch: later a float has no room for a microsecond any more."""


def moments() -> st.SearchStrategy[datetime]:
    """Aware moments, those that a clock shows twice included."""
    return st.datetimes(_EARLIEST, _LATEST, timezones=st.sampled_from(ZONES))


def moment_texts() -> st.SearchStrategy[str]:
    """Moments as services write them, and what only looks like one."""
    written = moments().map(datetime.isoformat)
    utc = moments().map(lambda moment: moment.astimezone(UTC))
    return st.one_of(
        written,
        utc.map(lambda moment: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
        utc.map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S} UTC"),
        st.datetimes().map(datetime.isoformat),
        st.dates().map(lambda day: day.isoformat()),
        st.from_regex(r"\A\d{4}-?\d\d-?\d\d[T ]?(\d\d(:?\d\d){0,2}([.,]\d{0,9})?)?(Z| UTC|[+-]\d\d(:?\d\d)?)?\Z"),
        st.text(max_size=30),
    )


_LETTERS = st.text(max_size=8)
"""Among them NUL, line breaks and letters beyond the first plane; no lone surrogates."""

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    _LETTERS,
    st.text(st.characters(codec=None), max_size=4),
)


def json_values(max_leaves: int = 12) -> st.SearchStrategy[Any]:
    """Everything that JSON can say, lone surrogates included."""
    return st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_LETTERS, inner, max_size=4),
        max_leaves=max_leaves,
    )


def json_objects(**likely: st.SearchStrategy[Any]) -> st.SearchStrategy[JsonObject]:
    """
    Objects with any attributes.

    :param likely: attributes that are there more often, with the values they mostly have.
    """
    known = {name: values | json_values(4) for name, values in likely.items()}
    other = st.dictionaries(_LETTERS, json_values(4), max_size=2)
    return st.builds(lambda rest, told: {**rest, **told}, other, st.fixed_dictionaries({}, optional=known))


def chances() -> st.SearchStrategy[float]:
    """What a caller's jitter may be."""
    return st.floats(0.0, 1.0)


_PIECES_OF_DATES = ("Fri,", "15", "Jan", "2027", "08:00:00", "8.0.0", "GMT", "+9999", "15-Jan-2027", ",", ":", "-", ".")


def _header_values() -> st.SearchStrategy[str]:
    years = st.datetimes(_EARLIEST, _LATEST, timezones=st.just(UTC))
    return st.one_of(
        st.integers(-10, 400).map(str),
        st.floats().map(str),
        years.map(lambda moment: format_datetime(moment, usegmt=True)),
        st.datetimes(timezones=st.just(UTC)).map(lambda moment: f"{moment:%a, %d %b %Y %H:%M:%S} GMT"),
        st.lists(st.sampled_from(_PIECES_OF_DATES), max_size=7).map(" ".join),
        st.text(max_size=20),
    )


def headers(*likely: str) -> st.SearchStrategy[dict[str, str]]:
    """Headers that say something, or nothing that can be read."""
    return st.dictionaries(st.sampled_from(likely), _header_values())


def responses() -> st.SearchStrategy[Response]:
    """Replies of any status, to be waited on or not."""
    statuses = st.integers(100, 599) | st.sampled_from([200, 408, 429, 500, 502, 503])
    told = headers("retry-after", "date", "ratelimit-remaining", "ratelimit-limit", "ratelimit-reset", "content-type")
    return st.builds(Response, statuses, told, st.sampled_from([b"", b"{}", b"[]", b'{"id": 1}', b"<html>", b"\xff"]))


def outcomes() -> st.SearchStrategy[Outcome]:
    """What a transport may hand back."""
    return responses() | st.builds(lambda sent: Unreachable("no reply", sent=sent), st.booleans())


def garbled() -> st.SearchStrategy[UnexpectedReply]:
    """Replies that are not what they claim to be."""
    return st.builds(UnexpectedReply, st.just("expected JSON"))


def policies() -> st.SearchStrategy[RetryPolicy]:
    """Retry policies that are accepted."""
    seconds = st.floats(0.0, 1e12) | st.integers(0, 600) | st.floats(0.0, 60.0)
    return st.builds(
        RetryPolicy,
        attempts=st.integers(1, 8) | st.integers(1, 10_000),
        wait_s=seconds,
        max_wait_s=seconds,
        max_retry_after_s=seconds,
    )
