"""
Joining and leaving: spaces, space groups, access groups, events, and being tagged.

Knows for each how a member and the other side are named, and in which words it answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import read_object
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, missing
from airflow_provider_circle.sandbox.circle_admin.resource import Answer
from airflow_provider_circle.sandbox.circle_admin.store import Row

__all__ = ["MembershipRoutes"]


@dataclass(frozen=True, slots=True)
class _Membership:
    """
    One kind of membership.

    :param table: of the memberships.
    :param to: table of what is joined.
    :param field: of a membership, a body or a query, that says which.
    :param email: the name of the parameter with the member's email address.
    :param member: the vendor's word for a member who does not exist.
    :param shown_at: path of a single membership, if it can be asked for.
    :param removed_by_body: whether leaving is asked for with a body instead of query parameters.
    """

    table: str
    path: str
    to: str
    field: str
    email: str
    added: Answer
    removed: Answer
    member: str = "user"
    shown_at: str | None = None
    removed_by_body: bool = False


_MEMBERSHIPS = (
    _Membership(
        "space_members",
        "/space_members",
        "spaces",
        "space_id",
        "email",
        Answer(200, "User added to space"),
        Answer(200, "User removed from space"),
        shown_at="/space_member",
    ),
    _Membership(
        "space_group_members",
        "/space_group_members",
        "space_groups",
        "space_group_id",
        "email",
        Answer(200, "User was added to the space group", success=True),
        Answer(200, "User removed from this space group", success=True),
        shown_at="/space_group_member",
    ),
    _Membership(
        "tagged_members",
        "/tagged_members",
        "member_tags",
        "member_tag_id",
        "user_email",
        Answer(201, "Tagged Member successfully."),
        Answer(200, "Tag has been removed"),
    ),
    _Membership(
        "access_group_community_members",
        "/access_groups/{access_group_id}/community_members",
        "access_groups",
        "access_group_id",
        "email",
        Answer(201, "Member added to access group"),
        Answer(200, "Member removed from access group"),
        shown_at="/access_groups/{access_group_id}/community_member",
    ),
    _Membership(
        "event_attendees",
        "/event_attendees",
        "events",
        "event_id",
        "member_email",
        Answer(200, "Event attendee created"),
        Answer(200, "Event attendee deleted"),
        member="community member",
        removed_by_body=True,
    ),
)


class MembershipRoutes:
    """The operations on memberships that are named by an email address."""

    def __init__(self, community: Community) -> None:
        self._community = community

    def routes(self) -> list[Route]:
        """Build the routes, relative to the API's address."""
        routes: list[Route] = []
        for kind in _MEMBERSHIPS:
            routes.append(Route(kind.path, partial(self._add, kind), methods=["POST"]))
            routes.append(Route(kind.path, partial(self._remove, kind), methods=["DELETE"]))
            if kind.shown_at is not None:
                routes.append(Route(kind.shown_at, partial(self._show, kind), methods=["GET"]))
        return routes

    async def _add(self, kind: _Membership, request: Request) -> JSONResponse:
        key = self._key(kind, {**await read_object(request), **request.path_params})
        table = self._community.tables[kind.table]
        if table.find(**key) is None:
            self._community.create(kind.table, key)
        return JSONResponse(kind.added.body({}), status_code=kind.added.status)

    async def _remove(self, kind: _Membership, request: Request) -> JSONResponse:
        named = await read_object(request) if kind.removed_by_body else request.query_params
        row = self._find(kind, {**named, **request.path_params})
        self._community.tables[kind.table].remove(row)
        return JSONResponse(kind.removed.body({}), status_code=kind.removed.status)

    async def _show(self, kind: _Membership, request: Request) -> JSONResponse:
        row = self._find(kind, {**request.query_params, **request.path_params})
        return JSONResponse(self._community.record(kind.table, row))

    def _find(self, kind: _Membership, named: JsonObject) -> Row:
        row = self._community.tables[kind.table].find(**self._key(kind, named))
        if row is None:
            raise missing(self._community.resources[kind.table].what)
        return row

    def _key(self, kind: _Membership, named: dict[str, Any]) -> dict[str, int]:
        """Find both sides; neither a blank nor an unknown one is a member of anything."""
        target = self._community.tables[kind.to].get(read_number(named.get(kind.field)))
        if target is None:
            raise missing(self._community.resources[kind.to].what)
        member = self._community.member(str(named.get(kind.email) or ""))
        if member is None:
            raise missing(kind.member)
        return {kind.field: target.id, "community_member_id": member.id}
