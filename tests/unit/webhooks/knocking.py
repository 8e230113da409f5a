"""Requests to the receiver without a server, chunk by chunk."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SECRET = "the secret CircleCI signs with"
CIRCA_SECRET = "unguessable-end-0123456789-abcdefgh"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    chunks_read: int
    scope: dict[str, Any] = field(repr=False)

    @property
    def outcome(self) -> str:
        return str(json.loads(self.body)["outcome"])


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"circleci-signature": f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


async def aknock(
    app: Any,
    path: str,
    body: bytes | Iterable[bytes] = b"{}",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    raw_headers: Iterable[tuple[bytes, bytes]] = (),
    hangs: bool = False,
) -> Answer:
    """
    Send one request.

    :param body: in one piece, or in several.
    :param raw_headers: further headers, as they come over the wire.
    :param hangs: its end never comes.
    """
    chunks = [body] if isinstance(body, bytes) else list(body)
    waiting, messages = list(chunks), []
    given = {"content-type": "application/json", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(errors="replace"),
        "root_path": "",
        "query_string": b"",
        "headers": [*raw_headers, *((name.lower().encode(), value.encode()) for name, value in given.items())],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        if not waiting and hangs:
            await asyncio.Event().wait()
        chunk = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting) or hangs}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *rest = messages
    return Answer(
        start["status"],
        {name.decode().lower(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in rest),
        len(chunks) - len(waiting),
        scope,
    )


def knock(app: Any, path: str, body: bytes | Iterable[bytes] = b"{}", *args: Any, **options: Any) -> Answer:
    """Send one request and wait for the answer."""
    return asyncio.run(aknock(app, path, body, *args, **options))
