"""
The Admin API v1, as far as its callers have shown it: plain arrays, every failure under status 200.

No description of v1 was at hand. What is here was called by public programs; what is marked was seen by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages, NumberedPages, Page
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PER_PAGE

__all__ = [
    "CREATE_COMMUNITY_MEMBER",
    "CREATE_SPACE_GROUP_MEMBER",
    "CREATE_SPACE_MEMBER",
    "CREATE_TAGGED_MEMBER",
    "DELETE_COMMUNITY_MEMBER",
    "DELETE_SPACE_GROUP_MEMBER",
    "DELETE_SPACE_MEMBER",
    "DELETE_TAGGED_MEMBER",
    "GET_COMMUNITY_MEMBER",
    "GET_ME",
    "LIST_CHARGES",
    "LIST_COMMENTS",
    "LIST_COMMUNITIES",
    "LIST_COMMUNITY_MEMBERS",
    "LIST_EVENTS",
    "LIST_MEMBER_TAGS",
    "LIST_POSTS",
    "LIST_SPACES",
    "LIST_SPACE_GROUPS",
    "LIST_SUBSCRIPTIONS",
    "LIST_TAGGED_MEMBERS",
    "SEARCH_COMMUNITY_MEMBER",
    "UPDATE_COMMUNITY_MEMBER",
]

_SOURCE = "https://api-v1.circle.so/"

_ARRAYS = NumberedPages()
"""Arrays that end with an empty page."""


@dataclass(frozen=True, slots=True)
class _WholeArray:
    """
    An array nobody has seen a second page of.

    One that takes no ``page`` would begin anew for ever if it were read to an empty page, so it is read once. One that
    is exactly as long as a page may have been cut off, and is refused.
    """

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take the array as it is.

        :raises UnexpectedReply: it is no list of objects, or looks cut off.
        """
        page = NoPages().read(reply, asked)
        if len(page.records) == PER_PAGE:
            raise UnexpectedReply(f"the list has exactly {PER_PAGE} rows and may have been cut off; read it with v2")
        return page


GET_ME = Endpoint("GET", "/me", _SOURCE)
LIST_COMMUNITIES = Endpoint("GET", "/communities", _SOURCE, pages=_WholeArray())
LIST_SPACE_GROUPS = Endpoint("GET", "/space_groups", _SOURCE, pages=_WholeArray())
LIST_MEMBER_TAGS = Endpoint("GET", "/member_tags", _SOURCE, pages=_WholeArray())

LIST_COMMUNITY_MEMBERS = Endpoint("GET", "/community_members", _SOURCE, pages=_ARRAYS)
LIST_SPACES = Endpoint("GET", "/spaces", _SOURCE, pages=_ARRAYS)
LIST_POSTS = Endpoint("GET", "/posts", _SOURCE, pages=_ARRAYS)
# Unverified: that these come in pages.
LIST_COMMENTS = Endpoint("GET", "/comments", _SOURCE, pages=_ARRAYS)
LIST_EVENTS = Endpoint("GET", "/events", _SOURCE, pages=_ARRAYS)
LIST_TAGGED_MEMBERS = Endpoint("GET", "/tagged_members", _SOURCE, pages=_ARRAYS)
LIST_CHARGES = Endpoint("GET", "/community_member_charges", _SOURCE, pages=_ARRAYS)
LIST_SUBSCRIPTIONS = Endpoint("GET", "/community_member_subscriptions", _SOURCE, pages=_ARRAYS)

GET_COMMUNITY_MEMBER = Endpoint("GET", "/community_members/{id}", _SOURCE)
SEARCH_COMMUNITY_MEMBER = Endpoint("GET", "/community_members/search", _SOURCE)
CREATE_COMMUNITY_MEMBER = Endpoint("POST", "/community_members", _SOURCE)
UPDATE_COMMUNITY_MEMBER = Endpoint("PUT", "/community_members/{id}", _SOURCE)
# v1 removes a member by e-mail.
DELETE_COMMUNITY_MEMBER = Endpoint("DELETE", "/community_members", _SOURCE)

# Whoever is in already stays in.
CREATE_SPACE_MEMBER = Endpoint("POST", "/space_members", _SOURCE, repeatable=True)
DELETE_SPACE_MEMBER = Endpoint("DELETE", "/space_members", _SOURCE)
CREATE_SPACE_GROUP_MEMBER = Endpoint("POST", "/space_group_members", _SOURCE, repeatable=True)
DELETE_SPACE_GROUP_MEMBER = Endpoint("DELETE", "/space_group_members", _SOURCE)
CREATE_TAGGED_MEMBER = Endpoint("POST", "/tagged_members", _SOURCE, repeatable=True)
DELETE_TAGGED_MEMBER = Endpoint("DELETE", "/tagged_members", _SOURCE)
