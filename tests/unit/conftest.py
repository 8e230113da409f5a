"""A connection to the sandbox, for tests that run hooks and tasks."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from airflow_provider_circle.hooks import base
from airflow_provider_circle.operators import circleci as operators
from airflow_provider_circle.operators import following
from airflow_provider_circle.sandbox.client import Sandbox


@pytest.fixture(autouse=True)
def _nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is slowed by what another was refused."""
    monkeypatch.setattr(base, "_paces", {})


@pytest.fixture
def circleci(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, its clock standing still, behind ``circleci_default``."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    circle_sandbox.set_speed(0)
    return circle_sandbox


@pytest.fixture
def one_clock(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks and hooks live in the sandbox's time, too."""
    clock = SimpleNamespace(time=circleci.now, monotonic=time.monotonic, sleep=circleci.advance)
    for module in (base, operators, following):
        monkeypatch.setattr(module, "time", clock)
