"""
Forms and what was filled in, live rooms, workflows and filter controls.

Knows the records and lists of these resources.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import by_word, containing, equal
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Answer, Complaint, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["FORMS", "workflow_uuid"]

_STYLES = {"form": {"backgroundColor": "#fff", "color": "#000"}, "button": {"backgroundColor": "#000", "color": "#fff"}}
_WORKFLOW_STATUSES = ("draft", "active", "inactive", "archived")
_WORKFLOW_TYPES = ("dynamic", "bulk_action", "scheduled")


def _make_form(number: int, _: Parents) -> JsonObject:
    return {"name": f"Form {number + 1}", "status": "draft" if number % 3 == 2 else "published"}


def _form(row: Row, community: Community) -> JsonObject:
    return {
        "id": row.id,
        "uid": f"form{row.id:08x}",
        "after_submission_action": "thank_you_page",
        "embed_display_format": "inline",
        "popup_delay": 0,
        "popup_frequency": 1,
        "name": "",
        "redirect_url": None,
        "status": "draft",
        "thank_you_page_body": None,
        "thank_you_page_title": None,
        "updated_at": timestamp(row.updated_s),
        "submissions_count": community.tables["form_submissions"].group_size("form_id", row.id),
        "embed_styles": _STYLES,
        "standalone_page_styles": None,
    }


def _make_submission(number: int, parents: Parents) -> JsonObject:
    return {
        "form_id": parents.pick("forms", number),
        "fields": [
            {"field_id": 1, "label": "Email", "value": f"lead{number + 1}@example.com", "hidden": False},
            {"field_id": 2, "label": "Topics", "value": ["data", "airflow"] if number % 2 else None, "hidden": True},
        ],
    }


def _submission(row: Row, _: Community) -> JsonObject:
    return {"id": row.id, "created_at": timestamp(row.created_s), "fields": []}


def _make_room(number: int, _: Parents) -> JsonObject:
    return {"name": f"Room {number + 1}", "slug": f"room-{number + 1}"}


def _room(row: Row, _: Community) -> JsonObject:
    created = timestamp(row.created_s)
    return {
        "id": row.id,
        "name": "",
        "status": "ended" if row.number % 2 else "scheduled",
        "room_type": "live_stream",
        "created_at": created,
        "live_at": created if row.number % 2 else None,
        "closed_at": timestamp(row.created_s + 3600) if row.number % 2 else None,
        "recording_enabled": True,
        "slug": "",
    }


def workflow_uuid(number: int) -> str:
    """Give the identifier of the n-th workflow."""
    return str(uuid5(NAMESPACE_URL, f"https://sandbox.circle.example/workflows/{number}"))


def _make_workflow(number: int, _: Parents) -> JsonObject:
    return {
        "uuid": workflow_uuid(number),
        "name": f"Workflow {number + 1}",
        "status": _WORKFLOW_STATUSES[number % 4],
        "workflow_type": _WORKFLOW_TYPES[number % 3],
    }


def _workflow(row: Row, _: Community) -> JsonObject:
    # Unverified: the vendor describes these records nowhere we could read.
    return {
        "uuid": "",
        "name": "",
        "status": "draft",
        "workflow_type": "dynamic",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


def _make_filter_control(number: int, _: Parents) -> JsonObject:
    return {"name": f"Filter {number + 1}"}


def _filter_control(row: Row, _: Community) -> JsonObject:
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    return {"id": row.id, "name": "", "context": "directory", "created_at": created, "updated_at": updated}


FORMS = (
    Resource(
        "forms",
        "/forms",
        "form",
        frozenset({"list", "get", "update", "delete"}),
        _form,
        _make_form,
        count=2,
        filters={"name": containing("name")},
        required=("name",),
        complaint=Complaint("Unable to update form"),
        deleted=Answer(message="Form deleted successfully", success=True),
    ),
    Resource(
        "form_submissions",
        "/forms/{form_id}/submissions",
        "forms/submission",
        frozenset({"list"}),
        _submission,
        _make_submission,
        count=12,
        groups=("form_id",),
        edited=None,
        parents={"form_id": "forms"},
    ),
    Resource("live_rooms", "/live/rooms", "Live::Room", frozenset({"list"}), _room, _make_room, count=2),
    Resource(
        "workflows",
        "/workflows",
        "workflow",
        frozenset({"list"}),
        _workflow,
        _make_workflow,
        count=4,
        keys=(("uuid",),),
        filters={
            "query": containing("name"),
            "status": by_word("status", _WORKFLOW_STATUSES, "all"),
            "workflow_type": equal("workflow_type"),
        },
    ),
    Resource(
        "filter_kit_controls",
        "/filter_kit_controls",
        "filter kit control",
        frozenset({"list", "get", "create", "patch", "delete"}),
        _filter_control,
        _make_filter_control,
        count=2,
        required=("name",),
    ),
)
