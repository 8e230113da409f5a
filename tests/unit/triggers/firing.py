"""Running a trigger until it has said what it waited for, and the arguments of a wait that does not last."""

from __future__ import annotations

import json
import time
from typing import Any

from airflow.triggers.base import BaseTrigger

__all__ = ["event_of", "waiting"]


async def event_of(trigger: BaseTrigger) -> dict[str, Any]:
    """Give the one event of a trigger; Airflow stores it as JSON."""
    (payload,) = [event.payload async for event in trigger.run()]
    assert json.loads(json.dumps(payload)) == payload
    return dict(payload)


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
