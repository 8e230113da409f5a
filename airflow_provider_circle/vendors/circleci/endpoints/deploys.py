"""Deploys: components, their versions, environments, and going back to an earlier version."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = [
    "GET_COMPONENT",
    "GET_ENVIRONMENT",
    "LIST_COMPONENTS",
    "LIST_COMPONENT_VERSIONS",
    "LIST_ENVIRONMENTS",
    "ROLLBACK_PROJECT",
]

LIST_COMPONENTS = Endpoint("GET", "/deploy/components", V2 + "listComponents", pages=PAGES)
GET_COMPONENT = Endpoint("GET", "/deploy/components/{component_id}", V2 + "getComponent")
LIST_COMPONENT_VERSIONS = Endpoint(
    "GET", "/deploy/components/{component_id}/versions", V2 + "listComponentVersions", pages=PAGES
)
LIST_ENVIRONMENTS = Endpoint("GET", "/deploy/environments", V2 + "listEnvironments", pages=PAGES)
GET_ENVIRONMENT = Endpoint("GET", "/deploy/environments/{environment_id}", V2 + "getEnvironment")
ROLLBACK_PROJECT = Endpoint("POST", "/projects/{project_id}/rollback", V2 + "rollbackProject")
