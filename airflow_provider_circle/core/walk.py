"""
The one place where paging, retry and pacing meet.

A walk is a generator that yields what to do next and is sent what came of it. It never sends or sleeps itself, so the
same walk serves blocking and awaiting callers, and a test that feeds it replies.
"""

from __future__ import annotations

import json as jsonlib
import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.refusal import named, refusal
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.exceptions import CircleError, RateLimited, UnexpectedReply, Unreachable

__all__ = ["Caller", "Emit", "Send", "Step", "Wait", "Walk", "call", "collect", "exchange", "pages"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; the walk is sent its outcome."""

    request: Request


@dataclass(frozen=True, slots=True)
class Wait:
    """
    Do nothing for a while.

    :param seconds: how long.
    :param reason: worth a line in the log; empty when it is not.
    """

    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Emit:
    """Hand records on, in the server's order."""

    records: list[JsonObject]


Step: TypeAlias = Send | Wait | Emit
Walk: TypeAlias = Generator[Step, Outcome | None, T]


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who calls a service, and how patiently.

    :param pace: shared by all callers of the same connection.
    :param clock: seconds since the epoch.
    :param jitter: a chance from 0 to 1, drawn anew at each call.
    :param until_s: no attempt begins after this point in time, in seconds since the epoch.
    """

    service: Service
    clock: Callable[[], float]
    jitter: Callable[[], float]
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    pace: Pace = field(default_factory=Pace)
    until_s: float = math.inf


def exchange(
    caller: Caller,
    endpoint: Endpoint,
    read: Callable[[Any, Response], T],
    *,
    path: Mapping[str, str | int] | None = None,
    query: Mapping[str, str | int | bool] | None = None,
    json: Any = None,
) -> Walk[T]:
    """
    Ask until there is an answer or no point in asking on.

    :param read: takes the decoded reply and the reply itself; its :class:`UnexpectedReply` counts as a garbled body.
    :return: what ``read`` made of the reply.
    :raises CircleError: the last refusal.
    """
    request = endpoint.request(caller.service, path=path, query=query, json=json)
    attempt = 0
    while True:
        attempt += 1
        yield from _turn(caller, request)
        outcome = yield Send(request)
        error: CircleError
        judged: Outcome | UnexpectedReply
        match outcome:
            case Response(status=status) if 200 <= status < 300:
                try:
                    return read(_decoded(outcome), outcome)
                except UnexpectedReply as garbled:
                    judged = error = UnexpectedReply(
                        f"{named(caller.service, request)}: {garbled}",
                        status=status,
                        request_id=outcome.headers.get("x-request-id"),
                    )
            case Response():
                judged, error = outcome, refusal(caller.service, request, outcome, caller.clock())
            case Unreachable():
                judged = outcome
                error = Unreachable(f"{named(caller.service, request)}: {outcome}", sent=outcome.sent)
            case _:
                raise TypeError(f"a walk must be sent the outcome of its request, got {type(outcome).__name__}")
        now_s = caller.clock()
        again_s = caller.retry.next_wait_s(
            attempt, judged, idempotent=endpoint.idempotent, now_s=now_s, jitter=caller.jitter()
        )
        if error.status == 429:
            asked_s = again_s if error.retry_after_s is None else error.retry_after_s
            caller.pace.hold(now_s + min(asked_s or 0.0, caller.retry.max_retry_after_s))
        if again_s is None or now_s + again_s > caller.until_s:
            raise error
        yield Wait(again_s, f"{error}; attempt {attempt} of {caller.retry.attempts}, next in {again_s:.1f} s")


def call(
    caller: Caller,
    endpoint: Endpoint,
    *,
    path: Mapping[str, str | int] | None = None,
    query: Mapping[str, str | int | bool] | None = None,
    json: Any = None,
) -> Walk[JsonObject]:
    """
    Ask for one object.

    :return: the object; an empty one for a reply without content (204).
    """
    return (yield from exchange(caller, endpoint, _object, path=path, query=query, json=json))


def pages(
    caller: Caller,
    endpoint: Endpoint,
    *,
    path: Mapping[str, str | int] | None = None,
    query: Mapping[str, str | int | bool] | None = None,
) -> Walk[None]:
    """
    Emit a list, page by page.

    :raises UnexpectedReply: a page names a next one that was read already.
    """
    seen: set[frozenset[tuple[str, str]]] = set()
    asked = dict(query or {})
    while True:
        page = yield from exchange(
            caller, endpoint, lambda reply, _: endpoint.pages.read(reply), path=path, query=asked
        )
        yield Emit(page.records)
        if page.next_query is None:
            return
        mark = frozenset(page.next_query.items())
        if mark in seen:
            raise UnexpectedReply(
                f"{caller.service.name}: {endpoint.method} {endpoint.path} handed out the same page token twice"
            )
        seen.add(mark)
        asked = {**(query or {}), **page.next_query}


def collect(
    walk: Walk[None], *, enough: Callable[[list[JsonObject]], bool] = lambda _: False
) -> Walk[list[JsonObject]]:
    """
    Gather what another walk emits; for lists known to be short.

    :param enough: told all rows so far after each page; ends the reading early.
    """
    rows: list[JsonObject] = []
    try:
        step = next(walk)
        while True:
            if isinstance(step, Emit):
                rows += step.records
                if enough(rows):
                    return rows
                step = next(walk)
            else:
                step = walk.send((yield step))
    except StopIteration:
        return rows
    finally:
        walk.close()


def _turn(caller: Caller, request: Request) -> Walk[None]:
    """Wait for a free sending time; again when somebody else's refusal moves the whole connection back meanwhile."""
    wait_s = caller.pace.book(caller.clock())
    if caller.clock() > caller.until_s:
        raise Unreachable(f"{named(caller.service, request)} was not sent: its time had run out", sent=False)
    while wait_s > 0:
        if caller.clock() + wait_s > caller.until_s:
            raise RateLimited(
                f"{named(caller.service, request)} was kept back: its turn is {wait_s:.0f} s away",
                retry_after_s=wait_s,
            )
        yield Wait(wait_s)
        wait_s = caller.pace.book(caller.clock()) if caller.pace.held_s(caller.clock()) > 0 else 0.0


def _decoded(response: Response) -> Any:
    if response.status == 204:
        return {}
    try:
        return jsonlib.loads(response.body)
    except (ValueError, RecursionError):
        kind = response.headers.get("content-type", "").partition(";")[0] or "no content type"
        raise UnexpectedReply(f"expected JSON, got {len(response.body)} bytes of {kind}") from None


def _object(reply: Any, _: Response) -> JsonObject:
    if not isinstance(reply, dict):
        raise UnexpectedReply(f"expected an object, got a {type(reply).__name__}")
    return reply
