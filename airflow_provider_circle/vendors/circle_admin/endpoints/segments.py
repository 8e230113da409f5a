"""Community segments: saved filters over contacts."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "CREATE_COMMUNITY_SEGMENT",
    "DELETE_COMMUNITY_SEGMENT",
    "DUPLICATE_COMMUNITY_SEGMENT",
    "LIST_COMMUNITY_SEGMENTS",
    "UPDATE_COMMUNITY_SEGMENT",
]

LIST_COMMUNITY_SEGMENTS = Endpoint("GET", "/community_segments", SOURCE, pages=PAGES)
CREATE_COMMUNITY_SEGMENT = Endpoint("POST", "/community_segments", SOURCE)
UPDATE_COMMUNITY_SEGMENT = Endpoint("PUT", "/community_segments/{id}", SOURCE)
DELETE_COMMUNITY_SEGMENT = Endpoint("DELETE", "/community_segments/{id}", SOURCE)
DUPLICATE_COMMUNITY_SEGMENT = Endpoint("POST", "/community_segments/{id}/duplicate", SOURCE)
