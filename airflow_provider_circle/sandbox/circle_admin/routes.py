"""
The routes every resource has: list, get, create, update, delete.

Knows how they are carried out for any resource. Which resource has which, and in which words it answers, is said by the
resources; what is special is in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import check_required, fitting, read_fields
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.lists import envelope, read_page, read_values
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, missing
from airflow_provider_circle.sandbox.circle_admin.resource import Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row

__all__ = ["GenericRoutes", "find_row", "parents_of"]


def parents_of(resource: Resource, request: Request, community: Community) -> Mapping[str, int]:
    """
    Read the fields a path fixes.

    :raises Refused: 404, they point to nothing.
    """
    fixed = {name: read_number(value) for name, value in request.path_params.items() if name in resource.parents}
    for name, row_id in fixed.items():
        table = resource.parents[name]
        if community.tables[table].get(row_id) is None:
            raise missing(community.resources[table].what)
    return fixed


def find_row(resource: Resource, request: Request, community: Community) -> Row:
    """
    Find the row a path names.

    :raises Refused: 404.
    """
    row = community.tables[resource.name].get(read_number(request.path_params["id"]))
    fixed = parents_of(resource, request, community)
    if row is None or any(row.fields.get(name) != value for name, value in fixed.items()):
        raise resource.missing()
    return row


class GenericRoutes:
    """
    The generic operations on a community.

    :param on_listed: told the resource after each list that was given.
    """

    def __init__(self, community: Community, on_listed: Callable[[str], None]) -> None:
        self._community = community
        self._on_listed = on_listed

    def routes(self) -> list[Route]:
        """Build the routes, relative to the API's address."""
        return [route for resource in self._community.resources.values() for route in self._routes(resource)]

    def _routes(self, resource: Resource) -> list[Route]:
        one = f"{resource.path}/{{id}}"
        kinds = {
            "list": (resource.path, "GET", self._list),
            "create": (resource.path, "POST", self._create),
            "get": (one, "GET", self._get),
            "update": (one, "PUT", self._update),
            "patch": (one, "PATCH", self._update),
            "delete": (one, "DELETE", self._delete),
        }
        return [
            Route(path, partial(endpoint, resource), methods=[method])
            for operation, (path, method, endpoint) in kinds.items()
            if operation in resource.operations
        ]

    async def _list(self, resource: Resource, request: Request) -> JSONResponse:
        community, query = self._community, request.query_params
        fixed = parents_of(resource, request, community)
        rows = community.select(resource.name, read_values(query), query.get("sort"), query.get("direction"), fixed)
        page, per_page = read_page(query, per_page_is_fixed=resource.per_page_is_fixed)
        reply = JSONResponse(envelope(rows, page, per_page, partial(community.record, resource.name)))
        self._on_listed(resource.name)
        return reply

    async def _get(self, resource: Resource, request: Request) -> JSONResponse:
        row = find_row(resource, request, self._community)
        return JSONResponse(self._community.record(resource.name, row))

    async def _create(self, resource: Resource, request: Request) -> JSONResponse:
        community = self._community
        fixed = parents_of(resource, request, community)
        body = await read_fields(request, resource.wrapper)
        check_required(resource, body, community)
        row = community.create(resource.name, {**_fields_for(resource, body, community), **fixed})
        fits = fitting(body, community.record(resource.name, row))
        community.tables[resource.name].change(row, {**fits, **row.fields}, row.created_s)
        record = community.record(resource.name, row)
        return JSONResponse(resource.created.body(record), status_code=resource.created.status)

    async def _update(self, resource: Resource, request: Request) -> JSONResponse:
        community = self._community
        row = find_row(resource, request, community)
        body = await read_fields(request, resource.wrapper)
        check_required(resource, body, community, partly=True)
        fits = fitting(body, community.record(resource.name, row))
        change = {**fits, **_fields_for(resource, body, community)}
        community.tables[resource.name].change(row, change, community.now())
        record = community.record(resource.name, row)
        return JSONResponse(resource.updated.body(record), status_code=resource.updated.status)

    async def _delete(self, resource: Resource, request: Request) -> Response:
        row = find_row(resource, request, self._community)
        self._community.tables[resource.name].remove(row)
        if resource.deleted.message is None:
            return Response(status_code=resource.deleted.status)
        return JSONResponse(resource.deleted.body({}), status_code=resource.deleted.status)


def _fields_for(resource: Resource, body: JsonObject, community: Community) -> JsonObject:
    """Take from a body what other rows are found by, and what the resource makes of the rest."""
    pointers = {name: read_number(body[name]) for name in resource.parents if body.get(name) is not None}
    return {**pointers, **(resource.translate(body, community) if resource.translate else {})}
