"""Spools to land, and databases and buckets to land in."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.row import Row
from airflow_provider_circle.records.spool import Spool
from airflow_provider_circle.records.tables import TableSink
from airflow_provider_circle.records.watermarks import Watermark

NOON = datetime(2026, 9, 28, 12, tzinfo=UTC)


DEPTHS = (10, 200, 400, 600, 800, *range(880, 1010, 10), 5_000, 100_000)
"""How deep a hostile record is nested: some that can be read and not be written, where Python's stack ends."""


def nested(depth: int) -> Row:
    """A record as it comes off a page, and half of a surrogate pair at the bottom of it."""
    body = b'{"id":1,"deep":%b"\\ud800"%b}' % (b'{"a":[' * (depth // 2), b"]}" * (depth // 2))
    return Row(body, {"id": 1, "updated_at": None, "created_at": None})


EVERY_DRIVER = pytest.mark.parametrize("target", ["sqlite", "psycopg3", "psycopg2"], indirect=True)

ADA: dict[str, Any] = {"id": 1, "name": "Ada", "updated_at": "2026-09-28T12:00:00Z"}
BOB = {"id": 2, "name": "Bob", "updated_at": "2026-09-28T12:00:00Z"}
EVE = {"id": 3, "name": "Eve", "updated_at": "2026-09-28T12:00:00Z"}


def counts(**changes: int) -> dict[str, int]:
    return {"inserted": 0, "updated": 0, "unchanged": 0, "deleted": 0, **changes}


@contextmanager
def spooled(rows: Sequence[JsonObject], key: Sequence[str] = ("id",), cursor: str | None = None) -> Iterator[Spool]:
    """A spool with these rows."""
    with Spool(key, cursor) as spool:
        spool.add(rows)
        yield spool


def started(work: Callable[[], object]) -> int:
    """Do something in a process of its own, as far along as we are; its id."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001  a fork of the tests must not go on as one of them
            traceback.print_exc()
        finally:
            os._exit(code)
    return process


def ended(process: int) -> int:
    """Wait for it; its exit code, or the negative number of the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@dataclass(frozen=True)
class Target:
    """
    A fresh database behind an Airflow connection.

    :param conn_id: the connection's.
    :param kind: ``postgres`` or ``sqlite``.
    """

    conn_id: str
    kind: str

    def sink(self, table: str = "contacts", **changes: Any) -> TableSink:
        return TableSink(sql_conn_id=self.conn_id, table=table, **{"key": ["id"], "cursor": "updated_at", **changes})

    def land(
        self,
        rows: Sequence[JsonObject],
        table: str = "contacts",
        *,
        complete: bool = False,
        watermark: Watermark | None = None,
        began: Watermark | None = None,
        **changes: Any,
    ) -> JsonObject:
        """Land rows; only the counts."""
        sink = self.sink(table, **changes)
        sink.check()
        with spooled(rows, changes.get("key", ("id",)), changes.get("cursor", "updated_at")) as spool:
            told = sink.land(spool, complete=complete, watermark=watermark, began=began)
        assert told.pop("table") == table
        return told

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Run a statement of the test's own; the rows, if it has any, as what JSON makes of them."""
        from airflow.providers.common.compat.sdk import BaseHook

        hook = BaseHook.get_connection(self.conn_id).get_hook()  # type: ignore[no-untyped-call]
        with closing(hook.get_conn()) as connection:
            cursor = connection.cursor()
            try:
                cursor.execute(statement)
            except Exception:
                connection.rollback()
                raise
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall() if names else []
            connection.commit()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def rows(self, columns: str = "*", table: str = "contacts") -> list[dict[str, Any]]:
        """The table's rows in the key's order, without the hash."""
        found = self.run(f"SELECT {columns} FROM {table} ORDER BY id")  # noqa: S608  names of tests
        return [{name: value for name, value in row.items() if name != "_content_hash"} for row in found]

    def types(self, table: str = "contacts") -> dict[str, str]:
        """The declared types of a table's columns."""
        if self.kind == "sqlite":
            return {row["name"]: row["type"] for row in self.run(f"PRAGMA table_info({table})")}
        found = self.run(f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'")  # noqa: S608
        return {row["column_name"]: row["data_type"] for row in found}


def plain(value: Any) -> Any:
    """What both databases have in common: JSON as values, moments as moments."""
    if isinstance(value, str):
        try:
            return plain(json.loads(value)) if value[:1] in "[{" else datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
