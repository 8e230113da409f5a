"""Who is in a space."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_SPACE_MEMBER", "DELETE_SPACE_MEMBER", "GET_SPACE_MEMBER", "LIST_SPACE_MEMBERS"]

LIST_SPACE_MEMBERS = Endpoint("GET", "/space_members", SOURCE, pages=PAGES)
# Whoever is in the space already stays in it.
CREATE_SPACE_MEMBER = Endpoint("POST", "/space_members", SOURCE, repeatable=True)
DELETE_SPACE_MEMBER = Endpoint("DELETE", "/space_members", SOURCE)
GET_SPACE_MEMBER = Endpoint("GET", "/space_member", SOURCE)
