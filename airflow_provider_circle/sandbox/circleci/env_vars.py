"""
Environment variables of projects and contexts.

Values are not kept: of a project's variable the service tells ``xxxx`` and its last four characters, of a context's
nothing. Unverified: what it tells of values of four characters and less; here it is ``xxxx`` alone.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object, refuse_unknown
from airflow_provider_circle.sandbox.circleci.contexts import CONTEXT
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["EnvVarRoutes"]

JsonObject = dict[str, Any]

_KIND = "environment variables"
_TOLD = 4


class EnvVarRoutes:
    """What can be done with environment variables."""

    def __init__(self, holdings: Holdings, state: CircleCIState) -> None:
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        of_context = "/context/{context_id}/environment-variable"
        return [
            Route(f"{SLUG}/envvar", self._list),
            Route(f"{SLUG}/envvar", self._create, methods=["POST"]),
            Route(f"{SLUG}/envvar/{{name}}", self._get),
            Route(f"{SLUG}/envvar/{{name}}", self._delete, methods=["DELETE"]),
            Route(of_context, self._list_of_context),
            Route(f"{of_context}/{{name}}", self._set_of_context, methods=["PUT"]),
            Route(f"{of_context}/{{name}}", self._delete_of_context, methods=["DELETE"]),
        ]

    def _of_project(self, request: Request) -> JsonObject:
        """A project's variables by name."""
        return self._holdings.only(_KIND, project_of(request).id, "", lambda _: {})

    def _of_context(self, request: Request) -> JsonObject:
        """A context's variables by name."""
        context = self._holdings.find(CONTEXT, None, request.path_params["context_id"])
        return self._holdings.only(_KIND, context.owner, context.id, lambda _: {})

    async def _list(self, request: Request) -> JSONResponse:
        return _paged(request, self._of_project(request))

    async def _create(self, request: Request) -> JSONResponse:
        env_vars, body = self._of_project(request), await read_object(request)
        refuse_unknown(body, "name", "value")
        name, value = _text(body, "name"), _text(body, "value")
        if not name:
            raise Refused(400, "name must not be empty")
        told = "xxxx" + (value[-_TOLD:] if len(value) > _TOLD else "")
        env_vars[name] = {"name": name, "value": told, "created-at": timestamp(self._state.now())}
        return JSONResponse(env_vars[name], status_code=201)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(_named(self._of_project(request), request))

    async def _delete(self, request: Request) -> JSONResponse:
        return _deleted(self._of_project(request), request)

    async def _list_of_context(self, request: Request) -> JSONResponse:
        return _paged(request, self._of_context(request))

    async def _set_of_context(self, request: Request) -> JSONResponse:
        env_vars, body = self._of_context(request), await read_object(request)
        refuse_unknown(body, "value")
        _text(body, "value")
        name, now = request.path_params["name"], timestamp(self._state.now())
        context_id = request.path_params["context_id"]
        new = {"variable": name, "created_at": now, "context_id": context_id}
        env_vars[name] = {**env_vars.get(name, new), "updated_at": now}
        return JSONResponse(env_vars[name])

    async def _delete_of_context(self, request: Request) -> JSONResponse:
        return _deleted(self._of_context(request), request)


def _text(body: JsonObject, name: str) -> str:
    """Read a text, which may be empty."""
    if not isinstance(value := body.get(name), str):
        raise Refused(400, f"{name} must be a string")
    return value


def _named(env_vars: JsonObject, request: Request) -> JsonObject:
    found: JsonObject | None = env_vars.get(request.path_params["name"])
    if found is None:
        raise not_found("Environment variable")
    return found


def _deleted(env_vars: JsonObject, request: Request) -> JSONResponse:
    _named(env_vars, request)
    del env_vars[request.path_params["name"]]
    return JSONResponse({"message": "Environment variable deleted."})


def _paged(request: Request, env_vars: JsonObject) -> JSONResponse:
    return JSONResponse(page(list(env_vars.values()), request.query_params.get("page-token")))
