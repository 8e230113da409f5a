"""
The service as a whole: its routes behind one gate.

Knows who is let in, how often, and how a refusal is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from airflow_provider_circle.sandbox.circle_admin.actions import ActionRoutes
from airflow_provider_circle.sandbox.circle_admin.catalog import RESOURCES
from airflow_provider_circle.sandbox.circle_admin.churn import ChurnBoard
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.controls import CircleAdminControls
from airflow_provider_circle.sandbox.circle_admin.limits import (
    DEFAULT_PER_S,
    DEFAULT_REQUESTS,
    AddressLimit,
    MonthlyQuota,
)
from airflow_provider_circle.sandbox.circle_admin.memberships import MembershipRoutes
from airflow_provider_circle.sandbox.circle_admin.people import PeopleRoutes
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, Refused
from airflow_provider_circle.sandbox.circle_admin.routes import GenericRoutes
from airflow_provider_circle.sandbox.circle_admin.search import SearchRoutes
from airflow_provider_circle.sandbox.circle_admin.settings import SETTINGS, SettingsRoutes
from airflow_provider_circle.sandbox.circle_admin.v1 import V1_UNAUTHORIZED, V1Routes
from airflow_provider_circle.sandbox.clock import VirtualClock

__all__ = ["CircleAdminService"]

_V2 = "/api/admin/v2"
_V1 = "/api/v1"
_INVALID_TOKEN = {"success": False, "message": "The API token is invalid.", "error_details": {}}
# Unverified: the wording and the status of both; neither reply says how long to wait.
_TOO_MANY = {"success": False, "message": "Too many requests. Please try again later.", "error_details": {}}
_QUOTA_SPENT = {"success": False, "message": "You have reached your monthly API request limit.", "error_details": None}


class _Routes(Protocol):
    def routes(self) -> list[Route]: ...


class CircleAdminService:
    """
    The stand-in for the Circle community Admin API.

    :param token: the only API token that is let in.
    """

    name = "circle-admin"

    def __init__(self, clock: VirtualClock, token: str) -> None:
        self._token = token
        self._limit = AddressLimit()
        self._quota = MonthlyQuota()
        self._community = Community(clock, RESOURCES, SETTINGS)
        self._churns = ChurnBoard(self._community)
        special: tuple[_Routes, ...] = (
            PeopleRoutes(self._community),
            MembershipRoutes(self._community),
            ActionRoutes(self._community),
            SettingsRoutes(self._community),
            SearchRoutes(self._community),
        )
        generic = GenericRoutes(self._community, self._churns.listed)
        v2 = [route for routes in (*special, generic) for route in routes.routes()]
        v1 = V1Routes(self._community, self._churns).routes()
        self._routes = Starlette(
            routes=[Mount(_V2, routes=v2), Mount(_V1, routes=v1)],
            exception_handlers={Refused: _refuse, HTTPException: _refuse_route},
        )

    @property
    def controls(self) -> Sequence[BaseRoute]:
        """What a test may ask or change behind the vendor's back."""
        return CircleAdminControls(self._community, self._churns, self._limit, self._quota).routes()

    def reset(self) -> None:
        """Forget everything that happened, and bring back the usual limits."""
        self._community.reset()
        self._churns.clear()
        self._limit.set(DEFAULT_REQUESTS, DEFAULT_PER_S)
        self._quota.set(None)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or not."""
        now_s, request = self._community.now(), Request(scope)
        within_quota = self._quota.admits(now_s)  # What is refused counts against the quota, too.
        address = scope["client"][0] if scope.get("client") else ""
        if not self._limit.admits(address, now_s):
            await _answer(429, _TOO_MANY)(scope, receive, send)
        elif not within_quota:
            await _answer(429, _QUOTA_SPENT)(scope, receive, send)
        elif not self._authorized(request):
            refusal = _answer(200, V1_UNAUTHORIZED) if _is_v1(request) else _answer(401, _INVALID_TOKEN)
            await refusal(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    def _authorized(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        schemes = ("token",) if _is_v1(request) else ("token", "bearer")
        return scheme.lower() in schemes and token.strip() == self._token


def _is_v1(request: Request) -> bool:
    return f"{_V1}/" in request.scope["path"]


def _answer(status: int, body: JsonObject) -> JSONResponse:
    return JSONResponse(body, status_code=status)


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refused):
        raise error
    return _answer(error.status, error.body)


async def _refuse_route(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return _answer(error.status_code, {"success": False, "message": error.detail, "error_details": None})
