"""Charges: what members paid."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["EXPORT_CHARGES", "LIST_CHARGES", "REFUND_CHARGE"]

LIST_CHARGES = Endpoint("GET", "/community_member_charges", SOURCE, pages=PAGES)
EXPORT_CHARGES = Endpoint("POST", "/community_member_charges/export", SOURCE)
REFUND_CHARGE = Endpoint("POST", "/community_member_charges/{id}/refund", SOURCE)
