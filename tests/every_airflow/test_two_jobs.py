"""
A pipeline followed by the triggerer and contacts landed in a file, on whichever Airflow is installed.

Airflow starts both DAGs by itself, and how they stand is read from its database: neither its REST API nor its commands
are the same everywhere. The newest release is tried in full by ``tests/integration``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from airflow import __version__ as airflow_version
from sqlalchemy import create_engine, text

from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.airflow_instance import AirflowInstance
from tools.postgres import PostgresServer

Standing = Callable[[str], dict[str, str]]

IS_AIRFLOW_2 = airflow_version.startswith("2.")
LONGEST_WAIT_S = 300.0
CONTACTS = 1_000
THIS_YEAR, LAST_YEAR, YEAR_BEFORE = (datetime(datetime.now(UTC).year - ago, 1, 1, tzinfo=UTC) for ago in range(3))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tasks leave what they have."""
    return tmp_path_factory.mktemp("landed")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox() as sandbox:
        sandbox.circa_populate(contacts=CONTACTS, since_s=YEAR_BEFORE.timestamp())
        sandbox.set_speed(0)  # The pipeline goes on when its wait has been seen to be deferred.
        yield sandbox


@pytest.fixture(scope="module")
def metadata(postgres_server: PostgresServer) -> str:
    """Address of the database where Airflow keeps what it knows."""
    return postgres_server.new_database().url


@pytest.fixture(scope="module")
def airflow(
    sandbox: Sandbox, metadata: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AirflowInstance]:
    environment = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        # The scheduler fails a task that is queued anew before its worker has noticed that it is over.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW_CONN_CIRCLECI_DEFAULT": sandbox.connection_json(),
        "AIRFLOW_CONN_CIRCA_DEFAULT": sandbox.circa_connection_json(),
        "TWO_JOBS_FOLDER": str(folder),
    }
    instance = AirflowInstance(
        tmp_path_factory.mktemp("airflow"), Path(__file__).parent / "dags", commands=(), environment=environment
    )
    instance.airflow("db", "migrate")
    try:
        if not IS_AIRFLOW_2:
            instance.start("api-server")
            # A task that finds nobody to talk to fails after ten seconds.
            instance.wait_for(lambda: is_up(instance), "the API server to be up", timeout_s=LONGEST_WAIT_S)
        for command in ("scheduler", "triggerer") if IS_AIRFLOW_2 else ("scheduler", "dag-processor", "triggerer"):
            instance.start(command)
        yield instance
    finally:
        instance.stop()


def is_up(airflow: AirflowInstance) -> bool:
    try:
        return requests.get(f"{airflow.url}/api/v2/monitor/health", timeout=30).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def standing(metadata: str) -> Iterator[Standing]:
    """How the tasks of a DAG's only run stand."""
    engine = create_engine(metadata)

    def states(dag_id: str) -> dict[str, str]:
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT task_id, state FROM task_instance WHERE dag_id = :dag_id"), {"dag_id": dag_id}
            )
            return dict(map(tuple, found))

    yield states
    engine.dispose()


def wait_for_task(airflow: AirflowInstance, standing: Standing, dag_id: str, task_id: str, wanted: str) -> None:
    def is_there() -> bool:
        seen = standing(dag_id)
        assert not {"failed", "upstream_failed", "up_for_retry"} & set(seen.values()), f"{seen}\n{logs(airflow)}"
        return seen.get(task_id) == wanted

    airflow.wait_for(is_there, f"{task_id} of {dag_id} to be {wanted}", timeout_s=LONGEST_WAIT_S)


def logs(airflow: AirflowInstance) -> str:
    """Show the ends of all tasks' logs."""
    found = sorted((airflow.home / "logs").rglob("attempt=*.log*"))
    return "\n".join(f"--- {path}\n{path.read_text('utf-8', 'replace')[-3000:]}" for path in found)


def told(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return found


def test_a_pipeline_is_followed_to_its_end_without_a_worker(
    airflow: AirflowInstance, standing: Standing, sandbox: Sandbox, folder: Path
) -> None:
    wait_for_task(airflow, standing, "follow", "build", "deferred")
    sandbox.clear_requests()
    airflow.wait_for(lambda: len(sandbox.requests("GET")) > 1, "the triggerer to look twice", timeout_s=LONGEST_WAIT_S)
    assert standing("follow")["build"] == "deferred"
    sandbox.advance(3600)
    wait_for_task(airflow, standing, "follow", "tell", "success")

    (pipeline,) = sandbox.pipelines()
    summary = told(folder, "summary")
    assert (summary["pipeline_id"], summary["status"]) == (pipeline["id"], "succeeded")
    assert [flow["status"] for flow in summary["workflows"]] == ["success"]


def test_last_years_contacts_land_in_a_file(
    airflow: AirflowInstance, standing: Standing, sandbox: Sandbox, folder: Path
) -> None:
    wait_for_task(airflow, standing, "pull", "tell", "success")

    pulled = told(folder, "pulled")
    with gzip.open(pulled["uri"].removeprefix("file://"), "rt", encoding="utf-8") as file:
        landed = [json.loads(line)["id"] for line in file]
    changed = [
        contact["id"]
        for contact in sandbox.circa_contacts()
        if LAST_YEAR <= datetime.fromisoformat(contact["updated_at"]) < THIS_YEAR
    ]
    assert 0 < len(changed) < CONTACTS
    assert sorted(landed) == sorted(changed)
    assert pulled["records"] == len(changed)
