"""DAG files are parsed again and again: what our task modules drag in is paid each time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import airflow_provider_circle

pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="import cost is measured over Airflow 3.3")

FOLDERS = ("operators", "sensors", "triggers", "transfers", "links")
COSTLY = ("requests", "aiohttp", "pandas", "sqlalchemy", "pyarrow", "asgiref", "urllib3")
MOST_FOREIGN_MODULES = 40

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


def added_by(*modules: str) -> list[str]:
    """Import modules in a fresh process; the foreign ones they drag in."""
    done = subprocess.run([sys.executable, "-c", PROBE, *modules], capture_output=True, text=True, check=True)
    added: list[str] = json.loads(done.stdout.splitlines()[-1])
    return [name for name in added if not name.startswith("airflow_provider_circle")]


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
