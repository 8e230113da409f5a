"""
What a test may ask and change behind the service's back, under ``/_sandbox/circle-admin``.

Knows the fields of these requests and what is told about the truth.
"""

from __future__ import annotations

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.churn import Churn, ChurnBoard
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.limits import DEFAULT_PER_S, AddressLimit, MonthlyQuota
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.controls import read_fields

__all__ = ["CircleAdminControls"]

_PERIOD = ("since_s", "until_s")
_MEMBERS = "community_members"


class CircleAdminControls:
    """The controls of the community, of what happens to it while it is read, and of the limits."""

    def __init__(self, community: Community, churns: ChurnBoard, limit: AddressLimit, quota: MonthlyQuota) -> None:
        self._community = community
        self._churns = churns
        self._limit = limit
        self._quota = quota

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox/circle-admin``."""
        return [
            Route("/populate", self._populate, methods=["POST"]),
            Route("/records", self._records),
            Route("/edit", self._edit, methods=["POST"]),
            Route("/add", self._add, methods=["POST"]),
            Route("/delete", self._delete, methods=["POST"]),
            Route("/churn", self._churn, methods=["POST"]),
            Route("/limits", self._limits, methods=["POST"]),
            Route("/quota", self._set_quota, methods=["POST"]),
        ]

    async def _populate(self, request: Request) -> JSONResponse:
        fields = await read_fields(request)
        period = [None if fields.get(name) is None else _seconds(fields, name) for name in _PERIOD]
        counts = {name: _count(fields, name, 0) for name in fields if name not in _PERIOD}
        self._community.populate(counts, *period)
        return JSONResponse(counts)

    async def _records(self, request: Request) -> JSONResponse:
        return JSONResponse({"items": self._community.truth(request.query_params.get("resource", _MEMBERS))})

    async def _edit(self, request: Request) -> JSONResponse:
        resource, rows = self._chosen(await read_fields(request, "resource", "ids", "count"))
        self._community.edit(resource, rows)
        return _ids(resource, rows)

    async def _add(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "resource", "count")
        resource = _resource(fields)
        self._community.resource(resource)
        return _ids(resource, self._community.make_up(resource, _count(fields, "count", 1)))

    async def _delete(self, request: Request) -> JSONResponse:
        resource, rows = self._chosen(await read_fields(request, "resource", "ids", "count"))
        if len({row.id for row in rows}) < len(rows):
            raise ValueError("ids names a row twice")
        for row in rows:
            self._community.tables[resource].remove(row)
        return _ids(resource, rows)

    async def _churn(self, request: Request) -> JSONResponse:
        names = ("every", "edits", "adds", "deletes", "times", "seed", "resource")
        fields = await read_fields(request, *names)
        resource = _resource(fields)
        self._community.resource(resource)
        wanted: dict[str, Any] = {
            "every": _count(fields, "every", 1),
            "edits": _count(fields, "edits", 0),
            "adds": _count(fields, "adds", 0),
            "deletes": _count(fields, "deletes", 0),
            "times": None if fields.get("times") is None else _count(fields, "times", 0),
            "seed": _count(fields, "seed", 0),
        }
        if not wanted["every"]:
            raise ValueError("every must be 1 or more")
        self._churns.set(Churn(resource, **wanted))
        return JSONResponse({"resource": resource, **wanted})

    async def _limits(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "requests", "per_s")
        requests = None if fields.get("requests") is None else _count(fields, "requests", 0)
        per_s = DEFAULT_PER_S if fields.get("per_s") is None else _seconds(fields, "per_s")
        self._limit.set(requests, per_s)
        return JSONResponse({"requests": requests, "per_s": per_s})

    async def _set_quota(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "requests")
        requests = None if fields.get("requests") is None else _count(fields, "requests", 0)
        self._quota.set(requests)
        return JSONResponse({"requests": requests})

    def _chosen(self, fields: dict[str, Any]) -> tuple[str, list[Row]]:
        """Find the rows with these ids, or else so many with the lowest ids (1 when nothing is said)."""
        resource, ids = _resource(fields), fields.get("ids")
        self._community.resource(resource)
        table = self._community.tables[resource]
        if ids is None:
            return resource, list(table)[: _count(fields, "count", 1)]
        if not isinstance(ids, list) or fields.get("count") is not None:
            raise ValueError("give either ids, a list, or count")
        rows = [table.get(row_id) for row_id in ids]
        if None in rows:
            raise ValueError(f"there is no {resource} with id {ids[rows.index(None)]!r}")
        return resource, [row for row in rows if row is not None]


def _ids(resource: str, rows: list[Row]) -> JSONResponse:
    return JSONResponse({"resource": resource, "ids": [row.id for row in rows]})


def _resource(fields: dict[str, Any]) -> str:
    return str(fields.get("resource") or _MEMBERS)


def _count(fields: dict[str, Any], name: str, default: int) -> int:
    value = fields.get(name)
    value = default if value is None else value
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be an integer of 0 or more, got {value!r}")
    return value


def _seconds(fields: dict[str, Any], name: str) -> float:
    value = fields[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of seconds, got {value!r}")
    return float(value)
