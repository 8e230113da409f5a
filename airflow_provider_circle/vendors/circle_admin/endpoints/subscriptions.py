"""Subscriptions of members."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CANCEL_SUBSCRIPTION", "EXPORT_SUBSCRIPTIONS", "LIST_SUBSCRIPTIONS", "RESUME_SUBSCRIPTION"]

LIST_SUBSCRIPTIONS = Endpoint("GET", "/community_member_subscriptions", SOURCE, pages=PAGES)
EXPORT_SUBSCRIPTIONS = Endpoint("POST", "/community_member_subscriptions/export", SOURCE)
CANCEL_SUBSCRIPTION = Endpoint("POST", "/community_member_subscriptions/{id}/cancel", SOURCE)
RESUME_SUBSCRIPTION = Endpoint("POST", "/community_member_subscriptions/{id}/resume", SOURCE)
