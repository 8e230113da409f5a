"""Operators that act on CircleCI workflows, run over the sandbox: what they act on, and their triggers' part."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox

__all__ = ["deferral", "event_of", "finished", "only", "started", "task_of", "workflows"]


def started(sandbox: Sandbox, scenario: str, after_s: float = 60.0, **parameters: Any) -> dict[str, Any]:
    """Start a pipeline and let it go on for a while; the pipeline as it really is."""
    CircleCIHook().trigger_pipeline(
        "gh/acme/app", branch="main", parameters={"sandbox_scenario": scenario, **parameters}
    )
    sandbox.advance(after_s)
    sandbox.clear_requests()
    return sandbox.pipelines()[-1]


def workflows(sandbox: Sandbox) -> list[dict[str, Any]]:
    flows: list[dict[str, Any]] = sandbox.pipelines()[-1]["workflows"]
    return flows


def task_of(kind: type[Any], sandbox: Sandbox | None, **options: Any) -> Any:
    """Build an operator whose waiting moves the sandbox's clock instead of ours."""
    built = kind(task_id="act", **{"deferrable": False, "request_attempts": 2, **options})
    if sandbox:
        built.sleep = sandbox.advance
    return built


def deferral(task: Any, seen: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


def event_of(deferred: TaskDeferred) -> dict[str, Any]:
    """Let a triggerer wait: the trigger is built again from JSON, as after a restart."""
    _, arguments = deferred.trigger.serialize()
    quick = {"poll_interval_s": 0.02, "max_poll_interval_s": 0.02}
    trigger = type(deferred.trigger)(**{**json.loads(json.dumps(arguments)), **quick})

    async def first() -> dict[str, Any]:
        async for event in trigger.run():
            payload: dict[str, Any] = event.payload
            return payload
        raise AssertionError("the trigger ended without an event")

    return json.loads(json.dumps(asyncio.run(first())))  # type: ignore[no-any-return]


def finished(task: Any, seen: Any) -> Any:
    """Run a task to its end, through the triggerer where it defers."""
    try:
        return task.execute(seen)
    except TaskDeferred as deferred:
        return getattr(task, deferred.method_name)(seen, event=event_of(deferred), **(deferred.kwargs or {}))


def only(flows: list[dict[str, Any]]) -> str:
    (flow,) = flows
    return str(flow["id"])
