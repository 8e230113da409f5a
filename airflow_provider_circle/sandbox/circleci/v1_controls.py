"""
What a test may ask and change of v1.1 behind the service's back, under ``/_sandbox/circleci/v1``.

Knows who may be read by everybody, and the keys that the service itself never lists.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.slugs import named_project
from airflow_provider_circle.sandbox.circleci.v1_state import V1State
from airflow_provider_circle.sandbox.controls import read_fields

__all__ = ["V1Controls"]


class V1Controls:
    """The controls of v1.1."""

    def __init__(self, state: V1State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox/circleci``."""
        return [
            Route("/v1/public", self._publish, methods=["POST"]),
            Route("/v1/ssh_keys", self._ssh_keys),
        ]

    async def _publish(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "project_slug", "public")
        project, public = named_project(fields.get("project_slug")), fields.get("public", True)
        if not isinstance(public, bool):
            raise ValueError(f"public must be true or false; got {public!r}")
        (self._state.public.add if public else self._state.public.discard)(project.slug)
        return JSONResponse({"project_slug": project.slug, "public": public})

    async def _ssh_keys(self, request: Request) -> JSONResponse:
        return JSONResponse({"items": self._state.ssh_keys(named_project(request.query_params.get("project_slug")))})
