"""
Tests that passed and failed on the same commit, and other metrics of tests.

Knows which job runs test what. A commit belongs to a pipeline here, so what flakes does so between its reruns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from airflow_provider_circle.sandbox.circleci.insights_runs import percentile
from airflow_provider_circle.sandbox.circleci.model import Job, Workflow
from airflow_provider_circle.sandbox.circleci.replies import test_results
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["flaky_tests", "test_metrics"]

JsonObject = dict[str, Any]

_NEWEST = 10
_MOST = 10


def flaky_tests(workflows: Iterable[Workflow], now_s: float) -> JsonObject:
    """Write each failure of a test that passed elsewhere on the same commit."""
    seen: dict[tuple[str, ...], dict[bool, list[tuple[Workflow, Job, JsonObject]]]] = {}
    for workflow in workflows:
        for job in workflow.jobs:
            for test in test_results(job, now_s):
                ends = seen.setdefault((workflow.pipeline.id, *_test(job, test)), {True: [], False: []})
                ends[test["result"] == "success"].append((workflow, job, test))
    rows = [
        {
            "test-name": test["name"],
            "classname": test["classname"],
            "file": test["file"],
            "source": test["source"],
            "job-name": job.name,
            "job-number": job.number,
            "workflow-name": workflow.name,
            "workflow-id": workflow.id,
            "workflow-created-at": timestamp(workflow.created_at),
            "pipeline-number": workflow.pipeline.number,
            "times-flaked": len(ends[False]),
            "time-wasted": round(test["run_time"]),
        }
        for ends in seen.values()
        if ends[True]
        for workflow, job, test in ends[False]
    ]
    unique = {(row["job-name"], row["classname"], row["test-name"]) for row in rows}
    return {"flaky-tests": rows, "total-flaky-tests": float(len(unique))}


def test_metrics(workflows: Sequence[Workflow], now_s: float) -> JsonObject:
    """Write the metrics of the tests in the newest workflows."""
    newest = sorted(workflows, key=lambda workflow: workflow.created_at, reverse=True)[:_NEWEST]
    flaky = {(row["job-name"], row["classname"], row["test-name"]) for row in flaky_tests(newest, now_s)["flaky-tests"]}
    runs: list[JsonObject] = []
    tests: dict[tuple[str, ...], list[JsonObject]] = {}
    for workflow in newest:
        results = [(job, test) for job in workflow.jobs for test in test_results(job, now_s)]
        for job, test in results:
            tests.setdefault(_test(job, test), []).append(test)
        if results:
            runs.append(_counts(workflow, [test for _, test in results]))
    rows = [_metrics(key, of, key in flaky) for key, of in tests.items()]
    failed = sorted((row for row in rows if row["failed_runs"]), key=lambda row: -row["failed_runs"])
    slowest = sorted(rows, key=lambda row: -row["p95_duration"])
    total = sum(run["test_counts"]["total"] for run in runs)
    return {
        "average_test_count": total // len(runs) if runs else 0,
        "most_failed_tests": failed[:_MOST],
        "most_failed_tests_extra": len(failed[_MOST:]),
        "slowest_tests": slowest[:_MOST],
        "slowest_tests_extra": len(slowest[_MOST:]),
        "test_runs": runs,
        "total_test_runs": len(runs),
    }


def _test(job: Job, test: JsonObject) -> tuple[str, ...]:
    return job.name, test["classname"], test["name"]


def _metrics(key: tuple[str, ...], results: Sequence[JsonObject], flaky: bool) -> JsonObject:
    return {
        "job_name": key[0],
        "classname": key[1],
        "test_name": key[2],
        "file": results[0]["file"],
        "source": results[0]["source"],
        "flaky": flaky,
        "failed_runs": sum(result["result"] == "failure" for result in results),
        "total_runs": len(results),
        "p95_duration": percentile(sorted(result["run_time"] for result in results), 0.95),
    }


def _counts(workflow: Workflow, results: Sequence[JsonObject]) -> JsonObject:
    failures = sum(result["result"] == "failure" for result in results)
    return {
        "pipeline_number": workflow.pipeline.number,
        "workflow_id": workflow.id,
        "success_rate": (len(results) - failures) / len(results),
        "test_counts": {
            "error": 0,
            "failure": failures,
            "skipped": 0,
            "success": len(results) - failures,
            "total": len(results),
        },
    }
