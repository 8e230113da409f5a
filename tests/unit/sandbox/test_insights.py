"""What the sandbox reckons about its own pipelines is what they did."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.sandbox.circleci.insights_runs import (
    Run,
    credits_of,
    durations,
    mean_time_to_recovery,
    percentile,
    totals,
    trend,
)

from .conftest import PROJECT, InProcess

INSIGHTS = "/insights/gh/acme/web"
RUNS = f"{INSIGHTS}/workflows/build-and-test"
DAY_S = 86_400.0


def run(status: str = "success", begin_s: float = 0.0, took_s: float | None = 10.0) -> Run:
    return Run("build", "main", status, begin_s, None if took_s is None else begin_s + took_s)


def trigger(sandbox: InProcess, scenario: str = "success", branch: str = "main") -> str:
    body = {"branch": branch, "parameters": {"sandbox_scenario": scenario}}
    return str(sandbox.api("POST", f"{PROJECT}/pipeline", body).json()["id"])


def written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def metrics(sandbox: InProcess, path: str = f"{INSIGHTS}/workflows", **query: str) -> Any:
    return {row["name"]: row["metrics"] for row in sandbox.get(path, query=query)["items"]}


def test_runs_are_counted_by_how_they_ended(sandbox: InProcess) -> None:
    for scenario in ("success", "success", "failed", "canceled", "never_ends"):
        trigger(sandbox, scenario)
    sandbox.real_time.seconds += 100

    told = metrics(sandbox)["build-and-test"]

    assert (told["total_runs"], told["successful_runs"], told["failed_runs"]) == (5, 2, 1)
    assert told["success_rate"] == pytest.approx(2 / 3)
    assert told["duration_metrics"]["max"] == 18


def test_default_branch_is_what_is_told_without_a_branch(sandbox: InProcess) -> None:
    for branch in ("main", "dev", "dev"):
        trigger(sandbox, branch=branch)
    sandbox.real_time.seconds += 100

    counts = [
        metrics(sandbox, **query)["build-and-test"]["total_runs"]
        for query in ({}, {"branch": "dev"}, {"all-branches": "true"})
    ]

    assert counts == [1, 2, 3]


@pytest.mark.parametrize(("window", "names"), [("last-24-hours", []), ("last-7-days", ["build-and-test"])])
def test_only_what_is_in_the_reporting_window_counts(sandbox: InProcess, window: str, names: list[str]) -> None:
    trigger(sandbox)
    sandbox.real_time.seconds += 2 * DAY_S

    assert list(metrics(sandbox, **{"reporting-window": window})) == names


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"{INSIGHTS}/workflows", {"reporting-window": "last-year"}),
        (f"{INSIGHTS}/workflows", {"branch": "main", "all-branches": "true"}),
        (RUNS, {"end-date": "2026-03-01T00:00:00Z"}),
        (RUNS, {"start-date": "2026-01-01T00:00:00Z", "end-date": "2026-05-01T00:00:00Z"}),
        (RUNS, {"start-date": "yesterday"}),
        ("/insights/time-series/gh/acme/web/workflows/a/jobs", {"granularity": "weekly"}),
    ],
)
def test_question_that_makes_no_sense_is_refused(sandbox: InProcess, path: str, query: dict[str, str]) -> None:
    assert sandbox.api("GET", path, query=query).status == 400


def test_runs_of_a_span_hold_their_beginning_and_not_their_end(sandbox: InProcess) -> None:
    trigger(sandbox)
    sandbox.real_time.seconds += 100
    (first,) = sandbox.get(RUNS)["items"]
    begin_s = datetime.fromisoformat(first["created_at"]).timestamp()

    counts = [
        len(
            sandbox.get(RUNS, query={"start-date": written(begin_s + start), "end-date": written(begin_s + end)})[
                "items"
            ]
        )
        for start, end in ((0, 60), (-60, 0), (-60, 0.001))
    ]

    assert counts == [1, 0, 1]


@pytest.mark.parametrize("zone", ["America/Lima", "UTC", "Asia/Tokyo"])
def test_date_without_a_time_zone_is_one_of_utc(sandbox: InProcess, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    trigger(sandbox)
    sandbox.real_time.seconds += 100
    (first,) = sandbox.get(RUNS)["items"]
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = sandbox.get(RUNS, query={"start-date": first["created_at"].removesuffix("Z")})["items"]
        later = written(datetime.fromisoformat(first["created_at"]).timestamp() + 1)
        missed = sandbox.get(RUNS, query={"start-date": later.removesuffix("+00:00")})["items"]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert (found, missed) == ([first], [])


def test_run_that_goes_on_has_no_status(sandbox: InProcess) -> None:
    trigger(sandbox, "never_ends")
    sandbox.real_time.seconds += 10

    (row,) = sandbox.get(RUNS)["items"]

    assert (row["status"], row["stopped_at"], row["duration"]) == (None, None, None)


@pytest.mark.parametrize(("scenario", "flakes"), [("rerun", 25), ("failed", 0), ("success", 0)])
def test_flaky_is_what_failed_and_passed_on_one_commit(sandbox: InProcess, scenario: str, flakes: int) -> None:
    trigger(sandbox, scenario)
    trigger(sandbox, "success")
    sandbox.real_time.seconds += 100

    told = sandbox.get(f"{INSIGHTS}/flaky-tests")

    assert (len(told["flaky-tests"]), told["total-flaky-tests"]) == (flakes, flakes)


def test_flaky_tests_are_marked_among_all_tests(sandbox: InProcess) -> None:
    trigger(sandbox, "rerun")
    sandbox.real_time.seconds += 100

    told = sandbox.get(f"{RUNS}/test-metrics")

    assert [row["flaky"] for row in told["most_failed_tests"]] == [True] * 10
    assert told["most_failed_tests_extra"] == 15
    assert [run["test_counts"]["failure"] for run in told["test_runs"]] == [0, 25]


def test_durations_are_of_what_has_ended() -> None:
    runs = [run(took_s=seconds) for seconds in (10.0, 20.0, 60.0)]

    told = durations([*runs, run(took_s=None)])

    assert (told["min"], told["mean"], told["median"], told["p95"], told["max"]) == (10, 30, 20, 60, 60)


def test_durations_of_nothing_are_nulls() -> None:
    assert set(durations([run(took_s=None)]).values()) == {None}


def test_totals_count_a_day_at_least() -> None:
    told = totals([run(), run("failed"), run("running", took_s=None)], DAY_S / 24)

    assert (told["throughput"], told["success_rate"], told["total_credits_used"]) == (3.0, 0.5, 20)


def test_recovery_is_from_the_first_failure_to_the_next_success() -> None:
    runs = [run("failed", 0), run("failed", 100), run("success", 300), run("success", 400)]

    assert mean_time_to_recovery(runs) == (300, 1)


def test_without_a_failure_there_is_no_recovery() -> None:
    assert mean_time_to_recovery([run()]) == (None, 0)


@pytest.mark.parametrize(("values", "value"), [([], 0.0), ([1.0], 1.0), ([1.0, 2.0], 2.0)])
def test_percentile_is_one_of_the_values(values: list[float], value: float) -> None:
    assert percentile(values, 0.95) == value


@pytest.mark.parametrize(("seconds", "cost"), [(None, 0), (0.0, 0), (1.0, 10), (60.0, 10), (60.5, 20)])
def test_each_minute_that_began_costs(seconds: float | None, cost: int) -> None:
    assert credits_of(seconds) == cost


@pytest.mark.parametrize(("now", "before", "told"), [(2.0, 1.0, 2.0), (2.0, 0.0, 0.0), (None, 1.0, 0.0)])
def test_trend_compares_with_the_span_before(now: float | None, before: float, told: float) -> None:
    assert trend(now, before) == told
