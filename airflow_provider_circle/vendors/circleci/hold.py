"""
Jobs that wait for a person: finding them, seeing what becomes of them, approving them.

What is found is plain JSON, for it travels between triggerer and worker. Who decides, and how the decision is asked
for, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import send_once
from airflow_provider_circle.core.walk import Caller, Walk, call, collect, pages
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.exceptions import CircleError, Invalid, NotFound
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import GET_PIPELINE, GET_PIPELINE_VALUES
from airflow_provider_circle.vendors.circleci.endpoints.workflows import APPROVE_JOB, LIST_WORKFLOW_JOBS
from airflow_provider_circle.vendors.circleci.service import pipeline_url, workflow_url
from airflow_provider_circle.vendors.circleci.statuses import JOB_FAILURES, WORKFLOW_TERMINAL
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import look_at_pipeline, look_at_workflow

__all__ = ["approve_jobs", "describe_hold", "look_at_held", "look_for_hold"]

_NOT_APPROVED = JOB_FAILURES | {"canceled", "not_run"}
"""How an approval job ends that nobody approved."""

_MOST_PARAMETERS = 20
_LONGEST_TEXT = 200
"""Bounds of what a person is shown, so that a question stays one."""

_PARAMETER = "pipeline.parameters."
"""Begins the names of parameters among a pipeline's values."""


def look_for_hold(
    policy: VerdictPolicy,
    *,
    workflow_id: str | None = None,
    pipeline_id: str | None = None,
    job_name: str | None = None,
) -> Callable[[Caller], Walk[Sight[JsonObject]]]:
    """
    Look for jobs that wait for a person's approval, in a workflow or a whole pipeline.

    :param policy: what to make of an end without one; holds are no end to it.
    :param job_name: the approval job; ``None`` for whichever there are.
    :return: looks once. What is seen: ``{"state", "message", "action", "jobs": […]}``. ``state`` is ``held``;
        ``approved``, when somebody was faster; or ``ended``, when there is nothing left to approve, with the verdict's
        ``action``. A job is ``{"name", "status", "workflow_id", "workflow_name", "pipeline_id", "url",
        "approval_request_id", "approved_by"}``.
    """
    known: JsonObject | None = None
    look = look_at_workflow(str(workflow_id), policy) if pipeline_id is None else look_at_pipeline(pipeline_id, policy)

    def look_once(caller: Caller) -> Walk[Sight[JsonObject]]:
        nonlocal known
        sight = yield from look(caller, known)
        known = sight.subject
        # Of workflows that have ended, only whether somebody approved matters, and only once nothing else can come.
        looked_into = [
            workflow
            for workflow in sight.verdict.workflows
            if sight.verdict.final or workflow.get("status") not in WORKFLOW_TERMINAL
        ]
        jobs = yield from _jobs(caller, looked_into)
        approvals = [job for job in jobs if job["type"] == "approval"]
        wanted = [job for job in approvals if job_name in (None, job["name"])]
        held = [job for job in wanted if job["status"] == "on_hold" and job["approval_request_id"]]
        approved = [job for job in wanted if job["status"] == "success"]
        named = f"approval job {job_name}" if job_name else "approval job"
        there = f"approval jobs there: {', '.join(sorted({job['name'] for job in approvals})) or 'none'}"
        if held:
            return _seen("held", f"{_names(held)} waits for a person's approval", held)
        if approved and (sight.verdict.final or len(approved) == len(wanted)):
            return _seen("approved", f"{_names(approved)} was approved already", approved)
        if sight.verdict.final:
            action = "fail" if sight.verdict.kind == "succeeded" else sight.verdict.action
            return _seen("ended", f"{sight.verdict.message}, without an {named} to approve; {there}", wanted, action)
        if sight.verdict.kind == "held" and not wanted:
            # Unverified: that CircleCI lists a workflow's blocked jobs from its start; the sandbox does.
            return _seen("ended", f"there is no {named} in what waits for a person; {there}", [])
        standing = ", ".join(f"{job['name']} {job['status']}" for job in wanted) or f"no {named} yet"
        return Sight(None, frozenset({f"{sight.verdict.message}: {standing}"}))

    return look_once


def look_at_held(held: Sequence[JsonObject]) -> Callable[[Caller], Walk[Sight[JsonObject]]]:
    """
    Look whether jobs still wait for a person.

    :param held: jobs as :func:`look_for_hold` found them.
    :return: looks once; sees what :func:`look_for_hold` sees, once none of them waits any longer: ``approved`` or
        ``ended``.
    """

    def look_once(caller: Caller) -> Walk[Sight[JsonObject]]:
        now = yield from _again(caller, held)
        waiting = [job for job in now if job["status"] == "on_hold"]
        if waiting:
            return Sight(None, frozenset({f"{_names(waiting)} waits for a person's approval"}))
        refused = [job for job in now if job["status"] in _NOT_APPROVED]
        if refused:
            return _seen("ended", f"{_names(refused)} was canceled in CircleCI", now)
        return _seen("approved", f"{_names(now)} was approved in CircleCI", now)

    return look_once


