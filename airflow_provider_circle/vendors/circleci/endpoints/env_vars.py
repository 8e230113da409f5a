"""Environment variables of a project. Those of contexts are with the contexts."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CREATE_ENV_VAR", "DELETE_ENV_VAR", "GET_ENV_VAR", "LIST_ENV_VARS"]

_ALL = "/project/{project_slug:path}/envvar"

LIST_ENV_VARS = Endpoint("GET", _ALL, V2 + "listEnvVars", pages=PAGES)
# Stored by name, over a value that is there: the second of two equal requests stores the same value again. So a lost
# reply costs no more than a repetition; sent only once, it would leave nobody knowing which value the project has.
CREATE_ENV_VAR = Endpoint("POST", _ALL, V2 + "createEnvVar", repeatable=True)
GET_ENV_VAR = Endpoint("GET", _ALL + "/{name}", V2 + "getEnvVar")
DELETE_ENV_VAR = Endpoint("DELETE", _ALL + "/{name}", V2 + "deleteEnvVar")
