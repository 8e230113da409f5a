"""
Replies: how the service writes what it knows.

Knows the JSON of every object, and where replies deviate from the vendor's description on purpose.
"""

from __future__ import annotations

from hashlib import sha1
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from airflow_provider_circle.sandbox.circleci.model import Job, Pipeline, Workflow
from airflow_provider_circle.sandbox.circleci.scenarios import Quirk
from airflow_provider_circle.sandbox.circleci.slugs import ORGANIZATION, Organization, Project
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = [
    "USER",
    "collaborations",
    "configuration",
    "job_details",
    "job_summary",
    "pipeline_details",
    "project_details",
    "test_results",
    "triggered",
    "values",
    "workflow_details",
    "workflow_job",
]

JsonObject = dict[str, Any]

_AVATAR_URL = "https://avatars.example/sandbox.png"
_TESTS = 30
_FAILING_TESTS = 25

USER: JsonObject = {
    "id": str(uuid5(NAMESPACE_URL, "sandbox-user")),
    "login": "sandbox-user",
    "name": "Sandbox User",
    "avatar_url": _AVATAR_URL,
}


def collaborations() -> list[JsonObject]:
    """Write the organizations the user belongs to."""
    return [
        {
            "id": organization.id,
            "vcs-type": vcs_type,
            "name": organization.name,
            "avatar_url": _AVATAR_URL,
            "slug": organization.slug,
        }
        for organization, vcs_type in (
            (Organization("gh", ORGANIZATION), "github"),
            (Organization("bb", ORGANIZATION), "bitbucket"),
        )
    ]


def project_details(project: Project) -> JsonObject:
    """Write a project."""
    organization = project.organization
    return {
        "id": project.id,
        "slug": project.slug,
        "name": project.name,
        "organization_id": organization.id,
        "organization_name": organization.name,
        "organization_slug": organization.slug,
        "vcs_info": {"vcs_url": project.vcs_url, "provider": project.provider_name, "default_branch": "main"},
    }


def triggered(pipeline: Pipeline, now_s: float) -> JsonObject:
    """Write the answer to a trigger."""
    return {
        "id": pipeline.id,
        "number": pipeline.number,
        "state": pipeline.state(now_s),
        "created_at": timestamp(pipeline.created_at),
    }


def pipeline_details(pipeline: Pipeline, now_s: float) -> JsonObject:
    """Write a pipeline; one that never got its configuration has no ``vcs``."""
    state = pipeline.state(now_s)
    created_at = timestamp(pipeline.created_at)
    details: JsonObject = {
        "id": pipeline.id,
        "number": pipeline.number,
        "project_slug": pipeline.project.slug,
        "created_at": created_at,
        "updated_at": created_at,
        "state": state,
        "errors": [{"type": kind, "message": message} for kind, message in pipeline.errors if state == "errored"],
        "trigger": {
            "type": "api",
            "received_at": created_at,
            "actor": {"login": USER["login"], "avatar_url": USER["avatar_url"]},
        },
    }
    if pipeline.has(Quirk.DRIFT):
        details["trigger"]["type"] = "pipeline_definition"
        details["trigger"]["event_name"] = "sandbox"
        details["labels"] = [{"key": "origin", "value": None}]
    elif state != "errored":
        details["vcs"] = _vcs(pipeline)
    return details


def _revision(pipeline: Pipeline) -> str:
    return sha1(pipeline.id.encode(), usedforsecurity=False).hexdigest()


def _vcs(pipeline: Pipeline) -> JsonObject:
    ref = {"tag": pipeline.tag} if pipeline.tag else {"branch": pipeline.branch}
    return {
        "provider_name": pipeline.project.provider_name,
        "origin_repository_url": pipeline.project.vcs_url,
        "target_repository_url": pipeline.project.vcs_url,
        "revision": _revision(pipeline),
        "commit": {"subject": "A commit of the sandbox", "body": ""},
        **ref,
    }


def configuration(pipeline: Pipeline) -> JsonObject:
    """Write the configuration of a pipeline."""
    names = {workflow.name: [job.name for job in workflow.jobs] for workflow in pipeline.workflows}
    lines = ["version: 2.1", "workflows:"]
    for name, jobs in names.items():
        lines += [f"  {name}:", "    jobs:", *(f"      - {job}" for job in jobs)]
    text = "\n".join(lines) + "\n"
    return {"source": text, "compiled": text}


def values(pipeline: Pipeline) -> JsonObject:
    """Write the pipeline values: what the configuration could refer to."""
    ref = {"pipeline.git.tag": pipeline.tag} if pipeline.tag else {"pipeline.git.branch": pipeline.branch}
    return {
        "pipeline.id": pipeline.id,
        "pipeline.number": pipeline.number,
        "pipeline.project.git_url": pipeline.project.vcs_url,
        "pipeline.git.revision": _revision(pipeline),
        "pipeline.trigger_source": "api",
        **ref,
        **{f"pipeline.parameters.{name}": value for name, value in pipeline.parameters.items()},
    }