def approve_jobs(caller: Caller, held: Iterable[JsonObject]) -> Walk[list[JsonObject]]:
    """
    Approve jobs, each once.

    :param held: jobs as :func:`look_for_hold` found them.
    :return: the jobs, each with ``status`` ``approved``; ``approved_meanwhile``, when somebody else was faster; or the
        word CircleCI has for one that can no longer be approved.
    :raises Invalid: CircleCI refuses although the job still waits.

    Source: https://circleci.com/docs/api/v2/#operation/approvePendingApprovalJobById
    """
    told: list[JsonObject] = []
    for job in held:
        status = yield from _approve(caller, job)
        told.append({**job, "status": status})
    return told


def describe_hold(caller: Caller, held: Sequence[JsonObject]) -> Walk[list[str]]:
    """
    Say to a person what an approval would let go on.

    :param held: jobs of one pipeline, as :func:`look_for_hold` found them.
    :return: lines of Markdown; what could not be read is said.

    Source: https://circleci.com/docs/api/v2/#operation/getPipelineValuesById
    """
    lines = [f"- Job {_code(job['name'])} of workflow {_link(_code(job['workflow_name']), job['url'])}" for job in held]
    path = {"pipeline_id": held[0]["pipeline_id"]}
    try:
        pipeline = yield from call(caller, GET_PIPELINE, path=path)
        values = yield from call(caller, GET_PIPELINE_VALUES, path=path)
    except (CircleError, ValueError) as error:
        return [*lines, f"- The pipeline's details could not be read: {_code(error)}"]
    slug, number, vcs = str(pipeline.get("project_slug")), pipeline.get("number"), pipeline.get("vcs")
    revision = vcs if isinstance(vcs, dict) else {}
    lines.append(f"- {_link(f'Pipeline {number}', pipeline_url(caller.service, slug, number))} of {_code(slug)}")
    lines += [f"- {kind.capitalize()} {_code(revision[kind])}" for kind in ("branch", "tag") if revision.get(kind)]
    parameters = {name.removeprefix(_PARAMETER): value for name, value in values.items() if name.startswith(_PARAMETER)}
    lines += [
        f"- Parameter {_code(name)}: {_code(value)}" for name, value in list(parameters.items())[:_MOST_PARAMETERS]
    ]
    if len(parameters) > _MOST_PARAMETERS:
        lines.append(f"- and {len(parameters) - _MOST_PARAMETERS} more parameters")
    return lines


def _approve(caller: Caller, job: JsonObject) -> Walk[str]:
    path = {"workflow_id": job["workflow_id"], "approval_request_id": job["approval_request_id"]}

    def find(_: float) -> Walk[JsonObject | None]:
        now = (yield from _again(caller, [job]))[0]
        return None if now["status"] == "on_hold" else now

    try:
        answer = yield from send_once(caller, lambda: call(caller, APPROVE_JOB, path=path), find)
    except (Invalid, NotFound):
        now = (yield from _again(caller, [job]))[0]
        if now["status"] == "on_hold":
            raise
        return str(now["status"]) if now["status"] in _NOT_APPROVED else "approved_meanwhile"
    # What was found after a lost reply is a job; CircleCI's own answer names no status.
    return str(answer["status"]) if answer.get("status") in _NOT_APPROVED else "approved"


def _again(caller: Caller, known: Sequence[JsonObject]) -> Walk[list[JsonObject]]:
    """See how jobs stand now; one that is no longer listed is nothing that could be approved."""
    workflows = {job["workflow_id"]: {"id": job["workflow_id"], "name": job["workflow_name"]} for job in known}
    listed = {job["approval_request_id"]: job for job in (yield from _jobs(caller, workflows.values()))}
    gone = {"status": "not_run", "approved_by": None}
    return [
        {**job, "status": now["status"], "approved_by": now["approved_by"]}
        for job in known
        for now in [listed.get(job["approval_request_id"], gone)]
    ]


def _jobs(caller: Caller, workflows: Iterable[JsonObject]) -> Walk[list[JsonObject]]:
    found: list[JsonObject] = []
    for workflow in workflows:
        if not workflow.get("id"):
            continue
        jobs = yield from collect(pages(caller, LIST_WORKFLOW_JOBS, path={"workflow_id": workflow["id"]}))
        found += [
            {
                "name": str(job.get("name")),
                "type": job.get("type"),
                "status": str(job.get("status")),
                "workflow_id": workflow["id"],
                "workflow_name": workflow.get("name"),
                "pipeline_id": workflow.get("pipeline_id"),
                "url": workflow_url(caller.service, workflow),
                "approval_request_id": job.get("approval_request_id"),
                "approved_by": job.get("approved_by"),
            }
            for job in jobs
        ]
    return found


def _seen(state: str, message: str, jobs: Sequence[JsonObject], action: str = "fail") -> Sight[JsonObject]:
    seen = {"state": state, "message": message, "action": action, "jobs": list(jobs)}
    return Sight(seen, frozenset({message}))


def _code(text: Any) -> str:
    """Write what others chose so that Markdown means nothing in it."""
    return f"`{' '.join(str(text).replace('`', chr(39)).split())[:_LONGEST_TEXT] or ' '}`"


def _link(text: str, url: str | None) -> str:
    return f"[{text}]({url})" if url else text


def _names(jobs: Iterable[Any]) -> str:
    return ", ".join(f"{job['name']} of workflow {job['workflow_name']}" for job in jobs)
