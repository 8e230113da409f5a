"""Projects and the user a token belongs to."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = ["GET_ME", "GET_PROJECT"]

GET_ME = Endpoint("GET", "/me", V2 + "getCurrentUser")
GET_PROJECT = Endpoint("GET", "/project/{project_slug:path}", V2 + "getProjectBySlug")
