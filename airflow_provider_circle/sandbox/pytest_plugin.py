"""
The pytest fixture ``circle_sandbox``: a running sandbox, as good as new for every test.

Knows when the server is started and reset. Imports nothing heavy, for pytest loads it in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow_provider_circle.sandbox.client import Sandbox

__all__ = ["circle_sandbox", "circle_sandbox_server"]


@pytest.fixture(scope="session")
def circle_sandbox_server() -> Iterator[Sandbox]:
    """One server process for the whole session; tests use ``circle_sandbox`` instead."""
    from airflow_provider_circle.sandbox.client import start_sandbox

    with start_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def circle_sandbox(circle_sandbox_server: Sandbox) -> Sandbox:
    """
    Give a running sandbox as it is at its start: no pipelines, faults or records, a few rows to read, on real time.

    Point a connection at ``circle_sandbox.circleci_host`` with ``circle_sandbox.token``, or set
    ``AIRFLOW_CONN_CIRCLECI_DEFAULT`` to ``circle_sandbox.connection_json()``; likewise ``CIRCLE_ADMIN``, ``CIRCA`` and
    ``CIRCLEME`` with ``circle_admin_connection_json()`` and so on.
    """
    circle_sandbox_server.reset()
    return circle_sandbox_server
