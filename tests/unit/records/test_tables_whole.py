"""A landing happens whole or not at all: it is killed, others land beside it, somebody reads meanwhile."""

from __future__ import annotations

import itertools
import os
import signal
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from airflow_provider_circle.records.watermarks import Watermark
from tests.unit.records.landing import (
    ADA,
    BOB,
    EVE,
    EVERY_DRIVER,
    NOON,
    Target,
    ended,
    spooled,
    started,
)


def dying(target: Target, at: int, rows: list[dict[str, Any]]) -> None:
    """Land, and die at the n-th thing that the database is asked for."""
    from airflow_provider_circle.records.postgresql import PostgreSQL
    from airflow_provider_circle.records.sqlite import SQLite

    asked = itertools.count(1)

    def counted(method: Any) -> Any:
        def counting(*arguments: Any) -> Any:
            if next(asked) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(*arguments)

        return counting

    kind = SQLite if target.kind == "sqlite" else PostgreSQL
    for name in ("execute", "fetch", "stage", "commit", "close"):
        setattr(kind, name, counted(getattr(kind, name)))
    with spooled(rows, cursor="updated_at") as spool:
        target.sink(deletes="delete").land(spool, complete=True, watermark=Watermark("s", NOON))


@EVERY_DRIVER
def test_a_kill_at_any_point_leaves_the_old_state_or_the_new(target: Target) -> None:
    rows = [{**ADA, "name": "new"}, {**EVE, "more": 1}]
    seen = []
    for at in range(1, 40):
        target.run("DROP TABLE IF EXISTS contacts")
        target.run("DROP TABLE IF EXISTS circle_watermarks")
        target.land([ADA, BOB])
        code = ended(started(partial(dying, target, at, rows)))
        names = [row["name"] for row in target.rows("name, id")]
        committed = bool(target.types("circle_watermarks"))
        assert names == (["new", "Eve"] if committed else ["Ada", "Bob"])
        assert ("more" in target.types()) is committed
        seen.append(committed)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert len(seen) > 12
    assert seen[-1:] == [True]
    assert seen.count(True) == 2  # killed right after the commit, and not at all


@pytest.mark.parametrize("tables", [("contacts", "contacts", "contacts"), ("one", "two", "three")], ids=["same", "own"])
def test_landings_at_once_wait_for_each_other_and_lose_nothing(target: Target, tables: tuple[str, ...]) -> None:
    def landing(number: int) -> None:
        rows = [{"id": key, "abc"[number]: key} for key in range(number * 500, number * 500 + 1000)]
        for minute in range(10):
            mark = Watermark("s", NOON + timedelta(minutes=minute))
            target.land([{**row, "turn": minute} for row in rows], tables[number], watermark=mark, cursor=None)

    landings = [started(partial(landing, number)) for number in range(3)]
    assert [ended(process) for process in landings] == [0, 0, 0]
    found = [target.run(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in dict.fromkeys(tables)]  # noqa: S608  names of the test's own
    assert found == ([2000] if len(set(tables)) == 1 else [1000, 1000, 1000])
    assert target.sink(tables[0]).read_watermark("s") == NOON + timedelta(minutes=9)


def test_a_landing_in_the_middle_does_not_hinder_readers(postgres: Target) -> None:
    from airflow.providers.common.compat.sdk import BaseHook

    postgres.land([ADA])
    hook = BaseHook.get_connection("landing").get_hook()  # type: ignore[no-untyped-call]
    reader = hook.get_conn()
    cursor = reader.cursor()
    cursor.execute("SELECT name FROM contacts")
    postgres.land([{**ADA, "name": "new"}])
    reader.close()
