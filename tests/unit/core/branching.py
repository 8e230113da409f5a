"""Drives walks that begin others, without a network: answers in an order that the test picks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from airflow_provider_circle.core.message import JsonObject, Outcome, Request
from airflow_provider_circle.core.walk import Begin, Branch, Drop, Emit, Join, Send, Wait, Walk
from airflow_provider_circle.exceptions import CircleError
from tests.unit.walking import Clock

Answer: TypeAlias = Callable[[str, dict[str, str]], Outcome]
"""Answers a request, told its path below the base URL and its query; asked when the request's turn comes."""

Order: TypeAlias = Callable[[list[Branch[Any]], Branch[Any] | None], list[Branch[Any]]]
"""Picks which of the branches under way end now, in order; told the one that is joined, ``None`` before a join."""


def lazily(_: list[Branch[Any]], joined: Branch[Any] | None) -> list[Branch[Any]]:
    """End a branch when it is joined, as a blocking transport does."""
    return [joined] if joined else []


def eagerly(under_way: list[Branch[Any]], _: Branch[Any] | None) -> list[Branch[Any]]:
    """End each branch as soon as it is begun."""
    return under_way


def latest_first(under_way: list[Branch[Any]], joined: Branch[Any] | None) -> list[Branch[Any]]:
    """Keep whoever joins waiting until all others have ended, the latest first."""
    return [*reversed([branch for branch in under_way if branch is not joined]), joined] if joined else []


def by_chance(seed: int) -> Order:
    """End some branches, some of the time."""
    chance = Random(seed)  # noqa: S311  no secret

    def order(under_way: list[Branch[Any]], joined: Branch[Any] | None) -> list[Branch[Any]]:
        ended = [branch for branch in under_way if chance.random() < 0.4 and branch is not joined]
        chance.shuffle(ended)
        if joined:
            ended.insert(chance.randint(0, len(ended)), joined)
        return ended

    return order


ORDERS: dict[str, Order] = {
    "as joined": lazily,
    "as begun": eagerly,
    "latest first": latest_first,
    **{f"chance {seed}": by_chance(seed) for seed in range(8)},
}


@dataclass
class Gone:
    """What a walk with branches did, and how it ended."""

    requests: list[str] = field(default_factory=list)
    """Paths and queries in the order they were answered."""
    done: list[str] = field(default_factory=list)
    """``begin``, ``emit`` and ``drop``, in order."""
    emitted: list[Emit] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    """Those of the walk itself, in order."""
    error: CircleError | None = None
    most: int = 0
    """How many branches were under way at most."""
    left: int = 0
    """How many were neither joined nor dropped in the end."""

    @property
    def failure(self) -> CircleError:
        assert self.error is not None, "the walk succeeded"
        return self.error

    @property
    def records(self) -> list[JsonObject]:
        """Everything that was emitted; fails when the walk did."""
        if self.error:
            raise self.error
        return [record for emit in self.emitted for record in emit.records]

    @property
    def labels(self) -> list[str | int]:
        return [emit.label for emit in self.emitted]


class _Driver:
    def __init__(self, answer: Answer, order: Order, clock: Clock) -> None:
        self.answer = answer
        self.order = order
        self.clock = clock
        self.gone = Gone()
        self.under_way: list[Branch[Any]] = []
        self.results: dict[Branch[Any], Any] = {}

    def drive(self, walk: Walk[None]) -> Gone:
        sent: Any = None
        trouble: CircleError | None = None
        try:
            while True:
                step = walk.throw(trouble) if trouble else walk.send(sent)
                sent = trouble = None
                match step:
                    case Begin(branch):
                        assert branch not in self.under_way, "begun twice"
                        self.under_way.append(branch)
                        self.gone.most = max(self.gone.most, len(self.under_way))
                        self.gone.done.append("begin")
                        self._end(self.order(self._running(), None))
                    case Join(branch):
                        assert branch in self.under_way, "joined before it was begun"
                        self._end(self.order(self._running(), branch))
                        self._end([branch])
                        self.under_way.remove(branch)
                        result = self.results.pop(branch)
                        if isinstance(result, CircleError):
                            trouble = result
                        else:
                            sent = result
                    case Drop(branch):
                        assert branch in self.under_way, "dropped before it was begun"
                        self.under_way.remove(branch)
                        self.gone.done.append("drop")
                    case Emit():
                        self.gone.emitted.append(step)
                        self.gone.done.append("emit")
                    case Wait():
                        self.gone.waits.append(step)
                        self._obey(step)
                    case _:
                        sent = self._obey(step)
        except StopIteration:
            pass
        except CircleError as error:
            self.gone.error = error
        self.gone.left = len(self.under_way)
        return self.gone

    def _running(self) -> list[Branch[Any]]:
        return [branch for branch in self.under_way if branch not in self.results]

    def _end(self, branches: list[Branch[Any]]) -> None:
        for branch in branches:
            if branch not in self.results:
                self.results[branch] = self._result(branch.walk)

    def _result(self, walk: Walk[Any]) -> Any:
        sent = None
        try:
            while True:
                sent = self._obey(walk.send(sent))
        except StopIteration as end:
            return end.value
        except CircleError as error:
            return error

    def _obey(self, step: Any) -> Outcome | None:
        match step:
            case Send(request):
                return self._answered(request)
            case Wait(seconds):
                self.clock.sleep(seconds)
                return None
        raise AssertionError(f"a branch may only send and wait, not {step}")

    def _answered(self, request: Request) -> Outcome:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/v3")
        self.gone.requests.append(path + (f"?{parts.query}" if parts.query else ""))
        return self.answer(path, dict(parse_qsl(parts.query)))


def go(walk: Walk[None], answer: Answer, order: Order = lazily, clock: Clock | None = None) -> Gone:
    """Obey a walk and the branches it begins."""
    return _Driver(answer, order, clock or Clock()).drive(walk)
