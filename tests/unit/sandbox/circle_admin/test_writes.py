"""What changes the community through its API, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Admin

EMAIL = "member1@example.com"


def test_invited_member_appears_among_the_inactive(admin: Admin) -> None:
    reply = admin.call("POST", "/community_members", {"email": "New@Example.com", "name": "Zoë Zett"})
    member = reply.json()["community_member"]
    assert (reply.status, member["email"], member["first_name"], member["last_name"]) == (
        201,
        "new@example.com",
        "Zoë",
        "Zett",
    )
    assert admin.rows("/community_members?status=inactive")[0]["id"] == member["id"]
    assert admin.call("POST", "/community_members", {"email": "new@example.com"}).status == 200


def test_member_with_a_password_is_active_at_once_and_joins(admin: Admin) -> None:
    tag_id, space_id = admin.first("member_tags"), admin.first("spaces")
    body = {"email": "new@example.com", "password": "Secret1!", "member_tag_ids": [tag_id], "space_ids": [space_id]}
    member = admin.call("POST", "/community_members", body).json()["community_member"]
    assert [tag["id"] for tag in member["member_tags"]] == [tag_id]
    assert admin.rows("/community_members")[0]["id"] == member["id"]
    assert admin.rows(f"/community_member_spaces?community_member_id={member['id']}")[0]["id"] == space_id


@pytest.mark.parametrize(
    ("body", "status", "keys"),
    [
        ({"email": "nobody"}, 422, {"success", "message", "error_details"}),
        ({}, 422, {"success", "message", "error_details"}),
        ({"email": "a@example.com", "password": "weak"}, 422, {"success", "message", "error_details"}),
        ({"email": "overlimit@example.com"}, 403, {"success", "errors"}),
        (b"{", 400, {"success", "message", "error_details"}),
        ([], 400, {"success", "message", "error_details"}),
    ],
    ids=["no address", "nothing", "weak password", "over the plan", "broken JSON", "a list"],
)
def test_invitation_that_makes_no_sense_is_refused(admin: Admin, body: Any, status: int, keys: set[str]) -> None:
    reply = admin.call("POST", "/community_members", body)
    assert (reply.status, set(reply.json())) == (status, keys)
    assert reply.json()["success"] is False


def test_member_is_found_by_the_exact_address_only(admin: Admin) -> None:
    assert admin.get(f"/community_members/search?email={EMAIL}")["email"] == EMAIL
    assert admin.call("GET", "/community_members/search?email=member1@example").status == 404
    assert admin.call("GET", "/community_members/search").status == 404


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("PUT", "/ban_member")])
def test_dismissed_member_leaves_the_lists_but_not_the_service(admin: Admin, method: str, path: str) -> None:
    member_id = admin.first("community_members")
    assert admin.call(method, f"/community_members/{member_id}{path}").status == 200
    assert admin.get("/community_members?status=all")["count"] == 229
    assert admin.get(f"/community_members/{member_id}")["active"] is False
    assert admin.call("GET", f"/community_members/search?email={EMAIL}").status == 404
    assert admin.call("POST", "/community_members", {"email": EMAIL}).json()["community_member"]["id"] == member_id
    assert admin.get("/community_members?status=all")["count"] == 230


def test_deleted_member_is_gone_and_leaves_its_posts(admin: Admin) -> None:
    post = admin.truth("posts")[0]
    member_id = post["user_id"] - 1
    assert admin.call("PUT", f"/community_members/{member_id}/delete_member").status == 200
    assert admin.call("GET", f"/community_members/{member_id}").status == 404
    assert admin.get(f"/posts/{post['id']}")["user_name"] == "Deleted member"


def test_updated_member_says_when(admin: Admin) -> None:
    member_id = admin.first("community_members")
    body = {"name": "Re Named", "headline": "New", "community_member_profile_fields": {"location": "Oslo"}}
    assert admin.call("PUT", f"/community_members/{member_id}", body).status == 200
    member = admin.get(f"/community_members/{member_id}")
    assert (member["first_name"], member["last_name"], member["headline"]) == ("Re", "Named", "New")
    assert member["flattened_profile_fields"]["location"] == "Oslo"
    assert member["updated_at"] == admin.sandbox.control("GET", "/clock")["now"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/posts", {"name": "New", "space_id": "$spaces"}, 200),
        ("/comments", {"body": "New", "post_id": "$posts"}, 201),
        ("/spaces", {"name": "New", "slug": "new", "space_group_id": "$space_groups"}, 200),
        ("/space_groups", {"name": "New", "slug": "new"}, 201),
        ("/member_tags", {"name": "New"}, 201),
        ("/topics", {"name": "New"}, 201),
        ("/events", {"event": {"name": "New", "space_id": "$spaces"}}, 201),
        ("/access_groups", {"access_group": {"name": "New"}}, 201),
        ("/course_sections", {"name": "New", "space_id": "$spaces"}, 201),
        ("/course_lessons", {"name": "New", "section_id": "$course_sections"}, 201),
        ("/invitation_links", {"name": "New"}, 201),
    ],
)
def test_what_is_created_is_listed_first(admin: Admin, path: str, body: dict[str, Any], status: int) -> None:
    reply = admin.call("POST", path, filled(admin, body))
    records = [reply.json(), *(value for value in reply.json().values() if isinstance(value, dict))]
    created = next(record["id"] for record in records if "id" in record)
    assert (reply.status, admin.rows(path)[0]["id"]) == (status, created)


def filled(admin: Admin, body: dict[str, Any]) -> dict[str, Any]:
    return {
        name: filled(admin, value)
        if isinstance(value, dict)
        else admin.first(value[1:])
        if str(value).startswith("$")
        else value
        for name, value in body.items()
    }


@pytest.mark.parametrize(
    ("path", "body", "status", "details"),
    [
        ("/member_tags", {}, 422, {"name": ["can't be blank"]}),
        ("/topics", {"name": ""}, 422, "Name can't be blank"),
        ("/space_groups", {"slug": "x"}, 400, "Name can't be blank"),
        ("/course_sections", {}, 422, "Validation failed: Name can't be blank"),
        ("/spaces", {"name": "x"}, 400, {}),
        ("/forms/7/submissions", {"elements": []}, 404, {"message": "Missing record: forms/form"}),
        ("/posts", {"name": "x", "space_id": 7}, 404, {"message": "Missing record: space"}),
    ],
)
def test_refusals_come_in_several_shapes(admin: Admin, path: str, body: Any, status: int, details: Any) -> None:
    reply = admin.call("POST", path, body)
    assert (reply.status, reply.json()["error_details"]) == (status, details)


def test_what_is_deleted_is_gone(admin: Admin) -> None:
    post_id = admin.first("posts")
    assert admin.call("DELETE", f"/posts/{post_id}").json()["success"] is True
    assert admin.call("GET", f"/posts/{post_id}").status == 404
    assert admin.call("DELETE", f"/posts/{post_id}").status == 404
    assert admin.get("/posts?status=all")["count"] == 59


def test_section_is_deleted_without_a_word(admin: Admin) -> None:
    reply = admin.call("DELETE", f"/course_sections/{admin.first('course_sections')}")
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize(
    ("path", "names", "shown_at"),
    [
        ("/space_members", ("space_id", "email", "spaces"), "/space_member"),
        ("/space_group_members", ("space_group_id", "email", "space_groups"), "/space_group_member"),
        ("/tagged_members", ("member_tag_id", "user_email", "member_tags"), None),
        ("/event_attendees", ("event_id", "member_email", "events"), None),
    ],
)
def test_member_joins_and_leaves(admin: Admin, path: str, names: tuple[str, str, str], shown_at: str | None) -> None:
    field, email, parent = names
    admin.call("POST", "/community_members", {"email": "new@example.com"})
    named = {field: admin.first(parent), email: "new@example.com"}
    query = f"{field}={named[field]}&{email}=new@example.com"
    before = len(admin.truth(path[1:]))
    assert [admin.call("POST", path, named).status // 100 for _ in range(2)] == [2, 2]
    assert len(admin.truth(path[1:])) == before + 1
    if shown_at is not None:
        assert admin.get(f"{shown_at}?{query}")[field] == named[field]
    by_query, by_body = (f"{path}?{query}", None), (path, named)
    wrong, right = (by_query, by_body) if path == "/event_attendees" else (by_body, by_query)
    assert [admin.call("DELETE", *way).status for way in (wrong, right, right)] == [404, 200, 404]
    assert len(admin.truth(path[1:])) == before


def test_member_joins_and_leaves_an_access_group(admin: Admin) -> None:
    group = f"/access_groups/{admin.first('access_groups')}"
    admin.call("POST", "/community_members", {"email": "new@example.com"})
    shown = f"{group}/community_member?email=new@example.com"
    assert admin.call("POST", f"{group}/community_members", {"email": "new@example.com"}).status == 201
    assert admin.call("GET", shown).status == 200
    assert admin.call("DELETE", f"{group}/community_members?email=new@example.com").status == 200
    assert admin.call("GET", shown).status == 404


def test_access_group_is_archived_not_deleted(admin: Admin) -> None:
    group_id = admin.first("access_groups")
    admin.call("DELETE", f"/access_groups/{group_id}")
    counts = [admin.get(f"/access_groups?status={status}")["count"] for status in ("active", "archived", "all")]
    assert counts == [1, 1, 2]
    assert admin.call("PATCH", f"/access_groups/{group_id}/unarchive").json()["status"] == "active"


def test_event_is_deleted_with_its_space_only(admin: Admin) -> None:
    event = admin.truth("events")[0]
    assert admin.call("DELETE", f"/events/{event['id']}").status == 404
    assert admin.call("DELETE", f"/events/{event['id']}?space_id={event['space']['id']}").status == 200


def test_event_begins_when_it_was_told(admin: Admin) -> None:
    setting = {"starts_at": "2030-01-01T10:00:00Z", "duration_in_seconds": 60, "location_type": "in_person"}
    body = {"event": {"name": "New", "space_id": admin.first("spaces"), "event_setting_attributes": setting}}
    event = admin.call("POST", "/events", body).json()
    assert (event["starts_at"], event["ends_at"]) == ("2030-01-01T10:00:00.000Z", "2030-01-01T10:01:00.000Z")
    assert [row["id"] for row in admin.rows("/events?filter_date[start_date]=2030-01-01")] == [event["id"]]


def test_workflow_is_named_by_its_uuid(admin: Admin) -> None:
    uuid = admin.rows("/workflows")[0]["uuid"]
    statuses = [admin.call("PUT", f"/workflows/{uuid}/{verb}").json()["status"] for verb in ("activate", "deactivate")]
    assert statuses == ["active", "inactive"]
    assert admin.call("POST", f"/workflows/{uuid}/duplicate").json()["uuid"] != uuid
    assert admin.call("GET", "/workflows/7").status == 404


def test_submission_is_kept_as_it_was_filled_in(admin: Admin) -> None:
    form = f"/forms/{admin.first('forms')}"
    body = {"elements": [{"id": 1, "value": "a"}, {"id": 2, "value_json": ["b", "c"]}, {"id": 3, "value": None}]}
    assert admin.call("POST", f"{form}/submissions", body).json() == {"success": True}
    assert [field["value"] for field in admin.rows(f"{form}/submissions")[0]["fields"]] == ["a", ["b", "c"], None]


def test_settings_are_kept_until_reset(admin: Admin) -> None:
    body = {"community": {"name": "Other"}, "community_setting": {"ios_app_enabled": True}}
    assert admin.call("PUT", "/community", body).json()["community_setting"]["ios_app_enabled"] is True
    assert admin.get("/community")["name"] == "Other"
    admin.sandbox.control("POST", "/reset")
    assert admin.get("/community")["name"] == "Sandbox Community"


def test_embed_is_kept_until_reset(admin: Admin) -> None:
    sgid = admin.call("POST", "/embeds", {"url": "https://video.example/1"}).json()["sgid"]
    assert admin.get(f"/embeds/{sgid}")["url"] == "https://video.example/1"
    admin.sandbox.control("POST", "/reset")
    assert admin.call("GET", f"/embeds/{sgid}").status == 404


def test_unknown_path_is_refused_in_the_usual_shape(admin: Admin) -> None:
    reply = admin.call("GET", "/nonsense")
    assert (reply.status, set(reply.json())) == (404, {"success", "message", "error_details"})
