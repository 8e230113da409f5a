"""DAG files are parsed again and again: what our task modules drag in is paid each time."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import airflow_provider_circle

pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="import cost is measured over Airflow 3.3")

FOLDERS = ("operators", "sensors", "triggers", "transfers", "links")
COSTLY = ("requests", "aiohttp", "pandas", "sqlalchemy", "pyarrow", "asgiref", "urllib3")
MOST_FOREIGN_MODULES = 40

READS = "airflow_provider_circle.transfers.reading"
"""Imported when a pull runs; like the triggers, which the triggerer imports, it is no DAG file's business."""

OURS = "airflow_provider_circle"

FOR_PARSING = {
    "core": {"globbing", "patience"},
    "vendors.circleci": {"options", "parameters", "rerun_options", "slug", "statuses", "v1", "v1.arguments"},
}
"""What operators, sensors and transfers may import of ours beyond their own folders: arguments and their checks."""

NOT_FOR_PARSING = ("core", "vendors", "records", "hooks", "transports", "triggers")

ASKS_A_PERSON = "airflow_provider_circle.operators.circleci_approval"
"""Derives from Airflow's own operator for questions, and costs what that costs; only its users import it."""

PROBE = """
import json, sys
import airflow.sdk
from airflow.sdk import BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator, DAG, task
before = set(sys.modules)
for name in sys.argv[1:]:
    __import__(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def task_modules() -> list[str]:
    root = Path(airflow_provider_circle.__file__).parent
    return sorted(
        f"airflow_provider_circle.{folder}.{path.stem}"
        for folder in FOLDERS
        for path in (root / folder).glob("[!_]*.py")
    )


@pytest.fixture(scope="module")
def foreign_modules() -> list[str]:
    return added_by(*(name for name in task_modules() if name != ASKS_A_PERSON))


@pytest.fixture(scope="module")
def ours_in_a_dag() -> list[str]:
    """All of ours that DAG files drag in, whatever they use."""
    names = (name for name in task_modules() if name.split(".")[1] != "triggers" and name != READS)
    return [name for name in imported_by(*names) if name.startswith(OURS)]


def imported_by(*modules: str) -> list[str]:
    """Import modules in a fresh process; those that are there because of it."""
    done = subprocess.run([sys.executable, "-c", PROBE, *modules], capture_output=True, text=True, check=True)
    added: list[str] = json.loads(done.stdout.splitlines()[-1])
    return added


def added_by(*modules: str) -> list[str]:
    """Import modules in a fresh process; the foreign ones they drag in."""
    return [name for name in imported_by(*modules) if not name.startswith(OURS)]


def test_operators_sensors_and_triggers_are_all_looked_at() -> None:
    assert {name.split(".")[1] for name in task_modules()} >= {"operators", "sensors", "triggers", "links"}


def test_task_modules_import_no_costly_library(foreign_modules: list[str]) -> None:
    assert [name for name in foreign_modules if name.split(".")[0] in COSTLY] == []


def test_task_modules_import_few_foreign_modules(foreign_modules: list[str]) -> None:
    assert len(foreign_modules) <= MOST_FOREIGN_MODULES, foreign_modules


def test_asking_a_person_costs_what_airflows_own_operator_costs() -> None:
    airflows_own = added_by("airflow.providers.standard.operators.hitl")
    others = added_by("airflow_provider_circle.operators.circleci_holds")

    assert set(added_by(ASKS_A_PERSON)) <= {*airflows_own, *others}


def test_a_dag_file_imports_checks_and_no_machinery(ours_in_a_dag: list[str]) -> None:
    allowed = {
        f"{OURS}.{name}"
        for folder, modules in FOR_PARSING.items()
        for name in ("core", "vendors", folder, *(f"{folder}.{module}" for module in modules))
    }
    assert {name for name in ours_in_a_dag if name.split(".")[1:2] and name.split(".")[1] in NOT_FOR_PARSING} <= allowed


def test_what_a_dag_file_imports_builds_no_dataclass(ours_in_a_dag: list[str]) -> None:
    # Each costs as much as importing three plain modules.
    sources = {name: Path(find_spec(name).origin or "").read_text() for name in ours_in_a_dag}  # type: ignore[union-attr]
    assert [name for name, source in sources.items() if "@dataclass" in source] == []
