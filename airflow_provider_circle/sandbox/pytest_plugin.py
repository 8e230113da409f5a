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
    Give a running sandbox as it is at its start: no pipeline, no fault, nothing asked, a few records, on real time.

    It needs the extra ``sandbox``, and no line in a ``conftest.py``: pytest finds it once the provider is installed.
    One server runs for the whole session (with pytest-xdist, one in each process) and begins anew for every test.

    *Connect* by setting ``AIRFLOW_CONN_CIRCLECI_DEFAULT`` to ``circle_sandbox.connection_json()``; likewise
    ``CIRCLE_ADMIN``, ``CIRCA`` and ``CIRCLEME`` with ``circle_admin_connection_json()`` and so on.

    *Prepare*: ``set_default(scenario=…, duration_s=…)`` says how pipelines go; ``circa_populate``,
    ``circle_admin_populate`` and ``circleme_populate`` make records; ``add_fault`` and ``go_down`` break things;
    ``set_limit`` refuses what comes too fast.

    *Run* what is to be tested: a hook, a task's ``execute``, a whole DAG with ``dag.test()``.

    *Ask* what happened: ``requests()`` lists what was sent, ``pipelines()`` and ``circa_contacts()`` tell the truth
    that the services hold, ``faults()`` how often each fault struck.

    :return: what can be prepared and asked is described at ``airflow_provider_circle.sandbox.client.Sandbox``.

    Example: ``tests/example`` of the source archive, a DAG with its tests.
    """
    circle_sandbox_server.reset()
    return circle_sandbox_server
