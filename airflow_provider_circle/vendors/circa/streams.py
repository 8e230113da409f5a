"""Circa's lists worth pulling, as data: keys, cursors, windows, parents and filters."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_circle.core.stream import Between, Filter, Parent, Stream, time_range
from airflow_provider_circle.vendors.circa import endpoints
from airflow_provider_circle.vendors.circa.types import time_text

__all__ = ["FIELDS_FOR", "STREAMS"]

FIELDS_FOR = ("Event", "Company", "Contact")
"""What custom fields are for; each is a list of its own."""

# Unverified: whether the bounds belong to the range. Windows ask for a second more on both ends and cut it off here.
_UPDATED = Between("updated_at[min]", "updated_at[max]", time_text)

_CREATED: Mapping[str, Filter] = {"created_at": time_range("created_at[min]", "created_at[max]", time_text)}
"""The only filter the documents name besides the window itself; ``{"min": …, "max": …}``."""

_OF_EVENT = Parent("events", "event_id", "event_id")
_OF_COMPANY = Parent("companies", "company_id", "company_id")

STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream("teams", endpoints.LIST_TEAMS),
        Stream("events", endpoints.LIST_EVENTS, cursor="updated_at", window=_UPDATED, filters=_CREATED),
        Stream("contacts", endpoints.LIST_CONTACTS, cursor="updated_at", window=_UPDATED, filters=_CREATED),
        Stream("companies", endpoints.LIST_COMPANIES, cursor="updated_at", window=_UPDATED, filters=_CREATED),
        # Unverified: that an event's contacts can be narrowed by the time of a change, as all contacts can. Where Circa
        # ignores it, all come, and what is outside the window is cut off by whoever lands them.
        Stream(
            "event_contacts",
            endpoints.LIST_EVENT_CONTACTS,
            key=("event_id", "id"),
            cursor="updated_at",
            window=_UPDATED,
            parent=_OF_EVENT,
            filters=_CREATED,
        ),
        Stream("event_staff", endpoints.LIST_EVENT_STAFF, key=("event_id", "id"), parent=_OF_EVENT),
        Stream("event_expenses", endpoints.LIST_EVENT_EXPENSES, key=("event_id", "id"), parent=_OF_EVENT),
        Stream("company_contacts", endpoints.LIST_COMPANY_CONTACTS, key=("company_id", "id"), parent=_OF_COMPANY),
        *(Stream(f"{kind.lower()}_fields", endpoints.LIST_FIELDS, query={"fields_for": kind}) for kind in FIELDS_FOR),
    )
}
"""By name. Windows are of ``updated_at``; a child's key begins with its parent's id."""
