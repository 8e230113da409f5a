"""Every call of the Circle Admin hook: what it asks for, which mistakes it tells, and which version it speaks."""

from __future__ import annotations

import json
from inspect import getattr_static
from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.core.message import Outcome
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.vendors.circle_admin.endpoints import spaces, workflows
from airflow_provider_circle.vendors.circle_admin.streams import STREAMS, V1_STREAMS
from tests.unit.hooks.connecting_circle_admin import EMAIL, VARIABLE, connect
from tests.unit.vendors.answering import Answering, Asked, reply

DOCUMENT = {"body": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}]}}


def obey(hook: CircleAdminHook, name: str, answer: Any, /, *args: Any, **options: Any) -> tuple[Answering, Any]:
    """Obey the walk of a call; what it asked, and what it returned or emitted."""
    answering = Answering(hook.service(hook.settings), answer)
    marked = getattr_static(CircleAdminHook, name)
    result = answering.run(marked._walk(hook, answering.caller, *args, **options))
    return answering, answering.rows if isinstance(marked, stream) else result


def anything(asked: Asked) -> Outcome:
    """Answer whatever is asked."""
    if "search" in asked.path:
        return reply({"message": "Missing record."}, 404)
    return reply({"id": 1, "page": 1, "has_next_page": False, "count": 1, "records": [{"id": 1, "name": "Speakers"}]})


class Row(NamedTuple):
    """One call of the hook and the last request it makes."""

    name: str
    args: tuple[Any, ...]
    asked: str
    query: dict[str, str] = {}  # noqa: RUF012  a named tuple's fields are no class variables
    body: Any = None
    options: dict[str, Any] = {}  # noqa: RUF012


FULL = {"per_page": "100"}
PLACE = {"email": EMAIL, "space_id": 7}
GROUP = {"email": EMAIL, "space_group_id": 7}

