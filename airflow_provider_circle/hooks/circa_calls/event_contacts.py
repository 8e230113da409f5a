"""Calls about the contacts of an event: their part in it, and exports of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circa_calls.base import CircaCalls, narrowed
from airflow_provider_circle.vendors.circa import endpoints, exports, membership
from airflow_provider_circle.vendors.circa.bodies import checked_event_contact

__all__ = ["EventContactCalls"]


class EventContactCalls(CircaCalls):
    """Read and write the contacts of an event; export them."""

    @stream
    def list_event_contacts(
        self,
        caller: Caller,
        event_id: str,
        *,
        updated_at: Mapping[str, Any] | None = None,
        created_at: Mapping[str, Any] | None = None,
    ) -> Walk[None]:
        """
        List the contacts of an event, 25 per request.

        :param updated_at: ``{"min": …, "max": …}``, both given: times with their zone. Unverified: that Circa narrows
            this list, too.
        :param created_at: likewise.
        :return: contacts, each with ``registration_status`` and ``check_in_status``.
        :raises ValueError: an end is missing or no time.

        Source: https://docs.circa.co/ (Event contacts)
        """
        query = narrowed(updated_at=updated_at, created_at=created_at)
        return pages(caller, endpoints.LIST_EVENT_CONTACTS, path={"event_id": event_id}, query=query)

    @operation
    def get_event_contact(self, caller: Caller, event_id: str, contact_id: str) -> Walk[JsonObject]:
        """
        Read a contact's part in an event.

        :return: the contact with ``registration_status`` and ``check_in_status``.
        :raises NotFound: no such event, or the contact is not in it.

        Source: https://docs.circa.co/ (Event contacts)
        """
        return call(caller, endpoints.GET_EVENT_CONTACT, path={"event_id": event_id, "contact_id": contact_id})

    @operation
    def add_contact_to_event(self, caller: Caller, event_id: str, contact_id: str) -> Walk[JsonObject]:
        """
        Add a contact to an event, unless it is there already.

        :return: ``{"event_contact": …, "added": bool}``.
        :raises NotFound: no such event, or no such contact.

        Source: https://docs.circa.co/ (Event contacts)
        """
        return membership.add_contact_to_event(caller, event_id, contact_id)

    @operation
    def update_event_contact(
        self, caller: Caller, event_id: str, contact_id: str, event_contact: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change a contact's part in an event.

        :param event_contact: such as ``{"attendance_status": …}``, which is read as ``check_in_status``.
        :return: the contact as it is in the event.
        :raises ValueError: an attribute is wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Event contacts)
        """
        path = {"event_id": event_id, "contact_id": contact_id}
        return call(caller, endpoints.UPDATE_EVENT_CONTACT, path=path, json=checked_event_contact(event_contact))

    @operation
    def remove_contact_from_event(self, caller: Caller, event_id: str, contact_id: str) -> Walk[JsonObject]:
        """
        Take a contact out of an event; the contact itself stays.

        :raises NotFound: the contact is not in the event; also where an earlier attempt removed it and its reply was
            lost.

        Source: https://docs.circa.co/ (Event contacts)
        """
        return call(caller, endpoints.DELETE_EVENT_CONTACT, path={"event_id": event_id, "contact_id": contact_id})

    @operation
    def start_export(self, caller: Caller, event_id: str) -> Walk[JsonObject]:
        """
        Start an export of an event's contacts. A lost reply is an error; starting another export harms nothing.

        :return: the export, at least its ``id``.
        :raises NotFound: no such event.

        Source: https://docs.circa.co/ (Event contacts)
        """
        return exports.start_export(caller, event_id)

    @operation
    def get_export(self, caller: Caller, event_id: str, export_id: str) -> Walk[JsonObject]:
        """
        Look at an export.

        :return: ``{"id", "status", "download_url", …}``; the address opens the file for everybody who knows it.
        :raises NotFound: no such event or export.

        Source: https://docs.circa.co/ (Event contacts)
        """
        return exports.look_at_export(caller, event_id, export_id)

    @operation
    def delete_export(self, caller: Caller, event_id: str, export_id: str) -> Walk[JsonObject]:
        """
        Delete an export.

        :raises NotFound: no such export; also where an earlier attempt deleted it and its reply was lost.

        Source: https://docs.circa.co/ (Event contacts)
        """
        return call(caller, endpoints.DELETE_EXPORT, path={"event_id": event_id, "export_id": export_id})

    @operation
    def wait_for_export(
        self,
        caller: Caller,
        event_id: str,
        export_id: str,
        schedule: PollSchedule,
        *,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[JsonObject]:
        """
        Wait for an export to end.

        :param schedule: when to look next.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: ``{"state": "completed" | "failed" | "timed_out", "event_id", "export_id", "status", "message"}``; the
            file's address is asked for anew with :meth:`get_export`, for it is secret and may lapse.
        """
        return exports.wait_for_export(
            caller, event_id, export_id, schedule, started_s=started_s, deadline_s=deadline_s
        )
