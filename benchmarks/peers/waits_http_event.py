"""Waits for CircleCI's workflows with ``HttpEventTrigger`` of Airflow's HTTP provider."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from airflow.providers.http.triggers.http import HttpEventTrigger

from benchmarks.peers.sessions import counted_sessions
from benchmarks.triggerer import Wait, main


def _prepare(server: str) -> Callable[[Wait], HttpEventTrigger]:
    os.environ["AIRFLOW_CONN_BENCH"] = json.dumps(
        {"conn_type": "http", "host": server, "extra": {"Circle-Token": "bench-token"}}
    )
    return _make


def _make(wait: Wait) -> HttpEventTrigger:
    return HttpEventTrigger(
        # A module of its own: the trigger reloads it for every look.
        response_check_path="benchmarks.peers.ended.has_ended",
        http_conn_id="bench",
        endpoint=f"api/v2/workflow/{wait.uuid}",
        poll_interval=wait.interval_s,
    )


def _right(event: Any) -> bool:
    return bool(event["status"] == "success")


if __name__ == "__main__":
    main(_prepare, _right, figures=counted_sessions())
