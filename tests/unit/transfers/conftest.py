"""The sandbox behind connections, and a database for rows to land in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_circle.sandbox.client import Sandbox


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """All services, their clock standing still, CircleMe unlimited on both sides."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", circle_sandbox.circa_connection_json())
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT", circle_sandbox.circle_admin_connection_json())
    unpaced = {**json.loads(circle_sandbox.circleme_connection_json()), "extra": {"requests_per_minute": 600_000}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLEME_DEFAULT", json.dumps(unpaced))
    circle_sandbox.set_speed(0)
    circle_sandbox.circleme_limit(None)
    return circle_sandbox


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite database behind ``landing``."""
    path = tmp_path / "landed.db"
    monkeypatch.setenv("AIRFLOW_CONN_LANDING", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    return path
