"""
What a test may ask and change behind the service's back, under ``/_sandbox/circleme``.

Knows the truth about every card, and how what a test wants is read.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleme.cards import LANGUAGES
from airflow_provider_circle.sandbox.circleme.state import CARDS, EQUAL_TIMESTAMPS, CircleMeState
from airflow_provider_circle.sandbox.controls import read_fields
from airflow_provider_circle.sandbox.limits import RateLimit

__all__ = ["CircleMeControls"]


class CircleMeControls:
    """The controls of the cards, of the daily limit and of the rate limit."""

    def __init__(self, state: CircleMeState, limit: RateLimit) -> None:
        self._state = state
        self._limit = limit

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox/circleme``."""
        return [
            Route("/populate", self._populate, methods=["POST"]),
            Route("/cards", self._cards),
            Route("/add", self._add, methods=["POST"]),
            Route("/limits", self._limits, methods=["POST"]),
            Route("/daily_limit", self._daily_limit, methods=["POST"]),
            Route("/handed_out", self._handed_out),
        ]

    async def _populate(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "cards", "italian", "since_s", "until_s", "equal_timestamps")
        counts = {
            name: _count(wanted[name], name) for name in ("cards", "italian", "equal_timestamps") if name in wanted
        }
        if counts.get("equal_timestamps") == 0:
            raise ValueError("equal_timestamps must be 1 or more")
        times = {name: _moment(wanted[name], name) for name in ("since_s", "until_s") if name in wanted}
        if times.get("since_s", 0) > times.get("until_s", self._state.now()):
            raise ValueError("since_s must not be after until_s")
        self._state.populate(
            counts.get("cards", CARDS),
            counts.get("italian"),
            times.get("since_s"),
            times.get("until_s"),
            counts.get("equal_timestamps", EQUAL_TIMESTAMPS),
        )
        return JSONResponse({"cards": len(self._state.cards())})

    async def _cards(self, request: Request) -> JSONResponse:
        lang = request.query_params.get("lang")
        return JSONResponse({"items": [card.as_json() for card in self._state.cards(_lang(lang) if lang else None)]})

    async def _add(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "count", "lang", "date_s")
        date_s = wanted.get("date_s")
        cards = self._state.add(
            _count(wanted.get("count", 1), "count"),
            _lang(wanted.get("lang", LANGUAGES[0])),
            None if date_s is None else _moment(date_s, "date_s"),
        )
        return JSONResponse({"ids": [card.id for card in cards]})

    async def _limits(self, request: Request) -> JSONResponse:
        wanted = (await read_fields(request, "requests_per_minute")).get("requests_per_minute")
        self._limit.set(None if wanted is None else _count(wanted, "requests_per_minute"))
        return JSONResponse({"requests_per_minute": wanted})

    async def _daily_limit(self, request: Request) -> JSONResponse:
        wanted = await read_fields(request, "new_cards", "strict")
        limit, strict = wanted.get("new_cards"), wanted.get("strict", False)
        if not isinstance(strict, bool):
            raise ValueError(f"strict must be true or false, got {strict!r}")
        self._state.daily_limit = None if limit is None else _count(limit, "new_cards")
        self._state.strict = strict
        return JSONResponse({"new_cards": limit, "strict": strict})

    async def _handed_out(self, _request: Request) -> JSONResponse:
        return JSONResponse({"ids": self._state.given()})


def _count(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be an integer of 0 or more, got {value!r}")
    return value


def _moment(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} must be seconds since 1970, got {value!r}")
    return float(value)


def _lang(value: Any) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"lang must be one of {', '.join(LANGUAGES)}; got {value!r}")
    return str(value)
