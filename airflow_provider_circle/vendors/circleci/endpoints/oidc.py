"""Custom claims of the OIDC tokens that jobs get: of an organization, and of one of its projects."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = [
    "DELETE_ORGANIZATION_CLAIMS",
    "DELETE_PROJECT_CLAIMS",
    "GET_ORGANIZATION_CLAIMS",
    "GET_PROJECT_CLAIMS",
    "UPDATE_ORGANIZATION_CLAIMS",
    "UPDATE_PROJECT_CLAIMS",
]

_ORGANIZATION = "/org/{org_id}/oidc-custom-claims"
_PROJECT = "/org/{org_id}/project/{project_id}/oidc-custom-claims"

GET_ORGANIZATION_CLAIMS = Endpoint("GET", _ORGANIZATION, V2 + "GetOrgClaims")
# The claims that are named get these very values, however often.
UPDATE_ORGANIZATION_CLAIMS = Endpoint("PATCH", _ORGANIZATION, V2 + "PatchOrgClaims", repeatable=True)
DELETE_ORGANIZATION_CLAIMS = Endpoint("DELETE", _ORGANIZATION, V2 + "DeleteOrgClaims")
GET_PROJECT_CLAIMS = Endpoint("GET", _PROJECT, V2 + "GetProjectClaims")
UPDATE_PROJECT_CLAIMS = Endpoint("PATCH", _PROJECT, V2 + "PatchProjectClaims", repeatable=True)
DELETE_PROJECT_CLAIMS = Endpoint("DELETE", _PROJECT, V2 + "DeleteProjectClaims")
