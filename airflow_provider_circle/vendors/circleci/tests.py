"""
Test results: how they are read, what tells one from another, and what they come to.

Knows the rows and their summary; where they land is known elsewhere.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow_provider_circle.core.ahead import ListRequest, pages_ahead
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.stream import Stream
from airflow_provider_circle.core.walk import Caller, Emit, Walk, relayed
from airflow_provider_circle.vendors.circleci.endpoints.jobs import LIST_JOB_TESTS
from airflow_provider_circle.vendors.circleci.runs import JobRun

__all__ = ["TEST_RESULTS", "read_test_results", "summed_up"]

TEST_RESULTS = Stream("test_results", LIST_JOB_TESTS, key=("project_slug", "job_number", "test_index"))
"""
A test result has no id. Its name is none: the same name comes several times where a test is repeated, has parameters
that its report leaves out, or is in two files. So its key is the job it is of, whose number no other job of the project
has, and its place in that job's list. A finished job's list does not change, and a rerun is another job: the same
result always has the same key, and two results never share one.
"""

_PASSED = frozenset({"success", "passed"})
_SKIPPED = frozenset({"skipped"})
_MOST_FAILED = 20
_MOST_SLOWEST = 5
_LONGEST_NAME = 200


def read_test_results(caller: Caller, runs: Sequence[JobRun], *, concurrency: int) -> Walk[None]:
    """
    Emit the test results of jobs, each with the job, workflow and pipeline it is of.

    :param concurrency: how many pages are on their way at most.

    Source: https://circleci.com/docs/api/v2/#operation/getTests
    """
    by_label = {str(number): run for number, run in enumerate(runs)}
    count: dict[str, int] = {}

    def told(emitted: Emit) -> Emit:
        label = str(emitted.label)
        begin = count.get(label, 0)
        count[label] = begin + len(emitted.records)
        rows = [_row(by_label[label], begin + place, record) for place, record in enumerate(emitted.records)]
        return Emit(rows, label=emitted.label, page=emitted.page)

    lists = (
        ListRequest(label, {"project_slug": run.project_slug, "job_number": run.job_number})
        for label, run in by_label.items()
    )
    # A job that left nothing may be unknown here; so is one that never ran.
    walk = pages_ahead(caller, TEST_RESULTS.endpoint, lists, concurrency=concurrency, missing_ok=True)
    yield from relayed(walk, told)


def summed_up(rows: Iterable[Mapping[str, Any]]) -> JsonObject:
    """
    Sum test results up for XCom.

    :return: ``{"tests", "passed", "failed", "skipped", "duration_s", "slowest": [{"name", "job_name", "run_time"}],
        "failed_tests": [str]}``. What neither passed nor was skipped has failed, errors included. The five slowest, the
        first 20 that failed.
    """
    counted = {"tests": 0, "passed": 0, "failed": 0, "skipped": 0}
    failed: list[str] = []
    duration_s = 0.0

    def timed() -> Iterator[tuple[float, int, str, Any]]:
        nonlocal duration_s
        for row in rows:
            result = str(row.get("result")).lower()
            kind = "passed" if result in _PASSED else "skipped" if result in _SKIPPED else "failed"
            counted["tests"] += 1
            counted[kind] += 1
            if kind == "failed" and len(failed) < _MOST_FAILED:
                failed.append(_name(row))
            run_time = row.get("run_time")
            if isinstance(run_time, int | float) and not isinstance(run_time, bool):
                duration_s += run_time
                # The count makes no two alike, and of equals the first the slower.
                yield run_time, -counted["tests"], _name(row), row.get("job_name")

    slowest = [
        {"name": name, "job_name": job_name, "run_time": run_time}
        for run_time, _, name, job_name in heapq.nlargest(_MOST_SLOWEST, timed())
    ]
    return {**counted, "duration_s": round(duration_s, 3), "slowest": slowest, "failed_tests": failed}


def _row(run: JobRun, place: int, record: JsonObject) -> JsonObject:
    return {
        **record,
        "project_slug": run.project_slug,
        "pipeline_id": run.pipeline_id,
        "workflow_id": run.workflow_id,
        "workflow_name": run.workflow_name,
        "job_name": run.job_name,
        "job_number": run.job_number,
        "test_index": place,
    }


def _name(row: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in (row.get("classname"), row.get("name")) if part)[:_LONGEST_NAME]
