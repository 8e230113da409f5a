"""Many walks on one virtual clock, against a service that counts; sockets, latency and limits are as they are."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Any, Protocol

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Outcome
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import KEPT_BACK, Caller, Send, Wait, Walk, call
from airflow_provider_circle.exceptions import CircleError
from tests.unit.walking import LOST, NOW_S, Clock, caller, reply

MOON = Endpoint("GET", "/moons/io", "https://docs.orbit.example/v3/moons")


class Limiter(Protocol):
    """Decides on a request: 0 accepts it, anything else is after how many seconds the next would be accepted."""

    def __call__(self, now_s: float, /) -> float: ...


def fixed_window(requests: int, per_s: float = 60.0) -> Limiter:
    """Count anew at the beginning of each window."""
    window, count = -1.0, 0

    def refuse_for_s(now_s: float) -> float:
        nonlocal window, count
        if now_s // per_s != window:
            window, count = now_s // per_s, 0
        count += 1
        return 0.0 if count <= requests else per_s - now_s % per_s

    return refuse_for_s


def sliding_window(requests: int, per_s: float = 60.0) -> Limiter:
    """Count what was accepted in the window that ends now."""
    accepted: deque[float] = deque()

    def refuse_for_s(now_s: float) -> float:
        while accepted and accepted[0] <= now_s - per_s:
            accepted.popleft()
        if len(accepted) < requests:
            accepted.append(now_s)
            return 0.0
        return accepted[0] + per_s - now_s

    return refuse_for_s


def bucket(tokens: int, requests_per_minute: float) -> Limiter:
    """Keep a stock that is filled up evenly."""
    stock, at_s = float(tokens), NOW_S
    per_s = requests_per_minute / 60

    def refuse_for_s(now_s: float) -> float:
        nonlocal stock, at_s
        stock, at_s = min(float(tokens), stock + (now_s - at_s) * per_s), now_s
        if stock < 1:
            return (1 - stock) / per_s
        stock -= 1
        return 0.0

    return refuse_for_s


def every(number: int) -> Limiter:
    """Refuse one of so many, for a second, however fast they come."""
    count = 0

    def refuse_for_s(_: float) -> float:
        nonlocal count
        count += 1
        return 0.0 if count % number else 1.0

    return refuse_for_s


@dataclass
class Metered:
    """
    A service and those who call it.

    :param refuse_for_s: its limit.
    :param tells: whether a refusal says for how long.
    :param resets_every: of so many requests one is answered by a reset; 0 for none.
    :param announces: makes headers of every reply, given the time.
    """

    refuse_for_s: Limiter
    tells: bool = True
    latency_s: float = 0.02
    sockets: int = 16
    resets_every: int = 0
    announces: Callable[[float], dict[str, str]] = lambda _: {}
    clock: Clock = field(default_factory=Clock)
    sent_s: list[float] = field(default_factory=list)
    senders: list[Any] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    demanded_s: float = 0.0
    failures: list[CircleError] = field(default_factory=list)
    ended_s: dict[Any, float] = field(default_factory=dict)
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _queue: deque[tuple[Any, Walk[Any], Send]] = field(default_factory=deque)
    _number: int = 0
    _silent_until_s: float = 0.0

    def caller(self, pace: Pace | None = None, seed: int = 1, **changes: Any) -> Caller:
        return caller(self.clock, pace=pace or Pace(), jitter=Random(seed).random, **changes)  # noqa: S311

    def begin(self, who: Any, walk: Walk[Any], after_s: float = 0.0) -> None:
        """Let a walk begin."""
        self._at(after_s, lambda: self._go(who, walk, None))

    def run(self) -> None:
        """Let the clock run until nobody has anything left to do."""
        while self._events:
            self.clock.now_s, _, do = heappop(self._events)
            do()

    def _at(self, after_s: float, do: Callable[[], None]) -> None:
        self._number += 1
        heappush(self._events, (self.clock() + after_s, self._number, do))

    def _go(self, who: Any, walk: Walk[Any], outcome: Any) -> None:
        try:
            step = walk.send(outcome)
        except StopIteration:
            self.ended_s[who] = self.clock() - NOW_S
            return
        except CircleError as error:
            self.failures.append(error)
            return
        if isinstance(step, Send):
            self._queue.append((who, walk, step))
            self._serve()
        elif isinstance(step, Wait):
            self._at(step.seconds, lambda: self._go(who, walk, None))

    def _serve(self) -> None:
        while self._queue and self.sockets:
            who, walk, step = self._queue.popleft()
            if step.is_held():
                self._go(who, walk, KEPT_BACK)
                continue
            self.sockets -= 1
            self.sent_s.append(self.clock())
            self.senders.append(who)
            self._at(self.latency_s, self._answered(who, walk, self._answer()))

    def _answered(self, who: Any, walk: Walk[Any], outcome: Outcome) -> Callable[[], None]:
        def done() -> None:
            self.sockets += 1
            self._go(who, walk, outcome)
            self._serve()

        return done

    def _answer(self) -> Outcome:
        """Decide when a request is sent; the order at the service is that of sending."""
        now_s = self.clock()
        if self.resets_every and len(self.sent_s) % self.resets_every == 0:
            return LOST
        wait_s = self.refuse_for_s(now_s)
        headers = self.announces(now_s)
        if wait_s == 0:
            return reply({"id": "io"}, 200, **headers)
        self.refused_s.append(now_s)
        asked_s = math.ceil(wait_s)
        until_s = now_s + self.latency_s + asked_s
        self.demanded_s += max(0.0, until_s - max(self._silent_until_s, now_s + self.latency_s))
        self._silent_until_s = max(self._silent_until_s, until_s)
        if self.tells:
            headers["retry_after"] = str(asked_s)
        return reply({}, 429, **headers)


def looks(calls: Caller, lasts_s: float, schedule: PollSchedule) -> Walk[None]:
    """Look until something has lasted long enough."""
    began_s = calls.clock()
    while True:
        yield from call(calls, MOON)
        waited_s = calls.clock() - began_s
        if waited_s >= lasts_s:
            return
        yield Wait(schedule.next_wait_s(waited_s, calls.jitter()))


def asks(calls: Caller, times: int) -> Walk[None]:
    """Ask so many times, one after the other."""
    for _ in range(times):
        yield from call(calls, MOON)


__all__ = ["MOON", "Limiter", "Metered", "asks", "bucket", "every", "fixed_window", "looks", "sliding_window"]
