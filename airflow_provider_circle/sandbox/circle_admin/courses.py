"""
Courses: sections and lessons.

Knows the records and lists of these resources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import BY_NAME_OR_AGE, equal, read_number
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Answer, Complaint, Filter, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["COURSES"]

_NOT_SAVED = Complaint("Failed to save changes.", details="validation")


def _make_section(number: int, parents: Parents) -> JsonObject:
    return {"name": f"Section {number + 1}", "space_id": parents.pick("spaces", 3)}


def _section(row: Row, _: Community) -> JsonObject:
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    return {"id": row.id, "name": "", "space_id": 0, "created_at": created, "updated_at": updated}


def _make_lesson(number: int, parents: Parents) -> JsonObject:
    return {
        "name": f"Lesson {number + 1}",
        "section_id": parents.pick("course_sections", number // 3),
        "status": "draft" if number % 4 == 3 else "published",
    }


def _lesson(row: Row, community: Community) -> JsonObject:
    section = community.tables["course_sections"].get(row.fields.get("section_id", 0))
    return {
        "id": row.id,
        "name": "",
        "status": "draft",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "section_id": 0,
        "is_comments_enabled": True,
        "is_featured_media_enabled": False,
        "is_featured_media_download_enabled": False,
        "body_html": f"<p>{row.fields.get('name', '')}</p>",
        "space_id": 0 if section is None else section.fields["space_id"],
    }


def _in_space(values: Sequence[str], community: Community) -> Callable[[Row], bool]:
    space_id = read_number(values[0])
    sections = {row.id for row in community.tables["course_sections"] if row.fields["space_id"] == space_id}
    return lambda row: row.fields["section_id"] in sections


COURSES = (
    Resource(
        "course_sections",
        "/course_sections",
        "courses/section",
        frozenset({"list", "get", "create", "update", "delete"}),
        _section,
        _make_section,
        count=3,
        filters={"space_id": equal("space_id", read_number)},
        sorts=BY_NAME_OR_AGE,
        required=("name", "space_id"),
        complaint=_NOT_SAVED,
        deleted=Answer(),
        parents={"space_id": "spaces"},
    ),
    Resource(
        "course_lessons",
        "/course_lessons",
        "courses/lesson",
        frozenset({"list", "get", "create", "patch", "delete"}),
        _lesson,
        _make_lesson,
        count=9,
        filters={
            "section_id": equal("section_id", read_number),
            "space_id": Filter(_in_space),
            "status": equal("status"),
        },
        sorts=BY_NAME_OR_AGE,
        required=("name", "section_id"),
        complaint=_NOT_SAVED,
        deleted=Answer(message="Course lesson deleted successfully", success=True),
        parents={"section_id": "course_sections"},
    ),
)
