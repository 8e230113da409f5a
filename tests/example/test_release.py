"""The DAG ``release`` against the sandbox: nothing is built, and CircleCI fails when it is told to."""

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.sandbox.client import Sandbox


@pytest.fixture
def circleci(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Let the DAG's connection lead to the sandbox, whose pipelines take two seconds."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    circle_sandbox.set_default(duration_s=2)
    return circle_sandbox


def run_release(results: Path) -> Any:
    """Run the DAG in this process: no scheduler, no triggerer, no API server."""
    from airflow.models import DagBag

    bag = DagBag()
    assert bag.import_errors == {}
    return bag.dags["release"].test(run_conf={"version": "2.1", "results": str(results)})


def test_release_is_built_once_with_its_version(circleci: Sandbox, tmp_path: Path) -> None:
    run = run_release(tmp_path)

    assert run.state == "success"
    [request] = circleci.requests("POST", path=r"/pipeline")
    assert request["body"] == {"branch": "main", "parameters": {"version": "2.1"}}


def test_failed_build_fails_the_run_and_keeps_its_test_results(circleci: Sandbox, tmp_path: Path) -> None:
    circleci.set_default(scenario="failed")

    run = run_release(tmp_path)

    states = {task.task_id: task.state for task in run.get_task_instances()}
    assert states == {"deploy": "failed", "keep_results": "success"}
    results = [json.loads(line) for line in (tmp_path / "tests.jsonl").open()]
    assert sum(result["result"] == "failure" for result in results) == 25


def test_outage_while_it_waits_is_sat_out(circleci: Sandbox, tmp_path: Path) -> None:
    circleci.add_fault("status", status=503, method="GET", times=3)

    run = run_release(tmp_path)

    assert run.state == "success"
    assert circleci.faults()[0]["hits"] == 3


def test_reply_that_is_lost_starts_no_second_build(circleci: Sandbox, tmp_path: Path) -> None:
    circleci.add_fault("reset_after", method="POST", times=1)

    run = run_release(tmp_path)

    assert run.state == "success"
    assert len(circleci.pipelines()) == 1
