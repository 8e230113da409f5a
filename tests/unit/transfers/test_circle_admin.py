"""A community's members land complete and once though they come and go while they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.circle_admin import (
    CircleAdminToObjectStorageOperator,
    CircleAdminToSqlOperator,
)
from tests.unit.running import context, interval
from tests.unit.transfers.pulling import BEGIN, DAY, as_time, calm, in_file, in_table, inside, once

CONCURRENCY = pytest.mark.parametrize("concurrency", [1, 8])


def to_file(sandbox: Sandbox, path: Path, stream: str = "community_members", **options: Any) -> Any:
    arguments = {"request_max_wait_s": 0.01, **options}
    return calm(CircleAdminToObjectStorageOperator(task_id="pull", stream=stream, path=str(path), **arguments), sandbox)


def ids(rows: list[dict[str, Any]]) -> set[int]:
    return {key for (key,) in once(rows)}


@CONCURRENCY
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"edits": 1, "adds": 0, "deletes": 9}, id="shrinks"),
        pytest.param({"edits": 1, "adds": 12, "deletes": 9}, id="grows"),
        pytest.param({"edits": 0, "adds": 9, "deletes": 9}, id="same_count"),
    ],
)
def test_members_are_the_truth_once_the_changes_end(
    sandbox: Sandbox, tmp_path: Path, concurrency: int, seed: int, changes: dict[str, Any]
) -> None:
    sandbox.circle_admin_populate(community_members=450)
    sandbox.circle_admin_churn(every=1, times=2, seed=seed, **changes)

    to_file(sandbox, tmp_path / "members.jsonl", concurrency=concurrency).execute(context())

    assert ids(in_file(tmp_path / "members.jsonl")) == ids(sandbox.circle_admin_records("community_members"))


@CONCURRENCY
@pytest.mark.parametrize("seed", range(3))
def test_list_that_begins_with_the_oldest_is_the_truth_once_the_changes_end(
    sandbox: Sandbox, tmp_path: Path, concurrency: int, seed: int
) -> None:
    sandbox.circle_admin_populate(member_tags=450)
    sandbox.circle_admin_churn(every=1, times=2, seed=seed, edits=0, adds=9, deletes=9, resource="member_tags")

    to_file(sandbox, tmp_path / "tags.jsonl", "member_tags", concurrency=concurrency).execute(context())

    assert ids(in_file(tmp_path / "tags.jsonl")) == ids(sandbox.circle_admin_records("member_tags"))


@CONCURRENCY
@pytest.mark.parametrize("seed", range(3))
def test_window_of_posts_is_complete_while_they_change(
    sandbox: Sandbox, tmp_path: Path, concurrency: int, seed: int
) -> None:
    since_s, until_s = (BEGIN - DAY).timestamp(), (BEGIN + 2 * DAY).timestamp()
    sandbox.circle_admin_populate(posts=400, since_s=since_s, until_s=until_s)
    sandbox.circle_admin_churn(every=1, times=2, seed=seed, edits=3, adds=1, deletes=3, resource="posts")
    window = {"min": as_time(BEGIN), "max": as_time(BEGIN + DAY)}

    to_file(sandbox, tmp_path / "posts.jsonl", "posts", window=window, concurrency=concurrency).execute(context())

    landed = once(in_file(tmp_path / "posts.jsonl"))
    there = inside(sandbox.circle_admin_records("posts"), BEGIN, BEGIN + DAY)
    assert there
    assert once(there).items() <= landed.items()
    assert all(BEGIN.timestamp() <= (moment or 0) < (BEGIN + DAY).timestamp() for moment in landed.values())


def test_posts_older_than_the_window_are_not_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    since_s, until_s = (BEGIN - 9 * DAY).timestamp(), (BEGIN + DAY).timestamp()
    sandbox.circle_admin_populate(posts=1000, since_s=since_s, until_s=until_s)

    to_file(sandbox, tmp_path / "posts.jsonl", "posts", concurrency=1).execute(context(**interval(BEGIN)))

    # Two pages, read twice.
    assert len(sandbox.requests()) == 4
    assert len(once(in_file(tmp_path / "posts.jsonl"))) == 100


def test_days_in_a_row_of_charges_are_disjoint_and_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circle_admin_populate(
        community_member_charges=72, since_s=BEGIN.timestamp(), until_s=(BEGIN + 3 * DAY).timestamp()
    )
    landed: list[int] = []
    for day in range(3):
        path = tmp_path / f"{day}.jsonl"
        to_file(sandbox, path, "community_member_charges").execute(context(**interval(BEGIN + day * DAY)))
        landed += [row["id"] for row in in_file(path)]

    truth = [row["id"] for row in sandbox.circle_admin_records("community_member_charges")]
    assert sorted(landed) == sorted(truth)


def test_parent_that_is_named_as_number_and_as_text_is_one(sandbox: Sandbox, tmp_path: Path) -> None:
    one = sandbox.circle_admin_records("spaces")[0]["id"]
    pages = []
    for ids in ([one], [one, str(one), one]):
        before = len(sandbox.requests())
        to_file(sandbox, tmp_path / "rows.jsonl", "space_members", parent_ids=ids).execute(context())
        pages.append(len(sandbox.requests()) - before)

    assert pages[0] == pages[1] > 0


def test_children_carry_their_parents_id(sandbox: Sandbox, tmp_path: Path) -> None:
    told = to_file(sandbox, tmp_path / "rows.jsonl", "space_members", parent_ids="all").execute(context())

    spaces = {row["id"] for row in sandbox.circle_admin_records("spaces")}
    rows = in_file(tmp_path / "rows.jsonl")
    assert told["records"] == len(rows) > 0
    assert {row["space_id"] for row in rows} <= spaces


def test_table_is_the_truth_after_a_full_read(sandbox: Sandbox, database: Path) -> None:
    sandbox.circle_admin_populate(community_members=150)
    for _ in range(2):
        task = CircleAdminToSqlOperator(
            task_id="pull", stream="community_members", table="landed", sql_conn_id="landing", deletes="delete"
        )
        task.execute(context())
        landed, truth = ids(in_table(database)), ids(sandbox.circle_admin_records("community_members"))
        assert landed == truth
        sandbox.circle_admin_delete("community_members", count=7)
        sandbox.circle_admin_add("community_members", 3)


def test_invited_members_are_among_them(sandbox: Sandbox, tmp_path: Path) -> None:
    with CircleAdminHook() as hook:
        invited = hook.invite_member("ada@example.com")

    to_file(sandbox, tmp_path / "members.jsonl").execute(context())

    (landed,) = [row for row in in_file(tmp_path / "members.jsonl") if row["id"] == invited["id"]]
    assert landed["active"] is False


def test_version_of_the_connection_decides_which_lists_there_are(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = json.loads(sandbox.circle_admin_connection_json())
    old = {**connection, "extra": {"api_version": "v1", "community_id": 1}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT", json.dumps(old))

    with pytest.raises(AirflowFailException, match="stream must be one of"):
        to_file(sandbox, tmp_path / "forms.jsonl", "forms").execute(context())

    assert sandbox.requests() == []


def test_four_pages_are_on_their_way_by_default() -> None:
    task = CircleAdminToObjectStorageOperator(task_id="pull", stream="posts", path="x.jsonl")

    assert task.concurrency == 4


def test_waits_outlast_the_minute_that_a_refusal_asks_for() -> None:
    pulling = CircleAdminToObjectStorageOperator(task_id="pull", stream="posts", path="x.jsonl").build_hook()

    assert pulling._retry == CircleAdminHook()._retry
