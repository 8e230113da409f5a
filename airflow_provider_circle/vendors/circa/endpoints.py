"""Circa's API v1, one line of data per operation. Which lists are worth pulling, ``streams`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages, NumberedPages, Page
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circa.service import SOURCE

__all__ = [
    "ADD_EVENT_CONTACT",
    "CREATE_COMPANY",
    "CREATE_CONTACT",
    "CREATE_EVENT",
    "DELETE_COMPANY",
    "DELETE_CONTACT",
    "DELETE_EVENT",
    "DELETE_EVENT_CONTACT",
    "DELETE_EXPORT",
    "EMAIL_PARAMETER",
    "GET_COMPANY",
    "GET_CONTACT",
    "GET_EVENT",
    "GET_EVENT_CONTACT",
    "GET_EXPORT",
    "GET_FIELD",
    "GET_TEAM",
    "LIST_COMPANIES",
    "LIST_COMPANY_CONTACTS",
    "LIST_CONTACTS",
    "LIST_EVENTS",
    "LIST_EVENT_CONTACTS",
    "LIST_EVENT_EXPENSES",
    "LIST_EVENT_STAFF",
    "LIST_FIELDS",
    "LIST_TEAMS",
    "START_EXPORT",
    "UPDATE_COMPANY",
    "UPDATE_CONTACT",
    "UPDATE_EVENT",
    "UPDATE_EVENT_CONTACT",
]

EMAIL_PARAMETER = "email"
"""
Query parameter that narrows the contacts to an address.

Unverified: that Circa knows it. Whoever sends it compares on this side, too, for it may be ignored or match loosely.
"""


@dataclass(frozen=True, slots=True)
class _AllRows:
    """
    All rows at once, below an attribute.

    :param records: attribute that holds the rows.
    """

    records: str

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take the rows out of the reply.

        :raises UnexpectedReply: no list of objects where the rows should be.
        """
        if not isinstance(reply, dict) or not isinstance(reply.get(self.records), list):
            raise UnexpectedReply(f"the reply has no list of objects under {self.records!r}")
        return NoPages().read(reply[self.records], asked)


_PAGES = NumberedPages(
    records="data", pages="pagination.total_pages", count="pagination.total_entries", per_page=25, parameter="page"
)
"""25 rows a page, not to be chosen."""

LIST_TEAMS = Endpoint("GET", "/teams", SOURCE, pages=_PAGES)
GET_TEAM = Endpoint("GET", "/teams/{team_id}", SOURCE)

LIST_EVENTS = Endpoint("GET", "/events", SOURCE, pages=_PAGES)
GET_EVENT = Endpoint("GET", "/events/{event_id}", SOURCE)
CREATE_EVENT = Endpoint("POST", "/events", SOURCE)
# Here and below: a PATCH writes values, so the same one again changes nothing.
UPDATE_EVENT = Endpoint("PATCH", "/events/{event_id}", SOURCE, repeatable=True)
DELETE_EVENT = Endpoint("DELETE", "/events/{event_id}", SOURCE)

LIST_CONTACTS = Endpoint("GET", "/contacts", SOURCE, pages=_PAGES)
GET_CONTACT = Endpoint("GET", "/contacts/{contact_id}", SOURCE)
CREATE_CONTACT = Endpoint("POST", "/contacts", SOURCE)
UPDATE_CONTACT = Endpoint("PATCH", "/contacts/{contact_id}", SOURCE, repeatable=True)
DELETE_CONTACT = Endpoint("DELETE", "/contacts/{contact_id}", SOURCE)

LIST_COMPANIES = Endpoint("GET", "/companies", SOURCE, pages=_PAGES)
GET_COMPANY = Endpoint("GET", "/companies/{company_id}", SOURCE)
CREATE_COMPANY = Endpoint("POST", "/companies", SOURCE)
UPDATE_COMPANY = Endpoint("PATCH", "/companies/{company_id}", SOURCE, repeatable=True)
DELETE_COMPANY = Endpoint("DELETE", "/companies/{company_id}", SOURCE)
LIST_COMPANY_CONTACTS = Endpoint("GET", "/companies/{company_id}/contacts", SOURCE, pages=_PAGES)

LIST_EVENT_CONTACTS = Endpoint("GET", "/events/{event_id}/contacts", SOURCE, pages=_PAGES)
GET_EVENT_CONTACT = Endpoint("GET", "/events/{event_id}/contacts/{contact_id}", SOURCE)
ADD_EVENT_CONTACT = Endpoint("POST", "/events/{event_id}/contacts", SOURCE)
UPDATE_EVENT_CONTACT = Endpoint("PATCH", "/events/{event_id}/contacts/{contact_id}", SOURCE, repeatable=True)
DELETE_EVENT_CONTACT = Endpoint("DELETE", "/events/{event_id}/contacts/{contact_id}", SOURCE)
LIST_EVENT_STAFF = Endpoint("GET", "/events/{event_id}/staff", SOURCE, pages=_PAGES)
LIST_EVENT_EXPENSES = Endpoint("GET", "/events/{event_id}/expenses", SOURCE, pages=_PAGES)

START_EXPORT = Endpoint("POST", "/events/{event_id}/contacts/exports", SOURCE)
GET_EXPORT = Endpoint("GET", "/events/{event_id}/contacts/exports/{export_id}", SOURCE)
DELETE_EXPORT = Endpoint("DELETE", "/events/{event_id}/contacts/exports/{export_id}", SOURCE)

LIST_FIELDS = Endpoint("GET", "/fields", SOURCE, pages=_AllRows("data"))
GET_FIELD = Endpoint("GET", "/fields/{field_id}", SOURCE)
