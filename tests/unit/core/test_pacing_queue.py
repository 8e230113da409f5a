"""A queue of sending times when somebody leaves it, the clock is set back, or the end is announced while it waits."""

from __future__ import annotations

from airflow_provider_circle.core.pacing import Pace, Turn


def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_longer_than_the_limit() -> None:
    pace = Pace(60)
    pace.book(7200.0)

    assert [pace.book(3600.0), pace.book(3600.0)] == [1.0, 2.0]


def test_a_place_left_in_the_middle_stays_empty_and_moves_nobody() -> None:
    pace, leaving, behind = Pace(60), Turn(), Turn()
    pace.book(0.0)
    pace.book(0.0, turn=leaving)
    pace.book(0.0, turn=behind)

    pace.book(0.0, until_s=0.5, turn=leaving)

    assert (pace.book(0.0, turn=behind), pace.book(0.0)) == (2.0, 3.0)


def test_an_end_that_is_announced_during_a_hold_prolongs_it() -> None:
    pace = Pace()
    pace.refused(10.0, 9.9, 1.0)

    pace.used_up(10.5, 30.0)

    assert (pace.held_s(10.5), pace.book(10.5)) == (30.0, 30.0)
