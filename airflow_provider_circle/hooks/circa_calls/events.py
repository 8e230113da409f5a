"""Calls about teams and events, and what hangs on an event but its contacts: staff, expenses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circa_calls.base import CircaCalls, narrowed
from airflow_provider_circle.vendors.circa import endpoints
from airflow_provider_circle.vendors.circa.bodies import checked_event

__all__ = ["EventCalls"]


class EventCalls(CircaCalls):
    """Read teams; read and write events."""

    @stream
    def list_teams(self, caller: Caller) -> Walk[None]:
        """
        List the teams, 25 per request.

        Source: https://docs.circa.co/ (Teams)
        """
        return pages(caller, endpoints.LIST_TEAMS)

    @operation
    def get_team(self, caller: Caller, team_id: str) -> Walk[JsonObject]:
        """
        Read a team.

        :return: ``{"id", "name", …}``.
        :raises NotFound: no such team.

        Source: https://docs.circa.co/ (Teams)
        """
        return call(caller, endpoints.GET_TEAM, path={"team_id": team_id})

    @stream
    def list_events(
        self,
        caller: Caller,
        *,
        updated_at: Mapping[str, Any] | None = None,
        created_at: Mapping[str, Any] | None = None,
    ) -> Walk[None]:
        """
        List events, 25 per request.

        :param updated_at: ``{"min": …, "max": …}``, both given: times with their zone.
        :param created_at: likewise.
        :raises ValueError: an end is missing or no time.

        Source: https://docs.circa.co/ (Events)
        """
        return pages(caller, endpoints.LIST_EVENTS, query=narrowed(updated_at=updated_at, created_at=created_at))

    @operation
    def get_event(self, caller: Caller, event_id: str) -> Walk[JsonObject]:
        """
        Read an event.

        :return: ``{"id", "name", "status", "team", "start_date", "end_date", …}``.
        :raises NotFound: no such event.

        Source: https://docs.circa.co/ (Events)
        """
        return call(caller, endpoints.GET_EVENT, path={"event_id": event_id})

    @operation
    def create_event(self, caller: Caller, event: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Create an event. A lost reply is an error: nothing tells the new event from others.

        :param event: at least ``name``, ``team_id`` and ``status``, which is ``COMMITTED``, ``CONSIDERING``,
            ``SKIPPING``, ``CANCELLED`` or ``POSTPONED``.
        :return: the event.
        :raises ValueError: an attribute is missing or wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Events)
        """
        return call(caller, endpoints.CREATE_EVENT, json=checked_event(event, new=True))

    @operation
    def update_event(self, caller: Caller, event_id: str, event: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change attributes of an event; those not given stay.

        :return: the event.
        :raises ValueError: an attribute is wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Events)
        """
        return call(caller, endpoints.UPDATE_EVENT, path={"event_id": event_id}, json=checked_event(event))

    @operation
    def delete_event(self, caller: Caller, event_id: str) -> Walk[JsonObject]:
        """
        Delete an event.

        :raises NotFound: no such event; also where an earlier attempt deleted it and its reply was lost.

        Source: https://docs.circa.co/ (Events)
        """
        return call(caller, endpoints.DELETE_EVENT, path={"event_id": event_id})

    @stream
    def list_event_staff(self, caller: Caller, event_id: str) -> Walk[None]:
        """
        List who works at an event, 25 per request.

        Source: https://docs.circa.co/ (Events)
        """
        return pages(caller, endpoints.LIST_EVENT_STAFF, path={"event_id": event_id})

    @stream
    def list_event_expenses(self, caller: Caller, event_id: str) -> Walk[None]:
        """
        List what an event cost, 25 per request.

        Source: https://docs.circa.co/ (Events)
        """
        return pages(caller, endpoints.LIST_EVENT_EXPENSES, path={"event_id": event_id})
