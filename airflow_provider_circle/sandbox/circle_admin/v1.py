"""
A little of the older API v1, which says no with status 200.

Knows its lists (plain arrays), its few actions and how it refuses. The records are those of v2, give or take.
"""

from __future__ import annotations

from functools import partial

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import fitting, read_object
from airflow_provider_circle.sandbox.circle_admin.churn import ChurnBoard
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.lists import page_of, read_page, read_values
from airflow_provider_circle.sandbox.circle_admin.people import invite
from airflow_provider_circle.sandbox.circle_admin.refusals import Refused
from airflow_provider_circle.sandbox.circle_admin.resource import COMMUNITY_ID

__all__ = ["V1_UNAUTHORIZED", "V1Routes", "refuse_v1"]

V1_UNAUTHORIZED = {"status": "unauthorized", "message": "Your account could not be authenticated."}

_LISTS = [
    "community_members",
    "spaces",
    "space_groups",
    "posts",
    "comments",
    "events",
    "member_tags",
    "topics",
    "tagged_members",
    "space_members",
    "space_group_members",
    "event_attendees",
    "access_groups",
    "invitation_links",
    "community_member_charges",
    "community_member_subscriptions",
]
_SHOWN = frozenset(
    {"community_members", "spaces", "space_groups", "posts", "comments", "events", "member_tags", "topics"}
)
_MEMBERS = "community_members"
_JOINED = {
    "space_members": ("spaces", "space_id", "email"),
    "space_group_members": ("space_groups", "space_group_id", "email"),
    "tagged_members": ("member_tags", "member_tag_id", "user_email"),
}
"""What can be joined and left: the other side's table and field, and the parameter with the email address."""


def refuse_v1(message: str) -> JSONResponse:
    """Say no, with status 200."""
    return JSONResponse({"success": False, "message": message})


class V1Routes:
    """The operations of v1 on the same community."""

    def __init__(self, community: Community, churns: ChurnBoard) -> None:
        self._community = community
        self._churns = churns

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v1``."""
        return [
            Route("/me", self._me),
            Route("/communities", self._communities),
            Route("/communities/{id}", self._communities_one),
            Route(f"/{_MEMBERS}", self._invite, methods=["POST"]),
            Route(f"/{_MEMBERS}", self._deactivate, methods=["DELETE"]),
            Route(f"/{_MEMBERS}/search", self._search),
            Route(f"/{_MEMBERS}/{{id}}", self._update, methods=["PUT"]),
            *(Route(f"/{name}", partial(self._join, name), methods=["POST", "DELETE"]) for name in _JOINED),
            *(Route(f"/{name}", partial(self._list, name)) for name in _LISTS),
            *(Route(f"/{name}/{{id}}", partial(self._show, name)) for name in _LISTS if name in _SHOWN),
        ]

    async def _me(self, _request: Request) -> JSONResponse:
        me = {"id": 1, "first_name": "Sandbox", "last_name": "Admin", "email": "admin@example.com"}
        return JSONResponse({**me, "name": "Sandbox Admin", "headline": None, "avatar_url": None})

    async def _communities(self, request: Request) -> JSONResponse:
        page, per_page = read_page(request.query_params)
        return JSONResponse(page_of([self._community.settings["community"]], page, per_page))

    async def _communities_one(self, request: Request) -> JSONResponse:
        known = request.path_params["id"] in (str(COMMUNITY_ID), self._community.settings["community"]["slug"])
        return JSONResponse(self._community.settings["community"] if known else None)

    async def _list(self, name: str, request: Request) -> JSONResponse:
        refusal = _elsewhere(request.query_params)
        if refusal is not None:
            return refusal
        query = request.query_params
        try:
            rows = self._community.select(name, read_values(query), query.get("sort"))
        except Refused as error:
            return refuse_v1(str(error.body.get("message")))
        records = [self._community.record(name, row) for row in page_of(rows, *read_page(query))]
        self._churns.listed(name)
        return JSONResponse(records)

    async def _show(self, name: str, request: Request) -> JSONResponse:
        refusal = _elsewhere(request.query_params)
        if refusal is not None:
            return refusal
        row = self._community.tables[name].get(read_number(request.path_params["id"]))
        return JSONResponse(None if row is None else self._community.record(name, row))

    async def _search(self, request: Request) -> JSONResponse:
        row = self._community.member(request.query_params.get("email", ""))
        refusal = _elsewhere(request.query_params)
        return refusal or JSONResponse(None if row is None else self._community.record(_MEMBERS, row))

    async def _invite(self, request: Request) -> JSONResponse:
        given = {**request.query_params, **await read_object(request)}
        refusal = _elsewhere(QueryParams({key: str(value) for key, value in given.items()}))
        if refusal is not None:
            return refusal
        try:
            row, is_new = invite(self._community, given)
        except Refused as error:
            return refuse_v1(str(error.body.get("message") or error.body.get("errors")))
        message = "This user has been invited to the community." if is_new else "This user is already a member."
        return JSONResponse({"success": True, "message": message, "user": self._community.record(_MEMBERS, row)})

    async def _deactivate(self, request: Request) -> JSONResponse:
        refusal = _elsewhere(request.query_params)
        if refusal is not None:
            return refusal
        row = self._community.member(request.query_params.get("email", ""))
        if row is None:
            return refuse_v1("This member could not be found.")
        self._community.tables[_MEMBERS].change(row, {"gone": True}, self._community.now())
        return JSONResponse({"success": True, "message": "This user has been removed from the community."})

    async def _update(self, request: Request) -> JSONResponse:
        given = {**request.query_params, **await read_object(request)}
        refusal = _elsewhere(QueryParams({key: str(value) for key, value in given.items()}))
        if refusal is not None:
            return refusal
        table = self._community.tables[_MEMBERS]
        row = table.get(read_number(request.path_params["id"]))
        if row is None:
            return refuse_v1("This member could not be found.")
        translate = self._community.resources[_MEMBERS].translate
        fits = fitting(given, self._community.record(_MEMBERS, row))
        change = {**fits, **(translate(given, self._community) if translate else {})}
        table.change(row, change, self._community.now())
        return JSONResponse({"success": True, "message": "Updated", "user": self._community.record(_MEMBERS, row)})

    async def _join(self, name: str, request: Request) -> JSONResponse:
        """Let a member join, or leave."""
        given = {**request.query_params, **await read_object(request)}
        refusal = _elsewhere(QueryParams({key: str(value) for key, value in given.items()}))
        if refusal is not None:
            return refusal
        to, field, email = _JOINED[name]
        target = self._community.tables[to].get(read_number(given.get(field)))
        member = self._community.member(str(given.get(email) or given.get("email") or ""))
        if target is None or member is None:
            return refuse_v1("Oops! Missing record. Please try again later.")
        key = {field: target.id, "community_member_id": member.id}
        present = self._community.tables[name].find(**key)
        if request.method == "POST":
            if present is None:
                self._community.create(name, key)
            return JSONResponse({"success": True, "message": "Member added."})
        if present is None:
            return refuse_v1("Oops! Missing record. Please try again later.")
        self._community.tables[name].remove(present)
        return JSONResponse({"success": True, "message": "Member removed."})


def _elsewhere(query: QueryParams) -> JSONResponse | None:
    """Refuse what names no community, or another one. Unverified: the wording."""
    if read_number(query.get("community_id")) == COMMUNITY_ID:
        return None
    return refuse_v1("Oops! Community not found.")
