"""
HTTP/1.1 as the stand-in speaks it: requests in, prepared replies out, late or wrong if told so.

Knows keep-alive, pipelining, latency, faults and counting. What is answered, each service's own module knows.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Protocol, cast

import httptools

__all__ = ["Conduct", "Connection", "Front", "Reply", "Service"]

_RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` of no seconds: closing drops what is unsent and sends a reset."""


@dataclass(frozen=True, slots=True)
class Reply:
    """
    One answer.

    :param body: JSON.
    :param status: HTTP status.
    :param headers: beside ``Date``, ``Content-Type`` and ``Content-Length``.
    """

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Service(Protocol):
    """Answers requests of one API."""

    def answer(self, method: bytes, target: bytes) -> Reply | None:
        """
        Answer at once; waiting is the front's business.

        :param target: path and query as they were sent.
        :return: ``None`` for a path that is another service's.
        """


@dataclass(frozen=True, slots=True)
class Conduct:
    """
    How a front behaves.

    :param latency_s: seconds between a request and its answer, whatever else is under way.
    :param limited_every: of so many requests one is refused with 429; 0 for none.
    :param retry_after_s: whole seconds that a 429 asks to wait.
    :param reset_every: of so many requests one is answered with a connection reset; 0 for none.
    """

    latency_s: float = 0.0
    limited_every: int = 0
    retry_after_s: int = 1
    reset_every: int = 0


@dataclass(slots=True)
class _Counters:
    """What happened at a front since it was last told how to behave."""

    requests: int = 0
    limited: int = 0
    resets: int = 0
    opened: int = 0
    open_at_once: int = 0
    demanded_s: float = 0.0


class Front:
    """
    One address of the stand-in.

    :param services: asked in turn; the first that answers does.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services
        self.conduct = Conduct()
        self._counters = _Counters()
        self._open = 0
        self._silent_until_s = 0.0
        self._date = (0, "")

    def begin(self, conduct: Conduct) -> None:
        """Behave like this from now on, and count from 0; connections that are still open count on."""
        self.conduct = conduct
        self._counters = _Counters(open_at_once=self._open)
        self._silent_until_s = 0.0

    def counters(self) -> dict[str, Any]:
        """
        Say what happened since :meth:`begin`.

        :return: ``requests``, ``limited``, ``resets``, connections ``opened`` and ``open_at_once``, and ``demanded_s``:
            seconds in which, by the ``Retry-After`` of some 429, nobody should have sent anything. Those of two that
            overlap count once, for a 429 is meant for the whole connection.
        """
        return asdict(self._counters)

    def connect(self) -> asyncio.Protocol:
        """Make what serves one connection; for ``loop.create_server``."""
        return Connection(self, asyncio.get_running_loop())

    def opened(self) -> None:
        """Count a connection."""
        self._open += 1
        self._counters.opened += 1
        self._counters.open_at_once = max(self._counters.open_at_once, self._open)

    def closed(self) -> None:
        """Count a connection out."""
        self._open -= 1

    def answer(self, method: bytes, target: bytes, now_s: float) -> tuple[bytes, bytes] | None:
        """
        Answer a request.

        :param now_s: the loop's time.
        :return: the reply's head and body as they go over the wire; ``None`` for a reset.
        """
        counters, conduct = self._counters, self.conduct
        counters.requests += 1
        if conduct.reset_every and counters.requests % conduct.reset_every == 0:
            counters.resets += 1
            return None
        if conduct.limited_every and counters.requests % conduct.limited_every == 0:
            counters.limited += 1
            until_s = now_s + conduct.latency_s + conduct.retry_after_s
            counters.demanded_s += until_s - max(self._silent_until_s, now_s + conduct.latency_s)
            self._silent_until_s = until_s
            return self._written(
                Reply(b'{"error":"Too many requests"}', 429, (("Retry-After", str(conduct.retry_after_s)),))
            )
        for service in self._services:
            reply = service.answer(method, target)
            if reply is not None:
                return self._written(reply)
        return self._written(Reply(json.dumps({"error": "Not found"}).encode(), 404))

    def _written(self, reply: Reply) -> tuple[bytes, bytes]:
        more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
        head = (
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\nDate: {self._now()}\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(reply.body)}\r\n{more}\r\n"
        )
        return head.encode("latin-1"), reply.body

    def _now(self) -> str:
        second = int(time.time())
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]


class _Slot:
    """The place of an answer in the order of a connection's requests."""

    __slots__ = ("ready", "wire")

    def __init__(self, wire: tuple[bytes, bytes] | None) -> None:
        self.wire = wire
        self.ready = False


class Connection(asyncio.Protocol):
    """
    One connection: requests are answered in their order, and wait out their latency side by side.

    :param loop: whose clock and timers are used.
    """

    def __init__(self, front: Front, loop: asyncio.AbstractEventLoop) -> None:
        self._front = front
        self._loop = loop
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._target = b""
        self._due: deque[_Slot] = deque()
        self._last = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._front.opened()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what is due is not sent any more."""
        self._transport = None
        self._front.closed()

    def data_received(self, data: bytes) -> None:
        """Read requests, whole or in pieces."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self._transport is not None:
                self._transport.close()

    def on_message_begin(self) -> None:
        """Begin a request; called by the parser, as are the next two."""
        self._target = b""

    def on_url(self, url: bytes) -> None:
        """Read a piece of the target."""
        self._target += url

    def on_message_complete(self) -> None:
        """Answer, now or after the latency."""
        self._last = not self._parser.should_keep_alive()
        slot = _Slot(self._front.answer(self._parser.get_method(), self._target, self._loop.time()))
        latency_s = self._front.conduct.latency_s
        if latency_s:
            self._due.append(slot)
            self._loop.call_later(latency_s, self._release, slot)
        elif self._due:
            self._due.append(slot)
            self._release(slot)
        else:
            self._send(slot)

    def _release(self, slot: _Slot) -> None:
        slot.ready = True
        while self._due and self._due[0].ready:
            self._send(self._due.popleft())

    def _send(self, slot: _Slot) -> None:
        if self._transport is None:
            return
        if slot.wire is None:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()
            self._transport = None
            return
        self._transport.writelines(slot.wire)
        if self._last and not self._due:
            self._transport.close()
