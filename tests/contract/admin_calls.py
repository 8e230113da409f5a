"""What the stand-in of Circle's Admin API is asked: every described operation, once in a way it must accept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["CALLS", "INCOMPLETE", "PATH_TABLES", "Call"]


@dataclass(frozen=True)
class Call:
    """
    How an operation is asked.

    A text that begins with ``$`` stands for the first id of that resource, ``$email`` for a member's address.

    :param table: where the ``{id}`` of the path comes from, if not from the first part of the path.
    """

    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    table: str | None = None


_SPACE = {"name": "New", "slug": "new", "space_group_id": "$space_groups", "space_type": "basic"}
_EVENT = {
    "event": {
        "name": "Party",
        "space_id": "$spaces",
        "status": "published",
        "event_setting_attributes": {
            "starts_at": "2027-01-01T18:00:00Z",
            "location_type": "virtual",
            "duration_in_seconds": 3600,
        },
    },
    "space_id": "$spaces",
}
_TEXT = {"body": {"type": "doc", "content": [{"type": "paragraph"}]}}
_SEGMENT = {"title": "New", "visible": True, "rules": {"rule_type": "all_members", "rules": []}}
_LESSON = {"name": "New", "status": "draft", "section_id": "$course_sections"}
_BLOB = {"key": "k", "filename": "a.png", "content_type": "image/png", "byte_size": 7, "checksum": "c"}
_MEMBER = {
    "email": "new@example.com",
    "name": "New Member",
    "space_ids": ["$spaces"],
    "member_tag_ids": ["$member_tags"],
}
_REPORT = {
    "content_id": "$posts",
    "content_type": "post",
    "reported_reason_type": "spam",
    "reported_reason_body": "Look at it.",
}
_MESSAGE = {
    "rich_text_body": {"body": {"type": "doc", "content": []}},
    "user_email": "$email",
}

PATH_TABLES = {
    "space_id": "spaces",
    "post_id": "posts",
    "form_id": "forms",
    "access_group_id": "access_groups",
    "community_member_id": "community_members",
    "room_id": "live_rooms",
}
"""Where other names in paths than ``{id}`` come from."""

CALLS: dict[str, Call] = {
    "POST /access_groups/{access_group_id}/community_members": Call(body={"email": "$email"}),
    "DELETE /access_groups/{access_group_id}/community_members": Call({"email": "$email"}),
    "GET /access_groups/{access_group_id}/community_member": Call({"email": "$email"}),
    "POST /access_groups": Call(body={"access_group": {"name": "New", "description": "For tests"}}),
    "GET /access_groups": Call({"status": "all", "ids[]": "$access_groups", "name": "group"}),
    "PUT /access_groups/{id}": Call(body={"access_group": {"name": "Renamed"}}),
    "GET /advanced_search": Call({"query": "post", "per_page": 100}),
    "PUT /chat_preferences": Call(body={"messaging_enabled": False}),
    "POST /comments": Call(body={"body": "Hello", "post_id": "$posts", "parent_comment_id": "$comments"}),
    "GET /comments": Call({"space_id": "$spaces", "search_text": "comment", "per_page": 100}),
    "PUT /community": Call(
        body={
            "community": {"name": "Renamed", "prefs": {"brand_color": {"light": "#000", "dark": "#fff"}}},
            "community_setting": {"allow_members_to_go_live": True},
        }
    ),
    "GET /community_member_spaces": Call({"user_email": "$email"}),
    "POST /community_members": Call(body=_MEMBER),
    "GET /community_members": Call({"status": "all", "per_page": 100, "page": 1}),
    "PUT /community_members/{id}": Call(body={"name": "Re Named", "headline": "New"}),
    "GET /community_members/search": Call({"email": "$email"}),
    "POST /community_segments": Call(body=_SEGMENT),
    "GET /community_segments": Call({"title": "segment"}),
    "PUT /community_segments/{id}": Call(body=_SEGMENT),
    "POST /community_segments/{id}/duplicate": Call({"title": "Copy"}),
    "PUT /course_lesson_progress": Call(
        body={"lesson_id": "$course_lessons", "member_email": "$email", "status": "completed"}
    ),
    "POST /course_lessons": Call(body=_LESSON),
    "GET /course_lessons": Call({"section_id": "$course_sections", "status": "published", "sort": "newest"}),
    "PATCH /course_lessons/{id}": Call(body={"name": "Renamed", "status": "published"}),
    "POST /course_sections": Call(body={"name": "New", "space_id": "$spaces"}),
    "GET /course_sections": Call({"sort": "alphabetical_desc"}),
    "PUT /course_sections/{id}": Call(body={"name": "Renamed"}),
    "POST /direct_uploads": Call(body={"blob": _BLOB}),
    "POST /embeds": Call(body={"url": "https://video.example/1"}),
    "POST /event_attendees": Call(body={"member_email": "$email", "event_id": "$events as text"}),
    "DELETE /event_attendees": Call(body={"member_email": "$email", "event_id": "$events as text"}),
    "GET /event_attendees": Call({"event_id": "$events"}),
    "POST /events": Call(body=_EVENT),
    "GET /events": Call(
        {"filter_date[start_date]": "2020-01-01", "filter_date[end_date]": "2099-01-01", "sort": "start_date"}
    ),
    "DELETE /events/{id}": Call({"space_id": "$spaces"}),
    "PUT /events/{id}": Call(body=_EVENT),
    "POST /spaces/{space_id}/events/{id}/duplicate": Call(body={"event": {"space_id": "$spaces"}}, table="events"),
    "POST /flagged_contents": Call(body={"flagged_content": _REPORT}),
    "GET /flagged_contents": Call({"status": "all"}),
    "PUT /forms/{id}": Call(body={"name": "Renamed", "status": "published"}),
    "GET /forms": Call({"name": "form"}),
    "POST /forms/{form_id}/submissions": Call(body={"elements": [{"id": 1, "value": "a"}, {"id": 2, "value": None}]}),
    "GET /gamification/leaderboard": Call({"period": "7_days"}),
    "POST /spaces/{space_id}/images/posts": Call(
        body={"gallery_attributes": {"images_attributes": [], "downloadable_images": True}, "user_email": "$email"}
    ),
    "DELETE /spaces/{space_id}/images/posts/{id}": Call(table="image_posts"),
    "POST /spaces/{space_id}/images/posts/{id}/duplicate": Call(
        body={"post": {"send_notifications": False}}, table="image_posts"
    ),
    "GET /invitation_links": Call({"status": "active"}),
    "GET /live/rooms": Call({"per_page": 1}),
    "POST /member_tags": Call(body={"name": "New", "is_public": True}),
    "GET /member_tags": Call({"is_public": "true", "sort": "oldest"}),
    "PUT /member_tags/{id}": Call(body={"name": "Renamed"}),
    "POST /messages": Call(body=_MESSAGE),
    "GET /page_profile_fields": Call({"page_name": "signup"}),
    "DELETE /posts/{post_id}/post_followers": Call({"community_member_id": "$community_members"}),
    "POST /posts": Call(
        body={"name": "New", "space_id": "$spaces", "status": "draft", "tiptap_body": _TEXT, "user_email": "$email"}
    ),
    "GET /posts": Call({"status": "all", "sort": "latest_updated", "per_page": 100}),
    "PUT /posts/{id}": Call(body={"name": "Renamed", "tiptap_body": _TEXT}),
    "POST /space_group_members": Call(body={"email": "$email", "space_group_id": "$space_groups"}),
    "DELETE /space_group_members": Call({"email": "$email", "space_group_id": "$space_groups"}),
    "GET /space_group_members": Call({"space_group_id": "$space_groups", "status": "all"}),
    "GET /space_group_member": Call({"email": "$email", "space_group_id": "$space_groups"}),
    "POST /space_groups": Call(body={"name": "New", "slug": "new"}),
    "PUT /space_groups/{id}": Call(body={"name": "Renamed"}),
    "POST /space_members": Call(body={"email": "$email", "space_id": "$spaces"}),
    "DELETE /space_members": Call({"email": "$email", "space_id": "$spaces"}),
    "GET /space_members": Call({"space_id": "$spaces", "status": "active", "per_page": 100}),
    "GET /space_member": Call({"email": "$email", "space_id": "$spaces"}),
    "GET /spaces/{space_id}/ai_summaries": Call({"date_from": "2026-01-01T00:00:00Z"}),
    "POST /spaces": Call(body=_SPACE),
    "GET /spaces": Call({"sort": "latest_updated"}),
    "PUT /spaces/{id}": Call(body={"name": "Renamed", "is_private": True}),
    "POST /tagged_members": Call(body={"member_tag_id": "$member_tags", "user_email": "$email"}),
    "DELETE /tagged_members": Call({"user_email": "$email", "member_tag_id": "$member_tags"}),
    "POST /topics": Call(body={"name": "New", "admin_only": True}),
    "GET /topics": Call({"name": "topic", "sort": "alphabetical"}),
    "PUT /topics/{id}": Call(body={"name": "Renamed"}),
}
"""By method and path template; an operation that is not here needs neither parameters nor a body."""

INCOMPLETE: dict[str, tuple[Call, int]] = {
    "POST /access_groups": (Call(body={"access_group": {"name": ""}}), 422),
    "GET /access_groups": (Call({"status": "nonsense"}), 400),
    "POST /community_members": (Call(body={"email": "nobody"}), 422),
    "POST /community_segments": (Call(body={**_SEGMENT, "title": ""}), 422),
    "POST /course_lessons": (Call(body={**_LESSON, "name": ""}), 422),
    "PATCH /course_lessons/{id}": (Call(body={"name": ""}), 422),
    "POST /course_sections": (Call(body={"name": "", "space_id": "$spaces"}), 422),
    "POST /embeds": (Call(body={"url": "nonsense"}), 422),
    "POST /events": (Call(body={**_EVENT, "event": {**_EVENT["event"], "name": ""}}), 400),  # type: ignore[dict-item]
    "POST /flagged_contents": (Call(body={"flagged_content": {**_REPORT, "reported_reason_body": ""}}), 422),
    "PUT /forms/{id}": (Call(body={"name": ""}), 422),
    "POST /forms/{form_id}/submissions": (Call(body={"elements": [{"id": 0}]}), 422),
    "GET /invitation_links": (Call({"status": "nonsense"}), 400),
    "POST /member_tags": (Call(body={"name": ""}), 422),
    "POST /messages": (Call(body={**_MESSAGE, "user_email": "nobody@example.com"}), 422),
    "POST /space_groups": (Call(body={"name": "", "slug": "new"}), 400),
    "POST /spaces": (Call(body={**_SPACE, "name": ""}), 400),
    "POST /topics": (Call(body={"name": ""}), 422),
    "PUT /topics/{id}": (Call(body={"name": ""}), 422),
}
"""What is refused for its content, and with which status."""
