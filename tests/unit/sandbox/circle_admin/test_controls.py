"""What is changed behind the API's back."""

from __future__ import annotations

import time
from typing import Any

import pytest

from .conftest import Admin

MEMBERS = "community_members"


def test_populated_rows_are_the_same_every_time_and_evenly_spread(admin: Admin) -> None:
    admin.control("populate", community_members=5, since_s=1_000_000, until_s=1_000_050)
    first = admin.truth(MEMBERS)
    admin.control("populate", community_members=5, since_s=1_000_000, until_s=1_000_050)
    assert admin.truth(MEMBERS) == first
    assert [row["created_at"][14:] for row in first] == [f"46:{second}.000Z" for second in (40, 50)] + [
        f"47:{second:02}.000Z" for second in (0, 10, 20)
    ]
    assert [row["updated_at"] for row in first] == [row["created_at"] for row in first]


def test_populated_resources_are_replaced_and_others_stay(admin: Admin) -> None:
    admin.control("populate", posts=7)
    assert [len(admin.truth(resource)) for resource in ("posts", "comments")] == [7, 90]


def test_fifty_thousand_members_are_made_and_read_quickly(admin: Admin) -> None:
    begin_s = time.monotonic()
    admin.control("populate", community_members=50_000)
    ids = {
        row["id"]
        for number in (1, 250, 500)
        for row in admin.rows(f"/community_members?status=all&per_page=100&page={number}")
    }
    assert len(ids) == 300
    assert time.monotonic() - begin_s < 10


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("populate", {"moons": 1}),
        ("populate", {"posts": -1}),
        ("populate", {"posts": 1.5}),
        ("populate", {"posts": 600_000}),
        ("populate", {"posts": 1, "since_s": 2e9, "until_s": 1e9}),
        ("populate", {"spaces": 0, "posts": 1}),
        ("edit", {"resource": "moons"}),
        ("edit", {"resource": "posts", "ids": [7]}),
        ("edit", {"resource": "posts", "ids": "7"}),
        ("edit", {"resource": "posts", "ids": [4000001], "count": 1}),
        ("add", {"resource": "posts", "ids": [7]}),
        ("delete", {"resource": "posts", "count": True}),
        ("delete", {"resource": "posts", "ids": [4000001, 4000001]}),
        ("churn", {"resource": "moons"}),
        ("churn", {"often": 1}),
        ("churn", {"every": 0}),
        ("limits", {"requests": "many"}),
        ("limits", {"requests": 1, "per_s": "long"}),
        ("quota", {"requests": -1}),
    ],
)
def test_control_that_makes_no_sense_is_refused(admin: Admin, path: str, fields: dict[str, Any]) -> None:
    reply = admin.sandbox.call("POST", f"/_sandbox/circle-admin/{path}", fields)
    assert (reply.status, list(reply.json())) == (400, ["message"])


def test_rows_are_edited_added_and_deleted(admin: Admin) -> None:
    before = admin.truth(MEMBERS)
    admin.sandbox.wait(60)
    now = admin.sandbox.control("GET", "/clock")["now"]
    edited = admin.control("edit", resource=MEMBERS, ids=[before[5]["id"]])["ids"]
    added = admin.control("add", resource=MEMBERS, count=2)["ids"]
    deleted = admin.control("delete", resource=MEMBERS, count=1)["ids"]
    after = {row["id"]: row for row in admin.truth(MEMBERS)}
    assert (edited, deleted, len(added)) == ([before[5]["id"]], [before[0]["id"]], 2)
    assert after.keys() == {row["id"] for row in before[1:]} | set(added)
    assert after[edited[0]]["updated_at"] == now
    assert after[edited[0]]["headline"] != before[5]["headline"]
    assert {after[row_id]["created_at"] for row_id in added} == {now}


@pytest.mark.parametrize("resource", ["posts", "comments", "spaces", "topics", "event_attendees", "tagged_members"])
def test_any_resource_can_be_changed(admin: Admin, resource: str) -> None:
    admin.sandbox.wait(60)
    before = admin.truth(resource)
    admin.control("edit", resource=resource, count=2)
    admin.control("add", resource=resource)
    admin.control("delete", resource=resource, ids=[before[-1]["id"]])
    after = admin.truth(resource)
    changed = [old["id"] for old, new in zip(before, after, strict=True) if old["id"] == new["id"] and old != new]
    assert changed == [row["id"] for row in before[:2]]
    assert after[-1]["id"] > before[-1]["id"]


def test_churn_changes_rows_between_lists_as_often_as_told(admin: Admin) -> None:
    admin.control("churn", every=2, edits=3, adds=2, deletes=1, times=2, seed=7)
    counts = [admin.get("/community_members?status=all")["count"] for _ in range(8)]
    assert counts == [230, 230, 231, 231, 232, 232, 232, 232]
    edited = [row for row in admin.truth(MEMBERS) if "edited" in str(row["headline"])]
    assert 1 <= len(edited) <= 6


def test_churn_is_repeated_by_its_seed(admin: Admin) -> None:
    seen = []
    for seed in (1, 1, 2):
        admin.sandbox.control("POST", "/reset")
        admin.control("churn", every=1, deletes=5, times=1, seed=seed)
        admin.get("/community_members")
        seen.append([row["id"] for row in admin.truth(MEMBERS)])
    assert (seen[0] == seen[1], seen[0] == seen[2]) == (True, False)


def test_churn_is_of_one_resource_only(admin: Admin) -> None:
    admin.control("churn", every=1, deletes=1, resource="posts")
    admin.get("/community_members")
    admin.get("/posts/4000001")
    assert len(admin.truth("posts")) == 60
    admin.get("/posts")
    assert len(admin.truth("posts")) == 59


def test_rows_shift_between_pages_while_being_read(admin: Admin) -> None:
    admin.control("churn", every=1, adds=5, deletes=5, times=3)
    ids = [row["id"] for row in admin.pages("/community_members?status=all")]
    assert len(set(ids)) < len(ids)


def test_reset_brings_back_the_beginning(admin: Admin) -> None:
    admin.control("populate", community_members=1, posts=0)
    admin.control("churn", deletes=1)
    admin.control("limits", requests=0)
    admin.control("quota", requests=0)
    admin.sandbox.control("POST", "/reset")
    assert [admin.get("/community_members")["count"] for _ in range(2)] == [200, 200]
    assert len(admin.truth("posts")) == 60


def test_everything_there_is_has_some_rows_at_first(admin: Admin) -> None:
    from airflow_provider_circle.sandbox.circle_admin.catalog import RESOURCES

    assert [resource.name for resource in RESOURCES if not admin.truth(resource.name)] == []
