"""
Handing out the view's files, and telling Airflow's UI where they are.

Nothing but these files is served here, to anybody: what a task recorded, the page asks of Airflow's own REST API, with
the session and the permissions of whoever looks at it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_circle import __version__

__all__ = ["FILES", "PREFIX", "Files", "react_app"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]

PREFIX = "/circle-view"

FILES = {
    "circleci.js": "text/javascript; charset=utf-8",
    "circleci.css": "text/css; charset=utf-8",
    "circleci.svg": "image/svg+xml",
}
"""All there is, with its type."""

_ASSETS = Path(__file__).parent / "assets"
_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_KEPT = "public, max-age=3600"
"""The address has the version in it, so that nobody sees an old page after an upgrade."""


class Files:
    """The files as an ASGI application."""

    async def __call__(self, scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, got {scope['type']!r}")
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        kind = FILES.get(name := path.removeprefix(PREFIX).removeprefix("/"))
        if scope["method"] not in {"GET", "HEAD"}:
            status, headers, body = 405, {"allow": "GET, HEAD"}, b""
        elif kind is None:
            status, headers, body = 404, {}, b""
        else:
            status, body = 200, _content(name)
            headers = {"content-type": kind, "cache-control": _KEPT}
        headers = {**_HEADERS, **headers, "content-length": str(len(body))}
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def react_app(base_url: str) -> dict[str, str]:
    """
    Describe the view to Airflow's UI.

    :param base_url: where people reach the API server, possibly below a path.
    """
    root = f"{urlsplit(base_url).path.rstrip('/')}{PREFIX}"
    return {
        "name": "CircleCI",
        "destination": "task_instance",
        "url_route": "circleci",
        "bundle_url": f"{root}/circleci.js?{__version__}",
        "icon": f"{root}/circleci.svg?{__version__}",
    }


@cache
def _content(name: str) -> bytes:
    return (_ASSETS / name).read_bytes()
