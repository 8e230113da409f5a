"""In which order a pull's targets are written, and what later runs begin from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Asset

from airflow_provider_circle.core.window import seconds_of
from airflow_provider_circle.exceptions import InconsistentRead
from airflow_provider_circle.records.files import FileSink
from airflow_provider_circle.records.tables import TableSink
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import FakeAssetStates, FakeOutletEvents, FakeStateStore, context, interval
from tests.unit.transfers.pulling import (
    BEGIN,
    DAY,
    as_time,
    contacts_of,
    died,
    in_file,
    in_table,
    once,
    puller,
    to_file,
    to_table,
)

ASSET = Asset("contacts")


def lately(sandbox: Sandbox, contacts: int = 40) -> None:
    """Have contacts that changed in the ten hours before the server's now, one minute before it the last."""
    until_s = int(sandbox.now()) - 60
    sandbox.circa_populate(contacts=contacts, since_s=until_s - 36000, until_s=until_s)
    sandbox.circa_page_size(5)


def newest(rows: list[dict[str, Any]]) -> float:
    return max(seconds_of(row["updated_at"]) or 0.0 for row in rows)


class Kept:
    """A place where a watermark may be kept: how a task is told of it, and what it says afterwards."""

    def __init__(self, kind: str, folder: Path, database: Path) -> None:
        self.kind, self.folder, self.database = kind, folder, database
        self.assets = FakeAssetStates([ASSET])

    def pull(self, sandbox: Sandbox, store: FakeStateStore | None = None, **options: Any) -> dict[str, Any]:
        options = {"window": "watermark", **options}
        if self.kind == "table":
            task = to_table(sandbox, **options)
        elif self.kind == "folder":
            task = to_file(sandbox, f"{self.folder}/files/", state_path=str(self.folder / "state"), **options)
        else:
            task = to_file(sandbox, f"{self.folder}/files/", outlets=[ASSET], **options)
        told: dict[str, Any] = task.execute(context(store, asset_state_store=self.assets))
        return told

    def rows(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        """What is in the table, or what this pull left in a file."""
        return in_table(self.database) if self.kind == "table" else in_file(told["uri"])

    @property
    def moment_s(self) -> float | None:
        """The watermark, in seconds."""
        if self.kind == "table":
            kept = in_table(self.database, "circle_watermarks")
            return seconds_of(kept[0]["moment"]) if kept else None
        if self.kind == "folder":
            file = self.folder / "state" / "_circle_watermark_circa_default.contacts.json"
            return seconds_of(json.loads(file.read_text())["moment"]) if file.exists() else None
        values = list(self.assets[ASSET].values.values())
        return seconds_of(values[0]) if values else None


@pytest.fixture(params=["table", "folder", "asset"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, database: Path) -> Kept:
    return Kept(request.param, tmp_path, database)


def test_watermark_is_the_newest_record_that_landed(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)

    told = kept.pull(sandbox)

    assert told["records"] == 40
    assert told["window"]["min"] is None
    assert kept.moment_s == newest(contacts_of(sandbox))


def test_next_run_begins_at_the_watermark_less_the_lookback(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    kept.pull(sandbox)
    reached_s = kept.moment_s or 0.0
    sandbox.circa_edit(count=3)
    # The window ends by the worker's clock.
    told = kept.pull(sandbox, lookback_s=1800)

    assert seconds_of(told["window"]["min"]) == reached_s - 1800


def test_nothing_new_leaves_the_watermark(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    kept.pull(sandbox)
    reached_s = kept.moment_s
    sandbox.circa_delete([row["id"] for row in contacts_of(sandbox)])

    told = kept.pull(sandbox)

    assert told["records"] == 0
    assert kept.moment_s == reached_s


def test_backfill_does_not_move_the_watermark(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    kept.pull(sandbox)
    reached_s = kept.moment_s
    old = datetime.fromtimestamp(sandbox.now() - 36000, BEGIN.tzinfo)

    kept.pull(sandbox, window={"min": as_time(old), "max": as_time(old + timedelta(hours=2))})

    assert kept.moment_s == reached_s


def test_run_of_another_window_does_not_move_the_watermark(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    old = datetime.fromtimestamp(int(sandbox.now()) - 36000, BEGIN.tzinfo)

    kept.pull(sandbox, window={"min": as_time(old), "max": as_time(old + timedelta(hours=2))})

    assert kept.moment_s is None


def test_run_that_is_late_does_not_move_the_watermark_back(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    store = FakeStateStore()
    kept.pull(sandbox, store)
    reached_s = kept.moment_s
    sandbox.circa_delete([row["id"] for row in contacts_of(sandbox) if seconds_of(row["updated_at"]) == reached_s])

    kept.pull(sandbox, store)

    assert kept.moment_s == reached_s


def test_retry_repeats_the_window_though_the_watermark_has_moved(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    store = FakeStateStore()
    first = kept.pull(sandbox, store)

    again = kept.pull(sandbox, store)

    assert again["window"] == first["window"]
    assert again["records"] == 40


def test_failed_landing_leaves_the_watermark(sandbox: Sandbox, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    lately(sandbox)
    monkeypatch.setattr(TableSink if kept.kind == "table" else FileSink, "land", died)

    with pytest.raises(MemoryError):
        kept.pull(sandbox)

    assert kept.moment_s is None


def test_failed_table_leaves_the_watermark_though_the_file_is_there(
    sandbox: Sandbox, tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lately(sandbox)
    task = puller(sandbox, path=f"{tmp_path}/files/", table="landed", sql_conn_id="landing", window="watermark")
    monkeypatch.setattr(TableSink, "land", died)

    with pytest.raises(MemoryError):
        task.execute(context())

    (file,) = (tmp_path / "files").iterdir()
    assert len(in_file(file)) == 40
    assert in_table(database, "circle_watermarks") == []


def test_start_bounds_the_first_run_only(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    start = datetime.fromtimestamp(int(sandbox.now()) - 18000, BEGIN.tzinfo)

    first = kept.pull(sandbox, start=as_time(start))
    second = kept.pull(sandbox, start=as_time(start))

    assert first["window"]["min"] == as_time(start)
    assert 15 <= first["records"] <= 25
    assert (seconds_of(second["window"]["min"]) or 0.0) > start.timestamp()


@pytest.mark.parametrize("lookback_s", [0, 600])
def test_runs_by_watermark_lose_no_change(sandbox: Sandbox, kept: Kept, lookback_s: float) -> None:
    lately(sandbox)
    landed: set[tuple[Any, ...]] = set()
    for minutes in (400, 200, 0):
        until = datetime.fromtimestamp(int(sandbox.now()) - 60 * minutes, BEGIN.tzinfo)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "airflow_provider_circle.transfers.base.datetime", SimpleNamespace(now=lambda _, until=until: until)
            )
            told = kept.pull(sandbox, lookback_s=lookback_s)
        landed |= set(once(kept.rows(told)).items())

    assert landed == set(once(contacts_of(sandbox)).items())


def test_tasks_of_other_parents_have_watermarks_of_their_own(sandbox: Sandbox, kept: Kept) -> None:
    until_s = int(sandbox.now()) - 60
    sandbox.circa_populate(contacts=40, events=2, contacts_per_event=20, since_s=until_s - 36000, until_s=until_s)
    events = [event["id"] for event in sandbox.circa_events()]
    options: dict[str, Any] = {"stream": "event_contacts", "lookback_s": 0}
    landed: set[Any] = set()
    for event in events:
        told = kept.pull(sandbox, parent_ids=[event], **options)
        landed |= once(kept.rows(told), "event_id", "id").keys()
        assert told["window"]["min"] is None

    truth = {
        (event, row["id"]): seconds_of(row["updated_at"]) or 0.0
        for event in events
        for row in sandbox.circa_event_contacts(event, ["id", "updated_at"])
    }
    assert landed == truth.keys()
    for event in events:
        begins = kept.pull(sandbox, parent_ids=[event], **options)["window"]["min"]
        assert seconds_of(begins) == max(moment for (of, _), moment in truth.items() if of == event)


class Unlisted(Sequence[str]):
    """Ids as Airflow hands out what the instances of a mapped task returned: looked up one by one, not shown."""

    def __init__(self, *ids: str) -> None:
        self._ids = ids

    def __getitem__(self, index: Any) -> Any:
        return self._ids[index]

    def __len__(self) -> int:
        return len(self._ids)

    def __str__(self) -> str:
        return "what was returned"


@pytest.mark.parametrize(
    "given", [Unlisted, lambda one: f"['{one}']", lambda one: {one}], ids=["sequence", "text", "set"]
)
def test_watermark_is_of_the_parents_however_they_are_given(sandbox: Sandbox, kept: Kept, given: Any) -> None:
    until_s = int(sandbox.now()) - 60
    sandbox.circa_populate(contacts=40, events=2, contacts_per_event=20, since_s=until_s - 36000, until_s=until_s)
    first, second = [event["id"] for event in sandbox.circa_events()]
    kept.pull(sandbox, stream="event_contacts", parent_ids=[first])

    begins = [
        kept.pull(sandbox, stream="event_contacts", parent_ids=given(event))["window"]["min"]
        for event in (first, second)
    ]

    assert [begin is None for begin in begins] == [False, True]


def test_tasks_of_other_filters_have_watermarks_of_their_own(sandbox: Sandbox, kept: Kept) -> None:
    lately(sandbox)
    middle = sorted(row["created_at"] for row in contacts_of(sandbox))[20]
    landed: set[Any] = set()
    for end in ("min", "max"):
        told = kept.pull(sandbox, filters={"created_at": {end: middle}}, lookback_s=0)
        assert told["window"]["min"] is None
        assert 0 < told["records"] < 40
        landed |= once(kept.rows(told)).keys()

    assert landed == once(contacts_of(sandbox)).keys()
    assert kept.pull(sandbox)["window"]["min"] is None


def test_other_accounts_have_watermarks_of_their_own(
    sandbox: Sandbox, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    lately(sandbox)
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", sandbox.circa_connection_json())
    kept.pull(sandbox)

    told = kept.pull(sandbox, circa_conn_id="other")

    assert told["window"]["min"] is None
    assert told["records"] == 40


def test_full_read_leaves_when_it_began(sandbox: Sandbox, database: Path) -> None:
    lately(sandbox)

    to_table(sandbox, window="full").execute(context())

    (kept,) = in_table(database, "circle_watermarks")
    assert kept["stream"] == "circa_default.contacts.full"
    assert abs((seconds_of(kept["moment"]) or 0.0) - sandbox.now()) <= 1


def test_full_read_that_is_older_than_what_landed_fails_and_changes_nothing(sandbox: Sandbox, database: Path) -> None:
    lately(sandbox)
    to_table(sandbox, window="full").execute(context())
    with closing(sqlite3.connect(database)) as connection, connection:
        later = as_time(datetime.fromtimestamp(sandbox.now() + 60, BEGIN.tzinfo))
        connection.execute("UPDATE circle_watermarks SET moment = ?", (later,))
    before = in_table(database), in_table(database, "circle_watermarks")
    sandbox.circa_delete(count=2)

    with pytest.raises(InconsistentRead, match="older"):
        to_table(sandbox, window="full", deletes="delete").execute(context())

    assert (in_table(database), in_table(database, "circle_watermarks")) == before


def folder_of(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.glob("*.jsonl*"))


def test_file_in_a_folder_is_named_after_its_window(sandbox: Sandbox, tmp_path: Path) -> None:
    for _ in range(2):
        to_file(sandbox, f"{tmp_path}/").execute(context(**interval(BEGIN)))
    to_file(sandbox, f"{tmp_path}/", file_format="jsonl", window="full").execute(context(**interval(BEGIN)))

    assert folder_of(tmp_path) == ["contacts.jsonl", "contacts_20260302T000000Z_20260303T000000Z.jsonl.gz"]


def test_blanks_that_a_template_leaves_behind_a_folder_make_no_file_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    task = to_file(sandbox, f"{tmp_path}/ \n", file_format="jsonl", window="watermark", state_path=f"{tmp_path}/state")
    told = task.execute(context())

    assert folder_of(tmp_path) == [Path(told["uri"]).name]
    assert told["uri"].startswith(f"file://{tmp_path}/contacts_")


def test_tasks_with_other_parents_do_not_replace_each_others_file(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circa_populate(contacts=20, events=2, contacts_per_event=5)
    for event in sandbox.circa_events():
        puller(sandbox, event_ids=[event["id"]], path=f"{tmp_path}/", window="full").execute(context())

    assert len(folder_of(tmp_path)) == 2


def test_tasks_with_other_connections_do_not_replace_each_others_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in ("emea", "apac"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{account.upper()}", sandbox.circa_connection_json())

    told = [
        to_file(sandbox, f"{tmp_path}/", circa_conn_id=account).execute(context(**interval(BEGIN)))["uri"]
        for account in ("circa_default", "emea", "apac", "emea")
    ]

    assert told[1] == told[3]
    assert len(folder_of(tmp_path)) == 3


def changed(sandbox: Sandbox, tmp_path: Path, day: int, **options: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Pull what changed in a day's run; what is told, and what became of which record."""
    path = tmp_path / f"{day}.jsonl"
    task = to_file(sandbox, path, window="full", changes_only=True, state_path=str(tmp_path / "state"), **options)
    told = task.execute(context(**interval(BEGIN + day * DAY)))
    return told, {row["id"]: row["_change"] for row in in_file(path)}


def test_changes_of_three_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    lately(sandbox)
    told, first = changed(sandbox, tmp_path, 0)
    assert set(first.values()) == {"inserted"}
    assert {name: told[name] for name in ("records", "inserted", "updated", "unchanged", "deleted")} == {
        "records": 40,
        "inserted": 40,
        "updated": 0,
        "unchanged": 0,
        "deleted": 0,
    }

    (edited,), (deleted,), (added,) = sandbox.circa_edit(count=1), sandbox.circa_delete(count=1), sandbox.circa_add(1)
    told, second = changed(sandbox, tmp_path, 1)
    expected = {edited: "updated", added: "inserted", deleted: "deleted"}
    assert second == {**expected, deleted: "deleted"}
    assert (told["unchanged"], told["deleted"]) == (40 - len(expected.keys() - {added}), 1)

    told, third = changed(sandbox, tmp_path, 2)
    assert third == {}
    assert told["unchanged"] == 40


def test_rerun_tells_the_same_changes(sandbox: Sandbox, tmp_path: Path) -> None:
    lately(sandbox)
    changed(sandbox, tmp_path, 0)
    sandbox.circa_edit(count=2)
    changed(sandbox, tmp_path, 1)
    before = (tmp_path / "1.jsonl").read_bytes()

    changed(sandbox, tmp_path, 1)

    assert before
    assert (tmp_path / "1.jsonl").read_bytes() == before


def test_changes_whose_file_failed_are_told_by_the_retry(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lately(sandbox)
    with monkeypatch.context() as patch:
        patch.setattr(FileSink, "land", died)
        with pytest.raises(MemoryError):
            changed(sandbox, tmp_path, 0)

    _, first = changed(sandbox, tmp_path, 0)

    assert len(first) == 40


def test_changes_leave_no_database_open(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lately(sandbox)
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noted(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        opened.append(connect(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", noted)
    changed(sandbox, tmp_path, 0)

    assert opened
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_changes_in_a_folder_are_named_after_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    task = to_file(sandbox, f"{tmp_path}/", window="full", changes_only=True, state_path=str(tmp_path / "state"))
    task.execute(context(**interval(BEGIN)))

    assert folder_of(tmp_path) == ["contacts_changes_20260302T000000Z.jsonl.gz"]


@pytest.mark.parametrize("run", ["logical_date", "run_after"])
def test_run_without_a_logical_date_is_told_by_when_it_was_due(sandbox: Sandbox, tmp_path: Path, run: str) -> None:
    known = SimpleNamespace(**{"logical_date": None, "run_after": BEGIN, run: BEGIN})
    task = to_file(sandbox, f"{tmp_path}/", window="full", changes_only=True, state_path=str(tmp_path / "state"))

    task.execute(context(dag_run=known))

    assert folder_of(tmp_path) == ["contacts_changes_20260302T000000Z.jsonl.gz"]


@pytest.mark.parametrize(("deletes", "left", "marked"), [("keep", 40, 0), ("mark", 40, 2), ("delete", 38, 0)])
def test_what_a_full_read_lacks_is_deleted_as_wished(
    sandbox: Sandbox, database: Path, deletes: str, left: int, marked: int
) -> None:
    lately(sandbox)
    to_table(sandbox, window="full", deletes=deletes).execute(context())
    gone = sandbox.circa_delete(count=2)

    told = to_table(sandbox, window="full", deletes=deletes).execute(context())

    rows = in_table(database)
    assert told["deleted"] == (0 if deletes == "keep" else 2)
    assert len(rows) == left
    assert {row["id"] for row in rows if row.get("_deleted_at")} == (set(gone) if marked else set())


def test_children_of_all_parents_may_be_deleted(sandbox: Sandbox, database: Path) -> None:
    sandbox.circa_populate(contacts=30, events=3, contacts_per_event=10)
    options: dict[str, Any] = {"window": "full", "deletes": "delete", "table": "landed", "sql_conn_id": "landing"}
    puller(sandbox, event_ids="all", **options).execute(context())
    sandbox.circa_delete(count=2, event_id=sandbox.circa_events()[1]["id"])

    told = puller(sandbox, event_ids="all", **options).execute(context())

    assert told["deleted"] == 2
    assert len(in_table(database)) == 28


def test_asset_hears_the_counts_and_no_record(sandbox: Sandbox, tmp_path: Path) -> None:
    lately(sandbox)
    events = FakeOutletEvents()
    task = to_file(sandbox, tmp_path / "contacts.jsonl", window="full", outlets=[ASSET, Asset("other")])

    told = task.execute(context(outlet_events=events))

    assert events.told.keys() == {"contacts", "other"}
    for event in events.told.values():
        assert event.extra == told
        assert json.loads(json.dumps(event.extra)) == event.extra


def test_rerun_of_a_window_replaces_the_file_and_changes_no_row(
    sandbox: Sandbox, tmp_path: Path, database: Path
) -> None:
    lately(sandbox)
    until = datetime.fromtimestamp(int(sandbox.now()) - 60, BEGIN.tzinfo)
    path = tmp_path / "contacts.jsonl"

    def pull() -> dict[str, Any]:
        window = {"min": as_time(until - DAY), "max": as_time(until)}
        task = puller(sandbox, path=str(path), table="landed", sql_conn_id="landing", window=window)
        told: dict[str, Any] = task.execute(context())
        return told

    pull()
    before, rows = path.read_bytes(), in_table(database)
    told = pull()

    assert (told["inserted"], told["updated"], told["unchanged"]) == (0, 0, 40)
    assert path.read_bytes() == before
    assert in_table(database) == rows
