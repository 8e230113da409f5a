"""Search over members, posts, comments, spaces, lessons and events."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["ADVANCED_SEARCH"]

ADVANCED_SEARCH = Endpoint("GET", "/advanced_search", SOURCE, pages=PAGES)
