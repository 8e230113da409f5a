"""Spaces."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_SPACE", "DELETE_SPACE", "GET_SPACE", "GET_SPACE_AI_SUMMARIES", "LIST_SPACES", "UPDATE_SPACE"]

LIST_SPACES = Endpoint("GET", "/spaces", SOURCE, pages=PAGES)
CREATE_SPACE = Endpoint("POST", "/spaces", SOURCE)
GET_SPACE = Endpoint("GET", "/spaces/{id}", SOURCE)
UPDATE_SPACE = Endpoint("PUT", "/spaces/{id}", SOURCE)
DELETE_SPACE = Endpoint("DELETE", "/spaces/{id}", SOURCE)
GET_SPACE_AI_SUMMARIES = Endpoint("GET", "/spaces/{space_id}/ai_summaries", SOURCE)
