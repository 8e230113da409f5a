"""With a history, looks are few before the expected end, close around it, and never much worse than without."""

from __future__ import annotations

import json
import math
import random
import statistics
import sys
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from airflow_provider_circle.core.polling import Expectation, PollSchedule

MINUTE = Expectation(60.0)
SCHEDULE = PollSchedule()


def wait_s(
    ran_s: float, expected: Expectation = MINUTE, schedule: PollSchedule = SCHEDULE, jitter: float = 0.5
) -> float:
    return schedule.next_wait_expecting_s(ran_s, jitter, expected, ran_s)


def plain_s(waited_s: float) -> float:
    return SCHEDULE.next_wait_s(waited_s, 0.5)


def moments(next_s: Callable[[float], float], end_s: float) -> list[float]:
    found, at_s = [], 0.0
    while at_s < end_s:
        at_s += next_s(at_s)
        found.append(at_s)
    return found


def waits(median_s: float, sigma: float, expected: Expectation | None, count: int = 3000) -> tuple[float, float, float]:
    """Looks a wait, median lag and median share of the duration; the first look is at the beginning."""
    chance = random.Random(1)  # noqa: S311  drawn alike each time
    looks, lags, shares = [], [], []
    for rank in range(count):
        ends_s = median_s * math.exp(sigma * statistics.NormalDist().inv_cdf((rank + 0.5) / count))
        at_s, number = 0.0, 1
        while at_s < ends_s:
            jitter = chance.random()
            if expected is None:
                at_s += SCHEDULE.next_wait_s(at_s, jitter)
            else:
                at_s += SCHEDULE.next_wait_expecting_s(at_s, jitter, expected, at_s)
            number += 1
        looks.append(number)
        lags.append(at_s - ends_s)
        shares.append((at_s - ends_s) / ends_s)
    return statistics.fmean(looks), statistics.median(lags), statistics.median(shares)


def test_the_defaults_need_few_looks_where_nothing_is_known() -> None:
    looks, _, share = waits(60.0, 0.9, None)

    assert looks <= 13.5
    assert share <= 0.065


def test_a_known_duration_needs_five_looks_to_be_three_seconds_late() -> None:
    looks, lag_s, _ = waits(60.0, 0.25, MINUTE, count=6000)

    assert looks <= 5.0
    assert lag_s <= 3.0


@pytest.mark.parametrize(
    ("ran_s", "least_s", "most_s"),
    [
        pytest.param(0, 48, 54, id="at the start nearly up to the expected end"),
        pytest.param(52, 4.6, 6, id="around the expected end closely"),
        pytest.param(70, 4.6, 5, id="and ever more closely while it is due"),
    ],
)
def test_looks_are_few_before_the_expected_end_and_close_around_it(ran_s: float, least_s: float, most_s: float) -> None:
    assert least_s <= wait_s(ran_s) <= most_s


@pytest.mark.parametrize("ran_s", [95.0, 300.0, 86_400.0])
def test_what_takes_longer_than_ever_is_looked_at_as_if_nothing_were_known(ran_s: float) -> None:
    assert wait_s(ran_s) == plain_s(ran_s)


def test_far_ends_are_approached_in_equal_steps_within_the_upper_bound() -> None:
    steps = [wait_s(0, Expectation(600.0)), wait_s(100, Expectation(600.0)), wait_s(300, Expectation(600.0))]

    assert max(steps) <= 60
    assert min(steps) > 40


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_chance_moves_the_interval_by_a_tenth_at_most(jitter: float) -> None:
    assert wait_s(30, jitter=jitter) == pytest.approx(wait_s(30) * (0.9 + 0.2 * jitter))


@pytest.mark.parametrize("schedule", [PollSchedule(30, 30, 0), PollSchedule(2, 20, 0.5), PollSchedule(10, 300, 0.1)])
@pytest.mark.parametrize("ran_s", [0, 5, 45, 58, 61, 80, 400])
def test_the_bounds_of_the_schedule_hold(schedule: PollSchedule, ran_s: float) -> None:
    assert schedule.poll_interval_s <= wait_s(ran_s, schedule=schedule) <= schedule.max_poll_interval_s


