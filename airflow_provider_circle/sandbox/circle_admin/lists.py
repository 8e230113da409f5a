"""
Pages of a list.

Knows how a page is asked for and what its envelope says. What is listed, and in which order, is said by the community.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.datastructures import QueryParams

from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject

__all__ = ["envelope", "page_of", "read_page", "read_values"]

_DEFAULT_PER_PAGE = 10
_MOST_PER_PAGE = 100


def read_page(query: QueryParams, *, per_page_is_fixed: bool = False) -> tuple[int, int]:
    """
    Read which page is asked for; what makes no sense counts as absent, and too many rows are cut to the most.

    :param per_page_is_fixed: whether ``per_page`` is ignored.
    """
    page = _read_count(query.get("page"), 1)
    per_page = _DEFAULT_PER_PAGE if per_page_is_fixed else _read_count(query.get("per_page"), _DEFAULT_PER_PAGE)
    return page, min(per_page, _MOST_PER_PAGE)


def read_values(query: QueryParams) -> Mapping[str, Sequence[str]]:
    """Gather the values of every parameter; ``ids[]`` is another way to write ``ids``, and blanks are nothing."""
    values: dict[str, list[str]] = {}
    for name, value in query.multi_items():
        if value:
            values.setdefault(name.removesuffix("[]"), []).append(value)
    return values


def page_of(rows: Sequence[Any], page: int, per_page: int) -> Sequence[Any]:
    """Cut one page out of a list."""
    return rows[(page - 1) * per_page : page * per_page]


def envelope(rows: Sequence[Any], page: int, per_page: int, write: Callable[[Any], Any]) -> JsonObject:
    """
    Write one page.

    ``page_count`` is the number of rows on this page, as it is on the wire, not the number of pages.
    """
    records = [write(row) for row in page_of(rows, page, per_page)]
    return {
        "page": page,
        "per_page": per_page,
        "has_next_page": page * per_page < len(rows),
        "count": len(rows),
        "page_count": len(records),
        "records": records,
    }


def _read_count(text: str | None, default: int) -> int:
    try:
        count = int(text or default)
    except ValueError:
        return default
    return count if count > 0 else default
