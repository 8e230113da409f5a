"""The fixture ``circle_sandbox`` in a DAG author's test, and the types that come of it; read by mypy."""

from __future__ import annotations

from typing import assert_type

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox


def check_of_a_dag(circle_sandbox: Sandbox) -> None:
    """Prepare, run, ask."""
    assert_type(circle_sandbox.connection_json(), str)
    circle_sandbox.set_default(scenario="on_hold", duration_s=5)
    circle_sandbox.add_fault("status", status=503, times=3)
    circle_sandbox.circa_populate(contacts=500)
    circle_sandbox.circa_churn(edits=1, deletes=1, times=3)
    assert_type(circle_sandbox.pipelines(), list[JsonObject])
    assert_type(circle_sandbox.circa_contacts(), list[JsonObject])
    assert_type(circle_sandbox.requests("POST"), list[JsonObject])
    assert_type(circle_sandbox.now(), float)


def check_without_pytest() -> None:
    """Start one by hand."""
    with start_sandbox(token="secret") as sandbox:
        assert_type(sandbox, Sandbox)
