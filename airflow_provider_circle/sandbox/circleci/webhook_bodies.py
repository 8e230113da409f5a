"""
What webhooks say, and how it is signed.

Knows the JSON of every kind of event. Which events there are, and to whom they go, is said elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.model import Job, Workflow
from airflow_provider_circle.sandbox.circleci.slugs import Project
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["KINDS", "event_id", "made_up_event", "ping", "signature", "written_event"]

JsonObject = dict[str, Any]

KINDS = ("workflow-completed", "job-completed")

_PROVIDERS = {"gh": "github", "bb": "bitbucket"}
"""Webhooks alone write them out."""


def event_id(kind: str, thing_id: str) -> str:
    """Name an event: the same in every webhook and every attempt."""
    return str(uuid5(NAMESPACE_URL, f"{kind}/{thing_id}"))


def signature(body: bytes, secret: str) -> str:
    """Sign a body, as the header says it."""
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def written_event(webhook: JsonObject, workflow: Workflow, job: Job | None, now_s: float) -> bytes:
    """
    Write that a workflow has ended, or one of its jobs.

    :param webhook: ``id`` and ``name``.
    :param job: ``None`` for the workflow itself.
    """
    pipeline = workflow.pipeline
    ended_s = (job or workflow).stopped_at(now_s) or now_s
    details = replies.pipeline_details(pipeline, now_s)
    return _written(
        webhook,
        pipeline.project,
        happened_s=ended_s,
        pipeline={
            "id": pipeline.id,
            "number": pipeline.number,
            "created_at": timestamp(pipeline.created_at),
            "trigger": {"type": "api"},
            **({"vcs": details["vcs"]} if "vcs" in details else {}),
        },
        workflow={
            "id": workflow.id,
            "name": workflow.name,
            "created_at": timestamp(workflow.created_at),
            "stopped_at": timestamp(workflow.stopped_at(now_s) or ended_s),
            **({"status": workflow.status(now_s)} if job is None else {}),
        },
        job=None
        if job is None
        else {
            "id": job.id,
            "name": job.name,
            "number": job.number,
            "started_at": timestamp(job.started_at(now_s) or ended_s),
            "stopped_at": timestamp(ended_s),
            "status": job.status(now_s),
        },
    )


def made_up_event(kind: str, project: Project, status: str, delivery_id: str | None, now_s: float) -> tuple[str, bytes]:
    """
    Write an event of which nothing has happened.

    :param delivery_id: another than a new one.
    :return: its id, and what is sent.
    """
    at = timestamp(now_s)
    ended = {"name": "made-up", "stopped_at": at, "status": status}
    body = _written(
        {"id": str(uuid4()), "name": "made up"},
        project,
        happened_s=now_s,
        pipeline={
            "id": str(uuid4()),
            "number": 1,
            "created_at": at,
            "trigger": {"type": "webhook"},
            "vcs": {"provider_name": project.provider_name, "revision": "0" * 40, "branch": "main"},
        },
        workflow={"id": str(uuid4()), "created_at": at, **ended},
        job={"id": str(uuid4()), "number": 1, "started_at": at, **ended} if kind == "job-completed" else None,
        delivery_id=delivery_id,
    )
    return json.loads(body)["id"], body


def ping(delivery_id: str | None, now_s: float) -> tuple[str, bytes]:
    """Write what is sent when somebody tries a webhook out."""
    chosen = delivery_id or str(uuid4())
    webhook = {"id": str(uuid4()), "name": "made up"}
    body = {"id": chosen, "type": "ping", "happened_at": timestamp(now_s), "webhook": webhook}
    return chosen, json.dumps(body).encode()


def _written(
    webhook: JsonObject,
    project: Project,
    *,
    happened_s: float,
    pipeline: JsonObject,
    workflow: JsonObject,
    job: JsonObject | None,
    delivery_id: str | None = None,
) -> bytes:
    kind = "workflow-completed" if job is None else "job-completed"
    organization = project.organization
    provider = _PROVIDERS.get(organization.provider, organization.provider)
    slug = f"{provider}/{organization.name}/{project.name}"
    pages = f"https://app.circleci.com/pipelines/{slug}/{pipeline['number']}/workflows"
    body = {
        "id": delivery_id or event_id(kind, (job or workflow)["id"]),
        "type": kind,
        "happened_at": timestamp(happened_s),
        "webhook": {name: webhook[name] for name in ("id", "name")},
        "project": {"id": project.id, "name": project.name, "slug": slug},
        "organization": {"id": organization.id, "name": organization.name},
        "pipeline": pipeline,
        "workflow": {**workflow, "url": f"{pages}/{workflow['id']}"},
        **({} if job is None else {"job": job}),
    }
    return json.dumps(body).encode()
