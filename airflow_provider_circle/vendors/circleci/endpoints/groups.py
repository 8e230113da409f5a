"""Groups of an organization's members, who get roles together."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CREATE_GROUP", "DELETE_GROUP", "GET_GROUP", "LIST_GROUPS"]

LIST_GROUPS = Endpoint("GET", "/organizations/{org_id}/groups", V2 + "getOrganizationGroups", pages=PAGES)
CREATE_GROUP = Endpoint("POST", "/organizations/{org_id}/groups", V2 + "createOrganizationGroup")
GET_GROUP = Endpoint("GET", "/organizations/{org_id}/groups/{group_id}", V2 + "getGroup")
DELETE_GROUP = Endpoint("DELETE", "/organizations/{org_id}/groups/{group_id}", V2 + "deleteGroup")
