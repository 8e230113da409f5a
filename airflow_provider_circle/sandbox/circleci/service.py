"""
The service as a whole: its routes behind one gate.

Knows who is let in, how often, and how a refusal is written.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from airflow_provider_circle.sandbox.circleci.actions import ActingRoutes
from airflow_provider_circle.sandbox.circleci.artifacts import FILES, Artifacts
from airflow_provider_circle.sandbox.circleci.controls import CircleCIControls
from airflow_provider_circle.sandbox.circleci.insights import InsightsRoutes
from airflow_provider_circle.sandbox.circleci.owned import OwnedRoutes
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.routes import ReadingRoutes
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.usage import DOWNLOADS, UsageExports
from airflow_provider_circle.sandbox.circleci.v1_actions import V1ActingRoutes
from airflow_provider_circle.sandbox.circleci.v1_controls import V1Controls
from airflow_provider_circle.sandbox.circleci.v1_routes import STEP_OUTPUT, V1ReadingRoutes, open_to_all
from airflow_provider_circle.sandbox.circleci.v1_state import V1State
from airflow_provider_circle.sandbox.circleci.webhooks import WebhookRoutes
from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.limits import RateLimit

__all__ = ["CircleCIService"]


class CircleCIService:
    """
    The stand-in for the CircleCI API v2.

    :param token: the only API token that is let in.
    """

    name = "circleci"

    def __init__(self, clock: VirtualClock, token: str) -> None:
        self._token = token
        self._state = CircleCIState(clock)
        self._artifacts = Artifacts(self._state, token)
        self._limit = RateLimit()
        self._usage = UsageExports(self._state)
        self._owned = OwnedRoutes(self._state)
        self._webhooks = WebhookRoutes(self._state)
        self._v1 = V1State(self._state)
        v1_reads = V1ReadingRoutes(self._v1, self._artifacts)
        self._routes = Starlette(
            routes=[
                Mount(
                    "/api/v2",
                    routes=[
                        *ActingRoutes(self._state).routes(),
                        *ReadingRoutes(self._state).routes(),
                        self._artifacts.listing(),
                        *self._owned.routes(),
                        *InsightsRoutes(self._state).routes(),
                        *self._usage.routes(),
                        *self._webhooks.routes(),
                    ],
                ),
                *self._artifacts.files(),
                Mount("/api/v1.1", routes=[*v1_reads.routes(), *V1ActingRoutes(self._v1).routes()]),
                *v1_reads.output_routes(),
                Route(f"{DOWNLOADS}{{id}}/{{number:int}}.csv.gz", self._usage.file),
            ],
            exception_handlers={Refused: _refuse, HTTPException: _refuse_route},
        )

    @property
    def controls(self) -> Sequence[BaseRoute]:
        """What a test may ask or change behind the service's back."""
        return [
            *CircleCIControls(self._state, self._limit).routes(),
            *self._webhooks.controls(),
            *self._artifacts.controls(),
            *V1Controls(self._v1).routes(),
        ]

    def reset(self) -> None:
        """Forget everything that happened, and the limit."""
        self._state.reset()
        self._artifacts.reset()
        self._usage.reset()
        self._owned.reset()
        self._webhooks.reset()
        self._v1.reset()
        self._limit.set(None)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or not, and tell it about the limit; files are another service's and pass."""
        scope.setdefault("state", {})["projects"] = self._owned.projects
        if scope["path"].startswith(tuple(f"/{self.name}{place}" for place in (DOWNLOADS, *FILES, STEP_OUTPUT))):
            await self._routes(scope, receive, send)
            return
        admitted, headers = self._limit.admit(self._state.now())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        request = Request(scope)
        if not admitted:
            refusal = JSONResponse({"message": "Too many requests"}, status_code=429)
            await refusal(scope, receive, send_with_headers)
        elif (problem := self._authentication_problem(request)) is not None:
            await JSONResponse({"message": problem}, status_code=401)(scope, receive, send_with_headers)
        else:
            await self._routes(scope, receive, send_with_headers)

    def _authentication_problem(self, request: Request) -> str | None:
        if "circle-token" in request.query_params:
            return "A token in the query string is refused; send it in the Circle-Token header"
        token = _token(request.headers)
        if token is None and open_to_all(self._v1, request):
            return None
        if token is None:
            return "You must log in first"
        return None if token == self._token else "Invalid token"


def _token(headers: Headers) -> str | None:
    token = headers.get("circle-token")
    if token is not None:
        return token
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(credentials).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refused):
        raise error
    return JSONResponse({"message": error.message}, status_code=error.status)


async def _refuse_route(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"message": error.detail}, status_code=error.status_code)
