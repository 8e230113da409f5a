"""Obeys walks with whatever answers a request, branches among them, on a clock that only a wait moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Begin, Caller, Drop, Emit, Join, Send, Wait, Walk
from airflow_provider_circle.exceptions import Unreachable

T = TypeVar("T")

NOW_S = 1_800_000_000.0
"""Fri, 15 Jan 2027 08:00:00 GMT."""

LOST = Unreachable("the connection broke", sent=True)
UNSENT = Unreachable("no connection", sent=False)

_MOST_REQUESTS = 500


@dataclass
class Asked:
    """A request as a test wants to see it."""

    method: str
    path: str
    query: dict[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


Answer: TypeAlias = Callable[[Asked], Outcome]


def reply(content: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(status, {"content-type": "application/json"}, json.dumps(content).encode())


def in_turn(*outcomes: Outcome) -> Answer:
    """Answer with prepared outcomes, one after the other."""
    left = list(outcomes)

    def answer(asked: Asked) -> Outcome:
        assert left, f"asked once more than expected: {asked}"
        return left.pop(0)

    return answer


@dataclass
class Answering:
    """Answers the requests of walks."""

    service: Service
    answer: Answer
    attempts: int = 3
    now_s: float = NOW_S
    asked: list[Asked] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    emitted: list[Emit] = field(default_factory=list)

    @property
    def caller(self) -> Caller:
        """Who calls, without chance."""
        return Caller(self.service, lambda: self.now_s, lambda: 0.5, RetryPolicy(attempts=self.attempts))

    @property
    def routes(self) -> list[str]:
        """What was asked, as ``METHOD /path``."""
        return [str(asked) for asked in self.asked]

    @property
    def rows(self) -> list[JsonObject]:
        """All records that were emitted, in order."""
        return [record for emit in self.emitted for record in emit.records]

    @property
    def said(self) -> list[str]:
        """The reasons of all waits that had one."""
        return [wait.reason for wait in self.waits if wait.reason]

    def run(self, walk: Walk[T]) -> T:
        """Obey a walk to its end; what it returns."""
        sent: Any = None
        try:
            while True:
                step = walk.send(sent)
                sent = None
                match step:
                    case Send(request):
                        sent = self._answer(request)
                    case Wait(seconds):
                        assert seconds >= 0
                        self.now_s += seconds
                        self.waits.append(step)
                    case Emit():
                        self.emitted.append(step)
                    case Join(branch):
                        sent = self.run(branch.walk)
                    case Begin() | Drop():
                        pass
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            walk.close()

    def _answer(self, request: Request) -> Outcome:
        url = urlsplit(request.url)
        path = unquote(url.path).removeprefix(urlsplit(self.service.base_url).path)
        body = None if request.body is None else json.loads(request.body)
        self.asked.append(Asked(request.method, path, dict(parse_qsl(url.query)), body))
        assert len(self.asked) < _MOST_REQUESTS, f"no end of requests: {self.routes[-3:]}"
        return self.answer(self.asked[-1])
