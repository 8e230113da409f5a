"""
What a test may ask and change behind the service's back, under ``/_sandbox/circa``.

Knows how the truth about the rows is shown and how what a test wants is read. What happens then is said elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circa import replies
from airflow_provider_circle.sandbox.circa.changes import CONTACTS, Changes, Churn, Target
from airflow_provider_circle.sandbox.circa.exports import Exports
from airflow_provider_circle.sandbox.circa.ids import number_of
from airflow_provider_circle.sandbox.circa.limit import Limit
from airflow_provider_circle.sandbox.circa.lists import STREAMS
from airflow_provider_circle.sandbox.circa.routes import RESOURCES
from airflow_provider_circle.sandbox.circa.state import CircaState, Counts
from airflow_provider_circle.sandbox.circa.table import ORDERS, Table
from airflow_provider_circle.sandbox.controls import read_fields

__all__ = ["CircaControls"]

_BOUNDS = ("closed", "open")
_CHURN = {"every": 2, "edits": 1, "adds": 1, "deletes": 1, "times": 20, "seed": 0}


class CircaControls:
    """The controls of the rows, the quirks, the exports and the rate limit."""

    def __init__(self, state: CircaState, changes: Changes, exports: Exports, limit: Limit) -> None:
        self._state = state
        self._changes = changes
        self._exports = exports
        self._limit = limit

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox/circa``."""
        return [
            Route("/populate", self._populate, methods=["POST"]),
            *(Route(f"/{path}", self._truth(kind)) for path, kind in RESOURCES.items()),
            Route("/events/{id}/contacts", self._event_contacts),
            Route("/deleted", self._deleted),
            Route("/edit", self._edit, methods=["POST"]),
            Route("/add", self._add, methods=["POST"]),
            Route("/delete", self._delete, methods=["POST"]),
            Route("/churn", self._churn, methods=["POST"]),
            Route("/quirks", self._quirks, methods=["POST"]),
            Route("/limits", self._limits, methods=["POST"]),
            Route("/expire", self._expire, methods=["POST"]),
            Route("/exports", self._choose_exports, methods=["POST"]),
            Route("/exports", self._list_exports),
        ]

    async def _populate(self, request: Request) -> JSONResponse:
        names = [one.name for one in fields(Counts)]
        wanted = await read_fields(request, *names, "since_s", "until_s")
        given = {name: _count(wanted, name) for name in names if wanted.get(name) is not None}
        counts = Counts(**given)
        if "contacts_per_event" not in given:
            counts = replace(counts, contacts_per_event=min(counts.contacts_per_event, counts.contacts))
        if counts.contacts_per_event > counts.contacts:
            raise ValueError(f"contacts_per_event must not be above contacts, {counts.contacts}")
        since_s, until_s = (_moment(wanted, name) for name in ("since_s", "until_s"))
        if (self._state.now() if until_s is None else until_s) < (since_s or 0):
            raise ValueError("since_s must not be after until_s")
        self._state.populate(counts, since_s, until_s)
        return JSONResponse({name: getattr(counts, name) for name in names})

    def _truth(self, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            return _shown(
                request, kind, self._state.tables[kind], lambda number: replies.row(self._state, kind, number)
            )

        return answer

    async def _event_contacts(self, request: Request) -> JSONResponse:
        event = self._event(request.path_params["id"])
        members = self._state.members(event)
        return _shown(request, "Contact", members, lambda number: replies.member(self._state, event, number))

    async def _deleted(self, _request: Request) -> JSONResponse:
        return JSONResponse({"items": self._state.deleted})

    async def _edit(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "ids", "count", "event_id")
        chosen = self._changes.choose(self._target(wanted), wanted.get("ids"), wanted.get("count"))
        return JSONResponse({"ids": [opaque for target, row in chosen for opaque in self._changes.edit(target, [row])]})

    async def _add(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "count", "event_id")
        count = _count({"count": 1, **wanted}, "count")
        return JSONResponse({"ids": self._changes.add(self._target(wanted), count)})

    async def _delete(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "ids", "count", "event_id")
        chosen = self._changes.choose(self._target(wanted), wanted.get("ids"), wanted.get("count"))
        if len(set(chosen)) < len(chosen):
            raise ValueError("ids names a row twice")
        return JSONResponse(
            {"ids": [opaque for target, row in chosen for opaque in self._changes.delete(target, [row])]}
        )

    async def _churn(self, request: Request) -> JSONResponse:
        wanted = {**_CHURN, **await read_fields(request, *_CHURN)}
        chosen = {name: _count(wanted, name) for name in _CHURN}
        if not chosen["every"]:
            raise ValueError("every must be 1 or more")
        seed = chosen.pop("seed")
        self._changes.churn = Churn(**chosen, random=Random(seed))  # noqa: S311  # Repeats on purpose.
        return JSONResponse({**chosen, "seed": seed})

    async def _quirks(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "order", "bounds", "ignore_updated_at_for", "page_size")
        quirks = self._state.quirks
        order = _one_of(wanted, "order", ORDERS, quirks.order)
        bounds = _one_of(wanted, "bounds", _BOUNDS, _BOUNDS[quirks.open_bounds])
        blind = wanted.get("ignore_updated_at_for")
        streams = quirks.blind if blind is None else _streams(blind)
        page_size = quirks.page_size if wanted.get("page_size") is None else _count(wanted, "page_size")
        if page_size < 1:
            raise ValueError("page_size must be 1 or more")
        quirks.order, quirks.open_bounds, quirks.blind, quirks.page_size = order, bounds == "open", streams, page_size
        return JSONResponse(
            {"order": order, "bounds": bounds, "ignore_updated_at_for": sorted(streams), "page_size": page_size}
        )

    async def _limits(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "requests_per_minute", "retry_after")
        per_minute = None if wanted.get("requests_per_minute") is None else _count(wanted, "requests_per_minute")
        retry_after = wanted.get("retry_after")
        self._limit.set(per_minute, None if retry_after is None else str(retry_after))
        return JSONResponse({"requests_per_minute": per_minute, "retry_after": self._limit.retry_after})

    async def _expire(self, request: Request) -> JSONResponse:
        wanted = (await read_fields(request, "expired")).get("expired", True)
        if not isinstance(wanted, bool):
            raise ValueError(f"expired must be true or false, got {wanted!r}")
        self._state.expired = wanted
        return JSONResponse({"expired": wanted})

    async def _choose_exports(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "duration_s", "fails")
        duration_s = _moment(wanted, "duration_s")
        fails = self._exports.fails if wanted.get("fails") is None else _count(wanted, "fails")
        self._exports.duration_s = self._exports.duration_s if duration_s is None else duration_s
        self._exports.fails = fails
        return JSONResponse({"duration_s": self._exports.duration_s, "fails": fails})

    async def _list_exports(self, _request: Request) -> JSONResponse:
        now_s = self._state.now()
        items = [{"id": job.id, "status": job.status(now_s)} for job in self._exports.jobs.values()]
        return JSONResponse({"items": items, "refused_downloads": self._exports.refused_downloads})

    def _target(self, wanted: dict[str, Any]) -> Target:
        event_id = wanted.get("event_id")
        return CONTACTS if event_id is None else Target("Contact", self._event(event_id))

    def _event(self, opaque: Any) -> int:
        number = number_of("Event", opaque) if isinstance(opaque, str) else None
        if number is None or number not in self._state.tables["Event"]:
            raise ValueError(f"there is no event {opaque!r}")
        return number


def _shown(request: Request, kind: str, table: Table, write: Callable[[int], dict[str, Any]]) -> JSONResponse:
    """Show the truth: all rows, whole or only some of their attributes."""
    names = request.query_params.get("fields")
    if names is None:
        return JSONResponse({"items": [write(number) for number in table.numbers]})
    wanted = names.split(",")
    if {"id", "created_at", "updated_at"}.issuperset(wanted):
        rows = (
            replies.outline(kind, table, number) for number in table.numbers
        )  # Many rows: write no more than asked.
    else:
        rows = (write(number) for number in table.numbers)
    return JSONResponse({"items": [{name: row.get(name) for name in wanted} for row in rows]})


def _count(wanted: dict[str, Any], name: str) -> int:
    value = wanted[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be an integer of 0 or more, got {value!r}")
    return value


def _moment(wanted: dict[str, Any], name: str) -> float | None:
    value = wanted.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be a number of seconds, got {value!r}")
    return float(value)


def _one_of(wanted: dict[str, Any], name: str, known: tuple[str, ...], otherwise: str) -> str:
    value = wanted.get(name)
    if value is None:
        return otherwise
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}")
    return str(value)


def _streams(wanted: Any) -> frozenset[str]:
    if not isinstance(wanted, list):
        raise ValueError("ignore_updated_at_for must be a list of paths")
    streams = {re.sub(r"\{\w*\}", "{id}", f"/{str(path).strip('/')}") for path in wanted}
    unknown = sorted(streams - set(STREAMS))
    if unknown:
        raise ValueError(f"there is no list {', '.join(unknown)}; known are {', '.join(STREAMS)}")
    return frozenset(streams)
