"""
How the API v1.1 writes a reply, and how it says that it knows no such path.

Compact JSON for who asks for it, JSON to be read for any other ``Accept``, Clojure's EDN for who asks for nothing.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

__all__ = ["edn", "no_such_page", "written"]

_PAGE = "<!DOCTYPE html><html><head><title>Page not found</title></head><body><h1>404</h1></body></html>"


def written(request: Request, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Write a reply in the format that was asked for."""
    accept = request.headers.get("accept", "").strip()
    if not accept:
        return Response(edn(content), status, headers, "application/edn;charset=UTF-8")
    indent = None if accept == "application/json" else 2
    return Response(json.dumps(content, indent=indent), status, headers, "application/json;charset=utf-8")


def edn(content: Any) -> str:
    """Write a JSON value as EDN; every key becomes a keyword."""
    match content:
        case None:
            return "nil"
        case bool():
            return str(content).lower()
        case dict():
            return "{" + ", ".join(f":{name} {edn(value)}" for name, value in content.items()) + "}"
        case list():
            return "[" + " ".join(map(edn, content)) + "]"
        case _:
            return json.dumps(content, ensure_ascii=False)


def no_such_page() -> Response:
    """Answer as to any path that is not there: with a page for people."""
    return HTMLResponse(_PAGE, 404)
