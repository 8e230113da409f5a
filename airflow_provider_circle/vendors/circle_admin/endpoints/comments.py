"""Comments."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_COMMENT", "DELETE_COMMENT", "GET_COMMENT", "LIST_COMMENTS"]

LIST_COMMENTS = Endpoint("GET", "/comments", SOURCE, pages=PAGES)
CREATE_COMMENT = Endpoint("POST", "/comments", SOURCE)
GET_COMMENT = Endpoint("GET", "/comments/{id}", SOURCE)
DELETE_COMMENT = Endpoint("DELETE", "/comments/{id}", SOURCE)
