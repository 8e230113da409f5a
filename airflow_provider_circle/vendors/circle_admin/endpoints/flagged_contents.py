"""Content that was reported."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_FLAGGED_CONTENT", "LIST_FLAGGED_CONTENTS"]

LIST_FLAGGED_CONTENTS = Endpoint("GET", "/flagged_contents", SOURCE, pages=PAGES)
CREATE_FLAGGED_CONTENT = Endpoint("POST", "/flagged_contents", SOURCE)
