"""Calls about contacts, and about the custom fields of all kinds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from airflow_provider_circle.core.arguments import checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circa_calls.base import CircaCalls, narrowed
from airflow_provider_circle.vendors.circa import endpoints, upsert
from airflow_provider_circle.vendors.circa.bodies import checked_contact
from airflow_provider_circle.vendors.circa.changes import look_for_changed_contacts
from airflow_provider_circle.vendors.circa.streams import FIELDS_FOR

__all__ = ["ContactCalls"]


class ContactCalls(CircaCalls):
    """Read and write contacts, wait for changed ones; read custom fields."""

    @stream
    def list_contacts(
        self,
        caller: Caller,
        *,
        updated_at: Mapping[str, Any] | None = None,
        created_at: Mapping[str, Any] | None = None,
    ) -> Walk[None]:
        """
        List contacts, 25 per request.

        A contact that is edited meanwhile may move others past a page that was read: this list is no snapshot.

        :param updated_at: ``{"min": …, "max": …}``, both given: times with their zone.
        :param created_at: likewise.
        :raises ValueError: an end is missing or no time.

        Source: https://docs.circa.co/ (Contacts)
        """
        return pages(caller, endpoints.LIST_CONTACTS, query=narrowed(updated_at=updated_at, created_at=created_at))

    @operation
    def get_contact(self, caller: Caller, contact_id: str) -> Walk[JsonObject]:
        """
        Read a contact.

        :return: ``{"id", "email", "first_name", "last_name", "company": {…}, "owner": {…}, "custom_fields", …}``.
        :raises NotFound: no such contact.

        Source: https://docs.circa.co/ (Contacts)
        """
        return call(caller, endpoints.GET_CONTACT, path={"contact_id": contact_id})

    @operation
    def create_contact(self, caller: Caller, contact: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Create a contact, without looking whether there is one; :meth:`upsert_contact` looks.

        :param contact: attributes; ``company`` is a company's name, ``owner`` a member's e-mail address.
        :return: the contact.
        :raises ValueError: an attribute is wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Contacts)
        """
        return call(caller, endpoints.CREATE_CONTACT, json=checked_contact(contact))

    @operation
    def update_contact(self, caller: Caller, contact_id: str, contact: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change attributes of a contact; those not given stay.

        :param contact: attributes; ``company`` is a company's name, ``owner`` a member's e-mail address.
        :return: the contact.
        :raises ValueError: an attribute is wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Contacts)
        """
        return call(caller, endpoints.UPDATE_CONTACT, path={"contact_id": contact_id}, json=checked_contact(contact))

    @operation
    def delete_contact(self, caller: Caller, contact_id: str) -> Walk[JsonObject]:
        """
        Delete a contact.

        :raises NotFound: no such contact; also where an earlier attempt deleted it and its reply was lost.

        Source: https://docs.circa.co/ (Contacts)
        """
        return call(caller, endpoints.DELETE_CONTACT, path={"contact_id": contact_id})

    @operation
    def find_contact(self, caller: Caller, email: str) -> Walk[JsonObject | None]:
        """
        Find the contact that has an e-mail address. May read all contacts, for a search is documented nowhere.

        :return: the contact; ``None`` when nobody has this address.
        :raises Invalid: several contacts have it; the message names them.
        :raises UnexpectedReply: the contacts changed so much while they were searched that one may have been missed.

        Source: https://docs.circa.co/ (Contacts)
        """
        return upsert.find_contact(caller, checked_contact({"email": email})["email"])

    @operation
    def upsert_contact(self, caller: Caller, contact: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Create a contact, or update the one that has its e-mail address. May read all contacts to find it.

        :param contact: ``email`` and further attributes; ``company`` is a company's name, ``owner`` a member's e-mail
            address. What is not given stays.
        :return: ``{"contact": …, "action": "created" | "updated" | "unchanged"}``.
        :raises ValueError: an attribute is missing or wrong; nothing was sent.
        :raises Invalid: several contacts have this address, or Circa refused a value.
        :raises UnexpectedReply: the contacts changed so much while they were searched that one may have been missed.

        Source: https://docs.circa.co/ (Contacts)
        """
        return upsert.upsert_contact(caller, contact)

    @operation
    def wait_for_changed_contacts(
        self,
        caller: Caller,
        since: datetime,
        schedule: PollSchedule,
        *,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[Sight[JsonObject]]:
        """
        Wait until contacts have changed at or after a moment.

        :param since: aware.
        :param schedule: when to look next.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: with ``{"id", "updated_at"}`` of one that did.

        Source: https://docs.circa.co/ (Contacts)
        """

        def look(caller: Caller) -> Walk[Sight[JsonObject]]:
            return look_for_changed_contacts(caller, since)

        return wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)

    @stream
    def list_fields(self, caller: Caller, fields_for: Literal["Event", "Company", "Contact"]) -> Walk[None]:
        """
        List the custom fields of one kind, in one request.

        :param fields_for: ``Event``, ``Company`` or ``Contact``.
        :raises ValueError: another kind.

        Source: https://docs.circa.co/ (Fields)
        """
        query = {"fields_for": checked_word("fields_for", fields_for, *FIELDS_FOR)}
        return pages(caller, endpoints.LIST_FIELDS, query=query)

    @operation
    def get_field(self, caller: Caller, field_id: str) -> Walk[JsonObject]:
        """
        Read a custom field.

        :raises NotFound: no such field.

        Source: https://docs.circa.co/ (Fields)
        """
        return call(caller, endpoints.GET_FIELD, path={"field_id": field_id})
