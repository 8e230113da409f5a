"""Lists: pages, filters and orders."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Admin


def test_page_count_is_the_number_of_rows_on_the_page(admin: Admin) -> None:
    page = admin.get("/community_members?status=all&page=3&per_page=100")
    assert {name: value for name, value in page.items() if name != "records"} == {
        "page": 3,
        "per_page": 100,
        "has_next_page": False,
        "count": 230,
        "page_count": 30,
    }
    assert len(page["records"]) == 30


@pytest.mark.parametrize(
    ("query", "page", "per_page"),
    [
        ("", 1, 10),
        ("?per_page=1000", 1, 100),
        ("?per_page=0&page=0", 1, 10),
        ("?per_page=many&page=-1", 1, 10),
        ("?page=99", 99, 10),
    ],
)
def test_page_that_makes_no_sense_is_corrected(admin: Admin, query: str, page: int, per_page: int) -> None:
    reply = admin.get(f"/posts{query}")
    assert (reply["page"], reply["per_page"]) == (page, per_page)


def test_page_past_the_end_is_empty(admin: Admin) -> None:
    reply = admin.get("/spaces?page=2")
    assert (reply["records"], reply["has_next_page"], reply["count"], reply["page_count"]) == ([], False, 6, 0)


@pytest.mark.parametrize(
    ("query", "count"), [("", 200), ("?status=active", 200), ("?status=inactive", 30), ("?status=all", 230)]
)
def test_invited_members_are_hidden_unless_asked_for(admin: Admin, query: str, count: int) -> None:
    assert admin.get(f"/community_members{query}")["count"] == count


def test_invited_member_has_confirmed_and_accepted_nothing(admin: Admin) -> None:
    member = admin.rows("/community_members?status=inactive")[0]
    nothing = ("profile_confirmed_at", "accepted_invitation", "last_seen_at", "gamification_stats")
    assert [member[name] for name in nothing] == [None] * 4
    assert member["active"] is False


def test_member_keeps_its_traps(admin: Admin) -> None:
    member = admin.rows("/community_members")[0]
    assert member["id"] != member["user_id"]
    assert member["accepted_invitation"].endswith(" UTC")
    assert {type(value) for value in member["activity_score"].values()} == {str}


def test_members_are_filtered_by_any_of_several_tags(admin: Admin) -> None:
    first, second = (tag["id"] for tag in admin.truth("member_tags")[:2])
    tagged = [
        row["community_member_id"] for row in admin.truth("tagged_members") if row["member_tag_id"] in (first, second)
    ]
    found = admin.pages(f"/community_members?status=all&member_tag_ids={first},{second}")
    assert {row["id"] for row in found} == set(tagged)


@pytest.mark.parametrize(
    ("sort", "key", "descending"),
    [
        ("", "created_at", True),
        ("?sort=latest", "created_at", True),
        ("?sort=oldest", "created_at", False),
        ("?sort=alphabetical", "name", False),
        ("?sort=likes", "likes_count", True),
        ("?sort=latest_updated", "updated_at", True),
        ("?sort=oldest_updated", "updated_at", False),
    ],
)
def test_posts_are_sorted(admin: Admin, sort: str, key: str, descending: bool) -> None:
    admin.control("edit", resource="posts", count=3)
    values = [row[key] for row in admin.pages(f"/posts{sort}")]
    values = [value.casefold() if key == "name" else value for value in values]
    assert values == sorted(values, reverse=descending)


def test_edited_post_comes_first_by_update(admin: Admin) -> None:
    post_id = admin.first("posts")
    admin.sandbox.wait(1)
    admin.control("edit", resource="posts", ids=[post_id])
    assert admin.rows("/posts?sort=latest_updated")[0]["id"] == post_id
    assert admin.rows("/posts")[-1]["id"] != post_id


@pytest.mark.parametrize(
    ("query", "count"), [("", 54), ("?status=all", 60), ("?status=draft", 3), ("?status=scheduled", 3)]
)
def test_posts_are_filtered_by_status(admin: Admin, query: str, count: int) -> None:
    assert admin.get(f"/posts{query}")["count"] == count


def test_posts_are_filtered_by_space_and_group(admin: Admin) -> None:
    space = admin.truth("spaces")[0]
    group_id = space["space_group"]["id"]
    of_group = {row["id"] for row in admin.truth("spaces") if row["space_group"]["id"] == group_id}
    in_space = admin.pages(f"/posts?status=all&space_id={space['id']}")
    in_group = admin.pages(f"/posts?status=all&space_group_id={group_id}")
    assert (len(in_space), {row["space_id"] for row in in_space}) == (10, {space["id"]})
    assert (len(in_group), {row["space_id"] for row in in_group}) == (30, of_group)


@pytest.mark.parametrize("address", ["/space_members", "/space_group_members", "/event_attendees"])
@pytest.mark.parametrize("value", ["", "7", "nonsense"])
def test_list_that_belongs_to_something_needs_it(admin: Admin, address: str, value: str) -> None:
    name = {"/space_members": "space_id", "/event_attendees": "event_id"}.get(address, "space_group_id")
    assert admin.call("GET", f"{address}?{name}={value}").status == 404


@pytest.mark.parametrize(
    ("resource", "field", "parent"),
    [
        ("space_members", "space_id", "spaces"),
        ("space_group_members", "space_group_id", "space_groups"),
        ("event_attendees", "event_id", "events"),
    ],
)
def test_members_of_one_thing_are_listed(admin: Admin, resource: str, field: str, parent: str) -> None:
    parent_id = admin.first(parent)
    wanted = [row["id"] for row in admin.truth(resource) if row[field] == parent_id]
    assert [row["id"] for row in admin.pages(f"/{resource}?{field}={parent_id}")] == wanted[::-1]


def test_members_of_an_access_group_are_listed(admin: Admin) -> None:
    group_id = admin.first("access_groups")
    rows = admin.rows(f"/access_groups/{group_id}/community_members")
    assert {row["access_group_id"] for row in rows} == {group_id}
    assert admin.call("GET", "/access_groups/7/community_members").status == 404


@pytest.mark.parametrize(
    ("address", "window", "field"),
    [
        ("/events", ("filter_date[start_date]", "filter_date[end_date]"), "starts_at"),
        ("/community_member_charges", ("created_at_gte", "created_at_lte"), "created_at"),
        ("/community_member_subscriptions", ("start_date_gte", "start_date_lte"), "start_date"),
    ],
)
def test_window_narrows_the_list_to_whole_days(admin: Admin, address: str, window: tuple[str, str], field: str) -> None:
    everything = [row[field][:10] for row in admin.pages(address)]
    days = sorted(everything)
    begin, end = days[len(days) // 4], days[len(days) // 2]
    found = [row[field][:10] for row in admin.pages(f"{address}?{window[0]}={begin}&{window[1]}={end}")]
    assert sorted(found) == [day for day in days if begin <= day <= end]
    assert 0 < len(found) < len(everything)


def test_charges_are_filtered_and_sorted(admin: Admin) -> None:
    charge = admin.truth("community_member_charges")[0]
    found = admin.rows(f"/community_member_charges?member_email={charge['community_member_email']}")
    assert [row["id"] for row in found] == [charge["id"]]
    amounts = [row["amount"] for row in admin.pages("/community_member_charges?sort=amount&direction=asc")]
    assert amounts == sorted(amounts)
    assert admin.pages("/community_member_charges?sort=amount")[0]["amount"] == amounts[-1]


def test_comments_are_filtered(admin: Admin) -> None:
    comment = admin.truth("comments")[0]
    of_post = admin.rows(f"/comments?post_id={comment['post']['id']}")
    of_space = admin.pages(f"/comments?space_id={comment['space']['id']}")
    assert {row["post"]["id"] for row in of_post} == {comment["post"]["id"]}
    assert {row["space"]["id"] for row in of_space} == {comment["space"]["id"]}
    assert len(of_post) < len(of_space) < 90


def test_notes_know_no_page_size(admin: Admin) -> None:
    member_id = admin.first("community_members")
    reply = admin.get(f"/contacts/{member_id}/contact_notes?per_page=2")
    assert (reply["per_page"], reply["count"]) == (10, 4)


def test_leaderboard_is_a_plain_list(admin: Admin) -> None:
    leaders: list[dict[str, Any]] = admin.get("/gamification/leaderboard")
    points = [leader["total_points"] for leader in leaders]
    assert (len(points), points) == (10, sorted(points, reverse=True))
    assert admin.get("/gamification/leaderboard?period=7_days")[0]["total_points"] < points[0]


def test_every_id_is_of_one_resource_only(admin: Admin) -> None:
    seen: list[int] = []
    for resource in ("community_members", "posts", "spaces", "comments", "events", "member_tags"):
        seen += [row["id"] for row in admin.truth(resource)]
    assert len(set(seen)) == len(seen)