def workflow_details(workflow: Workflow, now_s: float) -> JsonObject:
    """Write a workflow; the id of one whose details are gone is null."""
    stopped_at = workflow.stopped_at(now_s)
    details: JsonObject = {
        "id": None if workflow.retained_out else workflow.id,
        "name": workflow.name,
        "status": workflow.status(now_s),
        "created_at": timestamp(workflow.created_at),
        "stopped_at": None if stopped_at is None else timestamp(stopped_at),
        "pipeline_id": workflow.pipeline.id,
        "pipeline_number": workflow.pipeline.number,
        "project_slug": workflow.pipeline.project.slug,
        "started_by": USER["id"],
    }
    optional: JsonObject = {
        "tag": "setup" if workflow.setup else None,
        "auto_rerun_number": workflow.auto_rerun_number,
        "max_auto_reruns": workflow.max_auto_reruns,
        "canceled_by": workflow.canceled_by if stopped_at is not None else None,
    }
    details.update({name: value for name, value in optional.items() if value is not None})
    if workflow.pipeline.has(Quirk.DRIFT):
        details["flavour"] = {"of": "tomorrow"}
    return details


def workflow_job(workflow: Workflow, job: Job, now_s: float) -> JsonObject:
    """
    Write a job as the workflow lists it.

    The description demands ``started_at`` even of a job that waits: it is then the workflow's creation; with drift,
    null.
    """
    started_at, stopped_at = job.started_at(now_s), job.stopped_at(now_s)
    details: JsonObject = {
        "id": job.id,
        "name": job.name,
        "type": "approval" if job.approval else "build",
        "status": job.status(now_s),
        "started_at": timestamp(workflow.created_at if started_at is None else started_at),
        "stopped_at": None if stopped_at is None else timestamp(stopped_at),
        "project_slug": workflow.pipeline.project.slug,
        "dependencies": [job.after.id] if job.after else [],
        "requires": {job.after.id: ["success"]} if job.after else {},
    }
    if started_at is not None:
        details["job_number"] = job.number
    elif workflow.pipeline.has(Quirk.DRIFT):
        details["started_at"] = None
    if job.approval:
        details["approval_request_id"] = job.approval_request_id
    if job.approved_by is not None:
        details["approved_by"] = job.approved_by
    if job.canceled_by is not None and stopped_at is not None:
        details["canceled_by"] = job.canceled_by
    return details


def job_summary(workflow: Workflow, job: Job, now_s: float) -> JsonObject:
    """Write a job as it is found by its id."""
    started_at, stopped_at = job.started_at(now_s), job.stopped_at(now_s)
    optional: JsonObject = {
        "job_number": None if started_at is None else job.number,
        "started_at": None if started_at is None else timestamp(started_at),
        "stopped_at": None if stopped_at is None else timestamp(stopped_at),
    }
    return {
        "id": job.id,
        "name": job.name,
        "type": "approval" if job.approval else "build",
        "status": job.status(now_s),
        "project_id": workflow.pipeline.project.id,
        "pipeline_id": workflow.pipeline.id,
        "workflow_id": workflow.id,
        **{name: value for name, value in optional.items() if value is not None},
    }


def job_details(workflow: Workflow, job: Job, now_s: float) -> JsonObject:
    """Write the details of a job that has run."""
    pipeline = workflow.pipeline
    project = pipeline.project
    started_at, stopped_at = job.started_at(now_s) or workflow.created_at, job.stopped_at(now_s)
    web_url = (
        f"https://app.circleci.com/pipelines/{project.slug}/{pipeline.number}/workflows/{workflow.id}/jobs/{job.number}"
    )
    return {
        "number": job.number,
        "name": job.name,
        "status": job.status(now_s),
        "created_at": timestamp(workflow.created_at),
        "queued_at": timestamp(workflow.created_at),
        "started_at": timestamp(started_at),
        "stopped_at": None if stopped_at is None else timestamp(stopped_at),
        "duration": None if stopped_at is None else round((stopped_at - started_at) * 1000),
        "executor": {"type": "docker", "resource_class": "medium"},
        "project": {"id": project.id, "slug": project.slug, "name": project.name, "external_url": project.vcs_url},
        "organization": {"name": project.organization.name},
        "contexts": [],
        "web_url": web_url,
        "parallelism": 1,
        "parallel_runs": [{"index": 0, "status": job.status(now_s)}],
        "latest_workflow": {"id": workflow.id, "name": workflow.name},
        "pipeline": {"id": pipeline.id},
        "messages": [],
    }


def test_results(job: Job, now_s: float) -> list[JsonObject]:
    """Write the tests of a job: 30 in a job named ``test`` that is over, the first 25 failing if it failed."""
    if job.stopped_at(now_s) is None:
        return []
    if job.given_tests is not None:
        return job.given_tests
    if job.name != "test":
        return []
    failing = _FAILING_TESTS if job.status(now_s) == "failed" else 0
    return [
        {
            "name": f"test_case_{number:02}",
            "classname": "tests.test_sandbox",
            "file": "tests/test_sandbox.py",
            "source": "pytest",
            "result": "failure" if number <= failing else "success",
            "message": f"AssertionError: case {number} is wrong" if number <= failing else "",
            "run_time": 0.01 * number,
        }
        for number in range(1, _TESTS + 1)
    ]
