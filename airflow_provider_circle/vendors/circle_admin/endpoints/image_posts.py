"""Posts of image spaces."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_IMAGE_POST", "DELETE_IMAGE_POST", "DUPLICATE_IMAGE_POST", "GET_IMAGE_POST", "LIST_IMAGE_POSTS"]

LIST_IMAGE_POSTS = Endpoint("GET", "/spaces/{space_id}/images/posts", SOURCE, pages=PAGES)
CREATE_IMAGE_POST = Endpoint("POST", "/spaces/{space_id}/images/posts", SOURCE)
GET_IMAGE_POST = Endpoint("GET", "/spaces/{space_id}/images/posts/{id}", SOURCE)
DELETE_IMAGE_POST = Endpoint("DELETE", "/spaces/{space_id}/images/posts/{id}", SOURCE)
DUPLICATE_IMAGE_POST = Endpoint("POST", "/spaces/{space_id}/images/posts/{id}/duplicate", SOURCE)
