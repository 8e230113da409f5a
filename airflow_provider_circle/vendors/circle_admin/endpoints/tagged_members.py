"""Which member has which tag."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_TAGGED_MEMBER", "DELETE_TAGGED_MEMBER", "GET_TAGGED_MEMBER", "LIST_TAGGED_MEMBERS"]

LIST_TAGGED_MEMBERS = Endpoint("GET", "/tagged_members", SOURCE, pages=PAGES)
GET_TAGGED_MEMBER = Endpoint("GET", "/tagged_members/{id}", SOURCE)
# Whoever has the tag already keeps it.
CREATE_TAGGED_MEMBER = Endpoint("POST", "/tagged_members", SOURCE, repeatable=True)
DELETE_TAGGED_MEMBER = Endpoint("DELETE", "/tagged_members", SOURCE)
