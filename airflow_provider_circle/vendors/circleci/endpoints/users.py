"""Users, and the organizations they work with."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = ["GET_ME", "GET_USER", "LIST_COLLABORATIONS"]

GET_ME = Endpoint("GET", "/me", V2 + "getCurrentUser")
LIST_COLLABORATIONS = Endpoint("GET", "/me/collaborations", V2 + "getCollaborations")
GET_USER = Endpoint("GET", "/user/{user_id}", V2 + "getUser")