CALLS = [
    Row("list_community_members", (), "GET /community_members", {**FULL, "status": "all"}),
    Row(
        "list_community_members",
        (),
        "GET /community_members",
        {**FULL, "status": "active", "member_tag_ids[]": "8"},
        options={"status": "active", "member_tag_ids": ["8"]},
    ),
    Row("get_community_member", ("7",), "GET /community_members/7"),
    Row("find_community_member", (EMAIL,), "GET /community_members/search", {"email": EMAIL}),
    Row(
        "invite_member",
        (f" {EMAIL} ", "Ada"),
        "POST /community_members",
        body={
            "headline": "Countess",
            "email": EMAIL,
            "name": "Ada",
            "space_ids": [7],
            "member_tag_ids": [8],
            "skip_invitation": True,
        },
        options={"space_ids": ["7"], "tag_ids": [8], "skip_invitation": True, "fields": {"headline": "Countess"}},
    ),
    Row("invite_member", (EMAIL,), "POST /community_members", body={"email": EMAIL}),
    Row("update_community_member", (7, {"name": "Ada"}), "PUT /community_members/7", body={"name": "Ada"}),
    Row("deactivate_community_member", (7,), "DELETE /community_members/7"),
    Row("ban_community_member", (7,), "PUT /community_members/7/ban_member"),
    Row("delete_community_member", (7,), "PUT /community_members/7/delete_member"),
    Row("list_member_spaces", (7,), "GET /community_member_spaces", {**FULL, "community_member_id": "7"}),
    Row("list_member_access_groups", (7,), "GET /community_members/7/access_groups", FULL),
    Row("list_spaces", (), "GET /spaces", {**FULL, "sort": "oldest"}),
    Row("get_space", (7,), "GET /spaces/7"),
    Row(
        "create_space",
        ("News", "news", 3),
        "POST /spaces",
        body={"is_private": True, "name": "News", "slug": "news", "space_group_id": 3},
        options={"fields": {"is_private": True}},
    ),
    Row("update_space", (7, {"name": "News"}), "PUT /spaces/7", body={"name": "News"}),
    Row("delete_space", (7,), "DELETE /spaces/7"),
    Row("list_space_groups", (), "GET /space_groups", {**FULL, "name": "All"}, options={"name": "All"}),
    Row("get_space_group", (7,), "GET /space_groups/7"),
    Row("create_space_group", ("All", "all"), "POST /space_groups", body={"name": "All", "slug": "all"}),
    Row("update_space_group", (7, {"name": "All"}), "PUT /space_groups/7", body={"name": "All"}),
    Row("delete_space_group", (7,), "DELETE /space_groups/7"),
    Row("list_space_members", (7,), "GET /space_members", {**FULL, "status": "all", "space_id": "7"}),
    Row("get_space_member", (EMAIL, 7), "GET /space_member", {"email": EMAIL, "space_id": "7"}),
    Row("add_space_member", (EMAIL, 7), "POST /space_members", body=PLACE),
    Row("remove_space_member", (EMAIL, 7), "DELETE /space_members", {"email": EMAIL, "space_id": "7"}),
    Row("list_space_group_members", (7,), "GET /space_group_members", {**FULL, "status": "all", "space_group_id": "7"}),
    Row("get_space_group_member", (EMAIL, 7), "GET /space_group_member", {"email": EMAIL, "space_group_id": "7"}),
    Row("add_space_group_member", (EMAIL, 7), "POST /space_group_members", body=GROUP),
    Row(
        "remove_space_group_member", (EMAIL, 7), "DELETE /space_group_members", {"email": EMAIL, "space_group_id": "7"}
    ),
    Row(
        "list_posts",
        (),
        "GET /posts",
        {**FULL, "status": "draft", "space_id": "7"},
        options={"space_id": 7, "status": "draft"},
    ),
    Row("get_post", (7,), "GET /posts/7"),
    Row(
        "create_post",
        (7, "Hello", "Hi"),
        "POST /posts",
        body={"space_id": 7, "name": "Hello", "tiptap_body": DOCUMENT, "status": "draft", "user_email": EMAIL},
        options={"status": "draft", "user_email": EMAIL},
    ),
    Row(
        "find_created_post",
        ("7", "Hello"),
        "GET /posts",
        {**FULL, "status": "all", "sort": "latest_updated", "space_id": "7"},
        options={"began_s": 0.0},
    ),
    Row("update_post", (7, {"name": "Hello"}), "PUT /posts/7", body={"name": "Hello"}),
    Row("delete_post", (7,), "DELETE /posts/7"),
    Row("list_comments", (), "GET /comments", {**FULL, "post_id": "7"}, options={"post_id": 7}),
    Row("get_comment", (7,), "GET /comments/7"),
    Row("create_comment", (7, "Hi"), "POST /comments", body={"post_id": 7, "body": "Hi"}),
    Row(
        "create_comment",
        (7, "Yes"),
        "POST /comments",
        body={"post_id": 7, "body": "Yes", "parent_comment_id": 8, "skip_notifications": True},
        options={"parent_comment_id": 8, "skip_notifications": True},
    ),
    Row("delete_comment", (7,), "DELETE /comments/7"),
    Row("list_topics", (), "GET /topics", {**FULL, "sort": "oldest"}),
    Row("get_topic", (7,), "GET /topics/7"),
    Row("create_topic", ("News",), "POST /topics", body={"name": "News", "admin_only": False}),
    Row(
        "create_topic",
        ("Art",),
        "POST /topics",
        body={"name": "Art", "admin_only": False, "space_ids": [7]},
        options={"space_ids": [7]},
    ),
    Row("update_topic", (7, {"name": "Art"}), "PUT /topics/7", body={"name": "Art"}),
    Row("delete_topic", (7,), "DELETE /topics/7"),
    Row(
        "list_events",
        (),
        "GET /events",
        {
            **FULL,
            "sort": "oldest",
            "space_id": "7",
            "filter_date[start_date]": "2026-10-02",
            "filter_date[end_date]": "2026-10-03",
        },
        options={"space_id": 7, "start_date": "2026-10-02", "end_date": "2026-10-03"},
    ),
    Row("get_event", (7,), "GET /events/7"),
    Row(
        "create_event",
        (7, "Party"),
        "POST /events",
        body={"event": {"slug": "party", "space_id": 7, "name": "Party", "status": "draft"}},
        options={"fields": {"slug": "party"}},
    ),
    Row("update_event", (7, {"name": "Party"}), "PUT /events/7", body={"event": {"name": "Party"}}),
    Row("delete_event", (7, 8), "DELETE /events/7", {"space_id": "8"}),
    Row("list_event_attendees", (7,), "GET /event_attendees", {**FULL, "event_id": "7"}),
    Row("add_event_attendee", (EMAIL, 7), "POST /event_attendees", body={"member_email": EMAIL, "event_id": "7"}),
    Row("remove_event_attendee", (EMAIL, 7), "DELETE /event_attendees", body={"member_email": EMAIL, "event_id": "7"}),
    Row(
        "list_member_tags",
        (),
        "GET /member_tags",
        {**FULL, "sort": "oldest", "is_public": "true"},
        options={"is_public": True},
    ),
    Row("get_member_tag", (7,), "GET /member_tags/7"),
    Row(
        "create_member_tag",
        ("VIP",),
        "POST /member_tags",
        body={"color": "#123456", "name": "VIP"},
        options={"fields": {"color": "#123456"}},
    ),
    Row("update_member_tag", (7, {"name": "VIP"}), "PUT /member_tags/7", body={"name": "VIP"}),
    Row("delete_member_tag", (7,), "DELETE /member_tags/7"),
    Row(
        "list_tagged_members",
        (),
        "GET /tagged_members",
        {**FULL, "member_tag_ids[]": "7"},
        options={"member_tag_ids": [7]},
    ),
    Row("find_member_tag", ("Speakers",), "GET /member_tags", FULL),
    Row("tag_member", (EMAIL, "Speakers"), "POST /tagged_members", body={"member_tag_id": 1, "user_email": EMAIL}),
    Row("untag_member", (EMAIL, 7), "DELETE /tagged_members", {"member_tag_id": "7", "user_email": EMAIL}),
    Row(
        "list_access_groups",
        (),
        "GET /access_groups",
        {**FULL, "status": "active", "ids[]": "7"},
        options={"status": "active", "ids": [7]},
    ),
    Row("create_access_group", ("Paid",), "POST /access_groups", body={"access_group": {"name": "Paid"}}),
    Row(
        "create_access_group",
        ("Paid",),
        "POST /access_groups",
        body={"access_group": {"name": "Paid", "description": "Whoever pays"}},
        options={"description": "Whoever pays"},
    ),
    Row("update_access_group", (7, {"name": "Paid"}), "PUT /access_groups/7", body={"access_group": {"name": "Paid"}}),
    Row("archive_access_group", (7,), "DELETE /access_groups/7"),
    Row("unarchive_access_group", (7,), "PATCH /access_groups/7/unarchive"),
    Row("list_access_group_members", (7,), "GET /access_groups/7/community_members", FULL),
    Row("get_access_group_member", (EMAIL, 7), "GET /access_groups/7/community_member", {"email": EMAIL}),
    Row("add_access_group_member", (EMAIL, 7), "POST /access_groups/7/community_members", body={"email": EMAIL}),
    Row("remove_access_group_member", (EMAIL, 7), "DELETE /access_groups/7/community_members", {"email": EMAIL}),
    Row(
        "list_charges",
        (),
        "GET /community_member_charges",
        {
            **FULL,
            "sort": "created_at",
            "direction": "asc",
            "status": "paid",
            "created_at_gte": "2026-10-02T00:00:00.000Z",
            "created_at_lte": "2026-10-03T00:00:00.000Z",
        },
        options={"status": "paid", "created_from": "2026-10-02", "created_to": "2026-10-03T00:00:00Z"},
    ),
    Row("refund_charge", (7, "Ill"), "POST /community_member_charges/7/refund", body={"reason_details": "Ill"}),
    Row(
        "refund_charge",
        (7, "Ill"),
        "POST /community_member_charges/7/refund",
        body={"reason_details": "Ill", "amount": 500},
        options={"amount": 500},
    ),
    Row(
        "list_subscriptions",
        (),
        "GET /community_member_subscriptions",
        {
            **FULL,
            "sort": "created_at",
            "direction": "asc",
            "scheduled_to_cancel": "false",
            "start_date_gte": "2026-10-02T00:00:00.000Z",
        },
        options={"scheduled_to_cancel": False, "started_from": "2026-10-02"},
    ),
    Row(
        "cancel_subscription",
        (7,),
        "POST /community_member_subscriptions/7/cancel",
        body={"ends_at": "at_period_end"},
        options={"ends_at": "at_period_end"},
    ),
    Row(
        "cancel_subscription",
        (7,),
        "POST /community_member_subscriptions/7/cancel",
        body={"ends_at": "now", "refund_type": "full"},
        options={"ends_at": "now", "refund_type": "full"},
    ),
    Row("resume_subscription", (7,), "POST /community_member_subscriptions/7/resume"),
    Row("get_community", (), "GET /community"),
    Row("update_community", ({"name": "Us"},), "PUT /community", body={"community": {"name": "Us"}}),
    Row("send_message", (EMAIL, "Hi"), "POST /messages", body={"rich_text_body": DOCUMENT, "user_email": EMAIL}),
    Row(
        "send_message",
        ([EMAIL, "bob@example.com"], "Hi"),
        "POST /messages",
        body={"rich_text_body": DOCUMENT, "user_emails": [EMAIL, "bob@example.com"]},
    ),
    Row(
        "list_invitation_links", (), "GET /invitation_links", {**FULL, "status": "active"}, options={"status": "active"}
    ),
    Row("create_invitation_link", ("Fair",), "POST /invitation_links", body={"name": "Fair"}),
    Row("update_invitation_link", (7, {"name": "Fair"}), "PUT /invitation_links/7", body={"name": "Fair"}),
    Row("revoke_invitation_link", (7,), "PATCH /invitation_links/7/revoke"),
    Row("delete_invitation_link", (7,), "DELETE /invitation_links/7"),
    Row("list_community_segments", (), "GET /community_segments", {**FULL, "title": "VIP"}, options={"title": "VIP"}),
    Row(
        "create_community_segment",
        ("VIP", {"rule_type": "all_members"}),
        "POST /community_segments",
        body={"title": "VIP", "rules": {"rule_type": "all_members"}},
    ),
    Row("update_community_segment", (7, {"title": "VIP"}), "PUT /community_segments/7", body={"title": "VIP"}),
    Row("duplicate_community_segment", (7, "VIP 2"), "POST /community_segments/7/duplicate", {"title": "VIP 2"}),
    Row("delete_community_segment", (7,), "DELETE /community_segments/7"),
    Row("list_forms", (), "GET /forms", FULL),
    Row("get_form", (7,), "GET /forms/7"),
    Row("update_form", (7, {"name": "Ask"}), "PUT /forms/7", body={"name": "Ask"}),
    Row("duplicate_form", (7,), "POST /forms/7/duplicate"),
    Row("delete_form", (7,), "DELETE /forms/7"),
    Row("list_form_submissions", (7,), "GET /forms/7/submissions", FULL),
    Row(
        "create_form_submission",
        (7, [{"id": 1, "value": "yes"}]),
        "POST /forms/7/submissions",
        body={"elements": [{"id": 1, "value": "yes"}]},
    ),
    Row(
        "list_course_sections",
        (),
        "GET /course_sections",
        {**FULL, "sort": "oldest", "space_id": "7"},
        options={"space_id": 7},
    ),
    Row("get_course_section", (7,), "GET /course_sections/7"),
    Row("create_course_section", (7, "One"), "POST /course_sections", body={"space_id": 7, "name": "One"}),
    Row("update_course_section", (7, "One"), "PUT /course_sections/7", body={"name": "One"}),
    Row("delete_course_section", (7,), "DELETE /course_sections/7"),
    Row(
        "list_course_lessons",
        (),
        "GET /course_lessons",
        {**FULL, "sort": "oldest", "section_id": "7"},
        options={"section_id": 7},
    ),
    Row("get_course_lesson", (7,), "GET /course_lessons/7"),
    Row("create_course_lesson", (7, "One"), "POST /course_lessons", body={"section_id": 7, "name": "One"}),
    Row("update_course_lesson", (7, {"name": "One"}), "PATCH /course_lessons/7", body={"name": "One"}),
    Row("delete_course_lesson", (7,), "DELETE /course_lessons/7"),
    Row(
        "set_lesson_progress",
        (7, EMAIL, "completed"),
        "PUT /course_lesson_progress",
        body={"lesson_id": 7, "member_email": EMAIL, "status": "completed"},
    ),
    Row("call_endpoint", (workflows.GET_WORKFLOW,), "GET /workflows/5034", options={"path": {"id": "5034"}}),
    Row("list_endpoint", (spaces.LIST_SPACES,), "GET /spaces", {"sort": "likes"}, options={"query": {"sort": "likes"}}),
]


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row.name)
def test_a_call_asks_for(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    answering, _ = obey(connect(monkeypatch), row.name, anything, *row.args, **row.options)
    last = answering.asked[-1]

    assert (str(last), last.query, last.body) == (row.asked, row.query, row.body)


def test_every_call_is_in_the_table() -> None:
    calls = {
        name for name in dir(CircleAdminHook) if isinstance(getattr_static(CircleAdminHook, name), operation | stream)
    }

    assert calls == {row.name for row in CALLS}


BAD: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("get_community_member", ("Ada",), {}, "community_member_id must be an id"),
    ("find_community_member", ("Ada",), {}, "email must be an e-mail address"),
    ("invite_member", ("Ada",), {}, "email must be an e-mail address"),
    ("invite_member", (EMAIL, ""), {}, "name must be a text"),
    ("invite_member", (EMAIL,), {"space_ids": "7"}, "space_ids must be a list of ids"),
    ("update_community_member", (7, {}), {}, "fields must name at least one attribute"),
    ("list_community_members", (), {"status": "gone"}, "status must be one of active, inactive, all"),
    ("list_community_members", (), {"member_tag_ids": ["VIP"]}, "each of member_tag_ids must be an id"),
    ("list_space_members", (None,), {}, "space_id must be an id, a whole number above 0, got nothing"),
    ("create_space", ("", "news", 3), {}, "name must be a text"),
    ("add_space_member", (EMAIL, 0), {}, "space_id must be an id"),
    ("list_posts", (), {"space_id": "news"}, "space_id must be a whole number"),
    ("create_post", (7, "Hello"), {"status": "live"}, "status must be one of draft, published, scheduled"),
    ("create_post", (7, "Hello", ""), {}, "content must be a text or a TipTap document"),
    ("create_comment", (7, " "), {}, "body must be a text"),
    ("list_events", (), {"start_date": "soon"}, "start_date must be a day such as 2026-10-02"),
    ("remove_event_attendee", ("Ada", 7), {}, "email must be an e-mail address"),
    ("tag_member", (EMAIL, ""), {}, "tag must be a text"),
    ("tag_member", ("Ada", 7), {}, "email must be an e-mail address"),
    ("list_charges", (), {"created_from": "yesterday"}, "created_from must be a time with its zone"),
    ("refund_charge", (7, "x" * 256), {}, "reason must be at most 255 characters long, got 256"),
    ("refund_charge", (7, "Ill"), {"amount": 0}, "amount must be a whole number above 0"),
    ("refund_charge", (7, "Ill"), {"amount": 5.5}, "amount must be a whole number above 0"),
    ("cancel_subscription", (7,), {"ends_at": "soon"}, "ends_at must be one of now, at_period_end"),
    (
        "cancel_subscription",
        (7,),
        {"ends_at": "at_period_end", "refund_type": "full"},
        "refund_type is for a subscription that ends now",
    ),
    ("send_message", (None, "Hi"), {}, "emails must be an e-mail address or a list of them, got a NoneType"),
    ("create_form_submission", (7, 8), {}, "elements must be a list"),
    ("send_message", ([], "Hi"), {}, "emails must name at least one member"),
    ("send_message", ([EMAIL, "Bob"], "Hi"), {}, "emails must be an e-mail address"),
    ("create_form_submission", (7, []), {}, "elements must be a list"),
    ("create_form_submission", (7, [{"value": "yes"}]), {}, "the id of each of elements must be an id"),
    ("set_lesson_progress", (7, EMAIL, "half"), {}, "status must be one of completed, incomplete"),
    ("call_endpoint", ("/spaces",), {}, "endpoint must be one of vendors.circle_admin.endpoints"),
    ("list_endpoint", (None,), {}, "endpoint must be one of vendors.circle_admin.endpoints"),
]


