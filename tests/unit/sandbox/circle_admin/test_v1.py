"""The older API."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.conftest import TOKEN

from .conftest import V1, Admin


@pytest.mark.parametrize("token", ["", "Token wrong", f"Bearer {TOKEN}"])
def test_wrong_token_is_refused_with_status_200(admin: Admin, token: str) -> None:
    reply = admin.call("GET", "/me", api=V1, token=token)
    assert (reply.status, reply.json()["status"]) == (200, "unauthorized")


@pytest.mark.parametrize(
    "resource", ["community_members", "spaces", "space_groups", "posts", "comments", "events", "member_tags", "topics"]
)
def test_list_is_a_plain_array_that_ends_empty(admin: Admin, resource: str) -> None:
    assert len(admin.v1("GET", f"/{resource}?per_page=2")) == 2
    assert admin.v1("GET", f"/{resource}?page=99") == []


def test_who_is_asking(admin: Admin) -> None:
    assert admin.call("GET", "/me", api=V1).json()["email"] == "admin@example.com"
    assert [each["id"] for each in admin.call("GET", "/communities", api=V1).json()] == [1]


@pytest.mark.parametrize("query", ["", "?community_id=7"])
def test_other_community_is_refused_with_status_200(admin: Admin, query: str) -> None:
    reply = admin.call("GET", f"/posts{query}", api=V1)
    assert (reply.status, reply.json()["success"]) == (200, False)


def test_what_is_not_there_is_null(admin: Admin) -> None:
    assert admin.v1("GET", "/community_members/7777777") is None
    assert admin.v1("GET", "/community_members/search?email=nobody@example.com") is None


def test_member_is_invited_found_and_removed(admin: Admin) -> None:
    assert admin.v1("POST", "/community_members?email=new@example.com")["success"] is True
    member = admin.v1("GET", "/community_members/search?email=new@example.com")
    assert admin.v1("GET", f"/community_members/{member['id']}")["email"] == "new@example.com"
    assert admin.v1("DELETE", "/community_members?email=new@example.com")["success"] is True
    assert admin.v1("DELETE", "/community_members?email=new@example.com")["success"] is False
    assert admin.v1("POST", "/community_members?email=nobody")["success"] is False


def test_list_that_belongs_to_something_is_refused_without(admin: Admin) -> None:
    assert admin.v1("GET", "/space_members")["success"] is False


@pytest.mark.parametrize(
    ("resource", "field", "parent"),
    [
        ("space_members", "space_id", "spaces"),
        ("space_group_members", "space_group_id", "space_groups"),
        ("tagged_members", "member_tag_id", "member_tags"),
    ],
)
def test_member_joins_and_leaves(admin: Admin, resource: str, field: str, parent: str) -> None:
    admin.v1("POST", "/community_members?email=new@example.com")
    address = f"/{resource}?email=new@example.com&{field}={admin.first(parent)}"
    before = len(admin.truth(resource))
    assert admin.v1("POST", address)["success"] is True
    assert len(admin.truth(resource)) == before + 1
    assert [admin.v1("DELETE", address)["success"] for _ in range(2)] == [True, False]
    assert len(admin.truth(resource)) == before


def test_member_is_updated(admin: Admin) -> None:
    member_id = admin.first("community_members")
    assert admin.v1("PUT", f"/community_members/{member_id}", {"headline": "New"})["user"]["headline"] == "New"
    assert admin.v1("PUT", "/community_members/7777777", {"headline": "New"})["success"] is False
