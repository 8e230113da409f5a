"""
Access groups and invitation links.

Knows the records and lists of these resources. Joining and leaving a group is in the routes for memberships.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import by_word, containing, one_of, status
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import COMMUNITY_ID, Answer, Complaint, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["ACCESS"]


def _make_group(number: int, _: Parents) -> JsonObject:
    return {"name": f"Access group {number + 1}", "status": "active"}


def _group(row: Row, _: Community) -> JsonObject:
    return {
        "id": row.id,
        "name": "",
        "description": "",
        "status": "active",
        "community_id": COMMUNITY_ID,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


def _make_member(number: int, parents: Parents) -> JsonObject:
    group_id, member_id = parents.pair("access_groups", "community_members", number)
    return {"access_group_id": group_id, "community_member_id": member_id}


def _member(row: Row, _: Community) -> JsonObject:
    return {
        "id": row.id,
        "access_group_id": 0,
        "community_member_id": 0,
        "community_id": COMMUNITY_ID,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


def _make_link(number: int, _: Parents) -> JsonObject:
    return {"name": f"Link {number + 1}", "active": number % 3 != 2}


def _link(row: Row, _: Community) -> JsonObject:
    return {
        "id": row.id,
        "name": "",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "active": True,
        "members_joined_count": row.number,
        "redirect_space_id": None,
    }


ACCESS = (
    Resource(
        "access_groups",
        "/access_groups",
        "access group",
        frozenset({"list", "create", "update"}),
        _group,
        _make_group,
        count=2,
        filters={
            "status": by_word("status", ("active", "archived"), "active", absent="active", strict=True),
            "ids": one_of("id"),
            "name": containing("name"),
        },
        wrapper="access_group",
        required=("name",),
    ),
    Resource(
        "access_group_community_members",
        "/access_groups/{access_group_id}/community_members",
        "community member",
        frozenset({"list"}),
        _member,
        _make_member,
        count=50,
        keys=(("access_group_id", "community_member_id"),),
        groups=("access_group_id", "community_member_id"),
        edited=None,
        parents={"access_group_id": "access_groups"},
    ),
    Resource(
        "invitation_links",
        "/invitation_links",
        "invitation link",
        frozenset({"list", "create", "update", "delete"}),
        _link,
        _make_link,
        count=3,
        filters={
            "name": containing("name"),
            "status": status(
                {
                    "active": lambda row: bool(row.fields.get("active", True)),
                    "revoked": lambda row: not row.fields.get("active", True),
                },
                "active",
                strict=True,
            ),
        },
        required=("name",),
        complaint=Complaint("{}"),
        deleted=Answer(message="Invitation link deleted successfully"),
    ),
)
