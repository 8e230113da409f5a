"""What changed between two full readings."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.records.files import FileSink
from airflow_provider_circle.records.snapshots import SnapshotStore
from airflow_provider_circle.records.storage import StoredFile
from tests.unit.records.landing import spooled

FIRST, SECOND, THIRD = "20260928T120000Z", "20260928T130000Z", "20260928T140000Z"
ADA: dict[str, Any]
BOB: dict[str, Any]
EVE: dict[str, Any]
ADA, BOB, EVE = ({"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": "Eve"})


def run(
    folder: str,
    stamp: str,
    rows: list[dict[str, Any]],
    *,
    key: tuple[str, ...] = ("id",),
    commit: bool = True,
    **more: Any,
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """One run; the changes and their counts."""
    store = SnapshotStore(folder, "members", **more)
    store.check()
    with spooled(rows, key) as spool:
        changes = store.changes(spool, stamp, key)
        told = [entry.record for entry in changes]
        assert len(changes) == len(told)
        assert [entry.record for entry in changes] == told
        if commit:
            store.commit(spool, stamp)
    return told, changes.counts


def states(folder: str) -> list[str]:
    return [name for name in StoredFile(f"{folder}/any", None).neighbours() if name.endswith("gz")]


def test_everything_is_new_at_first(folder: str) -> None:
    told, counts = run(folder, FIRST, [ADA, BOB])
    assert told == [{"_change": "inserted", **ADA}, {"_change": "inserted", **BOB}]
    assert counts == {"inserted": 2, "updated": 0, "unchanged": 0, "deleted": 0}


def test_changes_are_told_and_nothing_else(folder: str) -> None:
    run(folder, FIRST, [ADA, BOB, EVE])
    told, counts = run(folder, SECOND, [{"id": 4}, {**EVE, "name": "Eva"}, ADA])
    assert told == [
        {"_change": "inserted", "id": 4},
        {"_change": "updated", "id": 3, "name": "Eva"},
        {"_change": "deleted", "id": 2},
    ]
    assert counts == {"inserted": 1, "updated": 1, "unchanged": 1, "deleted": 1}


def test_nothing_changed(folder: str) -> None:
    run(folder, FIRST, [ADA, BOB])
    assert run(folder, SECOND, [BOB, dict(reversed(ADA.items()))])[0] == []


def test_all_are_gone(folder: str) -> None:
    run(folder, FIRST, [ADA, BOB])
    assert [row["id"] for row in run(folder, SECOND, [])[0]] == [1, 2]


def test_a_deleted_record_that_comes_back_is_new(tmp_path: Path) -> None:
    run(str(tmp_path), FIRST, [ADA])
    run(str(tmp_path), SECOND, [])
    assert run(str(tmp_path), THIRD, [ADA])[0] == [{"_change": "inserted", **ADA}]


def test_keys_of_several_attributes_come_back_as_they_were(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"space": "é", "id": 1, "name": "x"}, {"space": "é", "id": "1", "name": "y"}]
    run(str(tmp_path), FIRST, rows, key=("space", "id"))
    told, _ = run(str(tmp_path), SECOND, [], key=("space", "id"))
    assert told == [{"_change": "deleted", "space": "é", "id": 1}, {"_change": "deleted", "space": "é", "id": "1"}]


def test_a_rerun_tells_the_same_and_replaces_its_own_state(folder: str) -> None:
    run(folder, FIRST, [ADA])
    told = run(folder, SECOND, [ADA, BOB])
    assert run(folder, SECOND, [ADA, BOB]) == told
    assert len(states(folder)) == 2


def test_a_run_that_was_not_committed_is_compared_with_the_one_before(tmp_path: Path) -> None:
    run(str(tmp_path), FIRST, [ADA])
    run(str(tmp_path), SECOND, [ADA, BOB], commit=False)
    assert run(str(tmp_path), THIRD, [ADA, BOB])[0] == [{"_change": "inserted", **BOB}]


def test_a_backfill_is_compared_with_what_was_before_it_and_not_after(tmp_path: Path) -> None:
    run(str(tmp_path), FIRST, [ADA])
    run(str(tmp_path), THIRD, [ADA, BOB, EVE])
    assert run(str(tmp_path), SECOND, [ADA, BOB])[0] == [{"_change": "inserted", **BOB}]
    assert run(str(tmp_path), THIRD, [ADA, BOB, EVE])[0] == [{"_change": "inserted", **EVE}]


def test_a_fraction_of_a_second_comes_after_none(tmp_path: Path) -> None:
    run(str(tmp_path), "20260928T120000Z", [ADA])
    run(str(tmp_path), "20260928T120000.5Z", [ADA, BOB])
    assert run(str(tmp_path), "20260928T120001Z", [ADA, BOB])[0] == []


def test_streams_share_a_folder(tmp_path: Path) -> None:
    for stream in ("members", "members_more", "a/b", "../c"):
        store = SnapshotStore(str(tmp_path / "s"), stream)
        with spooled([ADA]) as spool:
            assert len(store.changes(spool, FIRST, ["id"])) == 1
            store.commit(spool, FIRST)
    assert len(list((tmp_path / "s").iterdir())) == 4


def test_the_same_state_is_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        run(str(tmp_path / folder), FIRST, [ADA, BOB])
    (one,), (two,) = (tuple((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_an_attribute_of_the_services_own_gives_way(tmp_path: Path) -> None:
    assert run(str(tmp_path), FIRST, [{"id": 1, "_change": "x"}])[0] == [{"_change": "inserted", "id": 1}]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_changes_land_in_a_file(tmp_path: Path, suffix: str) -> None:
    run(str(tmp_path), FIRST, [ADA, BOB])
    store = SnapshotStore(str(tmp_path), "members")
    with spooled([BOB, EVE]) as spool:
        FileSink(f"{tmp_path}/out.{suffix}").land(store.changes(spool, SECOND, ["id"]))
    if suffix == "jsonl":
        lines = (tmp_path / "out.jsonl").read_text().splitlines()
        assert [json.loads(line)["_change"] for line in lines] == ["inserted", "deleted"]
    assert (tmp_path / f"out.{suffix}").stat().st_size > 0


def test_of_changes_that_are_closed_the_counts_stay(tmp_path: Path) -> None:
    store = SnapshotStore(str(tmp_path), "members")
    with spooled([ADA, BOB]) as spool:
        changes = store.changes(spool, FIRST, ["id"])
        changes.close()
        assert (len(changes), changes.counts["inserted"]) == (2, 2)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            list(changes)


STAMPS = [f"202609{day:02}T000000Z" for day in range(1, 8)]


def test_only_the_newest_states_stay(folder: str) -> None:
    for stamp in STAMPS:
        run(folder, stamp, [ADA], keep=3)
    assert [name[-23:-9] + "Z" for name in states(folder)] != []
    assert len(states(folder)) == 3
    assert all(stamp in name for stamp, name in zip(STAMPS[-3:], states(folder), strict=True))
    assert run(folder, STAMPS[-1], [ADA], keep=3)[0] == []


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param(STAMPS[-3], id="its base was removed"),
        pytest.param(STAMPS[0], id="itself was removed"),
        pytest.param("20260101T000000Z", id="before all"),
    ],
)
def test_a_run_whose_base_was_removed_is_refused(tmp_path: Path, stamp: str) -> None:
    for earlier in STAMPS:
        run(str(tmp_path), earlier, [ADA], keep=3)
    with pytest.raises(ValueError, match="no longer there: the newest 3 are kept"):
        run(str(tmp_path), stamp, [ADA], keep=3)
    assert len(states(str(tmp_path))) == 3


def test_a_state_that_a_broken_off_removal_left_is_no_base(tmp_path: Path) -> None:
    for earlier in STAMPS:
        run(str(tmp_path), earlier, [ADA], keep=3)
    left = states(str(tmp_path))[0]
    (tmp_path / left.replace(STAMPS[-3], STAMPS[0])).write_bytes((tmp_path / left).read_bytes())
    with pytest.raises(ValueError, match="no longer there"):
        run(str(tmp_path), STAMPS[2], [ADA], keep=3)


@pytest.mark.parametrize("stamp", ["2026-09-28", "20260928T120000", "../20260928T120000Z", "20260928T120000+0000", ""])
def test_a_stamp_that_is_none_is_refused(tmp_path: Path, stamp: str) -> None:
    with pytest.raises(ValueError, match="stamp must be"):
        run(str(tmp_path), stamp, [ADA])


def test_another_key_is_refused(tmp_path: Path) -> None:
    run(str(tmp_path), FIRST, [ADA])
    with pytest.raises(ValueError, match="with the key"):
        run(str(tmp_path), SECOND, [ADA], key=("name",))


def test_a_commit_without_changes_is_refused(tmp_path: Path) -> None:
    with spooled([ADA]) as spool, pytest.raises(ValueError, match="changes"):
        SnapshotStore(str(tmp_path), "members").commit(spool, FIRST)


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"x" + b, lambda b: b[:20] + b"\xff" + b[21:]])
def test_a_damaged_state_is_refused(tmp_path: Path, damage: Any) -> None:
    run(str(tmp_path), FIRST, [ADA, BOB])
    (state,) = tmp_path.iterdir()
    state.write_bytes(damage(state.read_bytes()))
    with pytest.raises(ValueError, match="is damaged"):
        run(str(tmp_path), SECOND, [ADA])


def test_too_few_kept_states_are_told_before_anything_is_pulled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="keep must be at least 2"):
        SnapshotStore(str(tmp_path), "members", keep=1).check()


def test_a_folder_that_cannot_be_is_told_before_anything_is_pulled(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"snapshots .* no folder"):
        SnapshotStore(str(tmp_path / "file"), "members").check()
