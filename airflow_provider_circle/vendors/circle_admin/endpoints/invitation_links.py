"""Invitation links."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "CREATE_INVITATION_LINK",
    "DELETE_INVITATION_LINK",
    "LIST_INVITATION_LINKS",
    "REVOKE_INVITATION_LINK",
    "UPDATE_INVITATION_LINK",
]

LIST_INVITATION_LINKS = Endpoint("GET", "/invitation_links", SOURCE, pages=PAGES)
CREATE_INVITATION_LINK = Endpoint("POST", "/invitation_links", SOURCE)
UPDATE_INVITATION_LINK = Endpoint("PUT", "/invitation_links/{id}", SOURCE)
DELETE_INVITATION_LINK = Endpoint("DELETE", "/invitation_links/{id}", SOURCE)
REVOKE_INVITATION_LINK = Endpoint("PATCH", "/invitation_links/{id}/revoke", SOURCE, repeatable=True)
