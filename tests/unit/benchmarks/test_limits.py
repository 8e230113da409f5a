"""Whether everybody gets a turn under a limit."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.limits import goals_of, unfairness

_SEEN = {"wrong": 0, "share": 0.001, "unfairness": 1.2}
_NONE = {"refused": 300, "other": 300}


@pytest.mark.parametrize(
    ("looks", "unfair"),
    [
        # 60 looks a minute: three waits' share is 3 s, but the schedule's own interval is 10 s.
        pytest.param([[1.0, 11.0], [2.0, 12.0], [3.0, 13.0]], 1.0, id="as scheduled"),
        pytest.param([[1.0, 31.0], [2.0, 12.0], [3.0, 13.0]], 3.0, id="one gap is long"),
        pytest.param([[25.0], [2.0], [3.0]], 2.5, id="the first look counts from the beginning"),
    ],
)
def test_unfairness_is_the_longest_gap_by_the_share(looks: list[list[float]], unfair: float) -> None:
    assert unfairness(looks, 60.0, interval_s=10.0) == pytest.approx(unfair)


def test_share_grows_with_the_waits_that_wait() -> None:
    looks = [[50.0, 150.0], *([100.0 + index] for index in range(99))]
    # 100 waits at one look a second: all have ended but one by 199 s, and 100 s pass between its looks.
    assert unfairness(looks, 60.0, interval_s=10.0) == pytest.approx(1.98)


def test_share_shrinks_as_waits_end() -> None:
    looks = [[100.0, 160.0], *([50.0] for _ in range(100))]
    assert unfairness(looks, 60.0, interval_s=10.0) == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("seen", "refusal", "goal"),
    [
        pytest.param({"wrong": 1}, {}, "ended otherwise", id="a wait ended wrong"),
        pytest.param({"share": 0.011}, {}, "429s", id="too many refusals"),
        pytest.param({"unfairness": 2.1}, {}, "longest gap", id="a wait starves"),
        pytest.param({}, {"refused": 1}, "its connection", id="the refused connection goes on"),
        pytest.param({}, {"other": 200}, "another connection", id="another connection slows down as well"),
    ],
)
def test_goal_that_is_missed(seen: dict[str, Any], refusal: dict[str, int], goal: str) -> None:
    goals = goals_of({"told": {**_SEEN, **seen}}, {"refused": 0, "other": 300, **refusal}, _NONE)
    assert [one.name for one in goals if not one.holds] == [one.name for one in goals if goal in one.name]


def test_all_goals_may_hold() -> None:
    assert all(goal.holds for goal in goals_of({"told": _SEEN}, {"refused": 0, "other": 300}, _NONE))
