"""Running a trigger until it has said what it waited for, and the arguments of a wait that does not last."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.triggers.base import BaseTrigger

__all__ = ["event_of", "kill", "taken_away", "waiting"]


async def event_of(trigger: BaseTrigger) -> dict[str, Any]:
    """Give the one event of a trigger; Airflow stores it as JSON."""
    (payload,) = [event.payload async for event in trigger.run()]
    assert json.loads(json.dumps(payload)) == payload
    return dict(payload)


async def kill(trigger: BaseTrigger, *, state: str = "failed", map_index: int = -1, **told: Any) -> None:
    """Do what Airflow does to a trigger that it takes away, while the task is in a state and has told something."""
    with taken_away(trigger, state=state, map_index=map_index, **told):
        await trigger.on_kill()


@contextmanager
def taken_away(trigger: BaseTrigger, *, state: str = "failed", map_index: int = -1, **told: Any) -> Iterator[None]:
    """Let Airflow answer for the trigger's task: its state, and what it has told in XCom."""
    task_runner = pytest.importorskip("airflow.sdk.execution_time.task_runner", reason="Airflow 3.3 kills triggers")
    trigger.task_instance = SimpleNamespace(dag_id="dag", run_id="run", task_id="wait", map_index=map_index)  # type: ignore[assignment]

    def states(**asked: Any) -> dict[str, dict[str, str]]:
        assert asked == {"dag_id": "dag", "task_ids": ["wait"], "run_ids": ["run"], "map_index": map_index}
        return {"run": {"wait" if map_index < 0 else f"wait_{map_index}": state}}

    def xcom(*, key: str, **asked: Any) -> Any:
        assert asked == {"dag_id": "dag", "task_id": "wait", "run_id": "run", "map_index": map_index}
        return told.get(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_runner.RuntimeTaskInstance, "get_task_states", staticmethod(states))
        patch.setattr("airflow.sdk.execution_time.xcom.XCom.get_one", xcom)
        yield


def waiting(**options: Any) -> dict[str, Any]:
    """Give the arguments that all waits for CircleCI share, looking often."""
    return {
        "circleci_conn_id": "circleci_default",
        "started_s": time.time(),
        "deadline_s": None,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "poll_backoff": 0.0,
        "request_attempts": 2,
        "request_max_wait_s": 0.02,
        "on_hold": "wait",
        "on_canceled": "fail",
        "on_no_workflow": "fail",
        "no_workflow_grace_s": 600.0,
        **options,
    }
