"""Calls about courses: sections, lessons, and how far a member has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_email, checked_fields, checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import courses

__all__ = ["CourseCalls"]


class CourseCalls(CircleAdminCalls):
    """List, read, create, change and delete sections and lessons; set a member's progress."""

    @stream
    def list_course_sections(self, caller: Caller, *, space_id: int | str | None = None) -> Walk[None]:
        """
        List sections, oldest first, 100 per request.

        :param space_id: only those of a course space.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "course_sections", space_id=space_id)

    @operation
    def get_course_section(self, caller: Caller, course_section_id: int | str) -> Walk[JsonObject]:
        """
        Read a section.

        :raises NotFound: no such section.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, courses.GET_COURSE_SECTION, path=_section(course_section_id))

    @operation
    def create_course_section(self, caller: Caller, space_id: int | str, name: str) -> Walk[JsonObject]:
        """
        Create a section.

        :param space_id: a course space.
        :return: the section.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {"space_id": checked_id("space_id", space_id), "name": checked_text("name", name)}
        return self.ask(caller, courses.CREATE_COURSE_SECTION, json=body)

    @operation
    def update_course_section(self, caller: Caller, course_section_id: int | str, name: str) -> Walk[JsonObject]:
        """
        Rename a section.

        :return: the section.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {"name": checked_text("name", name)}
        return self.ask(caller, courses.UPDATE_COURSE_SECTION, path=_section(course_section_id), json=body)

    @operation
    def delete_course_section(self, caller: Caller, course_section_id: int | str) -> Walk[JsonObject]:
        """
        Delete a section.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, courses.DELETE_COURSE_SECTION, path=_section(course_section_id))

    @stream
    def list_course_lessons(
        self,
        caller: Caller,
        *,
        section_id: int | str | None = None,
        space_id: int | str | None = None,
        status: str | None = None,
    ) -> Walk[None]:
        """
        List lessons, oldest first, 100 per request.

        :param section_id: only those of a section.
        :param space_id: only those of a course space.
        :param status: ``draft`` or ``published``.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "course_lessons", section_id=section_id, space_id=space_id, status=status)

    @operation
    def get_course_lesson(self, caller: Caller, course_lesson_id: int | str) -> Walk[JsonObject]:
        """
        Read a lesson.

        :raises NotFound: no such lesson.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, courses.GET_COURSE_LESSON, path=_lesson(course_lesson_id))

    @operation
    def create_course_lesson(
        self, caller: Caller, section_id: int | str, name: str, *, fields: Mapping[str, Any] | None = None
    ) -> Walk[JsonObject]:
        """
        Create a lesson. A lost reply is not looked up.

        :param fields: further attributes, named as in the API: ``body_html``, ``status`` and others.
        :return: the lesson.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {
            **checked_fields("fields", fields, may_be_empty=True),
            "section_id": checked_id("section_id", section_id),
            "name": checked_text("name", name),
        }
        return self.ask(caller, courses.CREATE_COURSE_LESSON, json=body)

    @operation
    def update_course_lesson(
        self, caller: Caller, course_lesson_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change a lesson.

        :param fields: attributes to set, named as in the API.
        :return: the lesson.

        Source: https://api.circle.so/apis/admin-api
        """
        body = checked_fields("fields", fields)
        return self.ask(caller, courses.UPDATE_COURSE_LESSON, path=_lesson(course_lesson_id), json=body)

    @operation
    def delete_course_lesson(self, caller: Caller, course_lesson_id: int | str) -> Walk[JsonObject]:
        """
        Delete a lesson.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, courses.DELETE_COURSE_LESSON, path=_lesson(course_lesson_id))

    @operation
    def set_lesson_progress(
        self, caller: Caller, course_lesson_id: int | str, email: str, status: str
    ) -> Walk[JsonObject]:
        """
        Say whether a member has completed a lesson.

        :param status: ``completed`` or ``incomplete``.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {
            "lesson_id": checked_id("course_lesson_id", course_lesson_id),
            "member_email": checked_email("email", email),
            "status": checked_word("status", status, "completed", "incomplete"),
        }
        return self.ask(caller, courses.UPDATE_COURSE_LESSON_PROGRESS, json=body)


def _section(course_section_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("course_section_id", course_section_id)}


def _lesson(course_lesson_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("course_lesson_id", course_lesson_id)}
