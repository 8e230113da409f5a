"""Settings of the community: Connect and taxes."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["GET_CONNECT_SETTINGS", "GET_TAX_SETTING", "UPDATE_CONNECT_SETTINGS", "UPDATE_TAX_SETTING"]

GET_CONNECT_SETTINGS = Endpoint("GET", "/settings/connect", SOURCE)
UPDATE_CONNECT_SETTINGS = Endpoint("PATCH", "/settings/connect", SOURCE, repeatable=True)
GET_TAX_SETTING = Endpoint("GET", "/tax_setting", SOURCE)
UPDATE_TAX_SETTING = Endpoint("PUT", "/tax_setting", SOURCE)
