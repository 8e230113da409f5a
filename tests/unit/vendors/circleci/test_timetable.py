from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.timetable import Timetable

GOOD: dict[str, Any] = {"per_hour": 1, "hours_of_day": [3], "days_of_week": ["MON"]}


@pytest.mark.parametrize(
    ("given", "body"),
    [
        pytest.param(GOOD, {"per-hour": 1, "hours-of-day": [3], "days-of-week": ["MON"]}, id="days_of_week"),
        pytest.param(
            {"per_hour": 60, "hours_of_day": (0, 24), "days_of_month": (1, 31), "months": ("JAN", "DEC")},
            {"per-hour": 60, "hours-of-day": [0, 24], "days-of-month": [1, 31], "months": ["JAN", "DEC"]},
            id="days_of_month_and_months",
        ),
        pytest.param(
            {**GOOD, "hours_of_day": range(2), "days_of_week": iter(["SAT", "SUN"])},
            {"per-hour": 1, "hours-of-day": [0, 1], "days-of-week": ["SAT", "SUN"]},
            id="any_iterable",
        ),
    ],
)
def test_a_timetable_is_written_as_the_api_takes_it(given: dict[str, Any], body: dict[str, Any]) -> None:
    assert Timetable(**given).body() == body


def test_what_is_given_can_be_changed_afterwards() -> None:
    hours = [3]
    timetable = Timetable(per_hour=1, hours_of_day=hours, days_of_week=["MON"])
    hours.append(99)

    assert timetable.body()["hours-of-day"] == [3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"per_hour": 0}, "per_hour must be a whole number from 1 to 60, got 0", id="never_in_an_hour"),
        pytest.param({"per_hour": 61}, "per_hour must be .* got 61", id="too_often"),
        pytest.param({"per_hour": True}, "per_hour must be .* got True", id="boolean"),
        pytest.param({"per_hour": "1"}, "per_hour must be .* got '1'", id="text"),
        pytest.param({"hours_of_day": []}, "hours_of_day must name at least one hour", id="no_hour"),
        pytest.param({"hours_of_day": 3}, "hours_of_day must be a list, got 3", id="hour_on_its_own"),
        pytest.param({"hours_of_day": [25]}, "each of hours_of_day must be .* from 0 to 24, got 25", id="late_hour"),
        pytest.param({"hours_of_day": [-1]}, "each of hours_of_day must be .* got -1", id="early_hour"),
        pytest.param({"hours_of_day": [1.5]}, "each of hours_of_day must be .* got 1.5", id="half_an_hour"),
        pytest.param({"days_of_week": ()}, "days_of_week or days_of_month must .* got neither", id="no_day"),
        pytest.param({"days_of_month": [1]}, "days_of_week or days_of_month must .* got both", id="both_kinds_of_days"),
        pytest.param(
            {"days_of_week": ["Monday"]}, "each of days_of_week must be one of MON, .*'Monday'", id="long_day"
        ),
        pytest.param({"days_of_week": "MON"}, "days_of_week must be a list, got 'MON'", id="day_on_its_own"),
        pytest.param({"days_of_week": None}, "days_of_week must be a list", id="none"),
        pytest.param(
            {"days_of_week": (), "days_of_month": [0]}, "each of days_of_month must be .* 1 to 31", id="day_zero"
        ),
        pytest.param({"days_of_week": (), "days_of_month": [32]}, "each of days_of_month must be", id="day_32"),
        pytest.param({"months": ["MON"]}, "each of months must be one of JAN, .* got 'MON'", id="day_as_month"),
        pytest.param({"months": {"JAN": 1}}, "months must be a list", id="mapping"),
    ],
)
def test_a_timetable_against_the_rules_cannot_be_made(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Timetable(**{**GOOD, **change})
