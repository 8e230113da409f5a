"""Examples under ``dag.test()``, as a developer tries them: without a scheduler, a triggerer or an API server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance


@pytest.fixture(scope="module")
def idle_airflow(sandbox_server: Sandbox, dags: Path, tmp_path_factory: pytest.TempPathFactory) -> AirflowInstance:
    """An Airflow of which nothing runs: what ``dag.test()`` finds on a developer's machine."""
    environment = {"AIRFLOW_CONN_CIRCLECI_DEFAULT": sandbox_server.connection_json()}
    airflow = AirflowInstance(tmp_path_factory.mktemp("idle"), dags, commands=(), environment=environment)
    airflow.airflow("db", "migrate")
    return airflow


@pytest.mark.parametrize("dag_id", ["circleci_pipeline", "circleci_approval"])
def test_example_runs_under_dag_test(
    idle_airflow: AirflowInstance, sandbox: Sandbox, pulls_folder: Path, dag_id: str
) -> None:
    sandbox.set_default(scenario="on_hold" if dag_id == "circleci_approval" else "success", duration_s=6)

    conf = {"folder": (pulls_folder / "dag_test").as_uri()} if dag_id == "circleci_pipeline" else {}
    idle_airflow.airflow("dags", "test", dag_id, "--conf", json.dumps(conf))

    assert [flow["status"] for flow in sandbox.pipelines()[0]["workflows"]] == ["success"]
