"""
What can be done with a member: invite, find, deactivate, ban, delete; and what belongs to one.

Knows the routes. The records are the resources' business.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import read_object
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.lists import envelope, read_page
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, Refused, missing, refused
from airflow_provider_circle.sandbox.circle_admin.store import Row

__all__ = ["PeopleRoutes", "invite"]

_MEMBERS = "community_members"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_OVER_PLAN_PREFIX = "overlimit"
"""Who is invited with an email address like this one is one too many."""
_PASSWORD = re.compile(r"(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s]).{6,}")
_TOO_WEAK = (
    "Validation failed: Password Please make sure your password includes at least 6 characters, 1 uppercase letter, "
    "1 number, and 1 symbol (!, $, @, *, etc)."
)
_LEADERS = 10


def invite(community: Community, body: JsonObject) -> tuple[Row, bool]:
    """
    Make somebody a member who has to accept yet, unless a password is given.

    :return: the member, and whether there was none before.
    :raises Refused: 422, an email address or a password that will not do; 403, one member too many.
    """
    email = str(body.get("email") or "").strip().lower()
    if not _EMAIL.fullmatch(email):
        raise refused(422, "Invalid email address.", {})
    password = body.get("password")
    if password is not None and not _PASSWORD.fullmatch(str(password)):
        raise refused(422, _TOO_WEAK, {})
    present = community.tables[_MEMBERS].find(email=email)
    if present is not None:
        community.tables[_MEMBERS].change(present, {"gone": False}, community.now())
        return present, False
    if email.startswith(_OVER_PLAN_PREFIX):
        problem = "Your community has reached the maximum limit of members supported by your plan."
        raise Refused(403, {"success": False, "errors": problem})
    name = str(body.get("name") or email.partition("@")[0])
    first, _, last = name.partition(" ")
    fields = {
        "email": email,
        "name": name,
        "first_name": first,
        "last_name": last or None,
        "headline": body.get("headline"),
        "confirmed": password is not None or bool(body.get("skip_invitation")),
    }
    row = community.create(_MEMBERS, fields)
    _join(community, row, body)
    return row, True


def _join(community: Community, member: Row, body: JsonObject) -> None:
    for given, table, field, parents in (
        ("space_ids", "space_members", "space_id", "spaces"),
        ("space_group_ids", "space_group_members", "space_group_id", "space_groups"),
        ("member_tag_ids", "tagged_members", "member_tag_id", "member_tags"),
    ):
        ids = body.get(given)
        for parent_id in ids if isinstance(ids, list) else []:
            key = {field: read_number(parent_id), "community_member_id": member.id}
            if community.tables[parents].get(key[field]) is not None and community.tables[table].find(**key) is None:
                community.create(table, {**key, "status": "active"} if table != "tagged_members" else key)


class PeopleRoutes:
    """The operations on members beyond the generic ones."""

    def __init__(self, community: Community) -> None:
        self._community = community

    def routes(self) -> list[Route]:
        """Build the routes, relative to the API's address."""
        one = f"/{_MEMBERS}/{{id}}"
        return [
            Route(f"/{_MEMBERS}", self._invite, methods=["POST"]),
            Route(f"/{_MEMBERS}/search", self._search, methods=["GET"]),
            Route(one, self._deactivate, methods=["DELETE"]),
            Route(f"{one}/ban_member", self._ban, methods=["PUT"]),
            Route(f"{one}/delete_member", self._delete, methods=["PUT"]),
            Route(f"{one}/access_groups", self._access_groups, methods=["GET"]),
            Route("/community_member_spaces", self._spaces, methods=["GET"]),
            Route("/gamification/leaderboard", self._leaderboard, methods=["GET"]),
        ]

    async def _invite(self, request: Request) -> JSONResponse:
        row, is_new = invite(self._community, await read_object(request))
        message = "This user has been invited to the community." if is_new else "This user is already a member."
        reply = {"message": message, "community_member": self._community.record(_MEMBERS, row)}
        return JSONResponse(reply, status_code=201 if is_new else 200)

    async def _search(self, request: Request) -> JSONResponse:
        row = self._community.member(request.query_params.get("email", ""))
        if row is None:
            raise missing("community member")
        return JSONResponse(self._community.record(_MEMBERS, row))

    async def _deactivate(self, request: Request) -> JSONResponse:
        self._dismiss(request)
        return JSONResponse({"message": "This member has been deactivated"})

    async def _ban(self, request: Request) -> JSONResponse:
        self._dismiss(request)
        return JSONResponse({"message": "Member is being banned"})

    async def _delete(self, request: Request) -> JSONResponse:
        self._community.tables[_MEMBERS].remove(self._member(request))
        return JSONResponse({"message": "Member is being deleted"})

    async def _access_groups(self, request: Request) -> JSONResponse:
        member = self._member(request)
        memberships = self._community.tables["access_group_community_members"].group("community_member_id", member.id)
        wanted = {row.fields["access_group_id"] for row in memberships}
        rows = [row for row in self._community.tables["access_groups"] if row.id in wanted]
        return self._paged("access_groups", rows, request)

    async def _spaces(self, request: Request) -> JSONResponse:
        query = request.query_params
        if "user_email" in query:
            member = self._community.member(query["user_email"])
        else:
            member = self._community.tables[_MEMBERS].get(read_number(query.get("community_member_id")))
        if member is None:
            raise missing("community member")
        memberships = self._community.tables["space_members"].group("community_member_id", member.id)
        wanted = {row.fields["space_id"] for row in memberships}
        rows = [row for row in self._community.tables["spaces"] if row.id in wanted]
        return self._paged("spaces", rows, request)

    async def _leaderboard(self, request: Request) -> JSONResponse:
        share = {"7_days": 4, "30_days": 2}.get(request.query_params.get("period", ""), 1)
        rows = [
            row for row in self._community.tables[_MEMBERS] if row.fields["confirmed"] and not row.fields.get("gone")
        ]
        rows.sort(key=lambda row: (-int(row.fields.get("points", 0)), row.id))
        return JSONResponse([self._leader(row, share) for row in rows[:_LEADERS]])

    def _leader(self, row: Row, share: int) -> JsonObject:
        person = self._community.person(row.id)
        return {
            "community_member_id": row.id,
            "name": person.name,
            "public_uid": person.public_uid,
            "headline": row.fields.get("headline"),
            "avatar_url": None,
            "total_points": int(row.fields.get("points", 0)) // share,
        }

    def _dismiss(self, request: Request) -> None:
        member = self._member(request)
        self._community.tables[_MEMBERS].change(member, {"gone": True}, self._community.now())

    def _member(self, request: Request) -> Row:
        row = self._community.tables[_MEMBERS].get(read_number(request.path_params["id"]))
        if row is None:
            raise missing("community member")
        return row

    def _paged(self, name: str, rows: list[Row], request: Request) -> JSONResponse:
        page, per_page = read_page(request.query_params)
        return JSONResponse(envelope(rows, page, per_page, lambda row: self._community.record(name, row)))
