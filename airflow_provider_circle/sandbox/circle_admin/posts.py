"""
Posts, comments, pictures, and what was reported about them.

Knows the records and lists of these resources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import (
    SORTS,
    by_word,
    containing,
    equal,
    in_parent,
    read_number,
)
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import COMMUNITY_ID, Answer, Complaint, Filter, Resource
from airflow_provider_circle.sandbox.circle_admin.spaces import space_stub
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["POSTS"]

_STATUSES = ("draft", "published", "scheduled")
_REPORTS = ("inbox", "approved", "rejected")


def _make_post(number: int, parents: Parents) -> JsonObject:
    return {
        "name": f"Post {number + 1}",
        "slug": f"post-{number + 1}",
        "text": f'What post {number + 1} says, with a comma, a "quote" and ünïcode.',
        "status": {17: "draft", 18: "scheduled"}.get(number % 20, "published"),
        "space_id": parents.pick("spaces", number),
        "community_member_id": parents.pick("community_members", number * 7),
        "likes_count": number * 7 % 13,
    }


def _post(row: Row, community: Community) -> JsonObject:
    fields = row.fields
    person = community.person(fields.get("community_member_id", 0))
    space = space_stub(community, fields["space_id"])
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    members = community.tables["community_members"]
    return {
        "id": row.id,
        "status": "published",
        "name": None,
        "slug": f"post-{row.id}",
        "body": {
            "id": row.id,
            "name": "body",
            "body": f"<div>{fields.get('text', '')}</div>",
            "record_type": "Post",
            "record_id": row.id,
            "created_at": created,
            "updated_at": updated,
        },
        "tiptap_body": {
            "body": {
                "type": "doc",
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": fields.get("text", "")}]}],
            },
            "circle_ios_fallback_text": fields.get("text", ""),
            "attachments": [],
            "inline_attachments": [],
            "sgids_to_object_map": {},
            "format": "post",
            "community_members": [],
            "entities": [],
            "group_mentions": [],
            "polls": [],
        },
        "url": f"https://sandbox.circle.example/c/{space['slug']}/{fields.get('slug', row.id)}",
        "space_name": space["name"],
        "space_slug": space["slug"],
        "space_id": 0,
        "user_id": person.user_id,
        "user_email": person.email,
        "user_name": person.name,
        "user_avatar_url": None,
        "comments_count": community.tables["comments"].group_size("post_id", row.id),
        "community_id": COMMUNITY_ID,
        "hide_meta_info": False,
        "published_at": created,
        "created_at": created,
        "updated_at": updated,
        "cover_image": None,
        "cover_image_url": None,
        "cardview_thumbnail": None,
        "cardview_thumbnail_url": None,
        "is_comments_enabled": True,
        "is_comments_closed": False,
        "is_liking_enabled": True,
        "flagged_for_approval_at": None,
        "unresolved_flagged_reports_count": 0,
        "custom_html": None,
        "likes_count": 0,
        "topics": [],
        "member_posts_count": community.tables["posts"].group_size("community_member_id", person.member_id),
        "member_comments_count": community.tables["comments"].group_size("community_member_id", person.member_id),
        "member_likes_count": len(members) % 7,
    }


def _translate_post(body: JsonObject, community: Community) -> JsonObject:
    fields: JsonObject = {}
    if isinstance(body.get("body"), str):
        fields["text"] = body["body"]
    if isinstance(body.get("user_email"), str):
        member = community.member(body["user_email"])
        fields |= {} if member is None else {"community_member_id": member.id}
    return fields


def _in_group(values: Sequence[str], community: Community) -> Callable[[Row], bool]:
    spaces = {row.id for row in community.tables["spaces"].group("space_group_id", read_number(values[0]))}
    return lambda row: row.fields["space_id"] in spaces


def _make_image_post(number: int, parents: Parents) -> JsonObject:
    return {**_make_post(number, parents), "name": f"Picture {number + 1}", "slug": f"picture-{number + 1}"}


def _image_post(row: Row, community: Community) -> JsonObject:
    picture = {
        "id": row.id,
        "signed_id": f"signed-{row.id}",
        "original_url": f"https://sandbox.circle.example/images/{row.id}/original.png",
        "url": f"https://sandbox.circle.example/images/{row.id}.png",
        "filename": f"{row.id}.png",
        "width": 640,
        "height": 480,
    }
    return {
        **_post(row, community),
        "gallery": {"id": row.id, "downloadable_images": True, "images": [picture]},
    }


def _make_comment(number: int, parents: Parents) -> JsonObject:
    return {
        "text": f"Comment {number + 1}",
        "post_id": parents.pick("posts", number),
        "community_member_id": parents.pick("community_members", number * 11),
        "parent_comment_id": None,
        "likes_count": number % 4,
    }


def _comment(row: Row, community: Community) -> JsonObject:
    fields = row.fields
    person = community.person(fields.get("community_member_id", 0))
    post = community.tables["posts"].get(fields["post_id"])
    about: JsonObject = {"name": "Deleted post", "slug": "deleted"} if post is None else post.fields
    space = space_stub(community, about.get("space_id", 0))
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    replies = community.tables["comments"].group("parent_comment_id", row.id)
    return {
        "id": row.id,
        "parent_comment_id": None,
        "flagged_for_approval_at": None,
        "unresolved_flagged_reports_count": 0,
        "created_at": created,
        "body": {
            "id": row.id,
            "name": "body",
            "body": fields.get("text", ""),
            "record_type": "Comment",
            "record_id": row.id,
            "created_at": created,
            "updated_at": updated,
        },
        "user": {"id": person.user_id, "name": person.name, "avatar_url": None, "email": person.email},
        "post": {"id": fields["post_id"], "name": about.get("name") or "", "slug": about.get("slug", "")},
        "space": {"id": space["id"], "name": space["name"], "slug": space["slug"]},
        "replies_count": len(replies),
        "replies": [community.record("comments", reply) for reply in replies],
        "url": f"https://sandbox.circle.example/c/{space['slug']}/{about['slug']}#comment_{row.id}",
        "community_id": COMMUNITY_ID,
        "likes_count": 0,
        "user_posts_count": community.tables["posts"].group_size("community_member_id", person.member_id),
        "user_comments_count": community.tables["comments"].group_size("community_member_id", person.member_id),
        "user_likes_count": 0,
    }


def _translate_comment(body: JsonObject, _: Community) -> JsonObject:
    fields: JsonObject = {"text": str(body.get("body", ""))}
    for name in ("post_id", "parent_comment_id"):
        if name in body:
            fields[name] = read_number(body[name])
    return fields


def _comments_in_space(values: Sequence[str], community: Community) -> Callable[[Row], bool]:
    posts = {row.id for row in community.tables["posts"].group("space_id", read_number(values[0]))}
    return lambda row: row.fields["post_id"] in posts


def _make_report(number: int, parents: Parents) -> JsonObject:
    return {"content_id": parents.pick("posts", number), "status": _REPORTS[number % 3], "content_type": "Post"}


def _report(row: Row, community: Community) -> JsonObject:
    post = community.tables["posts"].get(row.fields.get("content_id", 0))
    person = community.person(0 if post is None else post.fields.get("community_member_id", 0))
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    return {
        "id": row.id,
        "status": None,
        "reported_reason_type": "spam",
        "reported_reason_body": None,
        "reported_at": created,
        "action_taken_at": None,
        "action_reason_body": None,
        "created_at": created,
        "updated_at": updated,
        "content_id": 0,
        "content_type": "Post",
        "content_authored_by_id": person.member_id,
        "content_authored_by_name": person.name,
        "content_authored_by_email": person.email,
        "reported_by_id": None,
        "reported_by_name": None,
        "reported_by_email": None,
        "action_by_id": None,
        "action_by_name": None,
        "action_by_email": None,
    }


POSTS = (
    Resource(
        "posts",
        "/posts",
        "post",
        frozenset({"list", "get", "create", "update", "delete"}),
        _post,
        _make_post,
        count=60,
        groups=("space_id", "community_member_id"),
        filters={
            "status": by_word("status", _STATUSES, "published", absent="published"),
            "space_id": equal("space_id", read_number),
            "space_group_id": Filter(_in_group),
            "search_text": containing("name", "text"),
        },
        sorts=SORTS,
        default_sort="latest",
        required=("space_id", "name"),
        complaint=Complaint("{}"),
        created=Answer(200, "Post created.", "post"),
        updated=Answer(200, "Post updated.", "post"),
        deleted=Answer(message="Post has been removed from the community.", success=True),
        translate=_translate_post,
        parents={"space_id": "spaces"},
    ),
    Resource(
        "image_posts",
        "/spaces/{space_id}/images/posts",
        "post",
        frozenset({"list", "get", "create", "delete"}),
        _image_post,
        _make_image_post,
        count=6,
        groups=("space_id",),
        required=("gallery_attributes",),
        complaint=Complaint("{}", details="empty"),
        created=Answer(200, "Post created.", "post"),
        deleted=Answer(message="Post has been removed from the community.", success=True),
        translate=_translate_post,
        parents={"space_id": "spaces"},
    ),
    Resource(
        "comments",
        "/comments",
        "comment",
        frozenset({"list", "get", "create", "delete"}),
        _comment,
        _make_comment,
        count=90,
        groups=("post_id", "community_member_id", "parent_comment_id"),
        filters={
            "post_id": in_parent("post_id", "posts", "post"),
            "space_id": Filter(_comments_in_space),
            "search_text": containing("text"),
        },
        required=("body", "post_id"),
        deleted=Answer(message="Comment has been removed from the community."),
        translate=_translate_comment,
        edited="text",
        parents={"post_id": "posts", "parent_comment_id": "comments"},
    ),
    Resource(
        "flagged_contents",
        "/flagged_contents",
        "flagged content",
        frozenset({"list", "create"}),
        _report,
        _make_report,
        count=4,
        filters={"status": by_word("status", _REPORTS, "inbox", absent="inbox")},
        wrapper="flagged_content",
        required=("content_id", "content_type", "reported_reason_type", "reported_reason_body"),
        complaint=Complaint("Something went wrong while updating review status."),
        edited="action_reason_body",
    ),
)
