"""Events."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_EVENT", "DELETE_EVENT", "DUPLICATE_EVENT", "GET_EVENT", "LIST_EVENTS", "UPDATE_EVENT"]

LIST_EVENTS = Endpoint("GET", "/events", SOURCE, pages=PAGES)
CREATE_EVENT = Endpoint("POST", "/events", SOURCE)
GET_EVENT = Endpoint("GET", "/events/{id}", SOURCE)
UPDATE_EVENT = Endpoint("PUT", "/events/{id}", SOURCE)
DELETE_EVENT = Endpoint("DELETE", "/events/{id}", SOURCE)
DUPLICATE_EVENT = Endpoint("POST", "/spaces/{space_id}/events/{id}/duplicate", SOURCE)
