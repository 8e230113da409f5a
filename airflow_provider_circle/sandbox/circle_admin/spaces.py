"""
Spaces, their groups, their topics and who is in them.

Knows the records and lists of these resources. Joining and leaving is in the routes for memberships.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import (
    BY_NAME_OR_AGE,
    SORTS,
    by_word,
    containing,
    in_parent,
)
from airflow_provider_circle.sandbox.circle_admin.members import member_stub
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import COMMUNITY_ID, Answer, Complaint, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["SPACES", "space_stub"]

_EVERYTHING = frozenset({"list", "get", "create", "update", "delete"})
_TYPES = ("basic", "basic", "event", "course", "image", "basic")
_MOST_POST_IDS = 20
_OFF = [
    "is_private",
    "is_hidden_from_non_members",
    "is_hidden",
    "hide_post_settings",
    "is_post_disabled",
    "hide_sorting",
    "require_topic_selection",
    "prevent_members_from_adding_others",
    "hide_from_featured_areas",
    "disable_member_post_covers",
    "hide_members_count",
    "show_lock_icon_for_non_members",
    "show_tab_bar",
    "show_next_event",
    "hide_from_sidebar",
    "hide_right_sidebar",
    "chat_room_show_history",
    "event_auto_rsvp_enabled",
    "cover_image_visible",
]
_UNSET = [
    "cover_image_url",
    "thumbnail_image_url",
    "locked_button_url",
    "locked_button_label",
    "locked_page_heading",
    "locked_page_description",
    "emoji",
    "custom_emoji_url",
    "custom_emoji_dark_url",
    "host",
    "pinned_posts_label",
    "default_tab",
    "lock_screen_blocks",
    "visible_tabs",
    "meta_tag_attributes",
    "chat_room_description",
    "course_setting",
]
_NOTIFICATIONS = [
    "default_mention_in_app_notification_setting",
    "default_mention_mobile_notification_setting",
    "default_in_app_notification_setting",
    "default_mobile_notification_setting",
    "default_notification_setting",
]
_MEMBERSHIP_STATUS = by_word("status", ("active", "inactive"), "all", absent="active")


def space_stub(community: Community, space_id: int) -> JsonObject:
    """Write a space the way records that belong to one do."""
    row = community.tables["spaces"].get(space_id)
    fields: JsonObject = {"name": "Deleted space", "slug": "deleted"} if row is None else row.fields
    return {"id": space_id, "slug": fields["slug"], "name": fields["name"], "community_id": COMMUNITY_ID}


def _make_group(number: int, _: Parents) -> JsonObject:
    return {"name": f"Group {number + 1}", "slug": f"group-{number + 1}"}


def _group(row: Row, community: Community) -> JsonObject:
    return {
        "id": row.id,
        "name": "",
        "slug": "",
        "community_id": COMMUNITY_ID,
        "is_hidden_from_non_members": False,
        "hide_members_count": False,
        "allow_members_to_create_spaces": False,
        "automatically_add_members_to_new_spaces": False,
        "add_members_to_space_group_on_space_join": False,
        "hide_non_member_spaces_from_sidebar": False,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "space_group_members_count": community.tables["space_group_members"].group_size("space_group_id", row.id),
        "spaces_count": community.tables["spaces"].group_size("space_group_id", row.id),
    }


def _make_space(number: int, parents: Parents) -> JsonObject:
    names = ("Start here", "General", "Events", "Courses", "Gallery", "Help & feedback")
    return {
        "name": names[number] if number < len(names) else f"Space {number + 1}",
        "slug": f"space-{number + 1}",
        "space_group_id": parents.pick("space_groups", number),
        "space_type": _TYPES[number % len(_TYPES)],
        "likes_count": number * 7 % 13,
    }


def _space(row: Row, community: Community) -> JsonObject:
    group = community.tables["space_groups"].get(row.fields["space_group_id"])
    posts = community.tables["posts"].group("space_id", row.id)
    return {
        "id": row.id,
        "name": "",
        "slug": "",
        "community_id": COMMUNITY_ID,
        "cover_image_display_style": "normal",
        "display_view": "posts",
        "space_type": "basic",
        "post_ids": [post.id for post in posts[-_MOST_POST_IDS:]],
        "url": f"https://sandbox.circle.example/c/{row.fields.get('slug', row.id)}",
        "space_group": {
            "id": row.fields["space_group_id"],
            "name": "Deleted group" if group is None else group.fields["name"],
        },
        "topics": [],
        "default_sort": "latest",
        "default_comment_sort": "oldest",
        "default_member_sort": "alphabetical",
        **dict.fromkeys(_OFF, False),
        **dict.fromkeys(_UNSET),
        **dict.fromkeys(_NOTIFICATIONS, "all"),
    }


def _make_membership(number: int, parents: Parents) -> JsonObject:
    space_id, member_id = parents.pair("spaces", "community_members", number)
    return {
        "space_id": space_id,
        "community_member_id": member_id,
        "status": "inactive" if number % 10 == 9 else "active",
        "moderator": number % 50 == 0,
    }


def _membership(row: Row, community: Community) -> JsonObject:
    person = community.person(row.fields["community_member_id"])
    return {
        "id": row.id,
        "user_id": person.user_id,
        "space_id": 0,
        "notification_type": "never",
        "posts_read_count": row.number % 5,
        "in_app_notification_setting": "never",
        "community_member_id": 0,
        "moderator": False,
        "mobile_notification_setting": "never",
        "access_type": "invite",
        "status": "active",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "community_member": member_stub(person),
    }


def _make_group_membership(number: int, parents: Parents) -> JsonObject:
    group_id, member_id = parents.pair("space_groups", "community_members", number)
    return {
        "space_group_id": group_id,
        "community_member_id": member_id,
        "status": "inactive" if number % 10 == 9 else "active",
        "moderator": number % 50 == 0,
    }


def _group_membership(row: Row, community: Community) -> JsonObject:
    person = community.person(row.fields["community_member_id"])
    return {
        "id": row.id,
        "space_group_id": 0,
        "user_id": person.user_id,
        "moderator": False,
        "community_member_id": 0,
        "access_type": "invite",
        "status": "active",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "community_member": member_stub(person),
    }


def _make_topic(number: int, _: Parents) -> JsonObject:
    return {"name": f"Topic {number + 1}", "admin_only": number % 3 == 2}


def _topic(row: Row, _: Community) -> JsonObject:
    return {
        "id": row.id,
        "name": "",
        "admin_only": False,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "author": {"first_name": "Ada", "last_name": None, "avatar_url": None},
        "space_ids": [],
    }


SPACES = (
    Resource(
        "space_groups",
        "/space_groups",
        "space group",
        _EVERYTHING,
        _group,
        _make_group,
        count=2,
        filters={"name": containing("name")},
        required=("name", "slug"),
        complaint=Complaint("There was an error saving your space group", status=400, details="text"),
        deleted=Answer(message="Space group deleted.", success=True),
        missing_is_plain=True,
    ),
    Resource(
        "spaces",
        "/spaces",
        "space",
        _EVERYTHING,
        _space,
        _make_space,
        count=6,
        groups=("space_group_id",),
        sorts={"active": SORTS["latest_updated"], "latest_profile_confirmed": SORTS["latest"], **SORTS},
        required=("name", "slug", "space_group_id"),
        complaint=Complaint("{}", status=400, details="empty"),
        created=Answer(200, "Space created.", "space", success=True),
        deleted=Answer(message="Space deleted.", success=True),
        parents={"space_group_id": "space_groups"},
        missing_is_plain=True,
    ),
    Resource(
        "space_members",
        "/space_members",
        "space member",
        frozenset({"list"}),
        _membership,
        _make_membership,
        count=300,
        keys=(("space_id", "community_member_id"),),
        groups=("space_id", "community_member_id"),
        filters={"space_id": in_parent("space_id", "spaces", "space", required=True), "status": _MEMBERSHIP_STATUS},
        edited=None,
    ),
    Resource(
        "space_group_members",
        "/space_group_members",
        "space group member",
        frozenset({"list"}),
        _group_membership,
        _make_group_membership,
        count=160,
        keys=(("space_group_id", "community_member_id"),),
        groups=("space_group_id",),
        filters={
            "space_group_id": in_parent("space_group_id", "space_groups", "space group", required=True),
            "status": _MEMBERSHIP_STATUS,
        },
        edited=None,
    ),
    Resource(
        "topics",
        "/topics",
        "topic",
        _EVERYTHING,
        _topic,
        _make_topic,
        count=5,
        filters={"name": containing("name")},
        sorts=BY_NAME_OR_AGE,
        required=("name",),
        complaint=Complaint("Unable to save topic", details="text"),
        deleted=Answer(message="Topic deleted successfully", success=True),
    ),
)
