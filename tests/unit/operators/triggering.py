"""A task that triggers a pipeline, and what it hands on when it defers."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    TaskDeferred,
)

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.sandbox.client import Sandbox

TRIGGER = r"/project/.+/pipeline$"


def operator(sandbox: Sandbox | None = None, scenario: str = "success", **options: Any) -> Any:
    """Build an operator whose waiting moves the sandbox's clock instead of ours."""
    arguments: dict[str, Any] = {
        "task_id": "build",
        "project_slug": "gh/acme/app",
        "branch": "main",
        "parameters": {"sandbox_scenario": scenario},
        "deferrable": False,
        "request_attempts": 2,
        **options,
    }
    built = CircleCITriggerPipelineOperator(**arguments)
    if sandbox:
        built.sleep = sandbox.advance  # type: ignore[method-assign]
    return built


def deferral(task: Any, seen: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


def trigger_arguments(deferred: TaskDeferred) -> dict[str, Any]:
    arguments: dict[str, Any] = deferred.trigger.serialize()[1]
    return arguments


def handed(deferred: TaskDeferred) -> dict[str, Any]:
    return {"handed_back": trigger_arguments(deferred)["hand_back"]}


def timed_out(deferred: TaskDeferred) -> dict[str, Any]:
    ending = {"status": "timed_out", "action": "fail", "message": "last seen", "subject": {}, "workflows": []}
    return {**ending, **handed(deferred)}
