"""Posts."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["CREATE_POST", "DELETE_POST", "GET_POST", "GET_POST_SUMMARY", "LIST_POSTS", "UNFOLLOW_POST", "UPDATE_POST"]

LIST_POSTS = Endpoint("GET", "/posts", SOURCE, pages=PAGES)
CREATE_POST = Endpoint("POST", "/posts", SOURCE)
GET_POST = Endpoint("GET", "/posts/{id}", SOURCE)
UPDATE_POST = Endpoint("PUT", "/posts/{id}", SOURCE)
DELETE_POST = Endpoint("DELETE", "/posts/{id}", SOURCE)
GET_POST_SUMMARY = Endpoint("GET", "/posts/{post_id}/summary", SOURCE)
UNFOLLOW_POST = Endpoint("DELETE", "/posts/{post_id}/post_followers", SOURCE)
