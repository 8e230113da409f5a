"""Space groups."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_SPACE_GROUP", "DELETE_SPACE_GROUP", "GET_SPACE_GROUP", "LIST_SPACE_GROUPS", "UPDATE_SPACE_GROUP"]

LIST_SPACE_GROUPS = Endpoint("GET", "/space_groups", SOURCE, pages=PAGES)
CREATE_SPACE_GROUP = Endpoint("POST", "/space_groups", SOURCE)
GET_SPACE_GROUP = Endpoint("GET", "/space_groups/{id}", SOURCE)
UPDATE_SPACE_GROUP = Endpoint("PUT", "/space_groups/{id}", SOURCE)
DELETE_SPACE_GROUP = Endpoint("DELETE", "/space_groups/{id}", SOURCE)
