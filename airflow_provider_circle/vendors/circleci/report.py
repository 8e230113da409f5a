"""
Telling what happened.

To a waiting task how its wait ended, to XCom a short summary, to a person the jobs and tests behind a failure, and to
the log alone what failing steps wrote.

Reads what it needs; a detail that cannot be read is left out and said so, never an error over an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.refusal import printable
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Walk, collect, pages
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.vendors.circleci.endpoints.jobs import LIST_JOB_TESTS
from airflow_provider_circle.vendors.circleci.endpoints.workflows import LIST_WORKFLOW_JOBS
from airflow_provider_circle.vendors.circleci.service import workflow_url
from airflow_provider_circle.vendors.circleci.statuses import JOB_FAILURES, WORKFLOW_FAILURES
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from airflow_provider_circle.vendors.circleci.watch import Watched

__all__ = [
    "Ending",
    "duration_s",
    "ending_of",
    "failed_jobs",
    "failed_tests",
    "failure_report",
    "step_report",
    "step_trouble",
    "workflow_summary",
]

_MOST_JOBS = 20
_MOST_TESTS = 20
_LONGEST_LINE = 200
_MOST_TESTS_READ = 400
"""Bounds of a failure report, so that it fits into a log and costs few requests."""

_KEPT = (
    "id",
    "name",
    "number",
    "status",
    "state",
    "tag",
    "project_slug",
    "pipeline_id",
    "pipeline_number",
    "created_at",
    "stopped_at",
    "web_url",
)
"""What a task needs of a pipeline, workflow or job once its wait is over."""

_PASSED = frozenset({"success", "passed", "skipped"})


class Ending(TypedDict):
    """
    How a wait ended, in JSON's own types: it travels from the triggerer to the worker.

    ``status`` is the verdict's kind, or ``timed_out``; ``action`` what the policy makes of it.
    """

    status: str
    action: str
    message: str
    subject: JsonObject
    workflows: list[JsonObject]


def ending_of(watched: Watched) -> Ending:
    """Say how a wait ended."""
    sight = watched.sight
    message = sight.verdict.message if sight else "nothing was seen"
    if watched.timed_out:
        message = f"last seen: {message}" + (f"; the last look failed: {watched.trouble}" if watched.trouble else "")
    return Ending(
        status="timed_out" if watched.timed_out or sight is None else sight.verdict.kind,
        action="fail" if watched.timed_out or sight is None else sight.verdict.action,
        message=message,
        subject=_kept(sight.subject) if sight else {},
        workflows=[_kept(workflow) for workflow in sight.verdict.workflows] if sight else [],
    )


def _kept(subject: JsonObject) -> JsonObject:
    return {key: subject[key] for key in _KEPT if key in subject}


def workflow_summary(service: Service, workflow: JsonObject) -> JsonObject:
    """
    Sum a workflow up for XCom.

    :return: ``{"id", "name", "status", "url", "duration_s"}``; ``duration_s`` is ``None`` until it has stopped.
    """
    return {
        "id": workflow.get("id"),
        "name": workflow.get("name"),
        "status": workflow.get("status"),
        "url": workflow_url(service, workflow),
        "duration_s": duration_s(workflow),
    }


def duration_s(subject: JsonObject) -> float | None:
    """Seconds between ``created_at`` and ``stopped_at``; ``None`` where either is missing."""
    created_s, stopped_s = epoch_s(subject.get("created_at")), epoch_s(subject.get("stopped_at"))
    return None if created_s is None or stopped_s is None else round(stopped_s - created_s, 3)


def failure_report(caller: Caller, workflows: Iterable[JsonObject]) -> Walk[list[str]]:
    """
    Name the failed workflows, their failed jobs and the first failed tests.

    :param workflows: those that failed are looked into.
    :return: indented lines.
    """
    lines: list[str] = []
    tests_left = _MOST_TESTS
    for workflow in workflows:
        if workflow.get("status") not in WORKFLOW_FAILURES:
            continue
        url = workflow_url(caller.service, workflow)
        lines.append(f"workflow {_one_line(workflow.get('name'))} {workflow.get('status')}: {url}")
        if not workflow.get("id"):
            continue
        try:
            failed = yield from _failed_jobs_of(caller, workflow)
        except (CircleError, ValueError) as error:
            lines.append(f"  (its jobs could not be read: {error})")
            continue
        for job in failed[:_MOST_JOBS]:
            where = f": {url}/jobs/{job['job_number']}" if job.get("job_number") else ""
            lines.append(f"  job {_one_line(job.get('name'))} {job.get('status')}{where}")
            if tests_left:
                tests = yield from _failed_tests(caller, job, tests_left)
                lines += tests
                tests_left -= len(tests)
        if len(failed) > _MOST_JOBS:
            lines.append(f"  and {len(failed) - _MOST_JOBS} more failed jobs")
    return lines


def failed_jobs(caller: Caller, workflows: Iterable[JsonObject], most: int) -> Walk[list[JsonObject]]:
    """
    List the first failed jobs that have a number, of workflows that failed.

    :raises CircleError: a workflow's jobs cannot be read.
    """
    found: list[JsonObject] = []
    for workflow in workflows:
        if workflow.get("status") in WORKFLOW_FAILURES and workflow.get("id") and len(found) < most:
            failed = yield from _failed_jobs_of(caller, workflow)
            found += [job for job in failed if job.get("project_slug") and job.get("job_number")]
    return found[:most]


def failed_tests(caller: Caller, job: JsonObject, most: int) -> Walk[list[JsonObject]]:
    """
    List the first failed tests of a job, as CircleCI sent them.

    :param most: how many at most.
    :raises CircleError: they cannot be read.
    """
    slug, number = job.get("project_slug"), job.get("job_number")
    if not slug or not number:
        return []
    tests = yield from collect(
        pages(caller, LIST_JOB_TESTS, path={"project_slug": slug, "job_number": number}),
        enough=lambda rows: len(rows) >= _MOST_TESTS_READ or len(_failures(rows)) >= most,
    )
    return _failures(tests)[:most]


def step_report(job: JsonObject, step: str, lines: Sequence[str]) -> str:
    """
    Tell what the failing step of a job wrote last.

    :param step: its name; empty where no step failed.
    """
    named = f"job {_one_line(job.get('name'))} ({job.get('job_number')})"
    if not step:
        return f"{named}: none of its steps failed"
    if not lines:
        return f"{named}: its step {step!r} wrote nothing"
    return "\n".join([f"{named}: its step {step!r} wrote last:", *(f"  | {line}".rstrip() for line in lines)])


def step_trouble(job: JsonObject, error: Exception) -> str:
    """Say, in one line, why there is nothing to tell of a job's failing step."""
    return f"job {_one_line(job.get('name'))} ({job.get('job_number')}): (its output could not be read: {error})"


def _failed_jobs_of(caller: Caller, workflow: JsonObject) -> Walk[list[JsonObject]]:
    jobs = yield from collect(pages(caller, LIST_WORKFLOW_JOBS, path={"workflow_id": workflow["id"]}))
    return [job for job in jobs if job.get("status") in JOB_FAILURES]


def _failed_tests(caller: Caller, job: JsonObject, most: int) -> Walk[list[str]]:
    try:
        tests = yield from failed_tests(caller, job, most)
    except (CircleError, ValueError) as error:
        return [f"    (its tests could not be read: {error})"]
    return [f"    test {_one_line(_test_name(test))}: {_one_line(test.get('message'))}" for test in tests]


def _failures(tests: list[JsonObject]) -> list[JsonObject]:
    return [test for test in tests if str(test.get("result")).lower() not in _PASSED]


def _test_name(test: JsonObject) -> str:
    return ".".join(str(part) for part in (test.get("classname"), test.get("name")) if part)


def _one_line(text: Any) -> str:
    return printable(str(text or "no message"), _LONGEST_LINE)
