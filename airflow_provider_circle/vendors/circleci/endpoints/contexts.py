"""Contexts, and their environment variables and restrictions."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = [
    "CREATE_CONTEXT",
    "CREATE_CONTEXT_RESTRICTION",
    "DELETE_CONTEXT",
    "DELETE_CONTEXT_ENV_VAR",
    "DELETE_CONTEXT_RESTRICTION",
    "GET_CONTEXT",
    "LIST_CONTEXTS",
    "LIST_CONTEXT_ENV_VARS",
    "LIST_CONTEXT_RESTRICTIONS",
    "SET_CONTEXT_ENV_VAR",
]

_ONE = "/context/{context_id}"
_ENV_VAR = _ONE + "/environment-variable/{env_var_name}"

LIST_CONTEXTS = Endpoint("GET", "/context", V2 + "listContexts", pages=PAGES)
CREATE_CONTEXT = Endpoint("POST", "/context", V2 + "createContext")
GET_CONTEXT = Endpoint("GET", _ONE, V2 + "getContext")
DELETE_CONTEXT = Endpoint("DELETE", _ONE, V2 + "deleteContext")
LIST_CONTEXT_ENV_VARS = Endpoint(
    "GET", _ONE + "/environment-variable", V2 + "listEnvironmentVariablesFromContext", pages=PAGES
)
SET_CONTEXT_ENV_VAR = Endpoint("PUT", _ENV_VAR, V2 + "addEnvironmentVariableToContext")
DELETE_CONTEXT_ENV_VAR = Endpoint("DELETE", _ENV_VAR, V2 + "deleteEnvironmentVariableFromContext")
LIST_CONTEXT_RESTRICTIONS = Endpoint("GET", _ONE + "/restrictions", V2 + "getContextRestrictions", pages=PAGES)
CREATE_CONTEXT_RESTRICTION = Endpoint("POST", _ONE + "/restrictions", V2 + "createContextRestriction")
DELETE_CONTEXT_RESTRICTION = Endpoint(
    "DELETE", _ONE + "/restrictions/{restriction_id}", V2 + "deleteContextRestriction"
)
