"""
Pulls of a whole list into PostgreSQL, side by side with dlt's merge.

Knows what is loaded into what, and the goal. What a side does is written in ``peers``, what answers them in
``standin``; the server is the one that the tests use.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg2

from benchmarks.environments import OWN
from benchmarks.runs import Child, Goal, Result, Study, Table, interleaved, median, script
from benchmarks.sides import DLT, DLT_ENVIRONMENT, OURS, airflow_variables, connection
from benchmarks.standin.process import StandIn
from benchmarks.standin.protocol import Conduct
from tools.postgres import PostgresDatabase, PostgresServer

__all__ = ["study"]

_ROWS = 50_000
_SHORT_ROWS = 5_000
_ROUNDS = 3
_RATIO = 3.0

_STEPS = {"all": "into no table", "changed": "merged into the same rows, each of them changed"}
"""Fronts of the stand-in, in the order they are read, and what it is to pull them."""

_TABLES = {OURS: "contacts", DLT: "pulled.contacts"}

_NOTES = (
    "Contacts, 0 ms: each side reads them over HTTP, 25 a page, and merges them by id into a table with JSON columns.",
    "Time is that of the whole pull, for both: read, normalise, load, merge. CPU is the side's own, not PostgreSQL's.",
    "dlt reads with rest_api, loads by COPY (csv) and merges with its strategy upsert, the fastest of what it offers.",
    "PostgreSQL runs with fsync off, for all alike.",
)


def study(short: bool) -> Study:
    """Compare loading into a new table, and merging into a full one."""
    rows, rounds = (_SHORT_ROWS, 1) if short else (_ROWS, _ROUNDS)
    results: dict[str, dict[str, list[Result]]] = {step: {side: [] for side in _TABLES} for step in _STEPS}
    with (
        tempfile.TemporaryDirectory(prefix="tables-") as folder,
        tempfile.TemporaryDirectory(prefix="postgres-") as server_folder,
        PostgresServer(Path(server_folder)) as server,
        StandIn("pulls", "--contacts", str(rows), "--changed") as standin,
    ):
        for _ in range(rounds):
            databases = {side: server.new_database() for side in _TABLES}
            for step, what in _STEPS.items():
                print(f"tables, {what}", file=sys.stderr, flush=True)
                standin.begin(step, Conduct())
                children = [_child(side, step, standin, databases[side], Path(folder)) for side in _TABLES]
                for side, found in interleaved(children, 1).items():
                    results[step][side] += found
                for side, database in databases.items():
                    _check(side, database, rows)
    medians = {step: {side: median(found) for side, found in sides.items()} for step, sides in results.items()}
    tables = [_table(f"Contacts {what}, {rows:,} rows", medians[step]) for step, what in _STEPS.items()]
    goals = [
        Goal(
            f"contacts {what}: {OURS} against {DLT}",
            medians[step][DLT].wall_s / medians[step][OURS].wall_s,
            _RATIO,
            "at least",
            "x",
        )
        for step, what in _STEPS.items()
    ]
    return Study("tables", tables, goals, _NOTES)


def _child(side: str, step: str, standin: StandIn, database: PostgresDatabase, folder: Path) -> Child:
    if side == DLT:
        arguments = (_plain_url(database), standin.url("one"), standin.url(step), str(folder / database.name))
        return Child(side, ("-m", "benchmarks.peers.dlt_table", *arguments), DLT_ENVIRONMENT.python())
    variables = {**airflow_variables(folder), "AIRFLOW_CONN_WAREHOUSE": database.airflow_connection_json()}
    for front in ("one", step):
        variables[f"AIRFLOW_CONN_CIRCA_{front.upper()}"] = connection("circa", standin.url(front))
    return Child(side, ("-m", "benchmarks.peers.ours_table", step), OWN, variables)


def _check(side: str, database: PostgresDatabase, rows: int) -> None:
    """See that every contact is there once."""
    with closing(psycopg2.connect(_plain_url(database))) as connected, connected.cursor() as cursor:
        cursor.execute(f"SELECT count(*), count(DISTINCT id) FROM {_TABLES[side]}")  # noqa: S608  one of ours
        found = cursor.fetchone()
    if found != (rows, rows):
        raise RuntimeError(f"{side}: the table holds {found} contacts and ids instead of {rows}")


def _plain_url(database: PostgresDatabase) -> str:
    return database.url.replace("+psycopg2", "")


def _table(title: str, sides: Mapping[str, Result]) -> Table:
    ours_s = sides[OURS].wall_s
    rows = [
        (side, result.wall_s, result.wall_s / ours_s, result.cpu_s, result.peak_rss_mb, result.grown_mb)
        for side, result in sides.items()
    ]
    return Table(title, ("", "wall s", f"x {OURS}", "CPU s", "peak MB", "grown MB"), rows)


if __name__ == "__main__":
    sys.exit(script(study))
