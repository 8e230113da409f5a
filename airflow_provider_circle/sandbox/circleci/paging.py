"""
Pages of a list.

Knows the page size and the opaque token. What is listed, and in which order, is said by the routes.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = ["PAGE_SIZE", "page"]

PAGE_SIZE = 20

_PREFIX = "after:"


def page(items: Sequence[dict[str, Any]], token: str | None) -> dict[str, Any]:
    """
    Cut one page out of a list.

    :param token: as given with the page before; ``None`` for the first.
    :raises Refused: 400, a token that was never given.
    """
    begin = 0 if token is None else _position(token)
    end = begin + PAGE_SIZE
    following = urlsafe_b64encode(f"{_PREFIX}{end}".encode()).decode() if end < len(items) else None
    return {"items": list(items[begin:end]), "next_page_token": following}


def _position(token: str) -> int:
    try:
        return int(urlsafe_b64decode(token).decode().removeprefix(_PREFIX))
    except ValueError as error:
        raise Refused(400, "Invalid page token") from error
