"""
Contexts, and what they are restricted to.

Any UUID is taken for a project's or a group's. Unverified: with which status a second context of the same name is
refused; here it is 409.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import is_uuid, read_object, read_text, read_word, refuse_unknown
from airflow_provider_circle.sandbox.circleci.holdings import Holding, Holdings
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["CONTEXT", "ContextRoutes"]

JsonObject = dict[str, Any]

CONTEXT = "context"
_RESTRICTION = "restriction"
_OWNER_TYPES = ("account", "organization")
_KINDS = ("project", "expression", "group")
_ONE = "/context/{context_id}"


class ContextRoutes:
    """What can be done with contexts and their restrictions."""

    def __init__(self, organizations: Organizations, holdings: Holdings, state: CircleCIState) -> None:
        self._organizations = organizations
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/context", self._list),
            Route("/context", self._create, methods=["POST"]),
            Route(_ONE, self._get),
            Route(_ONE, self._delete, methods=["DELETE"]),
            Route(f"{_ONE}/restrictions", self._list_restrictions),
            Route(f"{_ONE}/restrictions", self._create_restriction, methods=["POST"]),
            Route(f"{_ONE}/restrictions/{{restriction_id}}", self._delete_restriction, methods=["DELETE"]),
        ]

    def _context(self, request: Request) -> Holding:
        return self._holdings.find(CONTEXT, None, request.path_params["context_id"])

    def _owner(self, owner: JsonObject) -> str:
        """Find an owner by ``id`` or ``slug``; its id."""
        refuse_unknown(owner, "id", "slug", "type")
        if "type" in owner:
            read_word(owner, "type", _OWNER_TYPES)
        if ("id" in owner) == ("slug" in owner):
            raise Refused(400, "Either the id or the slug of the owner must be given")
        if "slug" in owner and owner.get("type") == "account":
            raise Refused(400, "An account is named by its id")
        return str(self._organizations.find(str(owner.get("id", owner.get("slug"))))["id"])

    async def _list(self, request: Request) -> JSONResponse:
        asked = {name: request.query_params.get(f"owner-{name}") for name in ("id", "slug", "type")}
        owner_id = self._owner({name: value for name, value in asked.items() if value is not None})
        return _paged(request, self._holdings.all(CONTEXT, owner_id))

    async def _create(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        refuse_unknown(body, "name", "owner")
        name, owner = read_text(body, "name"), body.get("owner")
        if not isinstance(owner, dict):
            raise Refused(400, "owner must be an object")
        owner_id = self._owner(owner)
        if any(each["name"] == name for each in self._holdings.all(CONTEXT, owner_id)):
            raise Refused(409, "A context with this name already exists.")
        fields = {"name": name, "created_at": timestamp(self._state.now())}
        return JSONResponse(self._holdings.add(CONTEXT, owner_id, lambda context_id: {"id": context_id, **fields}))

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._context(request).record)

    async def _delete(self, request: Request) -> JSONResponse:
        self._holdings.remove(self._context(request))
        return JSONResponse({"message": "Context deleted."})

    def _restricted(self, request: Request) -> Holding:
        if not is_uuid(request.path_params["context_id"]):
            raise Refused(400, "context_id is invalid.")
        return self._context(request)

    async def _list_restrictions(self, request: Request) -> JSONResponse:
        context = self._restricted(request)
        restrictions = self._holdings.all(_RESTRICTION, context.owner, context.id)
        return _paged(request, [{"context_id": context.id, **each} for each in restrictions])

    async def _create_restriction(self, request: Request) -> JSONResponse:
        context, body = self._restricted(request), await read_object(request)
        refuse_unknown(body, "restriction_type", "restriction_value")
        kind, value = read_word(body, "restriction_type", _KINDS), read_text(body, "restriction_value")
        if kind != "expression" and not is_uuid(value):
            raise Refused(400, "This restriction cannot be applied to this context.")
        fields = {"restriction_type": kind, "restriction_value": value}
        for each in self._holdings.all(_RESTRICTION, context.owner, context.id):
            if fields.items() <= each.items():
                raise Refused(409, "The restriction you're trying to add already exists.")
        fields |= {"name": "" if kind == "expression" else f"{kind} {value}"}
        fields |= {"project_id": value} if kind == "project" else {}
        made = self._holdings.add(_RESTRICTION, context.owner, lambda new_id: {"id": new_id, **fields}, context.id)
        return JSONResponse(made, status_code=201)

    async def _delete_restriction(self, request: Request) -> JSONResponse:
        context, restriction_id = self._restricted(request), request.path_params["restriction_id"]
        if not is_uuid(restriction_id):
            raise Refused(400, "restriction_id is invalid.")
        restriction = self._holdings.find(_RESTRICTION, context.owner, restriction_id)
        if restriction.within != context.id:
            raise not_found(_RESTRICTION.capitalize())
        self._holdings.remove(restriction)
        return JSONResponse({"message": "Context restriction deleted."})


def _paged(request: Request, items: list[JsonObject]) -> JSONResponse:
    return JSONResponse(page(items, request.query_params.get("page-token")))
