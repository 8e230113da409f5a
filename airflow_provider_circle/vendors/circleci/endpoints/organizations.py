"""
Organizations, and which URLs their projects may take orbs from.

An organization is named in one segment of the path, so the slash of a slug is escaped.
"""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = [
    "CREATE_ORGANIZATION",
    "CREATE_URL_ORB_ALLOW_LIST_ENTRY",
    "DELETE_ORGANIZATION",
    "GET_ORGANIZATION",
    "LIST_URL_ORB_ALLOW_LIST_ENTRIES",
    "REMOVE_URL_ORB_ALLOW_LIST_ENTRY",
]

_ALLOW_LIST = "/organization/{organization}/url-orb-allow-list"

CREATE_ORGANIZATION = Endpoint("POST", "/organization", V2 + "createOrganization")
GET_ORGANIZATION = Endpoint("GET", "/organization/{organization}", V2 + "getOrganization")
DELETE_ORGANIZATION = Endpoint("DELETE", "/organization/{organization}", V2 + "deleteOrganization")
LIST_URL_ORB_ALLOW_LIST_ENTRIES = Endpoint(
    "GET", _ALLOW_LIST, V2 + "listURLOrbAllowListEntries", pages=NoPages(records="items")
)
CREATE_URL_ORB_ALLOW_LIST_ENTRY = Endpoint("POST", _ALLOW_LIST, V2 + "createURLOrbAllowListEntry")
REMOVE_URL_ORB_ALLOW_LIST_ENTRY = Endpoint("DELETE", _ALLOW_LIST + "/{entry_id}", V2 + "removeURLOrbAllowListEntry")
