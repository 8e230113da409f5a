"""
The jobs behind a pipeline, a workflow or a number: those that ran, of each name the newest.

Knows which jobs can have left artifacts and test results; what they left is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, collect, pages
from airflow_provider_circle.exceptions import NotFound
from airflow_provider_circle.vendors.circleci.endpoints.jobs import GET_JOB
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import LIST_PIPELINE_WORKFLOWS
from airflow_provider_circle.vendors.circleci.endpoints.workflows import GET_WORKFLOW, LIST_WORKFLOW_JOBS
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy, judge

__all__ = ["JobRun", "run_of_job", "runs_of_pipeline", "runs_of_workflow"]

_UNFINISHED = frozenset({"running", "queued", "not_running", "on_hold", "blocked"})


@dataclass(frozen=True, slots=True)
class JobRun:
    """
    One run of a job.

    :param job_number: tells it from every other job of its project, reruns included.
    :param setup: of a setup workflow, which may share its name with the one it makes.
    """

    project_slug: str
    job_number: int
    job_name: str
    status: str
    pipeline_id: str | None
    workflow_id: str | None
    workflow_name: str | None
    setup: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether more may come of it."""
        return self.status in _UNFINISHED

    def __str__(self) -> str:
        """Name it for a message."""
        return f"job {self.job_name} ({self.job_number})"


def runs_of_pipeline(caller: Caller, pipeline_id: str) -> Walk[list[JobRun]]:
    """
    Find the jobs that ran in the newest workflow of each name; a rerun takes the place of what it reran.

    :raises NotFound: no such pipeline, or the token may not see it.

    Source: https://circleci.com/docs/api/v2/#operation/listWorkflowsByPipelineId
    """
    workflows = yield from collect(pages(caller, LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id}))
    newest = judge({}, workflows, caller.clock(), VerdictPolicy()).workflows
    runs: list[JobRun] = []
    for workflow in newest:
        # CircleCI keeps no details of old workflows: their id is null, or not found.
        if workflow.get("id"):
            try:
                runs += yield from _runs_in(caller, workflow)
            except NotFound:
                continue
    return runs


def runs_of_workflow(caller: Caller, workflow_id: str) -> Walk[list[JobRun]]:
    """
    Find the jobs that ran in one workflow.

    :raises NotFound: no such workflow, or the token may not see it.

    Source: https://circleci.com/docs/api/v2/#operation/listWorkflowJobs
    """
    workflow = yield from call(caller, GET_WORKFLOW, path={"workflow_id": workflow_id})
    return (yield from _runs_in(caller, {"id": workflow_id, **workflow}))


def run_of_job(caller: Caller, project_slug: str, job_number: int) -> Walk[list[JobRun]]:
    """
    Find one job by its number.

    :raises NotFound: no such job, an approval job, or one that never ran.

    Source: https://circleci.com/docs/api/v2/#operation/getJobDetails
    """
    job = yield from call(caller, GET_JOB, path={"project_slug": project_slug, "job_number": job_number})
    pipeline, workflow = job.get("pipeline") or {}, job.get("latest_workflow") or {}
    run = JobRun(
        project_slug,
        job_number,
        str(job.get("name") or job_number),
        str(job.get("status")),
        pipeline.get("id"),
        workflow.get("id"),
        workflow.get("name"),
    )
    return [run]


def _runs_in(caller: Caller, workflow: JsonObject) -> Walk[list[JobRun]]:
    jobs = yield from collect(pages(caller, LIST_WORKFLOW_JOBS, path={"workflow_id": workflow["id"]}))
    return [
        JobRun(
            str(job.get("project_slug") or workflow.get("project_slug")),
            job["job_number"],
            str(job.get("name") or job["job_number"]),
            str(job.get("status")),
            workflow.get("pipeline_id"),
            workflow["id"],
            workflow.get("name"),
            workflow.get("tag") == "setup",
        )
        for job in _newest_by_name(jobs)
    ]


def _newest_by_name(jobs: Iterable[JsonObject]) -> list[JsonObject]:
    """Keep the jobs that ran; one that CircleCI retried by itself is listed beside its retry, which is newer."""
    newest: dict[str, JsonObject] = {}
    for job in jobs:
        number, name = job.get("job_number"), str(job.get("name"))
        if job.get("type") == "approval" or not isinstance(number, int) or isinstance(number, bool):
            continue
        if name not in newest or number > newest[name]["job_number"]:
            newest[name] = job
    return list(newest.values())
