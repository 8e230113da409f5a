"""
Schedules of a project.

They are kept, not run: no pipeline starts by itself here. Unverified: what becomes of the rest of a timetable that is
changed in part; here it stays.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_text, read_word, refuse_unknown
from airflow_provider_circle.sandbox.circleci.holdings import Holding, Holdings
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.replies import USER
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.trigger import read_parameters
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["ScheduleRoutes"]

JsonObject = dict[str, Any]

_SCHEDULE = "schedule"
_FIELDS = ("name", "timetable", "attribution-actor", "parameters", "description")
_ACTORS: dict[str, JsonObject] = {
    "current": USER,
    "system": {
        "id": str(uuid5(NAMESPACE_URL, "sandbox-system")),
        "login": "system-actor",
        "name": "Scheduled",
        "avatar_url": None,
    },
}
_DAYS = frozenset({"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"})
_MONTHS = frozenset({"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"})
_ALLOWED: dict[str, frozenset[Any]] = {
    "hours-of-day": frozenset(range(25)),
    "days-of-week": _DAYS,
    "days-of-month": frozenset(range(1, 32)),
    "months": _MONTHS,
}
_PER_HOUR = range(1, 61)


class ScheduleRoutes:
    """What can be done with schedules."""

    def __init__(self, holdings: Holdings, state: CircleCIState) -> None:
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route(f"{SLUG}/schedule", self._list),
            Route(f"{SLUG}/schedule", self._create, methods=["POST"]),
            Route("/schedule/{schedule_id}", self._get),
            Route("/schedule/{schedule_id}", self._update, methods=["PATCH"]),
            Route("/schedule/{schedule_id}", self._delete, methods=["DELETE"]),
        ]

    def _schedule(self, request: Request) -> Holding:
        return self._holdings.find(_SCHEDULE, None, request.path_params["schedule_id"])

    async def _list(self, request: Request) -> JSONResponse:
        schedules = self._holdings.all(_SCHEDULE, project_of(request).id)
        return JSONResponse(page(schedules, request.query_params.get("page-token")))

    async def _create(self, request: Request) -> JSONResponse:
        project, body = project_of(request), await read_object(request)
        if project.organization.provider == "circleci":
            raise Refused(400, "This project's schedules are triggers of its pipeline definitions")
        for name in ("name", "timetable", "attribution-actor", "parameters"):
            if name not in body:
                raise Refused(400, f"{name} is missing")
        now = timestamp(self._state.now())
        fields = {"description": None, **_read(body, {}), "project-slug": project.slug}
        made = self._holdings.add(
            _SCHEDULE,
            project.id,
            lambda schedule_id: {"id": schedule_id, **fields, "created-at": now, "updated-at": now},
        )
        return JSONResponse(made, status_code=201)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._schedule(request).record)

    async def _update(self, request: Request) -> JSONResponse:
        schedule = self._schedule(request).record
        change = _read(await read_object(request), schedule["timetable"])
        schedule.update(change, **{"updated-at": timestamp(self._state.now())})
        return JSONResponse(schedule)

    async def _delete(self, request: Request) -> JSONResponse:
        self._holdings.remove(self._schedule(request))
        return JSONResponse({"message": "Schedule deleted."})


def _read(body: JsonObject, timetable: JsonObject) -> JsonObject:
    """Read what is to be stored of a body."""
    refuse_unknown(body, *_FIELDS)
    read: JsonObject = {}
    if "name" in body:
        read["name"] = read_text(body, "name")
    if "timetable" in body:
        read["timetable"] = _timetable(body["timetable"], timetable)
    if "attribution-actor" in body:
        read["actor"] = _ACTORS[read_word(body, "attribution-actor", _ACTORS)]
    if "parameters" in body:
        read["parameters"] = read_parameters(body)
        if ("branch" in read["parameters"]) == ("tag" in read["parameters"]):
            raise Refused(400, "parameters must contain either branch or tag")
    if "description" in body:
        if not isinstance(body["description"], str | None):
            raise Refused(400, "description must be a string")
        read["description"] = body["description"]
    return read


def _timetable(given: Any, before: JsonObject) -> JsonObject:
    """Read a timetable; what is not given stays as before."""
    if not isinstance(given, dict):
        raise Refused(400, "timetable must be an object")
    refuse_unknown(given, "per-hour", *_ALLOWED)
    other = {"days-of-week": "days-of-month", "days-of-month": "days-of-week"}
    kept = {name: value for name, value in before.items() if other.get(name) not in given}
    timetable: JsonObject = {**kept, **given}
    if type(timetable.get("per-hour")) is not int or timetable["per-hour"] not in _PER_HOUR:
        raise Refused(400, "per-hour must be an integer between 1 and 60")
    for name, allowed in _ALLOWED.items():
        values = timetable.get(name, [])
        if not isinstance(values, list) or not all(type(v) in {int, str} and v in allowed for v in values):
            raise Refused(400, f"{name} must be a list of values that are allowed there")
    if not timetable.get("hours-of-day"):
        raise Refused(400, "hours-of-day must name an hour")
    if bool(timetable.get("days-of-week")) == bool(timetable.get("days-of-month")):
        raise Refused(400, "Either days-of-week or days-of-month must be given")
    return timetable
