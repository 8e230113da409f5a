"""Every list of Circa lands, with its parent's id where it has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.circa import CircaToObjectStorageOperator
from airflow_provider_circle.vendors.circa.streams import STREAMS
from tests.unit.running import context
from tests.unit.transfers.pulling import in_file, in_table, to_file, to_table


@pytest.mark.parametrize("name", STREAMS)
def test_every_list_lands_in_a_file(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    stream = STREAMS[name]
    parents = {"parent_ids": "all"} if stream.parent else {}

    told = to_file(sandbox, tmp_path / "rows.jsonl", name, window="full", **parents).execute(context())

    rows = in_file(tmp_path / "rows.jsonl")
    assert told["records"] == len(rows) > 0
    assert len({tuple(row[attribute] for attribute in stream.key) for row in rows}) == len(rows)
    if stream.parent:
        assert all(row[stream.parent.attribute] for row in rows)


def test_event_contacts_land_in_a_table(sandbox: Sandbox, database: Path) -> None:
    told = to_table(sandbox, stream="event_contacts", parent_ids="all", window="full").execute(context())

    rows = in_table(database)
    assert told["inserted"] == len(rows) == 200
    assert {row["event_id"] for row in rows} == {event["id"] for event in sandbox.circa_events()}


def test_filter_narrows(sandbox: Sandbox, tmp_path: Path) -> None:
    created = sorted(row["created_at"] for row in sandbox.circa_contacts(["id", "created_at"]))
    filters = {"created_at": {"min": created[60], "max": created[-1]}}

    to_file(sandbox, tmp_path / "rows.jsonl", window="full", filters=filters).execute(context())

    assert len(in_file(tmp_path / "rows.jsonl")) == 60


def test_eight_pages_are_on_their_way_by_default() -> None:
    assert CircaToObjectStorageOperator(task_id="pull", stream="contacts", path="x.jsonl").concurrency == 8