WRONG = [
    pytest.param(Expectation(median_s, median_s * math.exp(1.645 * sigma)), id=f"{median_s:g} s, sigma {sigma:g}")
    for median_s in (1.0, 6.0, 25.0, 60.0, 120.0, 600.0, 3600.0)
    for sigma in (0.05, 0.25, 0.7, 1.5)
]


@pytest.mark.parametrize("expected", WRONG)
def test_no_expectation_costs_more_than_three_looks_whenever_the_end_comes(expected: Expectation) -> None:
    bare = moments(plain_s, 20_000)

    for number, at_s in enumerate(moments(lambda at_s: wait_s(at_s, expected), 10_000)):
        assert number - bisect_left(bare, at_s) <= 3


@pytest.mark.parametrize("expected", WRONG)
def test_no_expectation_makes_an_end_noticed_more_than_the_upper_bound_later(expected: Expectation) -> None:
    bare = moments(plain_s, 20_000)
    ours = moments(lambda at_s: wait_s(at_s, expected), 10_000)

    for before_s, at_s in zip([0.0, *ours], ours, strict=False):
        assert at_s - bare[bisect_left(bare, before_s + 1e-9)] <= SCHEDULE.max_poll_interval_s


def test_a_wait_that_begins_late_counts_from_when_the_thing_began() -> None:
    assert SCHEDULE.next_wait_expecting_s(0.0, 0.5, MINUTE, 45.0) == pytest.approx(SCHEDULE.poll_interval_s)


def test_a_beginning_in_the_future_by_a_wrong_clock_keeps_the_bounds() -> None:
    assert wait_s(-3600) <= SCHEDULE.max_poll_interval_s


@pytest.mark.parametrize(
    ("ran_s", "share"), [(-1, 0.0), (0, 0.0), (60, 0.5), (60 * math.exp(0.25 * 1.6449), 0.95), (1e6, 1.0)]
)
def test_half_have_ended_at_the_median_and_nearly_all_at_the_95th_percentile(ran_s: float, share: float) -> None:
    assert MINUTE.ended_by(ran_s) == pytest.approx(share, abs=1e-4)


def test_what_takes_a_second_has_ended_half_the_time_after_one() -> None:
    assert Expectation(1.0).ended_by(1.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("p95_s", "spread"),
    [
        pytest.param(None, 0.25, id="unknown"),
        pytest.param(60 * math.exp(1.6448536 * 0.4), 0.4, id="known"),
        pytest.param(60.0, 0.05, id="always the same"),
        pytest.param(10.0, 0.05, id="below the median"),
    ],
)
def test_the_spread_is_read_from_median_and_95th_percentile(p95_s: float | None, spread: float) -> None:
    assert Expectation(60.0, p95_s).spread == pytest.approx(spread)


def test_the_narrower_the_past_the_later_the_first_look() -> None:
    first = [Expectation(60.0, 60.0 * math.exp(1.645 * sigma)).likely_s(0.0) or 0.0 for sigma in (0.05, 0.25, 0.7)]

    assert first == sorted(first, reverse=True)


@pytest.mark.parametrize("name", ["median_s", "p95_s"])
@pytest.mark.parametrize("value", [0, -1, True, "60", float("nan"), float("inf")])
def test_what_is_no_duration_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a number of seconds above 0"):
        Expectation(**{"median_s": 60.0, name: value})


@pytest.mark.parametrize("value", [sys.float_info.min, 0.5, 1, sys.float_info.max])
def test_whatever_is_above_0_is_a_duration(value: float) -> None:
    assert Expectation(value, value).median_s == value


def test_a_median_must_be_given() -> None:
    with pytest.raises(ValueError, match=r"^median_s"):
        Expectation(None)  # type: ignore[arg-type]


def test_an_expectation_survives_json() -> None:
    assert Expectation(**json.loads(json.dumps(asdict(MINUTE)))) == MINUTE
