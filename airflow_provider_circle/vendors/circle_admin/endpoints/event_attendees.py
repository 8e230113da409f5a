"""Who attends an event."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_EVENT_ATTENDEE", "DELETE_EVENT_ATTENDEE", "LIST_EVENT_ATTENDEES"]

LIST_EVENT_ATTENDEES = Endpoint("GET", "/event_attendees", SOURCE, pages=PAGES)
# Whoever attends already stays on the list.
CREATE_EVENT_ATTENDEE = Endpoint("POST", "/event_attendees", SOURCE, repeatable=True)
# Takes a JSON body, unlike every other DELETE.
DELETE_EVENT_ATTENDEE = Endpoint("DELETE", "/event_attendees", SOURCE)
