"""The stand-in of Circle's Admin API in process: what it is asked and what it replies, as the package's own values."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.routing import Mount

from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.sandbox.circle_admin.service import CircleAdminService
from airflow_provider_circle.sandbox.clock import VirtualClock

from .admin_calls import CALLS, PATH_TABLES, Call

__all__ = ["AdminSandbox"]

BASE = "http://127.0.0.1:1/circle-admin"
API = "/api/admin/v2"
TOKEN = "token"
_NOW_S = 1_800_000_000.0


class AdminSandbox:
    """A service of its own, on a clock that stands still."""

    def __init__(self) -> None:
        self.service = CircleAdminService(VirtualClock(wall=lambda: _NOW_S, monotonic=lambda: 0.0), TOKEN)
        self._app = Starlette(
            routes=[
                Mount("/circle-admin", app=self.service.api),
                Mount("/_sandbox/circle-admin", routes=self.service.controls),
            ]
        )

    def ask(self, operation: str, call: Call, *, token: str = TOKEN, known: bool = True) -> tuple[Request, Response]:
        """
        Ask an operation.

        :param known: whether the ids in the path are those of rows there are.
        """
        method, _, template = operation.partition(" ")
        path = re.sub(r"\{(\w+)\}", lambda match: self._path_id(match[1], template, call, known=known), template)
        query = urlencode({name: self._filled(value) for name, value in call.query.items()})
        body = None if call.body is None else json.dumps(self._filled(call.body)).encode()
        url = f"{BASE}{API}{path}" + (f"?{query}" if query else "")
        headers = {"authorization": f"Token {token}"}
        return Request(method, url, headers, body, 1.0), self.send(
            method, f"/circle-admin{API}{path}", query, body, headers
        )

    def control(self, path: str, body: Any) -> Any:
        """Use a control."""
        return json.loads(self.send("POST", f"/_sandbox/circle-admin{path}", "", json.dumps(body).encode(), {}).body)

    def send(self, method: str, path: str, query: str, body: bytes | None, headers: dict[str, str]) -> Response:
        """Send a request to the ASGI application."""
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        asyncio.run(self._app(scope, receive, send))
        start, *rest = messages
        received = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], received, b"".join(message.get("body", b"") for message in rest))

    def _path_id(self, name: str, template: str, call: Call, *, known: bool) -> str:
        if not known:
            return "999999999"
        if name == "sgid":
            return str(json.loads(self.ask("POST /embeds", CALLS["POST /embeds"])[1].body)["sgid"])
        table = (call.table or template.split("/")[1]) if name == "id" else PATH_TABLES[name]
        return str(self._first_id(table))

    def _first_id(self, table: str) -> int:
        return int(self.service._community.tables[table].ids[0])

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if value == "$email":
            return "member1@example.com"
        if isinstance(value, str) and value.startswith("$"):
            row_id = self._first_id(value[1:].removesuffix(" as text"))
            return str(row_id) if value.endswith(" as text") else row_id
        return value
