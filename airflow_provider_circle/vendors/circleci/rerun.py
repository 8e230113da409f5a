"""
Running a workflow again, exactly once.

CircleCI answers a rerun with the id of a new workflow, mostly; a reply that is lost, or says nothing, is looked up
among the pipeline's workflows. That a workflow must have ended before it can be run again is the caller's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import found_later, send_once
from airflow_provider_circle.core.walk import Caller, Wait, Walk, call, collect, pages
from airflow_provider_circle.exceptions import NotFound, TriggerAmbiguous, UnexpectedReply
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import LIST_PIPELINE_WORKFLOWS
from airflow_provider_circle.vendors.circleci.endpoints.workflows import (
    GET_WORKFLOW,
    LIST_WORKFLOW_JOBS,
    RERUN_WORKFLOW,
)

__all__ = ["appeared", "find_rerun", "prepare_rerun", "rerun_once"]

_APPEARS_AFTER_S = (0.0, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each look for a workflow whose id is known: it may be known by that id a moment later only."""


def prepare_rerun(caller: Caller, workflow_id: str) -> Walk[JsonObject]:
    """
    Note what a rerun is recognized by afterwards.

    :return: ``{"id", "name", "tag", "pipeline_id", "known_ids": […]}`` in JSON's own types, to be kept until the rerun
        is known; ``known_ids`` are the pipeline's workflows so far.
    :raises NotFound: no such workflow.
    """
    workflow = yield from call(caller, GET_WORKFLOW, path={"workflow_id": workflow_id})
    pipeline_id = workflow.get("pipeline_id")
    if not pipeline_id:
        raise UnexpectedReply(f"CircleCI does not say to which pipeline workflow {workflow_id} belongs")
    present = yield from _workflows(caller, pipeline_id)
    return {
        "id": workflow_id,
        "name": workflow.get("name"),
        "tag": workflow.get("tag"),
        "pipeline_id": pipeline_id,
        "known_ids": [other["id"] for other in present if other.get("id")],
    }


def rerun_once(caller: Caller, before: Mapping[str, Any], options: Mapping[str, Any]) -> Walk[str]:
    """
    Run a workflow again; never twice.

    :param before: from :func:`prepare_rerun`.
    :param options: from ``rerun_options.checked_rerun``; jobs may be named.
    :return: id of the new workflow.
    :raises ValueError: the workflow has no such job; names those it has. Nothing was sent.
    :raises Invalid: the workflow has not ended.
    :raises TriggerAmbiguous: the reply was lost and several workflows could be this rerun.

    Source: https://circleci.com/docs/api/v2/#operation/rerunWorkflow
    """
    body = dict(options)
    if body.get("jobs"):
        body["jobs"] = yield from _job_ids(caller, before["id"], body["jobs"])

    def find(_: float) -> Walk[JsonObject | None]:
        new_id = yield from _look(caller, before)
        return {"workflow_id": new_id} if new_id else None

    reply = yield from send_once(
        caller, lambda: call(caller, RERUN_WORKFLOW, path={"workflow_id": before["id"]}, json=body), find
    )
    new_id = reply.get("workflow_id")
    if not new_id:
        new_id = yield from find_rerun(caller, before)
    if not new_id:
        raise UnexpectedReply(
            f"CircleCI accepted a rerun of workflow {before['id']}, but neither says nor shows which workflow it is"
        )
    return str(new_id)


def find_rerun(caller: Caller, before: Mapping[str, Any]) -> Walk[str | None]:
    """
    Find the rerun that somebody with this note began, and may not have lived to see.

    :param before: from :func:`prepare_rerun`.
    :return: id of the new workflow; ``None`` when there is none even after a while.
    :raises TriggerAmbiguous: several could be it.
    """
    return found_later(lambda _: _look(caller, before), caller.clock())


def appeared(caller: Caller, workflow_id: str) -> Walk[JsonObject]:
    """
    Read a workflow that has just been created, and may not be there yet.

    :raises NotFound: it is not there even after a while.
    """
    for wait_s in _APPEARS_AFTER_S[:-1]:
        yield Wait(wait_s)
        try:
            return (yield from call(caller, GET_WORKFLOW, path={"workflow_id": workflow_id}))
        except NotFound:
            continue
    yield Wait(_APPEARS_AFTER_S[-1])
    return (yield from call(caller, GET_WORKFLOW, path={"workflow_id": workflow_id}))


def _look(caller: Caller, before: Mapping[str, Any]) -> Walk[str | None]:
    alike = [
        workflow["id"]
        for workflow in (yield from _workflows(caller, before["pipeline_id"]))
        if workflow.get("id")
        and workflow["id"] not in before["known_ids"]
        and (workflow.get("name"), workflow.get("tag")) == (before["name"], before["tag"])
        # Unverified: that only automatic reruns are numbered.
        and not workflow.get("auto_rerun_number")
    ]
    if len(alike) > 1:
        raise TriggerAmbiguous(
            f"the reply to a rerun of workflow {before['id']} was lost, and any of these workflows could be the rerun: "
            f"{', '.join(alike)}; nothing was rerun again"
        )
    return alike[0] if alike else None


def _job_ids(caller: Caller, workflow_id: str, wanted: Sequence[str]) -> Walk[list[str]]:
    jobs = yield from collect(pages(caller, LIST_WORKFLOW_JOBS, path={"workflow_id": workflow_id}))
    ids: list[str] = []
    unknown: list[str] = []
    for name in wanted:
        # A name may stand for several jobs, an id for one.
        found = [str(job["id"]) for job in jobs if job.get("id") and name in (job["id"], job.get("name"))]
        ids += [job_id for job_id in found if job_id not in ids]
        unknown += [] if found else [name]
    if unknown:
        there = ", ".join(sorted({str(job.get("name")) for job in jobs})) or "none"
        raise ValueError(f"jobs: workflow {workflow_id} has no {', '.join(unknown)}; its jobs are: {there}")
    return ids


def _workflows(caller: Caller, pipeline_id: str) -> Walk[list[JsonObject]]:
    return collect(pages(caller, LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id}))
