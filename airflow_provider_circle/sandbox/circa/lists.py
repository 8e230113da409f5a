"""
Lists: what a query asks for, and which page of it.

Knows the parameters of lists. How rows are found is left to the table, what they look like to the replies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from starlette.datastructures import QueryParams

from airflow_provider_circle.sandbox.circa.refusals import invalid
from airflow_provider_circle.sandbox.circa.state import Quirks
from airflow_provider_circle.sandbox.circa.table import Query
from airflow_provider_circle.sandbox.circa.times import read_time

__all__ = ["STREAMS", "page", "read_query"]

STREAMS = (
    "/teams",
    "/events",
    "/contacts",
    "/companies",
    "/events/{id}/contacts",
    "/events/{id}/staff",
    "/events/{id}/expenses",
    "/companies/{id}/contacts",
)
"""All lists with pages, as paths."""


def read_query(parameters: QueryParams, stream: str, quirks: Quirks, among: str = "") -> Query:
    """
    Read the filters of a list.

    Unverified: that a range with one end is refused; the documents say that both should be given.

    :param stream: one of ``STREAMS``.
    :raises Refused: 422, says what is wrong with each filter.
    """
    errors: dict[str, list[str]] = {}
    bounds: dict[str, float] = {}
    for name in ("updated_at", "created_at"):
        if name == "updated_at" and stream in quirks.blind:
            continue
        ends = {end: parameters.get(f"{name}[{end}]") for end in ("min", "max")}
        if ends["min"] is None and ends["max"] is None:
            continue
        for end, text in ends.items():
            try:
                bounds[f"{name.removesuffix('_at')}_{end}_s"] = _bound(_required_time(text), end, quirks)
            except ValueError as error:
                errors.setdefault(name, []).append(f"{end} {error}")
    if errors:
        raise invalid(errors)
    return Query(**bounds, order=quirks.order, among=among)


def page(
    parameters: QueryParams, found: Sequence[int], page_size: int, write: Callable[[int], dict[str, Any]]
) -> dict[str, Any]:
    """
    Cut one page out of a list; one beyond the end is empty.

    :param write: writes a row.
    :raises Refused: 422, not the number of a page.
    """
    text = parameters.get("page", "1")
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise invalid({"page": ["should be an Integer of 1 or more"]})
    number = int(text)
    begin = (number - 1) * page_size
    return {
        "data": [write(row) for row in found[begin : begin + page_size]],
        "pagination": {
            "current_page": number,
            "total_pages": -(-len(found) // page_size),
            "per_page": page_size,
            "total_entries": len(found),
        },
    }


def _required_time(text: str | None) -> float:
    if text is None:
        raise ValueError("should be specified")
    return read_time(text)


def _bound(seconds: float, end: str, quirks: Quirks) -> float:
    """Rows have whole seconds: an open bound is the closed one a second further in."""
    if end == "min":
        return math.floor(seconds) + 1 if quirks.open_bounds else seconds
    return math.ceil(seconds) - 1 if quirks.open_bounds else seconds
