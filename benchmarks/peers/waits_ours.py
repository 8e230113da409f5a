"""Waits for CircleCI's workflows with this provider's trigger."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

import airflow_provider_circle.hooks.circleci  # noqa: F401  imported with the first wait; here before it is measured
from airflow_provider_circle.triggers.circleci import CircleCIWorkflowTrigger
from benchmarks.peers.sessions import counted_sessions
from benchmarks.triggerer import Wait, main


def _prepare(server: str) -> Callable[[Wait], CircleCIWorkflowTrigger]:
    os.environ["AIRFLOW_CONN_BENCH"] = json.dumps({"conn_type": "circleci", "host": server, "password": "bench-token"})
    return _make


def _make(wait: Wait) -> CircleCIWorkflowTrigger:
    return CircleCIWorkflowTrigger(
        workflow_id=wait.uuid,
        circleci_conn_id="bench",
        on_hold="wait",
        on_canceled="fail",
        on_no_workflow="fail",
        no_workflow_grace_s=600.0,
        started_s=time.time(),
        deadline_s=time.time() + 86_400.0,
        poll_interval_s=wait.interval_s,
        max_poll_interval_s=wait.interval_s,
        poll_backoff=0.0,
        request_attempts=5,
        request_max_wait_s=30.0,
    )


def _right(event: Any) -> bool:
    return bool(event["status"] == "succeeded")


if __name__ == "__main__":
    main(_prepare, _right, figures=counted_sessions())
