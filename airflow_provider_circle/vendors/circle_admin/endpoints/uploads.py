"""Direct uploads and embeds."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["CREATE_DIRECT_UPLOAD", "CREATE_EMBED", "GET_EMBED"]

CREATE_DIRECT_UPLOAD = Endpoint("POST", "/direct_uploads", SOURCE)
CREATE_EMBED = Endpoint("POST", "/embeds", SOURCE)
GET_EMBED = Endpoint("GET", "/embeds/{sgid}", SOURCE)
