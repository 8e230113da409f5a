"""
Calls about schedules: when a project's pipelines start by themselves.

CircleCI has them for projects of GitHub OAuth and Bitbucket Cloud; others have schedule triggers of their pipeline
definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import schedules
from airflow_provider_circle.vendors.circleci.parameters import checked_parameters, checked_revision
from airflow_provider_circle.vendors.circleci.timetable import Timetable

__all__ = ["ScheduleCalls"]


class ScheduleCalls(CircleCICalls):
    """List, create, read, change and delete schedules."""

    @stream
    def list_schedules(self, caller: Caller, project_slug: str | None = None) -> Walk[None]:
        """
        List a project's schedules.

        :param project_slug: the connection's default project where left out.
        :return: records as of :meth:`get_schedule`.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/listSchedulesForProject
        """
        return pages(caller, schedules.LIST_SCHEDULES, path={"project_slug": self.project_slug(project_slug)})

    @operation
    def create_schedule(
        self,
        caller: Caller,
        name: str,
        timetable: Timetable,
        *,
        attribution_actor: str,
        parameters: Mapping[str, Any],
        description: str | None = None,
        project_slug: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Create a schedule.

        :param timetable: when pipelines start, in UTC.
        :param attribution_actor: whose the pipelines are: ``current``, the token's user, or ``system``, nobody's.
        :param parameters: pipeline parameters, and under ``branch`` or ``tag`` what to build; they are not secret.
        :param project_slug: the connection's default project where left out.
        :return: as of :meth:`get_schedule`.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/createSchedule
        """
        body = {
            "name": checked_text("name", name),
            "timetable": _timetable(timetable),
            "attribution-actor": _actor(attribution_actor),
            "parameters": _parameters(parameters),
            **_described(description),
        }
        path = {"project_slug": self.project_slug(project_slug)}
        return call(caller, schedules.CREATE_SCHEDULE, path=path, json=body)

    @operation
    def get_schedule(self, caller: Caller, schedule_id: str) -> Walk[JsonObject]:
        """
        Read a schedule.

        :param schedule_id: UUID.
        :return: ``{"id", "name", "description", "timetable", "parameters", "actor", "project-slug", "created-at",
            "updated-at"}``.
        :raises NotFound: no such schedule.

        Source: https://circleci.com/docs/api/v2/#operation/getScheduleById
        """
        return call(caller, schedules.GET_SCHEDULE, path=_schedule(schedule_id))

    @operation
    def update_schedule(
        self,
        caller: Caller,
        schedule_id: str,
        *,
        name: str | None = None,
        timetable: Timetable | None = None,
        attribution_actor: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        description: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Change a schedule; what is left out stays as it is.

        :param schedule_id: UUID.
        :param timetable: the whole of the new one.
        :param attribution_actor: ``current`` or ``system``.
        :param parameters: all of the new ones, ``branch`` or ``tag`` among them.
        :param description: an empty text takes it away.
        :return: as of :meth:`get_schedule`.
        :raises ValueError: nothing to change, or an argument CircleCI would refuse; nothing was sent.
        :raises NotFound: no such schedule.

        Source: https://circleci.com/docs/api/v2/#operation/updateSchedule
        """
        body: JsonObject = {
            **({} if name is None else {"name": checked_text("name", name)}),
            **({} if timetable is None else {"timetable": _timetable(timetable)}),
            **({} if attribution_actor is None else {"attribution-actor": _actor(attribution_actor)}),
            **({} if parameters is None else {"parameters": _parameters(parameters)}),
            **_described(description),
        }
        if not body:
            raise ValueError(
                "one of name, timetable, attribution_actor, parameters and description must say what to change, "
                "got none of them"
            )
        return call(caller, schedules.UPDATE_SCHEDULE, path=_schedule(schedule_id), json=body)

    @operation
    def delete_schedule(self, caller: Caller, schedule_id: str) -> Walk[JsonObject]:
        """
        Delete a schedule.

        :param schedule_id: UUID.
        :return: ``{"message"}``.
        :raises NotFound: no such schedule.

        Source: https://circleci.com/docs/api/v2/#operation/deleteScheduleById
        """
        return call(caller, schedules.DELETE_SCHEDULE, path=_schedule(schedule_id))


def _schedule(schedule_id: str) -> dict[str, str]:
    return {"schedule_id": checked_uuid("schedule_id", schedule_id)}


def _timetable(timetable: Timetable) -> JsonObject:
    if not isinstance(timetable, Timetable):
        raise ValueError(f"timetable must be a Timetable, got a {type(timetable).__name__}")
    return timetable.body()


def _actor(attribution_actor: str) -> str:
    return checked_word("attribution_actor", attribution_actor, "current", "system")


def _described(description: str | None) -> JsonObject:
    if description is None:
        return {}
    if not isinstance(description, str):
        raise ValueError(f"description must be a text, got a {type(description).__name__}")
    return {"description": description}


def _parameters(parameters: Mapping[str, Any]) -> JsonObject:
    checked: JsonObject = {**checked_parameters(parameters)}
    if not checked_revision(checked.get("branch"), checked.get("tag")):
        raise ValueError("parameters must say under branch or tag what to build, got neither")
    return checked
