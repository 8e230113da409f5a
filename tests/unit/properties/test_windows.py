"""Every moment is in exactly one of the windows that follow each other, and is told the same however it is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_circle.core.stream import Between, NewestFirst
from airflow_provider_circle.core.window import Window, moment_of, seconds_of
from airflow_provider_circle.records.columns import iso, moment
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from tests.unit.properties.strategies import ZONES, json_values, moment_texts, moments

ends = st.none() | moments()


def as_utc(text: str) -> datetime:
    """Read what a service was asked for."""
    return datetime.fromisoformat(text).astimezone(UTC)


def window_of(low: datetime | None, high: datetime | None) -> Window:
    """Make a window of two ends; skip the example where there is none."""
    assume(low is None or high is None or low.astimezone(UTC) < high.astimezone(UTC))
    return Window(low, high)


@given(ends, ends, moments())
def test_a_window_holds_what_lies_between_its_ends(low: datetime | None, high: datetime | None, at: datetime) -> None:
    window, at = window_of(low, high), at.astimezone(UTC)
    lies_between = (low is None or low.astimezone(UTC) <= at) and (high is None or at < high.astimezone(UTC))
    assert window.holds(at.timestamp()) == lies_between


@given(ends, ends, st.integers(-2, 2))
def test_a_window_is_right_to_the_microsecond(low: datetime | None, high: datetime | None, microseconds: int) -> None:
    window = window_of(low, high)
    for end in filter(None, (window.min, window.max)):
        at = end + timedelta(microseconds=microseconds)
        lies_between = (window.min is None or window.min <= at) and (window.max is None or at < window.max)
        assert window.holds(at.timestamp()) == lies_between


@given(st.lists(moments(), min_size=2, max_size=8), moments(), st.booleans())
def test_each_moment_is_in_exactly_one_of_the_parts(cuts: Sequence[datetime], at: datetime, on_an_edge: bool) -> None:
    edges = sorted({cut.astimezone(UTC) for cut in cuts})
    assume(len(edges) > 1)
    parts = [Window(None, edges[0]), *(Window(*pair) for pair in pairwise(edges)), Window(edges[-1], None)]
    moment_s = (edges[len(edges) // 2] if on_an_edge else at).timestamp()
    assert sum(part.holds(moment_s) for part in parts) == 1
    assert Window(edges[0], edges[-1]).holds(moment_s) == any(part.holds(moment_s) for part in parts[1:-1])


@given(ends, ends)
def test_a_window_that_was_written_down_is_the_same(low: datetime | None, high: datetime | None) -> None:
    window = window_of(low, high)
    written = window.as_json()
    read = [None if text is None else moment_of(end, text) for end, text in written.items()]
    assert Window(*read) == window


@given(st.datetimes(timezones=st.sampled_from(ZONES)), st.datetimes(timezones=st.sampled_from(ZONES)))
def test_two_moments_make_a_window_or_are_refused(low: datetime, high: datetime) -> None:
    try:
        window = Window(low, high)
    except ValueError:
        return
    assert window.min is not None
    assert window.max is not None
    assert window.min < window.max


# What is asked of a service


@given(ends, ends, moments(), st.none() | st.integers(1, 5_000).map(lambda days: timedelta(days=days)))
def test_what_a_service_is_asked_for_covers_the_window(
    low: datetime | None, high: datetime | None, now: datetime, keeps: timedelta | None
) -> None:
    window, now = window_of(low, high), now.astimezone(UTC)
    assume(window.min is None or window.min <= now)
    query = Between("min", "max", datetime.isoformat, keeps).query(window, now)

    begin = as_utc(str(query["min"]))
    if "max" in query:
        end = as_utc(str(query["max"]))
        assert begin < end
        assert end > (window.max or now)
        assert keeps is None or end - begin <= keeps
    earliest = datetime(1970, 1, 1, tzinfo=UTC) if window.min is None else window.min
    assert begin <= earliest or keeps is not None


@given(ends, ends, moments())
def test_a_list_from_the_newest_on_begins_no_later_than_the_window_ends(
    low: datetime | None, high: datetime | None, now: datetime
) -> None:
    window = window_of(low, high)
    query = NewestFirst("before").query(window, now.astimezone(UTC))
    assert ("before" in query) == (window.max is not None)
    assert window.max is None or as_utc(str(query["before"])) > window.max


# Moments as services and people write them


@given(moment_texts() | json_values(3))
def test_whatever_a_service_writes_is_a_moment_or_none(value: object) -> None:
    seconds, column, ours = seconds_of(value), moment(value), epoch_s(value)
    assert column is None or seconds == column.timestamp()
    assert ours is None or seconds == ours
    assert column is None or moment(iso(column)) == column


@given(moments(), moments())
def test_moments_that_were_written_down_are_ordered_like_moments(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (one.astimezone(UTC) < other.astimezone(UTC))


@given(moment_texts() | json_values(3))
def test_whatever_a_person_writes_is_a_moment_in_utc_or_refused_by_name(value: object) -> None:
    try:
        found = moment_of("start", value)
    except ValueError as error:
        assert str(error).startswith("start must ")  # noqa: PT017  most values are refused
    else:
        assert Window(found).min == found
