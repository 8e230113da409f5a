"""Walks that get a moon, add one or list all of them, fed with replies, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.core.paging import CursorPages
from airflow_provider_circle.core.walk import call, pages
from tests.unit.walking import Clock, Walked, caller, drive, reply

SOURCE = "https://docs.orbit.example/v3/moons"
GET_MOON = Endpoint("GET", "/moons/{moon_id}", SOURCE)
ADD_MOON = Endpoint("POST", "/moons", SOURCE)
LIST_MOONS = Endpoint("GET", "/moons", SOURCE, pages=CursorPages("items", "next", "after"))

OK = reply({"id": "io"})


def get(outcomes: Sequence[Outcome], **changes: Any) -> Walked[JsonObject]:
    clock = changes.pop("clock", None) or Clock()
    return drive(call(caller(clock, **changes), GET_MOON, path={"moon_id": "io"}), outcomes, clock)


def post(outcomes: Sequence[Outcome], endpoint: Endpoint = ADD_MOON, **changes: Any) -> Walked[JsonObject]:
    clock = Clock()
    return drive(call(caller(clock, **changes), endpoint, json={"name": "io"}), outcomes, clock)


def listed(outcomes: list[Outcome], query: dict[str, str | int | bool] | None = None, **changes: Any) -> Walked[None]:
    clock = Clock()
    return drive(pages(caller(clock, **changes), LIST_MOONS, query=query), outcomes, clock)


def page(*ids: int, after: str | None = None) -> Response:
    return reply({"items": [{"id": number} for number in ids], "next": after})


__all__ = [
    "ADD_MOON",
    "GET_MOON",
    "LIST_MOONS",
    "OK",
    "SOURCE",
    "get",
    "listed",
    "page",
    "post",
]
