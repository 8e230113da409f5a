"""The sandbox behind connections, and a database for rows to land in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_circle.sandbox.client import Sandbox


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """All services, their clock standing still, without a limit on either side."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", circle_sandbox.circa_connection_json())
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    paced = {
        "CIRCLE_ADMIN": circle_sandbox.circle_admin_connection_json(),
        "CIRCLEME": circle_sandbox.circleme_connection_json(),
    }
    for name, connection in paced.items():
        unpaced = {**json.loads(connection), "extra": {"requests_per_minute": 600_000}}
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}_DEFAULT", json.dumps(unpaced))
    circle_sandbox.set_speed(0)
    circle_sandbox.circleme_limit(None)
    return circle_sandbox


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite database behind ``landing``."""
    path = tmp_path / "landed.db"
    monkeypatch.setenv("AIRFLOW_CONN_LANDING", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    return path
