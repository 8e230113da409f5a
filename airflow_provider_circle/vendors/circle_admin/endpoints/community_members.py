"""Community members: list, find, invite, change, remove."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "BAN_COMMUNITY_MEMBER",
    "CREATE_COMMUNITY_MEMBER",
    "DEACTIVATE_COMMUNITY_MEMBER",
    "DELETE_COMMUNITY_MEMBER",
    "GET_COMMUNITY_MEMBER",
    "LIST_ACCESS_GROUPS_OF_MEMBER",
    "LIST_COMMUNITY_MEMBERS",
    "SEARCH_COMMUNITY_MEMBER",
    "UPDATE_COMMUNITY_MEMBER",
]

LIST_COMMUNITY_MEMBERS = Endpoint("GET", "/community_members", SOURCE, pages=PAGES)
CREATE_COMMUNITY_MEMBER = Endpoint("POST", "/community_members", SOURCE)
GET_COMMUNITY_MEMBER = Endpoint("GET", "/community_members/{id}", SOURCE)
UPDATE_COMMUNITY_MEMBER = Endpoint("PUT", "/community_members/{id}", SOURCE)
DEACTIVATE_COMMUNITY_MEMBER = Endpoint("DELETE", "/community_members/{id}", SOURCE)
BAN_COMMUNITY_MEMBER = Endpoint("PUT", "/community_members/{id}/ban_member", SOURCE)
DELETE_COMMUNITY_MEMBER = Endpoint("PUT", "/community_members/{id}/delete_member", SOURCE)
SEARCH_COMMUNITY_MEMBER = Endpoint("GET", "/community_members/search", SOURCE)
LIST_ACCESS_GROUPS_OF_MEMBER = Endpoint(
    "GET", "/community_members/{community_member_id}/access_groups", SOURCE, pages=PAGES
)
