"""
The service as a whole: its few routes behind one gate.

Knows who is let in, how often, and which question is answered with what.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from airflow_provider_circle.sandbox.circleme.cards import ASSIGNED, FOREIGN, interest
from airflow_provider_circle.sandbox.circleme.controls import CircleMeControls
from airflow_provider_circle.sandbox.circleme.queries import Refused, read_query
from airflow_provider_circle.sandbox.circleme.state import CircleMeState
from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.limits import RateLimit

__all__ = ["CircleMeService"]

_REQUESTS_PER_MINUTE = 30


class CircleMeService:
    """
    The stand-in for the CircleMe content feed API.

    :param token: the only access token that is let in.
    """

    name = "circleme"

    def __init__(self, clock: VirtualClock, token: str) -> None:
        self._token = token
        self._state = CircleMeState(clock)
        self._limit = RateLimit()
        self._limit.set(_REQUESTS_PER_MINUTE)
        self._routes = Starlette(
            routes=[
                Route("/feed", self._feed),
                Route("/feed/items", self._interests),
                Route("/items/{id}", self._interest),
            ],
            exception_handlers={Refused: _refuse, HTTPException: _refuse_route},
        )

    @property
    def controls(self) -> Sequence[BaseRoute]:
        """What a test may ask or change behind the service's back."""
        return CircleMeControls(self._state, self._limit).routes()

    def reset(self) -> None:
        """Forget everything that happened, and be populated as at the first start."""
        self._state.reset()
        self._limit.set(_REQUESTS_PER_MINUTE)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or not; a refusal for too many requests does not say when to come back."""
        if Request(scope).headers.get("x-auth-token") != self._token:
            await JSONResponse({"error": "Invalid access token"}, status_code=401)(scope, receive, send)
        elif not self._limit.admit(self._state.now())[0]:
            await JSONResponse({"error": "Rate limit exceeded"}, status_code=429)(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    async def _feed(self, request: Request) -> JSONResponse:
        cards = self._state.feed(read_query(request.query_params))
        return JSONResponse([card.as_json() for card in cards])

    async def _interests(self, _request: Request) -> JSONResponse:
        return JSONResponse([str(item_id) for item_id in ASSIGNED])

    async def _interest(self, request: Request) -> JSONResponse:
        wanted = request.path_params["id"]
        if wanted in map(str, FOREIGN):
            raise Refused(403, "This interest is not assigned to this account")
        if wanted not in map(str, ASSIGNED):
            raise Refused(404, "There is no such interest")
        return JSONResponse(interest(int(wanted)))


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refused):
        raise error
    return JSONResponse({"error": error.message}, status_code=error.status)


async def _refuse_route(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, status_code=error.status_code)
