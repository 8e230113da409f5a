"""Drives a walk with replies prepared by the test, on a clock that moves only when the walk waits or asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Caller, Emit, Send, Wait, Walk
from airflow_provider_circle.exceptions import Unreachable
from airflow_provider_circle.vendors.circleci.service import circleci_v2

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
"""When every walk of these tests begins, in seconds since the epoch."""

TOKEN = "token-of-the-test"
SERVICE = circleci_v2("https://circleci.com", TOKEN)

LOST = Unreachable("the connection broke", sent=True)
TIMED_OUT = Unreachable("no reply in time", sent=True)
NEVER_SENT = Unreachable("no connection", sent=False)

_MOST_REQUESTS = 300
_API = "/api/v2"


def stamp(seconds: float) -> str:
    """Write a moment, in seconds after ``NOW``, as CircleCI does."""
    moment = datetime.fromtimestamp(NOW + seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """Build a JSON reply; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, json.dumps(body).encode())


def rows(*items: JsonObject, token: str | None = None) -> Response:
    """Build a page of a list."""
    return answer({"items": list(items), "next_page_token": token})


def refused(status: int, message: str = "no", **headers: str) -> Response:
    """Build a refusal."""
    return answer({"message": message}, status, **headers)


def html(status: int = 502) -> Response:
    """Build what a proxy answers when it has lost its server."""
    return Response(status, {"content-type": "text/html"}, b"<html><body>Bad gateway</body></html>")


def garbled(status: int = 200) -> Response:
    """Build a reply that claims to be JSON and breaks off."""
    return Response(status, {"content-type": "application/json"}, b'{"id": "')


Scripted: TypeAlias = Outcome | Callable[[float], Outcome]
"""A reply, or what makes one of the seconds since the beginning."""


@dataclass
class Driver:
    """
    Answers a walk's requests.

    :param script: replies by ``"METHOD /path"`` below the API's address, one after the other; the last one stays.
    :param server_ahead_s: by how much the server's clock is ahead of ours; ``None`` leaves its ``Date`` out.
    :param latency_s: seconds each request takes.
    """

    script: Mapping[str, Sequence[Scripted]]
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    server_ahead_s: float | None = 0.0
    latency_s: float = 0.0
    now_s: float = NOW
    jitter: float = 0.5
    requests: list[Request] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    emitted: list[JsonObject] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = {route: list(replies) for route, replies in self.script.items()}

    @property
    def caller(self) -> Caller:
        """Who calls, on the driver's clock."""
        return Caller(SERVICE, lambda: self.now_s, lambda: self.jitter, self.retry)

    @property
    def asked(self) -> list[str]:
        """Every request as ``METHOD /path``, in order."""
        return [f"{request.method} {_path(request)}" for request in self.requests]

    def bodies(self, route: str) -> list[Any]:
        """The bodies sent to a route, in order."""
        return [
            json.loads(request.body or b"null")
            for request, asked in zip(self.requests, self.asked, strict=True)
            if asked == route
        ]

    def times(self, route: str) -> list[float]:
        """When a route was asked, in seconds after ``NOW``."""
        return [at_s - NOW for at_s, asked in zip(self.sent_at, self.asked, strict=True) if asked == route]

    def run(self, walk: Walk[T]) -> T:
        """Obey a walk to its end; what it returns."""
        outcome: Outcome | None = None
        try:
            while True:
                step = walk.send(outcome)
                outcome = None
                if isinstance(step, Send):
                    outcome = self._reply(step.request)
                elif isinstance(step, Emit):
                    self.emitted += step.records
                else:
                    assert isinstance(step, Wait), f"nothing here begins branches or saves files, but {step}"
                    assert step.seconds >= 0, f"a wait of {step.seconds} s"
                    self.now_s += step.seconds
                    self.waits.append(step.seconds)
                    self.said += [step.reason] if step.reason else []
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            walk.close()

    def _reply(self, request: Request) -> Outcome:
        self.requests.append(request)
        self.sent_at.append(self.now_s)
        assert len(self.requests) < _MOST_REQUESTS, f"no end of requests: {self.asked[-3:]}"
        route = self.asked[-1]
        assert route in self._left, f"an unexpected request: {route}"
        left = self._left[route]
        scripted = left.pop(0) if len(left) > 1 else left[0]
        outcome = scripted if isinstance(scripted, Response | Unreachable) else scripted(self.now_s - NOW)
        self.now_s += self.latency_s
        if isinstance(outcome, Response) and self.server_ahead_s is not None and "date" not in outcome.headers:
            moment = datetime.fromtimestamp(int(self.now_s + self.server_ahead_s), UTC)
            dated = {**outcome.headers, "date": format_datetime(moment, usegmt=True)}
            return Response(outcome.status, dated, outcome.body)
        return outcome


def _path(request: Request) -> str:
    return unquote(urlsplit(request.url).path).removeprefix(_API)
