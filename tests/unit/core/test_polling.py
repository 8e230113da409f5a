"""The interval between two looks grows with the time waited, within bounds."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from airflow_provider_circle.core.polling import PollSchedule


@pytest.mark.parametrize(
    ("waited_s", "interval_s"),
    [
        pytest.param(0, 4.6, id="at the start"),
        pytest.param(100, 10.1, id="grown by a share of the time waited"),
        pytest.param(1000, 59.6, id="just below the upper bound"),
        pytest.param(1100, 60, id="above the upper bound"),
        pytest.param(86_400, 60, id="after a day"),
    ],
)
def test_the_interval_grows_by_a_share_of_the_time_waited_up_to_a_bound(waited_s: float, interval_s: float) -> None:
    assert PollSchedule().next_wait_s(waited_s, jitter=0.5) == pytest.approx(interval_s)


@pytest.mark.parametrize(("jitter", "interval_s"), [(0.0, 4.14), (0.5, 4.6), (1.0, 5.06)])
def test_chance_moves_the_interval_by_a_tenth_at_most(jitter: float, interval_s: float) -> None:
    assert PollSchedule().next_wait_s(0, jitter) == pytest.approx(interval_s)


def test_without_backoff_the_interval_stays() -> None:
    schedule = PollSchedule(5, 60, 0)
    assert {schedule.next_wait_s(waited_s, 0.5) for waited_s in (0, 100, 10_000)} == {5.0}


def test_an_end_is_noticed_within_the_first_interval_and_a_share_of_the_duration() -> None:
    schedule, waited_s, late = PollSchedule(10, 3600, 0.1), 0.0, []
    while waited_s < 3600:
        wait_s = schedule.next_wait_s(waited_s, 0.5)
        late.append(wait_s - 0.1 * waited_s)
        waited_s += wait_s
    assert max(late) <= 10 + 1e-9


def test_looks_grow_with_the_logarithm_of_the_duration() -> None:
    def looks(duration_s: float) -> int:
        schedule, waited_s, count = PollSchedule(10, 1e9, 0.1), 0.0, 0
        while waited_s < duration_s:
            waited_s += schedule.next_wait_s(waited_s, 0.5)
            count += 1
        return count

    assert looks(1e6) - looks(1e5) == pytest.approx(looks(1e5) - looks(1e4), abs=1)


def test_a_clock_set_back_keeps_the_lower_bound() -> None:
    assert PollSchedule().next_wait_s(-3600, 0.5) == 4.6


def test_a_schedule_survives_json() -> None:
    schedule = PollSchedule(1.5, 20, 0)
    assert PollSchedule(**json.loads(json.dumps(asdict(schedule)))) == schedule


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("poll_interval_s", 0),
        ("poll_interval_s", -1),
        ("poll_interval_s", float("nan")),
        ("poll_interval_s", float("inf")),
        ("poll_interval_s", True),
        ("poll_interval_s", "10"),
        ("poll_interval_s", None),
        ("max_poll_interval_s", 0),
        ("max_poll_interval_s", float("inf")),
        ("max_poll_interval_s", "60"),
        ("max_poll_interval_s", 4.5),
        ("poll_backoff", -0.1),
        ("poll_backoff", float("nan")),
        ("poll_backoff", False),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        PollSchedule(**{name: value})


def test_equal_bounds_are_allowed() -> None:
    assert PollSchedule(30, 30, 0.1).next_wait_s(10_000, 0.5) == 30
