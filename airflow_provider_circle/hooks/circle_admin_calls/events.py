"""Calls about events and those who attend them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_email, checked_fields, checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import event_attendees, events
from airflow_provider_circle.vendors.circle_admin.filters import day

__all__ = ["EventCalls"]


class EventCalls(CircleAdminCalls):
    """List, read, create, change and delete events; list, add and remove who attends."""

    @stream
    def list_events(
        self,
        caller: Caller,
        *,
        space_id: int | str | None = None,
        start_date: str | date | None = None,
        end_date: str | date | None = None,
    ) -> Walk[None]:
        """
        List events, oldest first, 100 per request.

        :param space_id: only those of a space. Under v1 there is no such filter, nor are there the next.
        :param start_date: the first day, such as ``2026-10-02``.
        :param end_date: the last day.

        Source: https://api.circle.so/apis/admin-api
        """
        within: dict[str, Any] = {}
        for name, value in (("start_date", start_date), ("end_date", end_date)):
            if value is not None:
                within |= day(f"filter_date[{name}]")(name, value)
        return self.listed(caller, "events", within=within, space_id=space_id)

    @operation
    def get_event(self, caller: Caller, event_id: int | str) -> Walk[JsonObject]:
        """
        Read an event.

        :raises NotFound: no such event.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, events.GET_EVENT, path=_event(event_id))

    @operation
    def create_event(
        self,
        caller: Caller,
        space_id: int | str,
        name: str,
        *,
        status: str = "draft",
        fields: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Create an event. A lost reply is not looked up.

        :param space_id: an event space.
        :param status: ``draft`` or ``published``.
        :param fields: further attributes, named as in the API: ``slug``, ``body``, ``event_type``, ``topics``,
            ``event_setting_attributes`` (``starts_at``, ``duration_in_seconds``, ``location_type``, …) and others.
        :return: the event.

        Source: https://api.circle.so/apis/admin-api
        """
        event = {
            **checked_fields("fields", fields, may_be_empty=True),
            "space_id": checked_id("space_id", space_id),
            "name": checked_text("name", name),
            "status": checked_word("status", status, "draft", "published"),
        }
        return self.ask(caller, events.CREATE_EVENT, json={"event": event})

    @operation
    def update_event(self, caller: Caller, event_id: int | str, fields: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change an event.

        :param fields: attributes to set, named as in the API; Circle asks for ``name``,
            ``space_id`` and ``status`` each time.
        :return: the event.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {"event": checked_fields("fields", fields)}
        return self.ask(caller, events.UPDATE_EVENT, path=_event(event_id), json=body)

    @operation
    def delete_event(self, caller: Caller, event_id: int | str, space_id: int | str) -> Walk[JsonObject]:
        """
        Delete an event.

        :param space_id: the space it is in.

        Source: https://api.circle.so/apis/admin-api
        """
        query = {"space_id": checked_id("space_id", space_id)}
        return self.ask(caller, events.DELETE_EVENT, path=_event(event_id), query=query)

    @stream
    def list_event_attendees(self, caller: Caller, event_id: int | str) -> Walk[None]:
        """
        List who attends an event, 100 per request.

        :return: records ``{"id", "event_id", "member_name", "member_email", "rsvp_date", …}``.
        :raises NotFound: no such event.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "event_attendees", event_id=event_id)

    @operation
    def add_event_attendee(self, caller: Caller, email: str, event_id: int | str) -> Walk[JsonObject]:
        """
        Put a member on an event's list; whoever is on it stays on it.

        :raises NotFound: no such event, or no such member.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, event_attendees.CREATE_EVENT_ATTENDEE, json=_attendee(email, event_id))

    @operation
    def remove_event_attendee(self, caller: Caller, email: str, event_id: int | str) -> Walk[JsonObject]:
        """
        Take a member off an event's list.

        :raises NotFound: no such event, or they are not on its list.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, event_attendees.DELETE_EVENT_ATTENDEE, json=_attendee(email, event_id))


def _event(event_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("event_id", event_id)}


def _attendee(email: str, event_id: int | str) -> JsonObject:
    # Circle wants the event's id as a text here.
    return {"member_email": checked_email("email", email), "event_id": str(checked_id("event_id", event_id))}