@pytest.mark.parametrize(
    ("name", "args", "options", "told"), BAD, ids=[f"{row[0]}-{number}" for number, row in enumerate(BAD)]
)
def test_a_mistake_is_told_before_anything_is_sent(
    name: str, args: Any, options: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(asked: Asked) -> Outcome:
        raise AssertionError(f"sent {asked}")

    with pytest.raises(ValueError, match=told):
        obey(connect(monkeypatch), name, never, *args, **options)


V1_CALLS = [
    Row("get_community_member", (7,), "GET /community_members/7"),
    Row("find_community_member", (EMAIL,), "GET /community_members/search", {"email": EMAIL}),
    Row("update_community_member", (7, {"name": "Ada"}), "PUT /community_members/7", body={"name": "Ada"}),
    Row("invite_member", (EMAIL,), "POST /community_members", body={"email": EMAIL}),
    Row("add_space_member", (EMAIL, 7), "POST /space_members", body=PLACE),
    Row("remove_space_member", (EMAIL, 7), "DELETE /space_members", {"email": EMAIL, "space_id": "7"}),
    Row("add_space_group_member", (EMAIL, 7), "POST /space_group_members", body=GROUP),
    Row("tag_member", (EMAIL, 7), "POST /tagged_members", body={"member_tag_id": 7, "user_email": EMAIL}),
    Row("untag_member", (EMAIL, 7), "DELETE /tagged_members", {"member_tag_id": "7", "user_email": EMAIL}),
    Row("list_posts", (), "GET /posts", {**FULL, "space_id": "7", "page": "2"}, options={"space_id": 7}),
    Row("list_charges", (), "GET /community_member_charges", {**FULL, "page": "2"}),
]


def anything_of_v1(asked: Asked) -> Outcome:
    if "search" in asked.path:
        return reply(None)
    lists = asked.method == "GET" and "per_page" in asked.query
    return reply(([{"id": 1}] if "page" not in asked.query else []) if lists else {"id": 1})


@pytest.mark.parametrize("row", V1_CALLS, ids=lambda row: row.name)
def test_a_call_of_v1_names_the_community(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = connect(monkeypatch, api_version="v1", community_id="22210")
    answering, _ = obey(hook, row.name, anything_of_v1, *row.args, **row.options)
    last = answering.asked[-1]

    assert (str(last), last.query, last.body) == (row.asked, {**row.query, "community_id": "22210"}, row.body)


@pytest.mark.parametrize(
    ("name", "args", "options", "told"),
    [
        ("delete_space", (7,), {}, "DELETE /spaces/{id} is part of the Admin API v2 only"),
        ("list_topics", (), {}, "GET /topics is part of the Admin API v2 only"),
        ("list_member_spaces", (7,), {}, "GET /community_member_spaces is part of the Admin API v2 only"),
        ("list_posts", (), {}, "space_id must be an id, a whole number above 0, got nothing"),
        ("list_member_tags", (), {"name": "VIP"}, "name narrows member_tags in the Admin API v2 only"),
        ("list_charges", (), {"created_from": "2026-10-02"}, "a span of time narrows community_member_charges"),
        ("list_events", (), {"start_date": "2026-10-02"}, "a span of time narrows events in the Admin API v2 only"),
    ],
)
def test_what_v1_has_not_says_so(
    name: str, args: Any, options: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = connect(monkeypatch, api_version="v1", community_id=22210)

    with pytest.raises(ValueError, match=told.replace("{", r"\{").replace("}", r"\}")):
        obey(hook, name, anything_of_v1, *args, **options)


@pytest.mark.parametrize(
    ("extras", "version"),
    [
        ({}, "v2"),
        ({"api_version": ""}, "v2"),
        ({"api_version": " V2 "}, "v2"),
        ({"api_version": "v1", "community_id": 7}, "v1"),
    ],
)
def test_the_connection_says_which_version(extras: Any, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = connect(monkeypatch, **extras)

    assert hook.api_version == version
    assert hook.streams is (STREAMS if version == "v2" else V1_STREAMS)
    assert hook.service(hook.settings).base_url.endswith("/api/admin/v2" if version == "v2" else "/api/v1")


@pytest.mark.parametrize(
    ("extras", "told"),
    [
        ({"api_version": "v3"}, "connection 'circle_admin_default': api_version must be v2 or v1, got 'v3'"),
        ({"api_version": 2}, "api_version must be v2 or v1, got '2'"),
        ({"api_version": "v1"}, "community_id must be the community's number, which api_version v1 sends .* got none"),
        ({"api_version": "v1", "community_id": "us"}, "community_id must be the community's number, .* got 'us'"),
        ({"api_version": "v1", "community_id": 0}, "community_id must be the community's number, .* got 0"),
    ],
)
def test_an_unusable_connection_names_the_field(extras: Any, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=told):
        connect(monkeypatch, **extras).blocking()


@pytest.mark.parametrize("version", ["v2", "v1"])
def test_a_refusal_that_names_no_time_is_waited_for_a_minute(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"api_version": version, "community_id": 1}
    monkeypatch.setenv(VARIABLE, json.dumps({"conn_type": "circle_admin", "password": "t", "extra": extra}))
    hook = CircleAdminHook()

    assert hook.service(hook.settings).limited_wait_s == 60.0
