"""Topics."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_TOPIC", "DELETE_TOPIC", "GET_TOPIC", "LIST_TOPICS", "UPDATE_TOPIC"]

LIST_TOPICS = Endpoint("GET", "/topics", SOURCE, pages=PAGES)
CREATE_TOPIC = Endpoint("POST", "/topics", SOURCE)
GET_TOPIC = Endpoint("GET", "/topics/{id}", SOURCE)
UPDATE_TOPIC = Endpoint("PUT", "/topics/{id}", SOURCE)
DELETE_TOPIC = Endpoint("DELETE", "/topics/{id}", SOURCE)
