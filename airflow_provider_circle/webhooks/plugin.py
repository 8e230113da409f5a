"""
The plugin through which Airflow's API server finds the receiver of webhooks and the view of pipelines.

Every process of Airflow imports this; only the API server, and only when the first webhook comes, imports the rest.
Airflow before 3.1 gets neither.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.providers.common.compat.sdk import AirflowPlugin, conf
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.ui.serving import PREFIX as VIEW_PREFIX
from airflow_provider_circle.ui.serving import Files, react_app

__all__ = ["CirclePlugin", "Entrance"]

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

_PREFIX = "/circle"
_HIDDEN = f"{_PREFIX}/circa/"


def _build_app() -> _App:
    from airflow_provider_circle.webhooks.app import build_app

    return build_app()


class Entrance:
    """
    The receiver as an ASGI application that is built when it is first called.

    It also keeps the secret part of Circa's address out of access logs: those of uvicorn, and of Airflow since 3.2, are
    written from the request's scope, when the answer begins or after it.

    :param build: builds the receiver.
    """

    def __init__(self, build: Callable[[], _App] = _build_app) -> None:
        self._build = build
        self._app: _App | None = None

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Serve one request."""
        self._app = self._app or self._build()

        async def send_from_hiding(message: _Message) -> None:
            _hide_secret(scope)
            await send(message)

        try:
            await self._app(scope, receive, send_from_hiding)
        finally:
            _hide_secret(scope)


def _hide_secret(scope: _Scope) -> None:
    before, hidden, rest = str(scope.get("path", "")).partition(_HIDDEN)
    if hidden:
        conn_id, slash, secret = rest.partition("/")
        scope["path"] = f"{before}{hidden}{conn_id}{slash}{'***' if secret else ''}"
        scope["raw_path"] = scope["path"].encode(errors="replace")


class CirclePlugin(AirflowPlugin):
    """Serves ``/circle/circleci/<connection>`` and ``/circle/circa/<connection>/<secret>``; draws pipelines."""

    name = "circle"
    fastapi_apps = (
        [
            {"app": Entrance(), "url_prefix": _PREFIX, "name": "Circle webhooks"},
            {"app": Files(), "url_prefix": VIEW_PREFIX, "name": "Circle views"},
        ]
        if AIRFLOW_V_3_1_PLUS
        else []
    )
    react_apps = [react_app(conf.get("api", "base_url", fallback="/"))] if AIRFLOW_V_3_1_PLUS else []
