"""The spaces one member is in."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["LIST_MEMBER_SPACES"]

LIST_MEMBER_SPACES = Endpoint("GET", "/community_member_spaces", SOURCE, pages=PAGES)
