"""One Airflow on PostgreSQL, its parts as processes of their own, and one sandbox for these tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.airflow_instance import COMPONENTS, AirflowInstance
from tools.canary import DEBUG, Canaries
from tools.postgres import PostgresDatabase, PostgresServer


@pytest.fixture(scope="session")
def canaries() -> Canaries:
    """The secrets of all connections; searched for when Airflow has stopped."""
    return Canaries()


@pytest.fixture(scope="session")
def sandbox_server(canaries: Canaries) -> Iterator[Sandbox]:
    with start_sandbox(service_tokens=canaries.service_tokens()) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DAGs of these tests, the examples and what the documentation shows, in one folder."""
    root = Path(__file__).parents[2]
    place = tmp_path_factory.mktemp("dags")
    for folder in (root / "tests" / "integration" / "dags", root / "dags_examples", root / "docs" / "dags"):
        shutil.copytree(folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return place


@pytest.fixture(scope="session")
def metadata(postgres_server: PostgresServer) -> PostgresDatabase:
    """Where Airflow keeps what it knows; under several processes SQLite answers ``database is locked``."""
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def warehouse(postgres_server: PostgresServer) -> PostgresDatabase:
    """Where pulls land their tables."""
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def pulls_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pulls land their files."""
    return tmp_path_factory.mktemp("pulls")


@pytest.fixture(scope="session")
def lineage_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where OpenLineage's events go, a line each."""
    return tmp_path_factory.mktemp("lineage") / "events.jsonl"


@pytest.fixture(scope="session")
def today() -> datetime:
    """The beginning of the day, for DAGs that cover the days before."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture(scope="package")
def airflow(  # noqa: PLR0917  what an Airflow needs
    sandbox_server: Sandbox,
    metadata: PostgresDatabase,
    warehouse: PostgresDatabase,
    pulls_folder: Path,
    lineage_file: Path,
    today: datetime,
    dags: Path,
    canaries: Canaries,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[AirflowInstance]:
    """Stopped after the last of these tests: others go on in this process, and it would slow them down."""
    environment = {
        **DEBUG,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.url,
        "AIRFLOW_CONN_CIRCLECI_DEFAULT": sandbox_server.connection_json(),
        "AIRFLOW_CONN_CIRCA_DEFAULT": sandbox_server.circa_connection_json(),
        "AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT": sandbox_server.circle_admin_connection_json(),
        "AIRFLOW_CONN_CIRCLEME_DEFAULT": sandbox_server.circleme_connection_json(),
        "AIRFLOW_CONN_WAREHOUSE": warehouse.airflow_connection_json(),
        "AIRFLOW_VAR_CONTEXT_VARIABLE": canaries["context_variable"],
        "PULLS_FOLDER": str(pulls_folder),
        "PULLS_TODAY": today.isoformat(),
        # It forks at each end of a task: only DAGs that ask for it.
        "AIRFLOW__OPENLINEAGE__SELECTIVE_ENABLE": "True",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(lineage_file), "append": True}
        ),
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "64",
        "AIRFLOW__CORE__PARALLELISM": "12",
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
        # A worker notices up to this much later that its task is over. The scheduler fails a task that is queued anew
        # before that (apache/airflow#71172, #72716).
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
    }
    with AirflowInstance(
        tmp_path_factory.mktemp("airflow"), dags, commands=COMPONENTS, environment=environment
    ) as airflow:
        yield airflow
    # Not of one test: what any of them made Airflow write, in whatever folder of this session.
    report = canaries.search_everything([tmp_path_factory.getbasetemp(), postgres_server.log], [metadata, warehouse])
    print(report.table())
    assert report.findings == []


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Sandbox:
    sandbox_server.reset()
    return sandbox_server
