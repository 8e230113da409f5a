"""Usage exports: what an organization's jobs cost, as files."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = ["GET_USAGE_EXPORT", "START_USAGE_EXPORT"]

START_USAGE_EXPORT = Endpoint("POST", "/organizations/{org_id}/usage_export_job", V2 + "createUsageExport")
GET_USAGE_EXPORT = Endpoint(
    "GET", "/organizations/{org_id}/usage_export_job/{usage_export_job_id}", V2 + "getUsageExport"
)
