"""Calls the CircleCI hook, blocking and awaited, on pipelines that have come as far as a test needs them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import getattr_static
from typing import Any, Literal, TypeAlias

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.hooks.base import stream
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transports.awaiting import AwaitingTransport

Flavour: TypeAlias = Literal["sync", "aio"]

VARIABLE = "AIRFLOW_CONN_CIRCLECI_DEFAULT"
SLUG = "gh/acme/web"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"

both = pytest.mark.parametrize("flavour", ["sync", "aio"])


def call(hook: CircleCIHook, name: str, flavour: Flavour, /, *args: Any, **options: Any) -> Any:
    """Make a call of the hook to its end; the records of a stream as a list."""
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(CircleCIHook, name), stream)
    if flavour == "sync":
        return list(bound(*args, **options)) if is_stream else bound(*args, **options)

    async def awaited() -> Any:
        if is_stream:
            return [record async for record in bound.aio(*args, **options)]
        return await bound.aio(*args, **options)

    return asyncio.run(awaited())


def sleep_awaited_as(nap: Callable[[float], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what awaited calls wait with; blocking ones are told by the hook."""
    defaults = AwaitingTransport.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "sleep", nap)


@dataclass
class Stage:
    """A pipeline that has come as far as a test needs it."""

    sandbox: Sandbox
    hook: CircleCIHook
    pipeline: JsonObject
    workflows: list[JsonObject] = field(default_factory=list)
    jobs: list[JsonObject] = field(default_factory=list)

    @property
    def pipeline_id(self) -> str:
        return str(self.pipeline["id"])

    @property
    def workflow_id(self) -> str:
        return str(self.workflows[0]["id"])

    def job(self, name: str) -> JsonObject:
        return next(job for job in self.jobs if job["name"] == name)

    @property
    def continuation_key(self) -> str:
        return str(self.sandbox.pipelines()[0]["continuation_key"])


def staged(sandbox: Sandbox, hook: CircleCIHook, scenario: str, after_s: float) -> Stage:
    pipeline = hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": scenario})
    sandbox.advance(after_s)
    stage = Stage(sandbox, hook, pipeline, list(hook.list_pipeline_workflows(pipeline["id"])))
    for workflow in stage.workflows:
        stage.jobs += hook.list_workflow_jobs(workflow["id"])
    sandbox.clear_requests()
    return stage


__all__ = [
    "SLUG",
    "UNKNOWN_ID",
    "VARIABLE",
    "Flavour",
    "Stage",
    "both",
    "call",
    "sleep_awaited_as",
    "staged",
]
