"""What the tests of both transports ask a loopback server, whom they ask for, and what they make of outcomes."""

from __future__ import annotations

import gzip
import socket
from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Outcome, Request, Response
from airflow_provider_circle.core.paging import CursorPages
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Emit, Send, Wait, Walk
from airflow_provider_circle.exceptions import Unreachable
from tests.unit.transports.conftest import Client, Server, answer, cut_body, raw
from tests.unit.walking import TOKEN, caller, orbit

SOURCE = "https://docs.orbit.example/v3"
GET_MOON = Endpoint("GET", "/moon", SOURCE)
ADD_MOON = Endpoint("POST", "/moons", SOURCE)
LIST_MOONS = Endpoint("GET", "/moons", SOURCE, pages=CursorPages("items", "next", "after"))

SERVICE_HEADERS = {"Orbit-Token": TOKEN, "Accept": "application/json", "User-Agent": "tests/1"}


def ask(url: str, method: str = "GET", body: bytes | None = None, timeout_s: float = 5.0) -> Request:
    return Request(method, url, SERVICE_HEADERS, body, timeout_s)


def replied(outcome: Outcome) -> Response:
    assert isinstance(outcome, Response), f"no reply: {outcome}"
    return outcome


def unreachable(outcome: Outcome) -> Unreachable:
    assert isinstance(outcome, Unreachable), f"a reply: {outcome}"
    return outcome


def who(client: Client, server: Server, **changes: Any) -> Caller:
    """Call the server with the patience of the defaults, on the client's clock."""
    service: Service = orbit(server.url, timeout_s=changes.pop("timeout_s", 5.0))
    return caller(client.clock, service=service, **changes)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


LOST: list[Any] = [
    pytest.param(raw(then="reset"), id="reset after reading"),
    pytest.param(raw(then="close"), id="closed without a reply"),
    pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", then="reset"), id="reset within the body"),
    pytest.param(cut_body(), id="cut body"),
    pytest.param(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", then="close"), id="cut chunk"),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", then="close"), id="broken chunk"
    ),
    pytest.param(answer(b"no gzip", headers={"Content-Encoding": "gzip"}), id="broken compression"),
    pytest.param(answer(gzip.compress(b"{}")[:-4], headers={"Content-Encoding": "gzip"}), id="cut compression"),
    pytest.param(
        answer(gzip.compress(b"{}") + b"more", headers={"Content-Encoding": "gzip"}), id="more than compressed"
    ),
    pytest.param(raw(b"SSH-2.0-OpenSSH_9.6\r\n", then="close"), id="another protocol"),
]
"""Faults that leave open what was done."""


class Watched:
    """A walk that remembers whether it was closed; kept here, so that it is not closed by being forgotten."""

    def __init__(self, *steps: Send | Wait | Emit) -> None:
        self._steps = steps
        self._walk = self._begun()
        self.closed = False

    def walk(self) -> Walk[None]:
        return self._walk

    def _begun(self) -> Walk[None]:
        try:
            yield from self._steps
        finally:
            self.closed = True


__all__ = [
    "ADD_MOON",
    "GET_MOON",
    "LIST_MOONS",
    "LOST",
    "SERVICE_HEADERS",
    "Watched",
    "ask",
    "closed_port",
    "replied",
    "unreachable",
    "who",
]
