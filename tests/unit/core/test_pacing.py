"""A pace is a queue of sending times; a refusal met by one moves it back for all."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_circle.core.pacing import Pace, Turn

RELEASE_GAP_S = 0.05


def sent_s(pace: Pace, begins_s: list[float], holds: dict[float, float] | None = None) -> list[float]:
    """
    Let callers begin, wait as they are told, and ask again with their turn.

    :param holds: when a refusal arrives → until when it holds.
    :return: when requests were sent, in order.
    """
    events: list[tuple[float, int, str, float]] = [(at, 0, "hold", until) for at, until in (holds or {}).items()]
    events += [(at, number, "begin", 0.0) for number, at in enumerate(begins_s, start=1)]
    heapify(events)
    turns = [Turn() for _ in range(len(begins_s) + 1)]
    sent = []
    while events:
        now_s, number, what, until_s = heappop(events)
        if what == "hold":
            pace.hold(until_s)
        elif (wait_s := pace.book(now_s, turn=turns[number])) > 0:
            heappush(events, (now_s + wait_s, number, "wake", 0.0))
        else:
            sent.append(now_s)
    return sent


def test_without_a_limit_everybody_goes_at_once() -> None:
    pace = Pace()
    assert [pace.book(100.0) for _ in range(5)] == [0.0] * 5


def test_without_a_limit_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    pace = Pace()
    pace.book(7200.0)
    assert pace.book(3600.0) == 0.0


def test_a_limit_spaces_requests() -> None:
    pace = Pace(60)
    assert [pace.book(100.0) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]


def test_time_that_comes_too_late_is_told_and_left_to_others() -> None:
    pace = Pace(60)
    pace.book(100.0)
    assert [pace.book(100.0, until_s) for until_s in (100.5, 100.5, 101.0, 101.5)] == [1.0, 1.0, 1.0, 2.0]


def test_a_limit_is_forgotten_while_nobody_asks() -> None:
    pace = Pace(60)
    pace.book(100.0)
    assert pace.book(101.0) == 0.0


def test_idle_time_is_not_saved_up() -> None:
    pace = Pace(60)
    pace.book(0.0)
    assert [pace.book(100.0) for _ in range(3)] == [0.0, 1.0, 2.0]


def test_a_minute_sees_no_more_than_its_limit() -> None:
    sent = sent_s(Pace(30), [number * 0.1 for number in range(200)])
    assert max(sum(start <= other < start + 60 - 1e-9 for other in sent) for start in sent) == 30


def test_a_hold_keeps_everybody_back_until_its_end() -> None:
    sent = sent_s(Pace(), [1.0, 2.0, 3.0], holds={0.5: 10.0})
    assert min(sent) == 10.0


def test_those_whom_a_hold_kept_back_do_not_return_as_a_crowd() -> None:
    sent = sent_s(Pace(), [1.0] * 5, holds={0.5: 10.0})
    assert [later - sooner for sooner, later in pairwise(sent)] == pytest.approx([RELEASE_GAP_S] * 4)


def test_after_a_hold_nobody_waits() -> None:
    pace = Pace()
    pace.hold(10.0)
    assert pace.book(10.0) == 0.0


def test_a_hold_that_ends_sooner_does_not_shorten_another() -> None:
    pace = Pace()
    pace.hold(10.0)
    pace.hold(5.0)
    assert pace.held_s(0.0) == 10.0


def test_a_later_hold_prolongs_another() -> None:
    pace = Pace()
    pace.hold(5.0)
    pace.hold(10.0)
    assert pace.held_s(0.0) == 10.0


@pytest.mark.parametrize(("now_s", "held_s"), [(0.0, 10.0), (9.0, 1.0), (10.0, 0.0), (11.0, 0.0)])
def test_a_hold_runs_out(now_s: float, held_s: float) -> None:
    pace = Pace()
    pace.hold(10.0)
    assert pace.held_s(now_s) == held_s


def test_whoever_waited_into_a_hold_waits_for_its_end() -> None:
    assert sent_s(Pace(60), [0.0, 0.0], holds={0.5: 10.0}) == [0.0, 10.0]


def test_a_hold_does_not_hand_out_times_that_are_taken() -> None:
    # Five are booked for 0, 1, 2, 3 and 4 s; the hold moves those of 1 s and later back together.
    sent = sent_s(Pace(60), [0.0] * 5, holds={0.5: 2.5})
    assert min(later - sooner for sooner, later in pairwise(sent)) >= 1.0 - 1e-9


@pytest.mark.parametrize("asks_s", [4.0, 4.05], ids=["in time", "too late"])
def test_whoever_was_due_when_a_refusal_came_has_not_gone(asks_s: float) -> None:
    pace, turns = Pace(60), [Turn() for _ in range(6)]
    due_s = [pace.book(0.0, turn=turn) for turn in turns[:5]]
    assert due_s == [0.0, 1.0, 2.0, 3.0, 4.0]
    # All but the first sleep longer than they were told; a refusal comes before they ask again.
    pace.refused(asks_s, 0.0, 6.0)
    assert [pace.book(asks_s, turn=turn) for turn in turns[1:]] == pytest.approx([6.0, 7.0, 8.0, 9.0, 10.0])


@pytest.mark.parametrize(
    "holds",
    [
        pytest.param({0.5: 3.0}, id="one"),
        pytest.param({0.5: 3.0, 1.5: 6.0}, id="one that is prolonged"),
        pytest.param({0.5: 3.0, 10.2: 14.7}, id="two"),
    ],
)
def test_the_limit_holds_through_holds(holds: dict[float, float]) -> None:
    sent = sent_s(Pace(60), [number * 0.5 for number in range(40)], holds)
    assert min(later - sooner for sooner, later in pairwise(sent)) >= 1.0 - 1e-9


def test_everybody_is_sent_in_the_end() -> None:
    assert len(sent_s(Pace(600), [0.0] * 50, holds={0.5: 3.0, 1.0: 4.0})) == 50


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_makes_no_sense_is_refused(limit: Any) -> None:
    with pytest.raises(ValueError, match="requests_per_minute must be"):
        Pace(limit)
