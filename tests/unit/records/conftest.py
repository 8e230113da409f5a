"""Databases and an object store for rows to land in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from tests.unit.records.landing import Target

if TYPE_CHECKING:
    from tools.postgres import PostgresDatabase, PostgresServer


@pytest.fixture(scope="session")
def landing_database(postgres_server: PostgresServer) -> PostgresDatabase:
    """One for all tests: a new one for each would fill the disk."""
    return postgres_server.new_database()


@pytest.fixture
def emptied_database(landing_database: PostgresDatabase) -> str:
    """A database as new, as an Airflow connection."""
    engine = create_engine(landing_database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        schemas = connection.scalars(text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'"))
        for schema in schemas.all():
            connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return landing_database.airflow_connection_json()


def _target(kind: str, request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> Target:
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        connection = json.dumps({"conn_type": "sqlite", "host": str(folder / "landed.db")})
    else:
        postgres = pytest.importorskip("airflow.providers.postgres.hooks.postgres", reason="needs Airflow's provider")
        if kind == "psycopg3" and not getattr(postgres, "USE_PSYCOPG3", False):
            pytest.skip("Airflow's provider takes psycopg2 here")
        if kind == "psycopg2" and hasattr(postgres, "USE_PSYCOPG3"):
            patch.setattr(postgres, "USE_PSYCOPG3", False)
        connection = request.getfixturevalue("emptied_database")
    patch.setenv("AIRFLOW_CONN_LANDING", connection)
    return Target("landing", "sqlite" if kind == "sqlite" else "postgres")


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Every database, PostgreSQL over the driver that Airflow's provider takes; some tests ask for each driver."""
    return _target(request.param, request, monkeypatch)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Target:
    """PostgreSQL."""
    return _target("postgres", request, monkeypatch)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Target:
    """SQLite."""
    return _target("sqlite", request, monkeypatch)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Where an S3 answers."""
    moto = pytest.importorskip("moto.server", reason="needs a local S3")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """An S3 bucket behind the connection ``lake``, as ``s3://lake@…``."""
    import boto3  # type: ignore[import-untyped]

    name = f"b{abs(hash(request.node.nodeid)):x}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **keys).create_bucket(Bucket=name)
    extra = {"endpoint_url": s3_endpoint, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "key", "password": "secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_LAKE", json.dumps(connection))
    return f"s3://lake@{name}"


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest) -> str:
    """A folder on each kind of storage."""
    if request.param == "disk":
        path: Path = request.getfixturevalue("tmp_path")
        return str(path / "new" / "folder")
    bucket: str = request.getfixturevalue("bucket")
    return f"{bucket}/new/folder"
