"""
Acting on a pipeline as a whole: CircleCI acts on single workflows only.

Cancel all, know when all has stopped, approve all that is held, rerun what failed. One workflow's rerun is in
``rerun.py``, one job's approval in ``hold.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import send_once
from airflow_provider_circle.core.walk import Caller, Wait, Walk, call, collect, pages
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.exceptions import CircleError, Invalid, NotFound
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import LIST_PIPELINE_WORKFLOWS
from airflow_provider_circle.vendors.circleci.endpoints.workflows import (
    APPROVE_JOB,
    CANCEL_WORKFLOW,
    GET_WORKFLOW,
    LIST_WORKFLOW_JOBS,
    RERUN_WORKFLOW,
)
from airflow_provider_circle.vendors.circleci.statuses import WORKFLOW_TERMINAL
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s

__all__ = ["approve_held", "cancel_pipeline", "look_for_end", "rerun_failed"]

_CANCEL_LOOKS_AFTER_S = (0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 5.0)
"""Seconds before each look for workflows to cancel. A pipeline that has just started has none yet; Airflow gives a
killed worker about 5 s to cancel, a deferred task 30 s."""


def cancel_pipeline(caller: Caller, pipeline_id: str) -> Walk[list[str]]:
    """
    Cancel every workflow that has not ended, those about to appear included.

    :return: ids of the workflows that were told to stop; stopping itself takes CircleCI a moment.
    :raises CircleError: a workflow could not be canceled; the others were, all the same.
    """
    told: dict[str, JsonObject] = {}
    trouble: dict[str, CircleError] = {}
    for wait_s in _CANCEL_LOOKS_AFTER_S:
        if wait_s:
            yield Wait(wait_s)
        workflows = yield from _workflows(caller, pipeline_id)
        for workflow in workflows:
            workflow_id = workflow.get("id")
            if not workflow_id or workflow_id in told or workflow.get("status") in WORKFLOW_TERMINAL:
                continue
            try:
                yield from call(caller, CANCEL_WORKFLOW, path={"workflow_id": workflow_id})
            except CircleError as error:
                trouble[workflow_id] = error
            else:
                told[workflow_id] = workflow
                trouble.pop(workflow_id, None)
        # A canceled setup workflow continues with nothing; a finished one does.
        if any(workflow.get("tag") != "setup" or workflow.get("id") in told for workflow in workflows):
            break
    if trouble:
        raise next(iter(trouble.values()))
    return list(told)


def look_for_end(
    *, workflow_id: str | None = None, pipeline_id: str | None = None
) -> Callable[[Caller], Walk[Sight[JsonObject]]]:
    """
    Look whether a workflow, or all that a pipeline has so far, has ended, however that was.

    :return: looks once; sees ``{"workflows": […]}``, as CircleCI sent them.
    """

    def look(caller: Caller) -> Walk[Sight[JsonObject]]:
        if pipeline_id is not None:
            workflows = yield from _workflows(caller, pipeline_id)
        else:
            workflows = [(yield from call(caller, GET_WORKFLOW, path={"workflow_id": str(workflow_id)}))]
        standing = ", ".join(f"{workflow.get('name')} {workflow.get('status')}" for workflow in workflows)
        over = bool(workflows) and all(workflow.get("status") in WORKFLOW_TERMINAL for workflow in workflows)
        return Sight({"workflows": workflows} if over else None, frozenset({standing or "no workflow"}))

    return look


def approve_held(caller: Caller, workflows: Iterable[JsonObject]) -> Walk[list[str]]:
    """
    Approve every job that waits for a person.

    :param workflows: those on hold are looked into.
    :return: names of the approved jobs. A job that was approved meanwhile is no error.
    """
    approved: list[str] = []
    for workflow in workflows:
        if workflow.get("status") != "on_hold" or not workflow.get("id"):
            continue
        workflow_id = workflow["id"]
        jobs = yield from collect(pages(caller, LIST_WORKFLOW_JOBS, path={"workflow_id": workflow_id}))
        for job in jobs:
            request_id = job.get("approval_request_id")
            if job.get("status") != "on_hold" or not request_id:
                continue
            try:
                yield from call(
                    caller, APPROVE_JOB, path={"workflow_id": workflow_id, "approval_request_id": request_id}
                )
            except (Invalid, NotFound) as refused:
                yield Wait(0.0, f"{refused}; somebody may have approved {job.get('name')} meanwhile")
            else:
                approved.append(str(job.get("name")))
    return approved


def rerun_failed(caller: Caller, pipeline_id: str, workflows: Iterable[JsonObject]) -> Walk[list[str]]:
    """
    Rerun what did not succeed: failed workflows from their failed jobs, others from the start.

    :param workflows: the newest one of each name.
    :return: ids of the workflows that now have a successor. Those already rerun by somebody are not rerun again.

    Source: https://circleci.com/docs/api/v2/#operation/rerunWorkflow
    """
    replaced: list[str] = []
    present = yield from _workflows(caller, pipeline_id)
    for workflow in workflows:
        workflow_id, status = workflow.get("id"), workflow.get("status")
        if not workflow_id or status not in WORKFLOW_TERMINAL or status in {"success", "not_run"}:
            continue
        if _successor(workflow, present) is None:
            yield from _rerun(caller, pipeline_id, workflow)
        replaced.append(workflow_id)
    return replaced


def _rerun(caller: Caller, pipeline_id: str, workflow: JsonObject) -> Walk[JsonObject]:
    def send() -> Walk[JsonObject]:
        from_failed = workflow.get("status") == "failed"
        return call(caller, RERUN_WORKFLOW, path={"workflow_id": workflow["id"]}, json={"from_failed": from_failed})

    def find(_: float) -> Walk[JsonObject | None]:
        return _successor(workflow, (yield from _workflows(caller, pipeline_id)))

    return send_once(caller, send, find)


def _successor(workflow: JsonObject, others: Iterable[JsonObject]) -> JsonObject | None:
    created_s = epoch_s(workflow.get("created_at")) or 0.0
    for other in others:
        alike = (other.get("name"), other.get("tag")) == (workflow.get("name"), workflow.get("tag"))
        if alike and other.get("id") != workflow.get("id") and (epoch_s(other.get("created_at")) or 0.0) > created_s:
            return other
    return None


def _workflows(caller: Caller, pipeline_id: str) -> Walk[list[JsonObject]]:
    return collect(pages(caller, LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id}))
