"""The search for secrets finds them: what Airflow wrote to its database in the clear is really looked through."""

from __future__ import annotations

import secrets

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.postgres import PostgresDatabase


@pytest.fixture
def canary() -> str:
    return f"canary-{secrets.token_hex(8)}"


def tables_with(metadata: PostgresDatabase, text: str) -> list[str]:
    return [place for place in metadata.places_with(text) if "/" not in place]


def journal_files_with(metadata: PostgresDatabase, text: str) -> list[str]:
    return [place for place in metadata.places_with(text) if "/" in place]


def test_airflow_runs_on_postgresql(airflow: AirflowInstance, metadata: PostgresDatabase) -> None:
    engine = sqlalchemy.create_engine(metadata.url, poolclass=NullPool)

    assert "dag_run" in sqlalchemy.inspect(engine).get_table_names()
    assert list(airflow.home.rglob("*.db")) == []


@pytest.mark.parametrize("copies", [pytest.param(1, id="short"), pytest.param(5000, id="compressed")])
def test_stored_value_is_found_in_its_table(
    airflow: AirflowInstance, metadata: PostgresDatabase, canary: str, copies: int
) -> None:
    airflow.ask("POST", "/variables", key=f"planted_{copies}", value="", description=canary * copies)

    # The audit log has what was asked for.
    assert tables_with(metadata, canary) == ["log", "variable"]


def test_value_that_a_task_rendered_is_found(
    airflow: AirflowInstance, metadata: PostgresDatabase, sandbox: Sandbox, canary: str
) -> None:
    airflow.run("deferred", "canary", {"scenario": canary})
    airflow.wait_for_run("deferred", "canary")

    assert "rendered_task_instance_fields" in tables_with(metadata, canary)


@pytest.mark.usefixtures("airflow")
def test_deleted_value_is_found_in_the_journal(metadata: PostgresDatabase, canary: str) -> None:
    engine = sqlalchemy.create_engine(metadata.url, poolclass=NullPool)
    for statement in (
        "INSERT INTO variable (key, val, description, is_encrypted) VALUES ('deleted', '', :canary, false)",
        "DELETE FROM variable WHERE description = :canary",
    ):
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement), {"canary": canary})

    assert tables_with(metadata, canary) == []
    assert journal_files_with(metadata, canary)


def test_value_that_was_never_stored_is_found_nowhere(
    airflow: AirflowInstance, metadata: PostgresDatabase, canary: str
) -> None:
    assert metadata.places_with(canary) == []
