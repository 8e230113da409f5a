"""A watcher of the sandbox, something for it to see, and patience until it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci_events import CircleCIPipelineEventTrigger

__all__ = ["LIST", "build", "eventually", "watcher"]

LIST = r"/project/gh/acme/app/pipeline$"
"""Each look begins with a request for this."""

_PATIENCE_S = 30.0


def watcher(**options: Any) -> CircleCIPipelineEventTrigger:
    """Build a watcher of the sandbox's project that hardly waits."""
    return CircleCIPipelineEventTrigger(**{"project_slug": "gh/acme/app", "poll_interval_s": 0.05, **options})


async def eventually(seen: Callable[[], Any], what: str) -> Any:
    """Wait until something is seen."""
    deadline_s = asyncio.get_running_loop().time() + _PATIENCE_S
    while not (found := seen()):
        assert asyncio.get_running_loop().time() < deadline_s, f"waited in vain for {what}"
        await asyncio.sleep(0.01)
    return found


async def build(sandbox: Sandbox, scenario: str = "success", project_slug: str = "gh/acme/app") -> str:
    """Let somebody start a pipeline; it ends when the sandbox's clock is put forward by 20 s."""
    parameters = {"sandbox_scenario": scenario}
    created = await CircleCIHook().trigger_pipeline.aio(project_slug, branch="main", parameters=parameters)
    sandbox.clear_requests()
    return str(created["id"])
