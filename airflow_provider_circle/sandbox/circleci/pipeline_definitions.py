"""
Pipeline definitions of a project.

Any UUID is a project, as in slugs. Which repositories there are is not known: every external id names one.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import (
    read_object,
    read_optional_text,
    read_part,
    read_text,
    read_word,
    refuse_unknown,
)
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.slugs import find_project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["DEFINITION", "PipelineDefinitionRoutes", "owner_of", "repository"]

JsonObject = dict[str, Any]

DEFINITION = "pipeline definition"

_ALL = "/projects/{project}/pipeline-definitions"
_REPOSITORIES = ("github_app", "github_server")


def owner_of(request: Request) -> str:
    """
    Find the project a path names; its id.

    :raises Refused: 404.
    """
    project_id = request.path_params["project"]
    return find_project("circleci", project_id, project_id).id.lower()


def repository(source: JsonObject) -> JsonObject:
    """
    Read which repository is meant.

    :raises Refused: 400.
    """
    repo = read_part(source, "repo")
    refuse_unknown(repo, "external_id")
    external_id = read_text(repo, "external_id")
    return {"external_id": external_id, "full_name": f"acme/repository-{external_id}"}


class PipelineDefinitionRoutes:
    """What can be done with definitions."""

    def __init__(self, holdings: Holdings, state: CircleCIState) -> None:
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route(_ALL, self._list),
            Route(_ALL, self._create, methods=["POST"]),
            Route(f"{_ALL}/{{definition}}", self._get),
            Route(f"{_ALL}/{{definition}}", self._update, methods=["PATCH"]),
            Route(f"{_ALL}/{{definition}}", self._delete, methods=["DELETE"]),
        ]

    async def _list(self, request: Request) -> JSONResponse:
        return JSONResponse({"items": self._holdings.all(DEFINITION, owner_of(request))})

    async def _create(self, request: Request) -> JSONResponse:
        owner, body = owner_of(request), await read_object(request)
        refuse_unknown(body, "name", "description", "config_source", "checkout_source")
        fields = {
            "name": read_text(body, "name"),
            "description": read_optional_text(body, "description") or "",
            "config_source": _config_source(read_part(body, "config_source")),
            "checkout_source": _checkout_source(read_part(body, "checkout_source")),
            "created_at": timestamp(self._state.now()),
        }
        return JSONResponse(self._holdings.add(DEFINITION, owner, lambda its_id: {"id": its_id, **fields}))

    async def _get(self, request: Request) -> JSONResponse:
        found = self._holdings.find(DEFINITION, owner_of(request), request.path_params["definition"])
        return JSONResponse(found.record)

    async def _update(self, request: Request) -> JSONResponse:
        definition = self._holdings.find(DEFINITION, owner_of(request), request.path_params["definition"]).record
        body = await read_object(request)
        refuse_unknown(body, "name", "description", "config_source", "checkout_source")
        changes: JsonObject = {}
        if "name" in body:
            changes["name"] = read_text(body, "name")
        if "description" in body:
            changes["description"] = read_optional_text(body, "description") or ""
        if config := read_part(body, "config_source"):
            refuse_unknown(config, "file_path")
            changes["config_source"] = definition["config_source"] | {"file_path": read_text(config, "file_path")}
        if checkout := read_part(body, "checkout_source"):
            before = definition["checkout_source"]
            kept = {"provider": before["provider"], "repo": {"external_id": before["repo"]["external_id"]}}
            changes["checkout_source"] = _checkout_source(kept | checkout)
        definition |= changes
        return JSONResponse(definition)

    async def _delete(self, request: Request) -> JSONResponse:
        self._holdings.remove(self._holdings.find(DEFINITION, owner_of(request), request.path_params["definition"]))
        return JSONResponse({"message": "Pipeline definition deleted."})


def _config_source(source: JsonObject) -> JsonObject:
    refuse_unknown(source, "provider", "file_path", "repo")
    provider = read_word(source, "provider", (*_REPOSITORIES, "circleci"))
    config = {"provider": provider, "file_path": read_text(source, "file_path")}
    if provider == "circleci":
        refuse_unknown(source, "provider", "file_path")
        return config
    return config | {"repo": repository(source)}


def _checkout_source(source: JsonObject) -> JsonObject:
    refuse_unknown(source, "provider", "repo")
    return {"provider": read_word(source, "provider", _REPOSITORIES), "repo": repository(source)}
