"""The PostgreSQL that tests use: it starts, keeps databases apart, finds what it holds, and is gone afterwards."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import psutil
import pytest
import sqlalchemy
from airflow.providers.postgres.hooks.postgres import PostgresHook
from sqlalchemy.pool import NullPool

from tools.postgres import PostgresDatabase, PostgresServer


def run(database: PostgresDatabase, *statements: str) -> None:
    engine = sqlalchemy.create_engine(database.url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))


def processes_below(folder: str) -> list[str]:
    lines = (" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    return [line for line in lines if folder in line]


def test_new_database_is_empty_whatever_another_one_holds(postgres_server: PostgresServer) -> None:
    used, fresh = postgres_server.new_database(), postgres_server.new_database()
    run(used, "CREATE TABLE taken (number int)")

    assert sqlalchemy.inspect(sqlalchemy.create_engine(used.url)).get_table_names() == ["taken"]
    assert sqlalchemy.inspect(sqlalchemy.create_engine(fresh.url)).get_table_names() == []


def test_airflow_connection_leads_to_the_database(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgres_server.new_database()
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", database.airflow_connection_json())

    hook = PostgresHook(postgres_conn_id="warehouse")

    assert hook.get_first("SELECT current_database()") == (database.name,)
    assert json.loads(database.airflow_connection_json())["conn_type"] == "postgres"


@pytest.mark.parametrize("column", ["text", "bytea"])
def test_stored_text_is_found_in_its_table(postgres_server: PostgresServer, column: str) -> None:
    database = postgres_server.new_database()
    run(database, f"CREATE TABLE holder (content {column})", f"INSERT INTO holder VALUES ('in-{column}-column')")  # noqa: S608

    assert database.places_with(f"in-{column}-column")[0] == "holder"


def test_server_is_gone_after_an_exception() -> None:
    def use_and_fail(folder: str) -> None:
        with PostgresServer(Path(folder)) as server:
            run(server.new_database(), "SELECT 1")
            assert processes_below(folder)
            raise KeyError

    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        with pytest.raises(KeyError):
            use_and_fail(folder)

        assert processes_below(folder) == []


def test_server_that_cannot_start_says_why() -> None:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        (Path(folder) / "data").mkdir()
        (Path(folder) / "data" / "in_the_way").touch()

        with pytest.raises(RuntimeError, match="exists but is not empty"), PostgresServer(Path(folder)):
            pass
