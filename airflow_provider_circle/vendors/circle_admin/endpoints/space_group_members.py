"""Who is in a space group."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "CREATE_SPACE_GROUP_MEMBER",
    "DELETE_SPACE_GROUP_MEMBER",
    "GET_SPACE_GROUP_MEMBER",
    "LIST_SPACE_GROUP_MEMBERS",
]

LIST_SPACE_GROUP_MEMBERS = Endpoint("GET", "/space_group_members", SOURCE, pages=PAGES)
# Whoever is in the space group already stays in it.
CREATE_SPACE_GROUP_MEMBER = Endpoint("POST", "/space_group_members", SOURCE, repeatable=True)
DELETE_SPACE_GROUP_MEMBER = Endpoint("DELETE", "/space_group_members", SOURCE)
GET_SPACE_GROUP_MEMBER = Endpoint("GET", "/space_group_member", SOURCE)
