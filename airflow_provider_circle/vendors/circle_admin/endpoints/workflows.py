"""Workflows: what Circle does by itself."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["ACTIVATE_WORKFLOW", "DEACTIVATE_WORKFLOW", "DUPLICATE_WORKFLOW", "GET_WORKFLOW", "LIST_WORKFLOWS"]

LIST_WORKFLOWS = Endpoint("GET", "/workflows", SOURCE, pages=PAGES)
GET_WORKFLOW = Endpoint("GET", "/workflows/{id}", SOURCE)
# A bulk action runs when it is activated, and must not run twice. Unverified: that a second activation would.
ACTIVATE_WORKFLOW = Endpoint("PUT", "/workflows/{id}/activate", SOURCE, repeatable=False)
DEACTIVATE_WORKFLOW = Endpoint("PUT", "/workflows/{id}/deactivate", SOURCE)
DUPLICATE_WORKFLOW = Endpoint("POST", "/workflows/{id}/duplicate", SOURCE)
