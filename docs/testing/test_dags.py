"""Tests of the example DAGs, as users of the sandbox write them for theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from airflow_provider_circle.sandbox.client import Sandbox

DAGS = Path(__file__).parents[2] / "dags_examples"


def test_release_is_approved_though_circleci_is_down_at_first(
    circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    circle_sandbox.set_default(scenario="on_hold", duration_s=5)
    circle_sandbox.add_fault("status", status=503, times=3)

    run = DagBag(DAGS / "circleci_approval.py").dags["circleci_approval"].test()

    assert run.state == "success"
    assert len(circle_sandbox.pipelines()) == 1


def test_contact_is_registered_once(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", circle_sandbox.circa_connection_json())
    circle_sandbox.circa_populate(contacts=50)
    dag = DagBag(DAGS / "circa_event_export.py").dags["circa_event_export"]

    for _ in range(2):
        run = dag.test(run_conf={"email": "new@example.com", "folder": tmp_path.as_uri()})
        assert run.state == "success"

    contacts = circle_sandbox.circa_contacts()
    assert [contact["email"] for contact in contacts].count("new@example.com") == 1
