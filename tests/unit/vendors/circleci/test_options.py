"""Words and numbers that make no sense are refused by name; how long something takes may be said in several ways."""

from __future__ import annotations

import math
from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.options import check_policy, checked_duration

SENSIBLE: dict[str, Any] = {
    "on_hold": "wait",
    "on_canceled": "fail",
    "on_no_workflow": "fail",
    "no_workflow_grace_s": 0,
}


@pytest.mark.parametrize(
    ("name", "value", "wish"),
    [
        ("on_hold", "skip", "one of wait, fail, approve, got 'skip'"),
        ("on_canceled", "wait", "one of fail, skip, succeed, got 'wait'"),
        ("on_no_workflow", None, "one of fail, skip, succeed, got None"),
        ("no_workflow_grace_s", -0.1, "a number of seconds, 0 or more, got -0.1"),
        ("no_workflow_grace_s", math.inf, "a number of seconds, 0 or more, got inf"),
        ("no_workflow_grace_s", math.nan, "a number of seconds, 0 or more, got nan"),
        ("no_workflow_grace_s", True, "a number of seconds, 0 or more, got True"),
        ("no_workflow_grace_s", "1", "a number of seconds, 0 or more, got '1'"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(name: str, value: Any, wish: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be {wish}$"):
        check_policy(**{**SENSIBLE, name: value})


@pytest.mark.parametrize("grace_s", [0, 0.5, 600.0])
def test_a_grace_may_be_any_time_that_ends(grace_s: float) -> None:
    check_policy(**{**SENSIBLE, "no_workflow_grace_s": grace_s})


@pytest.mark.parametrize(
    ("value", "duration"),
    [(None, None), ("", None), ("insights", "insights"), (90, 90.0), ("90.5", 90.5), (0.5, 0.5), (" 7 ", 7.0)],
)
def test_a_duration_is_a_time_or_to_be_learned(value: Any, duration: Any) -> None:
    assert checked_duration(value) == duration


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, True, False, "soon", [], 10**400])
def test_what_is_no_duration_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^expected_duration_s must be .* above 0, or 'insights', got "):
        checked_duration(value)
