"""Member tags."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_MEMBER_TAG", "DELETE_MEMBER_TAG", "GET_MEMBER_TAG", "LIST_MEMBER_TAGS", "UPDATE_MEMBER_TAG"]

LIST_MEMBER_TAGS = Endpoint("GET", "/member_tags", SOURCE, pages=PAGES)
CREATE_MEMBER_TAG = Endpoint("POST", "/member_tags", SOURCE)
GET_MEMBER_TAG = Endpoint("GET", "/member_tags/{id}", SOURCE)
UPDATE_MEMBER_TAG = Endpoint("PUT", "/member_tags/{id}", SOURCE)
DELETE_MEMBER_TAG = Endpoint("DELETE", "/member_tags/{id}", SOURCE)
