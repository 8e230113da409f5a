"""Notes that admins keep about a contact."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES_OF_ANY_SIZE, SOURCE

__all__ = ["CREATE_CONTACT_NOTE", "LIST_CONTACT_NOTES"]

LIST_CONTACT_NOTES = Endpoint("GET", "/contacts/{contact_id}/contact_notes", SOURCE, pages=PAGES_OF_ANY_SIZE)
CREATE_CONTACT_NOTE = Endpoint("POST", "/contacts/{contact_id}/contact_notes", SOURCE)
