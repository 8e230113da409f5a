"""
The outermost layer: records every vendor request and carries out the faults.

Knows the wire: whole replies, dripping bodies, aborted connections. Which request meets a fault is decided by
:mod:`~airflow_provider_circle.sandbox.faults`, what a healthy service answers by the vendors' folders.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.faults import Fault, FaultBoard
from airflow_provider_circle.sandbox.recorder import Recorder

__all__ = ["CONTROL_PREFIX", "Gateway"]

CONTROL_PREFIX = "/_sandbox"

_DRIPS = 20
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

_Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: _Headers
    body: bytes

    @property
    def start(self) -> Message:
        return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}


class Gateway:
    """ASGI application around the services and the control API; control requests pass through untouched."""

    def __init__(self, app: ASGIApp, clock: VirtualClock, recorder: Recorder, faults: FaultBoard) -> None:
        self._app = app
        self._clock = clock
        self._recorder = recorder
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event of the ASGI server."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        at = self._clock.now()
        body = await _read(receive)
        if body is None:
            return
        raw_path = scope["raw_path"].decode("latin-1").split("?", 1)[0]
        fault = self._faults.take(scope["method"], raw_path)
        processed = await _process(self._app, scope, body) if fault is None or fault.processed else None
        reply = self._dated(_reply(fault, processed))
        self._recorder.add(
            at=at,
            method=scope["method"],
            path=raw_path,
            query=scope["query_string"].decode("latin-1"),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
            body=body,
            status=None if reply is None else reply.status,
            fault=None if fault is None else fault.kind,
            client_port=scope["client"][1] if scope.get("client") else None,
        )
        await _deliver(reply, fault, receive, send)

    def _dated(self, reply: _Reply | None) -> _Reply | None:
        """Date a reply by the sandbox's own time, as a vendor's clock and its timestamps agree."""
        if reply is None:
            return None
        date = formatdate(self._clock.now(), usegmt=True).encode()
        return replace(reply, headers=(*reply.headers, (b"date", date)))


async def _read(receive: Receive) -> bytes | None:
    """Read a request's body; ``None`` when whoever sent it left before its end."""
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


async def _process(app: ASGIApp, scope: Scope, body: bytes) -> _Reply:
    start: Message = {}
    chunks: list[bytes] = []

    async def give() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            chunks.append(message.get("body", b""))

    await app(scope, give, take)
    return _Reply(start["status"], tuple(start["headers"]), b"".join(chunks))


def _reply(fault: Fault | None, processed: _Reply | None) -> _Reply | None:
    """Say what is to be answered; ``None`` is a reset connection."""
    match fault:
        case None:
            return processed
        case Fault(kind="reset" | "reset_after"):
            return None
        case Fault(kind="status" | "status_after"):
            wanted: Any = fault.body if fault.body is not None else {"message": _phrase(fault.status)}
            reply = _whole(fault.status, b"application/json", json.dumps(wanted).encode())
            if fault.retry_after is None:
                return reply
            return replace(reply, headers=(*reply.headers, (b"retry-after", fault.retry_after.encode("latin-1"))))
        case Fault(kind="html"):
            phrase = _phrase(fault.status)
            page = f"<!DOCTYPE html><html><head><title>{phrase}</title></head><body><h1>{phrase}</h1></body></html>"
            return _whole(fault.status, b"text/html; charset=utf-8", page.encode())
        case Fault(kind="malformed"):
            return _whole(200, b"application/json", b'{"items": [{"id": "')
        case Fault(kind="empty"):
            return _whole(200, b"application/json", b"")
        case _:
            return processed


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _whole(status: int, content_type: bytes, body: bytes) -> _Reply:
    if status in _WITHOUT_BODY:
        return _Reply(status, (), b"")
    headers = ((b"content-type", content_type), (b"content-length", str(len(body)).encode()))
    return _Reply(status, headers, body)


async def _deliver(reply: _Reply | None, fault: Fault | None, receive: Receive, send: Send) -> None:
    if reply is None:
        _reset(send)
        await receive()  # Returns once the server has noticed; leaving earlier would make it answer 500.
        return
    if fault is not None and fault.kind == "cut":
        await send(_announcing_at_least(reply, 2).start)
        await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        _transport(send).close()
        await receive()
        return
    if fault is not None and fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    await send(reply.start)
    if fault is not None and fault.kind == "slow":
        size = max(1, -(-len(reply.body) // _DRIPS))
        pieces = [reply.body[begin : begin + size] for begin in range(0, len(reply.body), size)]
        for piece in pieces:
            await asyncio.sleep(fault.seconds / len(pieces))
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": reply.body})


def _announcing_at_least(reply: _Reply, length: int) -> _Reply:
    kept = tuple((name, value) for name, value in reply.headers if name.lower() != b"content-length")
    return replace(reply, headers=(*kept, (b"content-length", str(max(length, len(reply.body))).encode())))


def _reset(send: Send) -> None:
    """Abort the connection; without lingering, so that the client sees a reset and no orderly end."""
    transport = _transport(send)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _transport(send: Send) -> asyncio.Transport:
    """Reach the TCP connection: uvicorn's ``send`` is a bound method of the object that holds it."""
    transport: asyncio.Transport | None = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the sandbox resets this connection, but runs without a real one")
    return transport
