"""
The vendor-neutral part of the control API under ``/_sandbox``.

Knows how tests reach the clock, the faults and the records. A vendor's own controls are in its folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.clock import VirtualClock, timestamp
from airflow_provider_circle.sandbox.faults import Fault, FaultBoard
from airflow_provider_circle.sandbox.recorder import Recorder

__all__ = ["Controls", "read_fields", "refuse_value"]

_LONGEST_OUTAGE_S = 600.0


async def read_fields(request: Request, *allowed: str) -> dict[str, Any]:
    """
    Read the JSON object of a control request.

    :param allowed: the fields it may have; none named means any.
    :raises ValueError: not a JSON object, or an unknown field.
    """
    body = await request.body()
    try:
        fields = json.loads(body, parse_constant=_refuse_constant) if body else {}
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError("the body must be a JSON object")
    unknown = sorted(fields.keys() - set(allowed)) if allowed else []
    if unknown:
        raise ValueError(f"unknown field {', '.join(unknown)}; known are {', '.join(allowed)}")
    return fields


def _refuse_constant(text: str) -> None:
    """Refuse what Python writes for a number that is none; a clock that took it would never be right again."""
    raise ValueError(f"{text} is no number")


async def refuse_value(_request: Request, error: Exception) -> JSONResponse:
    """Answer a control request whose values make no sense."""
    return JSONResponse({"message": str(error)}, status_code=400)


class Controls:
    """
    The controls of the vendor-neutral parts.

    :param reset_all: makes the whole sandbox as good as new.
    :param go_down: closes the port for so many seconds.
    """

    def __init__(
        self,
        clock: VirtualClock,
        recorder: Recorder,
        faults: FaultBoard,
        reset_all: Callable[[], None],
        go_down: Callable[[float], None] | None,
    ) -> None:
        self._clock = clock
        self._recorder = recorder
        self._faults = faults
        self._reset_all = reset_all
        self._go_down = go_down

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox``."""
        return [
            Route("/health", self._health),
            Route("/reset", self._reset, methods=["POST"]),
            Route("/requests", self._list_requests),
            Route("/requests", self._clear_requests, methods=["DELETE"]),
            Route("/faults", self._add_fault, methods=["POST"]),
            Route("/faults", self._list_faults),
            Route("/faults", self._clear_faults, methods=["DELETE"]),
            Route("/outage", self._begin_outage, methods=["POST"]),
            Route("/clock", self._show_clock),
            Route("/clock", self._change_clock, methods=["POST"]),
        ]

    async def _health(self, _request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def _reset(self, _request: Request) -> JSONResponse:
        self._reset_all()
        return JSONResponse({"status": "ok"})

    async def _list_requests(self, request: Request) -> JSONResponse:
        path = request.query_params.get("path")
        if path is not None:
            try:
                re.compile(path)
            except re.error as error:
                raise ValueError(f"path is not a regular expression: {error}") from error
        return JSONResponse({"items": self._recorder.select(request.query_params.get("method"), path)})

    async def _clear_requests(self, _request: Request) -> JSONResponse:
        self._recorder.clear()
        return JSONResponse({"items": []})

    async def _add_fault(self, request: Request) -> JSONResponse:
        fault = Fault.from_json(await read_fields(request))
        self._faults.add(fault)
        return JSONResponse(fault.as_json(), status_code=201)

    async def _list_faults(self, _request: Request) -> JSONResponse:
        return JSONResponse({"items": self._faults.as_json()})

    async def _clear_faults(self, _request: Request) -> JSONResponse:
        self._faults.clear()
        return JSONResponse({"items": []})

    async def _begin_outage(self, request: Request) -> JSONResponse:
        seconds = (await read_fields(request, "seconds")).get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= _LONGEST_OUTAGE_S:
            raise ValueError(f"seconds must be a number above 0, at most {_LONGEST_OUTAGE_S:g}, got {seconds!r}")
        if self._go_down is None:
            raise ValueError("this sandbox has no port to close")
        self._go_down(seconds)
        return JSONResponse({"seconds": seconds})

    async def _show_clock(self, _request: Request) -> JSONResponse:
        now_s = self._clock.now()
        return JSONResponse({"now": timestamp(now_s), "now_s": now_s, "speed": self._clock.speed})

    async def _change_clock(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "speed", "advance_s")
        given = {name: value for name, value in fields.items() if value is not None}
        for name, value in given.items():
            if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{name} must be a number of 0 or more, got {value!r}")
        if "speed" in given:
            self._clock.set_speed(given["speed"])
        if "advance_s" in given:
            self._clock.advance(given["advance_s"])
        return await self._show_clock(request)
