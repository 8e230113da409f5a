"""The community a token belongs to."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["GET_COMMUNITY", "UPDATE_COMMUNITY"]

GET_COMMUNITY = Endpoint("GET", "/community", SOURCE)
UPDATE_COMMUNITY = Endpoint("PUT", "/community", SOURCE)
