"""
Pages of a list whose size the client chooses.

Knows the opaque token of such lists; those of a fixed size are in the paging.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from airflow_provider_circle.sandbox.circleci.paging import PAGE_SIZE
from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = ["sized_page"]

_PREFIX = "skip-"


def sized_page(
    request: Request, items: Sequence[dict[str, Any]], parameter: str, *, needed: bool = False
) -> dict[str, Any]:
    """
    Cut out the page that is asked for.

    :param parameter: the query parameter with the size.
    :param needed: the size must be given; otherwise it is 20.
    :raises Refused: 400, no size, or a token that was never given.
    """
    size = request.query_params.get(parameter, None if needed else str(PAGE_SIZE))
    if size is None or not size.isdigit() or int(size) == 0:
        raise Refused(400, f"{parameter} must be an integer above 0")
    token = request.query_params.get("page-token", f"{_PREFIX}0")
    if not token.startswith(_PREFIX) or not token.removeprefix(_PREFIX).isdigit():
        raise Refused(400, "Invalid page token")
    begin = int(token.removeprefix(_PREFIX))
    end = begin + int(size)
    return {"items": list(items[begin:end]), "next_page_token": f"{_PREFIX}{end}" if end < len(items) else None}
