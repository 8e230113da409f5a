"""What test results come to."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.tests import summed_up


def result(name: str = "t", outcome: Any = "success", run_time: Any = 1.0, **more: Any) -> dict[str, Any]:
    return {"name": name, "classname": "c", "result": outcome, "run_time": run_time, "job_name": "test", **more}


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("success", "passed"),
        ("passed", "passed"),
        ("Success", "passed"),
        ("skipped", "skipped"),
        ("failure", "failed"),
        ("failed", "failed"),
        ("error", "failed"),
        ("timedout", "failed"),
        (None, "failed"),
        ("", "failed"),
    ],
)
def test_outcome_counts_as(outcome: Any, kind: str) -> None:
    told = summed_up([result(outcome=outcome)])

    assert {name: told[name] for name in ("passed", "failed", "skipped")} == {
        "passed": 0,
        "failed": 0,
        "skipped": 0,
        kind: 1,
    }
    assert told["tests"] == 1


def test_nothing_comes_to_nothing() -> None:
    assert summed_up([]) == {
        "tests": 0,
        "passed": 0,
        "failed": 0,
        "skipped": 0,
        "duration_s": 0.0,
        "slowest": [],
        "failed_tests": [],
    }


def test_five_slowest_are_named_of_equals_the_first() -> None:
    told = summed_up([result(f"t{number}", run_time=float(number // 2)) for number in range(12)])

    assert [(one["name"], one["run_time"]) for one in told["slowest"]] == [
        ("c.t10", 5.0),
        ("c.t11", 5.0),
        ("c.t8", 4.0),
        ("c.t9", 4.0),
        ("c.t6", 3.0),
    ]
    assert told["slowest"][0]["job_name"] == "test"


@pytest.mark.parametrize("run_time", [None, "1", True], ids=str)
def test_time_that_is_none_does_not_count(run_time: Any) -> None:
    told = summed_up([result(run_time=run_time), result(run_time=0.25)])

    assert (told["duration_s"], len(told["slowest"]), told["tests"]) == (0.25, 1, 2)


def test_first_twenty_failures_are_named() -> None:
    told = summed_up(result(f"t{number}", "failure") for number in range(25))

    assert (told["failed"], len(told["failed_tests"]), told["failed_tests"][-1]) == (25, 20, "c.t19")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        pytest.param(result("t", "failure"), "c.t", id="both"),
        pytest.param(result("t", "failure", classname=""), "t", id="no_class"),
        pytest.param(result("t" * 999, "failure", classname=None), "t" * 200, id="long"),
    ],
)
def test_failure_is_named(row: dict[str, Any], name: str) -> None:
    assert summed_up([row])["failed_tests"] == [name]
