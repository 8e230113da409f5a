"""
Member tags and who has them.

Knows the records and lists of these resources. Tagging is in the routes for memberships.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import BY_NAME_OR_AGE, containing, equal, one_of, read_flag
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Answer, Complaint, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["TAGS"]


def _make_tag(number: int, _: Parents) -> JsonObject:
    names = ("Founder", "Speaker", "Alumni 2025", "Beta, early", "VIP ⭐", "Mentor")
    return {"name": names[number] if number < len(names) else f"Tag {number + 1}", "is_public": number % 2 == 0}


def _tag(row: Row, community: Community) -> JsonObject:
    return {
        "id": row.id,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "name": "",
        "is_public": False,
        "is_background_enabled": True,
        "tagged_members_count": community.tables["tagged_members"].group_size("member_tag_id", row.id),
        "color": "#FF5733",
        "display_format": "label",
        "emoji": None,
        "custom_emoji_url": None,
        "custom_emoji_dark_url": None,
        "display_locations": {"post_bio": True, "profile_page": True, "member_directory": row.number % 2 == 0},
    }


def _make_tagged(number: int, parents: Parents) -> JsonObject:
    tag_id, member_id = parents.pair("member_tags", "community_members", number)
    return {"member_tag_id": tag_id, "community_member_id": member_id}


def _tagged(row: Row, community: Community) -> JsonObject:
    person = community.person(row.fields["community_member_id"])
    tag = community.tables["member_tags"].get(row.fields["member_tag_id"])
    return {
        "id": row.id,
        "member_tag_id": row.fields["member_tag_id"],
        "member_tag_name": "" if tag is None else tag.fields["name"],
        "member_tag_emoji": None,
        "user_id": person.user_id,
        "user_email": person.email,
        "lead_id": None,
        "lead_email": None,
        "community_member_id": person.member_id,
        "contact_id": person.member_id,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


TAGS = (
    Resource(
        "member_tags",
        "/member_tags",
        "member tag",
        frozenset({"list", "get", "create", "update", "delete"}),
        _tag,
        _make_tag,
        count=6,
        filters={"name": containing("name"), "is_public": equal("is_public", read_flag)},
        sorts=BY_NAME_OR_AGE,
        required=("name",),
        complaint=Complaint("Unable to save member tag"),
        deleted=Answer(message="Member tag deleted successfully", success=True),
    ),
    Resource(
        "tagged_members",
        "/tagged_members",
        "tagged member",
        frozenset({"list", "get"}),
        _tagged,
        _make_tagged,
        count=120,
        keys=(("member_tag_id", "community_member_id"),),
        groups=("community_member_id", "member_tag_id"),
        filters={
            "member_tag_ids": one_of("member_tag_id"),
        },
        edited=None,
    ),
)
