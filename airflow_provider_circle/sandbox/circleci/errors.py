"""Refusals as some groups of the API word them: ``{"error": …}`` where others say ``{"message": …}``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse

from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = ["saying_error"]

Handler: TypeAlias = Callable[[Request], Awaitable[JSONResponse]]


def saying_error(handle: Handler) -> Handler:
    """Let a route word its refusals as ``{"error": …}``."""

    async def worded(request: Request) -> JSONResponse:
        try:
            return await handle(request)
        except Refused as refused:
            return JSONResponse({"error": refused.message}, status_code=refused.status)

    return worded
