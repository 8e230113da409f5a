"""Profile fields, and which of them a page shows."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "ARCHIVE_PROFILE_FIELD",
    "CREATE_PROFILE_FIELD",
    "DELETE_PROFILE_FIELD",
    "LIST_PAGE_PROFILE_FIELDS",
    "LIST_PROFILE_FIELDS",
    "UNARCHIVE_PROFILE_FIELD",
    "UPDATE_PROFILE_FIELD",
]

LIST_PAGE_PROFILE_FIELDS = Endpoint("GET", "/page_profile_fields", SOURCE)
LIST_PROFILE_FIELDS = Endpoint("GET", "/profile_fields", SOURCE, pages=PAGES)
CREATE_PROFILE_FIELD = Endpoint("POST", "/profile_fields", SOURCE)
UPDATE_PROFILE_FIELD = Endpoint("PUT", "/profile_fields/{id}", SOURCE)
DELETE_PROFILE_FIELD = Endpoint("DELETE", "/profile_fields/{id}", SOURCE)
ARCHIVE_PROFILE_FIELD = Endpoint("PUT", "/profile_fields/{id}/archive", SOURCE)
UNARCHIVE_PROFILE_FIELD = Endpoint("PUT", "/profile_fields/{id}/unarchive", SOURCE)
