"""
Recording how a pipeline goes, for the view in Airflow's UI, beside the wait that follows it.

Asks for jobs when a workflow's status changed, else once a minute while it runs, and never patiently: a look that comes
to nothing leaves the view as it was. Where a view is kept, whoever waits says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Wait, Walk, collect, pages
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.vendors.circleci.endpoints.workflows import LIST_WORKFLOW_JOBS
from airflow_provider_circle.vendors.circleci.report import Ending, failed_tests
from airflow_provider_circle.vendors.circleci.statuses import JOB_FAILURES, WORKFLOW_FAILURES, WORKFLOW_TERMINAL
from airflow_provider_circle.vendors.circleci.view import (
    MOST_JOBS,
    MOST_TESTS,
    MOST_WORKFLOWS,
    kept_of_job,
    says_the_same,
    view_of,
)
from airflow_provider_circle.vendors.circleci.watch import Sight

__all__ = ["Recorder", "view_of_end", "view_of_start"]

_JOBS_EVERY_S = 60.0
"""Seconds after which the jobs of a workflow that still runs are asked for again."""

_ASIDE_S = 5.0
"""Seconds during which requests for a view are begun between two looks, and which the last of them may take."""

_END_S = 10.0
"""The same for the last view, failed tests included."""

_MOST_TESTED_JOBS = 5
"""Failed jobs whose tests are asked for."""


@dataclass(slots=True)
class _Read:
    """The jobs of a workflow: how it stood when they were read, and when, in seconds since the epoch."""

    status: str
    read_s: float
    jobs: list[JsonObject] | None


class Recorder:
    """
    Keeps a view of what a wait sees.

    :param keep: takes the view whenever it says something new; must neither block nor raise.
    """

    __slots__ = ("_keep", "_kept", "_read", "_troubled")

    def __init__(self, keep: Callable[[JsonObject], None]) -> None:
        self._keep = keep
        self._kept: JsonObject | None = None
        self._read: dict[str, _Read] = {}
        self._troubled = False

    def record(self, caller: Caller, sight: Sight) -> Walk[None]:
        """Read the jobs that may have changed, and keep a view of what was seen."""
        try:
            yield from self._record(caller, sight)
        except Exception as error:  # noqa: BLE001  no wait fails for its picture
            if not self._troubled:
                self._troubled = True
                yield Wait(0.0, f"the view in Airflow's UI was not kept: {error!r}")

    def _record(self, caller: Caller, sight: Sight) -> Walk[None]:
        workflows = sight.verdict.workflows[:MOST_WORKFLOWS]
        aside = _aside(caller, _ASIDE_S)
        for workflow in workflows:
            if self._is_due(workflow, caller.clock()):
                yield from self._read_jobs(aside, workflow)
        now_s = caller.clock()
        view = view_of(
            caller.service,
            sight.subject,
            sight.verdict.workflows,
            {key: read.jobs for key, read in self._read.items() if read.jobs is not None},
            status=sight.verdict.kind,
            message=sight.verdict.message,
            taken_s=now_s + sight.ahead_s,
            noted_s=now_s,
        )
        if not says_the_same(self._kept, view):
            self._kept = view
            self._keep(view)

    def _is_due(self, workflow: JsonObject, now_s: float) -> bool:
        if not workflow.get("id"):
            return False
        read = self._read.get(str(workflow["id"]))
        if read is None or read.status != str(workflow.get("status")):
            return True
        is_settled = read.status in WORKFLOW_TERMINAL and read.jobs is not None
        return not is_settled and now_s - read.read_s >= _JOBS_EVERY_S

    def _read_jobs(self, caller: Caller, workflow: JsonObject) -> Walk[None]:
        key = str(workflow["id"])
        jobs = yield from _jobs_of(caller, workflow)
        if jobs is None and key in self._read:
            jobs = self._read[key].jobs
        self._read[key] = _Read(str(workflow.get("status")), caller.clock(), jobs)


def view_of_start(service: Service, pipeline: JsonObject, now_s: float) -> JsonObject:
    """
    Build the first view of a pipeline, as there is nothing yet but its number.

    :param now_s: seconds since the epoch.
    """
    return view_of(service, pipeline, (), {}, status="running", message="no workflow yet", taken_s=now_s, noted_s=now_s)


def view_of_end(caller: Caller, ending: Ending) -> Walk[JsonObject]:
    """
    Build the last view of what a task waited for, with the tests that failed; what cannot be read is left out.

    :param ending: how the wait ended.

    Source: https://circleci.com/docs/api/v2/#operation/listWorkflowJobs
    """
    caller = _aside(caller, _END_S)
    jobs: dict[str, Sequence[JsonObject]] = {}
    for workflow in ending["workflows"][:MOST_WORKFLOWS]:
        if workflow.get("id"):
            listed = yield from _jobs_of(caller, workflow)
            if listed is not None:
                jobs[str(workflow["id"])] = listed
    tests = yield from _failed_tests(caller, ending["workflows"], jobs)
    now_s = caller.clock()
    return view_of(
        caller.service,
        ending["subject"],
        ending["workflows"],
        jobs,
        status=ending["status"],
        message=ending["message"],
        taken_s=now_s,
        noted_s=now_s,
        failed_tests=tests,
    )


def _jobs_of(caller: Caller, workflow: JsonObject) -> Walk[list[JsonObject] | None]:
    """List a workflow's jobs; ``None`` where they cannot be read now."""
    listed = pages(caller, LIST_WORKFLOW_JOBS, path={"workflow_id": str(workflow["id"])})
    try:
        jobs = yield from collect(listed, enough=lambda rows: len(rows) > MOST_JOBS)
    except (CircleError, ValueError):
        return None
    return [{**kept_of_job(job), "project_slug": job.get("project_slug")} for job in jobs]


def _failed_tests(
    caller: Caller, workflows: Iterable[JsonObject], jobs: dict[str, Sequence[JsonObject]]
) -> Walk[list[JsonObject]]:
    found: list[JsonObject] = []
    failed = [
        job
        for workflow in workflows
        if str(workflow.get("status")) in WORKFLOW_FAILURES
        for job in jobs.get(str(workflow.get("id")), ())
        if str(job.get("status")) in JOB_FAILURES
    ]
    for job in failed[:_MOST_TESTED_JOBS]:
        if len(found) < MOST_TESTS:
            try:
                tests = yield from failed_tests(caller, job, MOST_TESTS)
            except (CircleError, ValueError):
                continue
            found += [{**test, "job_name": job.get("name")} for test in tests]
    return found


def _aside(caller: Caller, most_s: float) -> Caller:
    """
    Call once and not for long: a wait must not suffer from being drawn.

    :param most_s: seconds after which no request begins, and which one may take.
    """
    service = replace(caller.service, timeout_s=min(caller.service.timeout_s, most_s))
    return replace(
        caller,
        service=service,
        retry=RetryPolicy(attempts=1),
        until_s=min(caller.until_s, caller.clock() + most_s),
    )
