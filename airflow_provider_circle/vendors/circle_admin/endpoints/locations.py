"""Places, by their names."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["SEARCH_LOCATIONS"]

SEARCH_LOCATIONS = Endpoint("GET", "/locations/search", SOURCE)
