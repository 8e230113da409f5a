"""Projects: themselves, and their advanced settings."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = ["CREATE_PROJECT", "DELETE_PROJECT", "GET_PROJECT", "GET_PROJECT_SETTINGS", "UPDATE_PROJECT_SETTINGS"]

_SETTINGS = "/project/{project_slug:path}/settings"

# The organization is one segment of the path: the slash of a slug is escaped.
CREATE_PROJECT = Endpoint("POST", "/organization/{organization}/project", V2 + "createProject")
GET_PROJECT = Endpoint("GET", "/project/{project_slug:path}", V2 + "getProjectBySlug")
DELETE_PROJECT = Endpoint("DELETE", "/project/{project_slug:path}", V2 + "deleteProjectBySlug")
GET_PROJECT_SETTINGS = Endpoint("GET", _SETTINGS, V2 + "getProjectSettings")
# It names what is to be, not a change to what is: the second of two equal requests finds everything as it asks for.
UPDATE_PROJECT_SETTINGS = Endpoint("PATCH", _SETTINGS, V2 + "patchProjectSettings", repeatable=True)
