"""A window is open at its end, ends after it begins, and moments are read out of what people and services write."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_circle.core.window import Window, moment_of, seconds_of
from tests.unit.zones import far_from_greenwich

NEW_YORK = ZoneInfo("America/New_York")
EAST = timezone(timedelta(hours=5))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LOW, HIGH = utc("2026-03-02"), utc("2026-03-03")


@pytest.mark.parametrize(
    ("window", "held"),
    [
        pytest.param(Window(LOW, HIGH), [False, True, True, False, False], id="both ends"),
        pytest.param(Window(LOW), [False, True, True, True, True], id="no end"),
        pytest.param(Window(None, HIGH), [True, True, True, False, False], id="no beginning"),
        pytest.param(Window(), [True, True, True, True, True], id="neither"),
    ],
)
def test_a_window_holds_its_beginning_and_not_its_end(window: Window, held: list[bool]) -> None:
    low_s, high_s = LOW.timestamp(), HIGH.timestamp()
    assert [window.holds(s) for s in (low_s - 0.001, low_s, high_s - 0.001, high_s, high_s + 0.001)] == held


@pytest.mark.parametrize("name", ["min", "max"])
def test_an_end_without_its_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"the window's {name} must name its time zone, got 2026-03-02T00:00:00"):
        Window(**{name: datetime.fromisoformat("2026-03-02")})


@pytest.mark.parametrize("end", [LOW, LOW - timedelta(microseconds=1)], ids=["at its beginning", "before"])
def test_a_window_that_no_moment_is_in_is_refused(end: datetime) -> None:
    with pytest.raises(ValueError, match="the window must end after it begins, got min 2026-03-02T00:00:00"):
        Window(LOW, end)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        pytest.param("min", datetime(1, 1, 1, 4, tzinfo=EAST), id="before all time"),
        pytest.param("max", datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))), id="after all time"),
    ],
)
def test_an_end_in_a_year_that_utc_has_not_is_refused_by_name(name: str, end: datetime) -> None:
    with pytest.raises(ValueError, match=f"the window's {name} must lie within the years 1 to 9999 of UTC, got"):
        Window(**{name: end})


def test_ends_in_different_zones_are_compared_as_moments() -> None:
    with pytest.raises(ValueError, match="must end after"):
        Window(LOW, datetime(2026, 3, 2, 5, tzinfo=EAST))


def test_a_window_over_the_hour_that_comes_twice_is_a_window() -> None:
    # 01:50 in summer time is twenty minutes before 01:10 in winter time.
    low, high = datetime(2026, 11, 1, 1, 50, tzinfo=NEW_YORK), datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=NEW_YORK)
    assert Window(low, high).holds(low.timestamp())


def test_a_window_that_runs_backwards_over_the_hour_that_comes_twice_is_refused() -> None:
    low, high = datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=NEW_YORK), datetime(2026, 11, 1, 1, 50, tzinfo=NEW_YORK)
    with pytest.raises(ValueError, match="must end after"):
        Window(low, high)


@pytest.mark.parametrize(
    ("window", "written"),
    [
        pytest.param(Window(), {"min": None, "max": None}, id="neither"),
        pytest.param(Window(LOW), {"min": "2026-03-02T00:00:00Z", "max": None}, id="UTC"),
        pytest.param(
            Window(None, datetime(2026, 3, 2, 3, tzinfo=EAST)), {"min": None, "max": "2026-03-01T22:00:00Z"}, id="zone"
        ),
        pytest.param(Window(LOW.replace(microsecond=5)), {"min": "2026-03-02T00:00:00.000005Z", "max": None}, id="µs"),
    ],
)
def test_a_window_is_written_in_utc(window: Window, written: dict[str, str | None]) -> None:
    assert window.as_json() == written


@far_from_greenwich()
def test_a_window_is_written_in_utc_wherever_it_is_written() -> None:
    assert Window(LOW).as_json() == {"min": "2026-03-02T00:00:00Z", "max": None}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        pytest.param("2026-03-02", LOW, id="a date begins in UTC"),
        pytest.param("20260302", LOW, id="a date without dashes"),
        pytest.param(" 2026-03-02 ", LOW, id="a padded date"),
        pytest.param("2026-03-02T00:00:00Z", LOW, id="UTC"),
        pytest.param(" 2026-03-02T00:00Z\n", LOW, id="padded"),
        pytest.param("2026-03-02 00:00:00+00:00", LOW, id="a blank for T"),
        pytest.param("2026-03-02T05:00:00+05:00", LOW, id="another zone"),
        pytest.param("2026-03-02T00:00:00.5Z", LOW + timedelta(seconds=0.5), id="a fraction"),
        pytest.param(LOW, LOW, id="a datetime"),
        pytest.param(datetime(2026, 3, 2, 5, tzinfo=EAST), LOW, id="a datetime in another zone"),
    ],
)
def test_a_moment_that_a_person_gave_is_read(value: Any, moment: datetime) -> None:
    assert moment_of("min", value) == moment


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T00:00:00",
        "2026-03-02 00:00",
        "",
        " ",
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        None,
        5,
        1_772_445_600.0,
        True,
        [LOW],
        datetime.fromisoformat("2026-03-02"),
        date.fromisoformat("2026-03-02"),
    ],
    ids=repr,
)
def test_what_is_no_moment_is_refused_by_name(value: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^filters\['at'\] must be a time with its zone, such as 2020-09-28T14:30:00Z"
    ):
        moment_of("filters['at']", value)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_moment_in_a_year_that_utc_has_not_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="start must lie within the years 1 to 9999 of UTC, got"):
        moment_of("start", text)


NOON_S = 1_769_083_200.0
"""2026-01-22T12:00:00Z."""


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("2026-01-22 12:00:00 UTC", NOON_S, id="with UTC in words"),
        pytest.param("2026-01-22T12:00:00Z", NOON_S, id="Z"),
        pytest.param("2026-01-22T12:00:00.125Z", NOON_S + 0.125, id="milliseconds"),
        pytest.param("2026-01-22T14:00:00+02:00", NOON_S, id="another zone"),
        pytest.param("2026-01-22T12:00:00", NOON_S, id="no zone"),
        pytest.param("2026-01-22", NOON_S - 43_200, id="a date"),
        pytest.param("0001-01-01T00:00:00+05:00", -62_135_614_800.0, id="before all time"),
    ],
)
def test_a_moment_that_a_service_wrote_is_read(value: str, seconds: float) -> None:
    assert seconds_of(value) == seconds


@far_from_greenwich()
def test_a_moment_that_a_service_wrote_without_a_zone_is_not_in_ours() -> None:
    assert seconds_of("2026-01-22T12:00:00") == NOON_S


@pytest.mark.parametrize("value", [None, "", "soon", " UTC", 5, 1.5, True, [], {}, "2026-02-30", LOW], ids=repr)
def test_what_is_no_moment_of_a_service_is_none(value: Any) -> None:
    assert seconds_of(value) is None
