"""
What a DAG file pays for importing our modules, beside Airflow's own ``HttpOperator``.

Knows which modules there are and what they may cost; how that is measured is written in ``peers/importing.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.environments import OWN, ROOT
from benchmarks.runs import Goal, Study, Table, script

__all__ = ["study"]

_HTTP = "airflow.providers.http.operators.http"
_QUESTION = "airflow.providers.standard.operators.hitl"
_ALL = "all of ours"

_ASKS_A_PERSON = "operators.circleci_approval"
"""Derives from Airflow's own operator for questions, and costs what that costs; only its users import it."""

_READS = "transfers.reading"
"""Imported when a pull runs; no DAG file imports it."""

_TASKS = ("operators", "sensors", "transfers", "links")
_COSTLY = ("requests", "aiohttp", "asgiref", "urllib3", "sqlalchemy", "pandas", "pyarrow", "psycopg", "psycopg2")

_NOTES = (
    "Each in a process of its own, forked from one with DAG, BaseOperator, BaseSensorOperator, BaseHook and task.",
    "Processor time, the least of the rounds; memory by tracemalloc, in further processes; modules are compiled.",
    f"{_ASKS_A_PERSON} derives from {_QUESTION}, which is nearly all of its cost; no goal counts it.",
    f"{_READS} is imported when a pull runs; no goal counts it.",
    "Triggers come over airflow.triggers.base, and no goal counts them: the triggerer imports them, hardly a DAG file.",
)


def study(short: bool) -> Study:
    """
    Measure every module alone, all together, and Airflow's own.

    :param short: four rounds in place of twelve.
    """
    tasks = [name for folder in _TASKS for name in _modules(folder) if name not in {_ASKS_A_PERSON, _READS}]
    triggers = _modules("triggers")
    full = {name: [f"airflow_provider_circle.{name}"] for name in (*tasks, _ASKS_A_PERSON, _READS, *triggers)}
    sets = {_HTTP: [_HTTP], _QUESTION: [_QUESTION], **full, _ALL: [full[name][0] for name in tasks]}
    figures = _measured(sets, 4 if short else 12)
    # Disturbance only ever adds, so the least of several runs is nearest to what it costs.
    cpu_ms = {name: min(figure["cpu_ms"]) for name, figure in figures.items()}
    foreign: list[str] = figures[_ALL]["foreign"]
    dearest = max(tasks, key=lambda name: cpu_ms[name])
    rows = [
        (
            name,
            cpu_ms[name],
            cpu_ms[_HTTP] / cpu_ms[name],
            figures[name]["held_mb"],
            figures[name]["own"],
            len(figures[name]["foreign"]),
        )
        for name in sets
    ]
    return Study(
        "imports",
        [Table("Import over airflow.sdk", ("", "CPU ms", "http / it", "MB", "of ours", "others'"), rows)],
        [
            Goal(f"imports: the dearest task module ({dearest})", cpu_ms[dearest], 15, "at most", "ms"),
            Goal("imports: HttpOperator / the dearest task module", cpu_ms[_HTTP] / cpu_ms[dearest], 25, "at least"),
            Goal(
                "imports: most memory of a task module",
                max(figures[name]["held_mb"] for name in tasks),
                0.3,
                "at most",
                "MB",
            ),
            Goal("imports: foreign modules of all together", len(foreign), 40, "at most"),
            Goal(
                "imports: HTTP, SQL and Parquet libraries",
                len([name for name in foreign if name.partition(".")[0] in _COSTLY]),
                0,
                "at most",
            ),
        ],
        _NOTES,
    )


def _modules(folder: str) -> list[str]:
    return sorted(f"{folder}.{path.stem}" for path in (ROOT / "airflow_provider_circle" / folder).glob("[!_]*.py"))


def _measured(sets: Mapping[str, list[str]], rounds: int) -> dict[str, Any]:
    done = subprocess.run(
        (str(OWN), "-m", "benchmarks.peers.importing", json.dumps({"sets": sets, "rounds": rounds})),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the imports could not be measured:\n{done.stderr[-3000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    sys.exit(script(study))
