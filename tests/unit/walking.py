"""Drives walks without a network: feeds outcomes, moves a clock, and keeps what the walk did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Emit, Send, Wait, Walk
from airflow_provider_circle.exceptions import CircleError, Unreachable

T = TypeVar("T")

NOW_S = 1_800_000_000.0
"""Fri, 15 Jan 2027 08:00:00 GMT."""

TOKEN = "moon-token-4711"

LOST = Unreachable("the connection broke", sent=True)
UNSENT = Unreachable("no connection", sent=False)


class Clock:
    """Seconds since the epoch; only a wait moves them."""

    def __init__(self, now_s: float = NOW_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def read_error(response: Response) -> str:
    """Read the invented vendor's message, ``{"message": …}``; anything else says nothing."""
    try:
        reply = json.loads(response.body)
    except ValueError:
        return ""
    return str(reply.get("message", "")) if isinstance(reply, dict) else ""


def orbit(base_url: str = "https://orbit.example/v3", **changes: Any) -> Service:
    """Describe an invented vendor."""
    headers = {"Orbit-Token": TOKEN, "Accept": "application/json", "User-Agent": "tests"}
    return Service(**{"name": "Orbit", "base_url": base_url, "headers": headers, "read_error": read_error, **changes})


def caller(clock: Clock, **changes: Any) -> Caller:
    """Call Orbit without chance: every jitter is 0."""
    return Caller(**{"service": orbit(), "clock": clock, "jitter": lambda: 0.0, **changes})


def reply(content: Any = None, status: int = 200, **headers: str) -> Response:
    """Answer with JSON, or with bytes as they are; ``retry_after="2"`` sets ``retry-after``."""
    body = content if isinstance(content, bytes) else json.dumps({} if content is None else content).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@dataclass
class Walked(Generic[T]):
    """What a walk did, in order, and how it ended."""

    returned: list[T] = field(default_factory=list)
    error: CircleError | None = None
    requests: list[Request] = field(default_factory=list)
    sent_at_s: list[float] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    emitted: list[list[JsonObject]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @property
    def result(self) -> T:
        if self.error:
            raise self.error
        (result,) = self.returned
        return result

    @property
    def failure(self) -> CircleError:
        assert self.error is not None, f"the walk succeeded with {self.returned}"
        return self.error

    @property
    def waits_s(self) -> list[float]:
        return [wait.seconds for wait in self.waits]


def drive(
    walk: Walk[T],
    outcomes: Iterable[Outcome],
    clock: Clock | None = None,
    *,
    at_wait: Callable[[Wait], None] = lambda _: None,
) -> Walked[T]:
    """
    Obey a walk with prepared outcomes; each must be asked for, and no more than there are.

    :param at_wait: told of each wait before the clock moves.
    """
    clock = clock or Clock()
    left = list(outcomes)
    walked: Walked[T] = Walked()
    outcome: Outcome | None = None
    try:
        while True:
            step = walk.send(outcome)
            outcome = None
            match step:
                case Send(request):
                    walked.requests.append(request)
                    walked.sent_at_s.append(clock())
                    walked.done.append("send")
                    assert left, f"sent once more than expected: {request.method} {request.url}"
                    outcome = left.pop(0)
                case Wait(seconds):
                    assert seconds >= 0
                    walked.waits.append(step)
                    walked.done.append("wait")
                    at_wait(step)
                    clock.sleep(seconds)
                case Emit(records):
                    walked.emitted.append(records)
                    walked.done.append("emit")
    except StopIteration as end:
        walked.returned.append(end.value)
    except CircleError as error:
        walked.error = error
    assert not left, f"{len(left)} outcomes were never asked for"
    return walked


def patient(attempts: int = 5, **settings: float) -> RetryPolicy:
    """Build a retry policy."""
    return RetryPolicy(attempts=attempts, **settings)


__all__ = [
    "LOST",
    "NOW_S",
    "TOKEN",
    "UNSENT",
    "Clock",
    "Pace",
    "Walked",
    "caller",
    "drive",
    "orbit",
    "patient",
    "read_error",
    "reply",
]
