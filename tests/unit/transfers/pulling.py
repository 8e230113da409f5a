"""Pulling from the sandbox: operators that wait in its time, what landed, and what is true."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.window import seconds_of
from airflow_provider_circle.operators.circa import CircaPullContactsOperator
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.circa import CircaToObjectStorageOperator, CircaToSqlOperator

__all__ = [
    "BEGIN",
    "DAY",
    "as_time",
    "calm",
    "churned",
    "contacts_of",
    "died",
    "in_file",
    "in_table",
    "inside",
    "once",
    "puller",
    "to_file",
    "to_table",
]

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def calm(task: Any, sandbox: Sandbox) -> Any:
    """Let a task's waiting move the sandbox's clock instead of ours."""
    task.sleep = sandbox.advance
    return task


def to_file(sandbox: Sandbox, path: Path | str, stream: str = "contacts", **options: Any) -> Any:
    task = CircaToObjectStorageOperator(task_id="pull", stream=stream, path=str(path), **_patience(options))
    return calm(task, sandbox)


def to_table(sandbox: Sandbox, table: str = "landed", stream: str = "contacts", **options: Any) -> Any:
    task = CircaToSqlOperator(task_id="pull", stream=stream, table=table, sql_conn_id="landing", **_patience(options))
    return calm(task, sandbox)


def puller(sandbox: Sandbox, **options: Any) -> Any:
    return calm(CircaPullContactsOperator(task_id="pull", **_patience(options)), sandbox)


def _patience(options: dict[str, Any]) -> dict[str, Any]:
    return {"request_max_wait_s": 0.01, **options}


def in_file(path: Path | str) -> list[JsonObject]:
    """Read JSON lines, packed or not."""
    packed = str(path).removeprefix("file://")
    with gzip.open(packed, "rt") if packed.endswith(".gz") else open(packed) as lines:
        return [json.loads(line) for line in lines]


def in_table(database: Path, table: str = "landed") -> list[JsonObject]:
    """Read a table; none when there is none."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchall():
            return []
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608  a test's own name


def once(rows: Iterable[JsonObject], *key: str) -> dict[Any, Any]:
    """Key rows, each of which must be there once, to when they last changed, in seconds."""
    landed = list(rows)
    names = key or ("id",)
    counts = Counter(tuple(row[name] for name in names) for row in landed)
    assert [one for one, count in counts.items() if count > 1] == []
    return {tuple(row[name] for name in names): seconds_of(row.get("updated_at")) for row in landed}


def inside(rows: Iterable[JsonObject], begin: datetime, end: datetime) -> list[JsonObject]:
    """Keep the rows that changed within a window."""
    return [row for row in rows if begin.timestamp() <= (seconds_of(row["updated_at"]) or 0.0) < end.timestamp()]


def contacts_of(sandbox: Sandbox) -> list[JsonObject]:
    return sandbox.circa_contacts(["id", "created_at", "updated_at"])


def churned(sandbox: Sandbox, **options: Any) -> None:
    """Let every list that is read change something, from now on."""
    sandbox.circa_churn(**{"every": 1, "edits": 1, "adds": 1, "deletes": 1, "times": 8, **options})


def as_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def died(*_: Any, **__: Any) -> Any:
    """Stand in for what a killed worker was about to do."""
    raise MemoryError("killed")
