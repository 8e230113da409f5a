"""Leads: contacts that are no members. Circle lists none of them."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["CREATE_LEAD", "DELETE_LEAD"]

CREATE_LEAD = Endpoint("POST", "/community_leads", SOURCE)
DELETE_LEAD = Endpoint("DELETE", "/community_leads/{id}", SOURCE)
