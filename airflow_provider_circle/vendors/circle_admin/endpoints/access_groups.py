"""Access groups and who is in them."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "ADD_ACCESS_GROUP_MEMBER",
    "ARCHIVE_ACCESS_GROUP",
    "CREATE_ACCESS_GROUP",
    "GET_ACCESS_GROUP_MEMBER",
    "LIST_ACCESS_GROUPS",
    "LIST_ACCESS_GROUP_MEMBERS",
    "REMOVE_ACCESS_GROUP_MEMBER",
    "UNARCHIVE_ACCESS_GROUP",
    "UPDATE_ACCESS_GROUP",
]

LIST_ACCESS_GROUPS = Endpoint("GET", "/access_groups", SOURCE, pages=PAGES)
CREATE_ACCESS_GROUP = Endpoint("POST", "/access_groups", SOURCE)
UPDATE_ACCESS_GROUP = Endpoint("PUT", "/access_groups/{id}", SOURCE)
# Circle archives a group; nothing deletes one.
ARCHIVE_ACCESS_GROUP = Endpoint("DELETE", "/access_groups/{id}", SOURCE)
UNARCHIVE_ACCESS_GROUP = Endpoint("PATCH", "/access_groups/{id}/unarchive", SOURCE, repeatable=True)
LIST_ACCESS_GROUP_MEMBERS = Endpoint("GET", "/access_groups/{access_group_id}/community_members", SOURCE, pages=PAGES)
# Whoever is in the group already stays in it.
ADD_ACCESS_GROUP_MEMBER = Endpoint(
    "POST", "/access_groups/{access_group_id}/community_members", SOURCE, repeatable=True
)
REMOVE_ACCESS_GROUP_MEMBER = Endpoint("DELETE", "/access_groups/{access_group_id}/community_members", SOURCE)
GET_ACCESS_GROUP_MEMBER = Endpoint("GET", "/access_groups/{access_group_id}/community_member", SOURCE)
