"""
What a test may ask and change behind the service's back, under ``/_sandbox/circleci``.

Knows the truth about every pipeline, including what the service's lists do not show yet.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.model import Pipeline
from airflow_provider_circle.sandbox.circleci.slugs import named_project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState, read_duration, read_scenario
from airflow_provider_circle.sandbox.clock import timestamp
from airflow_provider_circle.sandbox.controls import read_fields
from airflow_provider_circle.sandbox.limits import RateLimit

__all__ = ["CircleCIControls"]


class CircleCIControls:
    """The controls of the state and of the rate limit."""

    def __init__(self, state: CircleCIState, limit: RateLimit) -> None:
        self._state = state
        self._limit = limit

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox/circleci``."""
        return [
            Route("/pipelines", self._pipelines),
            Route("/defaults", self._defaults, methods=["POST"]),
            Route("/limits", self._limits, methods=["POST"]),
            Route("/hide_mine", self._hide_mine, methods=["POST"]),
        ]

    async def _pipelines(self, _request: Request) -> JSONResponse:
        now_s = self._state.now()
        return JSONResponse({"items": [_truth(pipeline, now_s) for pipeline in self._state.pipelines]})

    async def _defaults(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "project_slug", "scenario", "duration_s")
        slug = fields.get("project_slug")
        chosen = self._state.defaults(None if slug is None else named_project(slug))
        scenario, duration_s = fields.get("scenario"), fields.get("duration_s")
        scenario = chosen.scenario if scenario is None else read_scenario(scenario).name
        duration_s = chosen.duration_s if duration_s is None else read_duration(duration_s)
        chosen.scenario, chosen.duration_s = scenario, duration_s
        return JSONResponse({"project_slug": slug, "scenario": scenario, "duration_s": duration_s})

    async def _limits(self, request: Request) -> JSONResponse:
        wanted = (await read_fields(request, "requests_per_minute")).get("requests_per_minute")
        if wanted is not None and (not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 0):
            raise ValueError(f"requests_per_minute must be an integer of 0 or more, or null; got {wanted!r}")
        self._limit.set(wanted)
        return JSONResponse({"requests_per_minute": wanted})

    async def _hide_mine(self, request: Request) -> JSONResponse:
        seconds = (await read_fields(request, "seconds")).get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise ValueError(f"seconds must be a number of 0 or more; got {seconds!r}")
        self._state.hide_s = float(seconds)
        return JSONResponse({"seconds": seconds})


def _truth(pipeline: Pipeline, now_s: float) -> dict[str, Any]:
    return {
        "id": pipeline.id,
        "number": pipeline.number,
        "project_slug": pipeline.project.slug,
        "branch": pipeline.branch,
        "tag": pipeline.tag,
        "parameters": pipeline.parameters,
        "scenario": pipeline.scenario.name,
        "duration_s": pipeline.duration_s,
        "created_at": timestamp(pipeline.created_at),
        "state": pipeline.state(now_s),
        "continuation_key": pipeline.continuation_key,
        "workflows": [
            {
                "id": workflow.id,
                "name": workflow.name,
                "status": workflow.status(now_s),
                "stopped_at": None if (stopped_s := workflow.stopped_at(now_s)) is None else timestamp(stopped_s),
            }
            for workflow in pipeline.visible_workflows(now_s)
        ],
    }
