"""
What is kept about members and those who are none yet: profile fields, segments, notes, leads.

Knows the records and lists of these resources.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import containing, equal, read_flag
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Answer, Complaint, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["CONTACTS"]

_PAGES = ("edit_profile", "profile_view", "signup")


def _make_profile_field(number: int, _: Parents) -> JsonObject:
    labels = ("Location", "Interests", "Company")
    label = labels[number] if number < len(labels) else f"Field {number + 1}"
    return {"label": label, "key": label.lower().replace(" ", "_"), "archived": number == 2}


def _profile_field(row: Row, _: Community) -> JsonObject:
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    return {
        "id": row.id,
        "label": "",
        "field_type": "select" if row.number == 1 else "text",
        "key": "",
        "placeholder": None,
        "description": None,
        "required": False,
        "allow_null": True,
        "platform_field": row.number == 0,
        "archived": False,
        "created_at": created,
        "updated_at": updated,
        "number_options": None,
        "choices": [{"id": 1, "value": "data"}, {"id": 2, "value": "airflow"}] if row.number == 1 else [],
        "pages": [
            {
                "id": index,
                "name": name,
                "position": index,
                "visible": True,
                "created_at": created,
                "updated_at": updated,
            }
            for index, name in enumerate(_PAGES, 1)
        ],
    }


def _make_lead(number: int, _: Parents) -> JsonObject:
    return {"name": f"Lead {number + 1}", "email": f"lead{number + 1}@example.com"}


def _lead(row: Row, _: Community) -> JsonObject:
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    return {"id": row.id, "name": "", "email": "", "created_at": created, "updated_at": updated}


def _make_note(number: int, parents: Parents) -> JsonObject:
    return {"contact_id": parents.pick("community_members", number // 4), "body": f"Note {number + 1}"}


def _note(row: Row, _: Community) -> JsonObject:
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    return {"id": row.id, "contact_id": 0, "body": "", "created_at": created, "updated_at": updated}


def _make_segment(number: int, _: Parents) -> JsonObject:
    return {"title": f"Segment {number + 1}", "visible": number % 2 == 0}


def _segment(row: Row, community: Community) -> JsonObject:
    return {
        "id": row.id,
        "title": "",
        "rules": {"rule_type": "all_members", "rules": []},
        "visible": True,
        "audience_count": len(community.tables["community_members"]),
        "created_by": {"id": 1, "name": "Admin", "email": "admin@example.com", "avatar_url": None, "public_uid": "a1"},
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


CONTACTS = (
    Resource(
        "profile_fields",
        "/profile_fields",
        "profile fields/profile field",
        frozenset({"list", "create", "update", "delete"}),
        _profile_field,
        _make_profile_field,
        count=3,
        filters={"label": containing("label"), "archived": equal("archived", read_flag)},
        required=("label",),
        edited="label",
    ),
    Resource(
        "community_leads",
        "/community_leads",
        "lead",
        frozenset({"create", "delete"}),
        _lead,
        _make_lead,
        count=2,
        required=("email",),
    ),
    Resource(
        "contact_notes",
        "/contacts/{contact_id}/contact_notes",
        "contact",
        frozenset({"list", "create"}),
        _note,
        _make_note,
        count=12,
        groups=("contact_id",),
        required=("body",),
        edited="body",
        parents={"contact_id": "community_members"},
        per_page_is_fixed=True,
    ),
    Resource(
        "community_segments",
        "/community_segments",
        "community segment",
        frozenset({"list", "create", "update", "delete"}),
        _segment,
        _make_segment,
        count=3,
        filters={"title": containing("title")},
        required=("title",),
        complaint=Complaint(
            "Oops! There was an error creating the community segment, please contact support.", details="validation"
        ),
        deleted=Answer(message="Community segment deleted successfully", success=True),
        edited="title",
    ),
)
