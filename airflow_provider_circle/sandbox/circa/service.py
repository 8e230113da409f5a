"""
The service as a whole: its routes behind one gate.

Knows who is let in, how often, and how a refusal is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from airflow_provider_circle.sandbox.circa.actions import DOWNLOADS, ActingRoutes
from airflow_provider_circle.sandbox.circa.changes import Changes
from airflow_provider_circle.sandbox.circa.controls import CircaControls
from airflow_provider_circle.sandbox.circa.exports import Exports
from airflow_provider_circle.sandbox.circa.limit import Limit
from airflow_provider_circle.sandbox.circa.push import PushControls
from airflow_provider_circle.sandbox.circa.refusals import Refused
from airflow_provider_circle.sandbox.circa.routes import ReadingRoutes
from airflow_provider_circle.sandbox.circa.state import CircaState
from airflow_provider_circle.sandbox.clock import VirtualClock

__all__ = ["CircaService"]


class CircaService:
    """
    The stand-in for the Circa API.

    :param token: the only API key that is let in.
    """

    name = "circa"

    def __init__(self, clock: VirtualClock, token: str) -> None:
        self._token = token
        self._clock = clock
        self._state = CircaState(clock)
        self._changes = Changes(self._state)
        self._exports = Exports()
        self._limit = Limit()
        acting = ActingRoutes(self._state, self._exports)
        reading = ReadingRoutes(self._state, self._changes)
        self._routes = Starlette(
            routes=[
                Mount("/api/v1", routes=[*acting.routes(), *reading.routes()]),
                Route(f"{DOWNLOADS}{{id}}", acting.download),
            ],
            exception_handlers={Refused: _refuse, HTTPException: _refuse_route},
        )

    @property
    def controls(self) -> Sequence[BaseRoute]:
        """What a test may ask or change behind the service's back."""
        told = CircaControls(self._state, self._changes, self._exports, self._limit)
        return [*told.routes(), *PushControls(self._clock).routes()]

    def reset(self) -> None:
        """Forget everything that happened, and be populated as at the first start."""
        self._state.reset()
        self._changes.reset()
        self._exports.reset()
        self._limit.set(None)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or not; downloads are another service's and pass."""
        request = Request(scope)
        if request.url.path.startswith(f"/{self.name}{DOWNLOADS}"):
            await self._routes(scope, receive, send)
        elif (refusal := self._refusal(request)) is not None:
            await refusal(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    def _refusal(self, request: Request) -> JSONResponse | None:
        if not self._limit.admit(self._clock.now()):
            headers = {} if self._limit.retry_after is None else {"Retry-After": self._limit.retry_after}
            return JSONResponse({"error": "Too many requests"}, status_code=429, headers=headers)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key.strip() != self._token:
            return JSONResponse({"error": "The API key is missing or was not recognized"}, status_code=401)
        if self._state.expired:
            return JSONResponse({"error": "The subscription has expired"}, status_code=402)
        return None


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refused):
        raise error
    return JSONResponse(error.body, status_code=error.status)


async def _refuse_route(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, status_code=error.status_code)
