"""
The one place where paging, retry and pacing meet.

A walk is a generator that yields what to do next and is sent what came of it. It never sends or sleeps itself, so the
same walk serves blocking and awaiting callers, and a test that feeds it replies. A walk may begin others and join them
later: an awaiting caller goes them meanwhile, a blocking one when they are joined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

from airflow_provider_circle.core.caching import ReplyStore
from airflow_provider_circle.core.endpoint import Endpoint, Query
from airflow_provider_circle.core.json_text import read_json
from airflow_provider_circle.core.message import MOST_BODY_BYTES, JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.pacing import Pace, Turn
from airflow_provider_circle.core.paging import Page, Trail
from airflow_provider_circle.core.refusal import named, printable, refusal
from airflow_provider_circle.core.retry import RetryPolicy, date_s, used_up_s
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.exceptions import CircleError, RateLimited, UnexpectedReply, Unreachable

__all__ = [
    "KEPT_BACK",
    "Begin",
    "Branch",
    "Caller",
    "Drop",
    "Emit",
    "Join",
    "KeptBack",
    "Save",
    "Send",
    "Step",
    "Wait",
    "Walk",
    "Writable",
    "call",
    "collect",
    "consumed",
    "exchange",
    "join",
    "pages",
    "read_page",
    "relayed",
]

T = TypeVar("T")

_LONGEST_KIND = 100
"""Characters of a reply's content type that are shown."""


@dataclass(frozen=True, slots=True)
class Send:
    """
    Send a request; the walk is sent its outcome.

    :param is_held: asked when there is a socket for it, if that took a while: true sends nothing, and the walk is sent
        :data:`KEPT_BACK`.
    """

    request: Request
    is_held: Callable[[], bool] = field(default=lambda: False, repr=False, compare=False)


class Writable(Protocol):
    """Takes bytes, piece by piece."""

    def write(self, content: bytes, /) -> object:
        """Take the next piece whole."""


@dataclass(frozen=True, slots=True)
class Save:
    """
    Send a request and write the body of its reply to a file, piece by piece; the walk is sent the outcome without it.

    :param into: opens what takes the body, given the reply without it; called when a reply of success begins.
    """

    request: Request
    into: Callable[[Response], Writable] = field(repr=False)


class KeptBack(Enum):
    """No outcome: nothing was sent."""

    KEPT_BACK = "kept back"


KEPT_BACK = KeptBack.KEPT_BACK
"""What a walk is sent for a request that was not sent, as the connection was refused any more meanwhile."""


@dataclass(frozen=True, slots=True)
class Wait:
    """
    Do nothing for a while.

    :param seconds: how long.
    :param reason: worth a line in the log; empty when it is not.
    :param retry: a request is repeated afterwards.
    :param limited: a rate limit, the service's or ours, is what is waited for.
    """

    seconds: float
    reason: str = ""
    retry: bool = False
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Emit:
    """
    Hand records on, in the server's order.

    :param records: JSON objects, or what whoever reads made of them.
    :param label: which of several lists they are from.
    :param page: the page they are on, where there is one.
    """

    records: list[Any]
    label: str | int = ""
    page: Page | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Branch(Generic[T]):
    """A walk that goes beside another; it emits nothing."""

    walk: Walk[T]


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a branch."""

    branch: Branch[Any]


@dataclass(frozen=True, slots=True)
class Join:
    """Wait for a branch that was begun; the walk is sent what it returned, or its error is raised in it."""

    branch: Branch[Any]


@dataclass(frozen=True, slots=True)
class Drop:
    """Give a branch up, wherever it is."""

    branch: Branch[Any]


Step: TypeAlias = Send | Save | Wait | Emit | Begin | Join | Drop
Walk: TypeAlias = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who calls a service, and how patiently.

    :param pace: shared by all callers of the same connection.
    :param clock: seconds since the epoch.
    :param jitter: a chance from 0 to 1, drawn anew at each call.
    :param until_s: no attempt begins after this point in time, in seconds since the epoch.
    :param store: answers in the service's place while it said that it may; ``None`` always asks.
    """

    service: Service
    clock: Callable[[], float]
    jitter: Callable[[], float]
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    pace: Pace = field(default_factory=Pace)
    until_s: float = math.inf
    store: ReplyStore | None = None

    def is_held(self) -> bool:
        """Say whether nobody may send at present, for the service asked for it."""
        return self.pace.held_s(self.clock()) > 0


def exchange(
    caller: Caller,
    endpoint: Endpoint,
    read: Callable[[Any, Response], T],
    *,
    path: Mapping[str, str | int] | None = None,
    query: Query | None = None,
    json: Any = None,
    decode: Callable[[bytes], Any] = read_json,
) -> Walk[T]:
    """
    Ask until there is an answer or no point in asking on.

    :param decode: reads a reply's text; raises ValueError where it is no JSON.
    :param read: takes the decoded reply and the reply itself; its :class:`UnexpectedReply` counts as a garbled body.
    :return: what ``read`` made of the reply.
    :raises CircleError: the last refusal.
    """
    request = endpoint.request(caller.service, path=path, query=query, json=json)
    turn, attempt = Turn(), 0
    while True:
        attempt += 1
        outcome: Any = _stored(caller, request) if attempt == 1 else None
        asked_s = caller.clock()
        if outcome is None:
            outcome, asked_s = yield from _sent(caller, request, turn)
        error: CircleError
        judged: Outcome | UnexpectedReply
        match outcome:
            case Response(status=status, overlong=True) if 200 <= status < 300:
                # Judged as the success it is: asked for again, it would be as long.
                judged = outcome
                error = UnexpectedReply(
                    f"{named(caller.service, request)} answered with more than {MOST_BODY_BYTES:,} bytes, as nothing "
                    "of this service does; check the connection's host and the proxy",
                    status=status,
                    request_id=outcome.headers.get("x-request-id"),
                )
            case Response(status=status) if 200 <= status < 300:
                try:
                    reply = _decoded(request, outcome, decode)
                    meant = caller.service.read_failure(reply)
                    if meant is None:
                        return read(reply, outcome)
                    judged = outcome = replace(outcome, status=meant)
                    error = refusal(caller.service, request, outcome, caller.clock())
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
        yield _pause(caller, endpoint, judged, error, turn=turn, attempt=attempt, asked_s=asked_s)


def call(
    caller: Caller,
    endpoint: Endpoint,
    *,
    path: Mapping[str, str | int] | None = None,
    query: Query | None = None,
    json: Any = None,
) -> Walk[JsonObject]:
    """
    Ask for one object.

    :return: the object; an empty one for a reply without content (204).
    """
    return (yield from exchange(caller, endpoint, _object, path=path, query=query, json=json))


def read_page(
    caller: Caller,
    endpoint: Endpoint,
    *,
    path: Mapping[str, str | int] | None,
    query: Query,
    decode: Callable[[bytes], Any] = read_json,
) -> Walk[Page]:
    """
    Ask for one page of a list.

    :param decode: reads a reply's text; raises ValueError where it is no JSON.
    """

    def read(reply: Any, response: Response) -> Page:
        return replace(endpoint.pages.read(reply, query), server_s=date_s(response.headers.get("date")))

    return (yield from exchange(caller, endpoint, read, path=path, query=query, decode=decode))


def pages(
    caller: Caller,
    endpoint: Endpoint,
    *,
    path: Mapping[str, str | int] | None = None,
    query: Query | None = None,
) -> Walk[None]:
    """
    Emit a list, page by page.

    :raises UnexpectedReply: a page names a next one that was read already.
    """
    trail = Trail()
    asked = dict(query or {})
    while True:
        page = yield from read_page(caller, endpoint, path=path, query=asked)
        yield Emit(page.records, page=page)
        if page.next_query is None:
            return
        if loop := trail.loops(page):
            raise UnexpectedReply(f"{caller.service.name}: {endpoint.method} {endpoint.path} {loop}")
        asked = {**(query or {}), **page.next_query}


def join(branch: Branch[T]) -> Walk[T]:
    """Wait for a branch that was begun, and return what it returned."""
    return cast("T", (yield Join(branch)))


def collect(
    walk: Walk[None], *, enough: Callable[[list[JsonObject]], bool] = lambda _: False
) -> Walk[list[JsonObject]]:
    """
    Gather what another walk emits; for lists known to be short.

    :param enough: told all rows so far after each page; ends the reading early.
    """
    rows: list[JsonObject] = []

    def take(emitted: Emit) -> bool:
        rows.extend(emitted.records)
        return enough(rows)

    yield from consumed(walk, take)
    return rows


def consumed(walk: Walk[None], take: Callable[[Emit], bool]) -> Walk[None]:
    """
    Go along with another walk, and keep what it emits.

    :param take: told what is emitted; ends the walk early by returning true.
    """
    sent: Any = None
    trouble: CircleError | None = None
    try:
        while True:
            step = walk.throw(trouble) if trouble else walk.send(sent)
            sent = trouble = None
            if isinstance(step, Emit):
                if take(step):
                    return
                continue
            try:
                sent = yield step
            except CircleError as error:
                # A branch's error is raised here, and meant for the walk that joins it.
                trouble = error
    except StopIteration:
        return
    finally:
        walk.close()


def relayed(walk: Walk[T], change: Callable[[Emit], Emit]) -> Walk[T]:
    """
    Go along with another walk, and change what it emits.

    :return: what it returns.
    """
    sent: Any = None
    trouble: CircleError | None = None
    try:
        while True:
            step = walk.throw(trouble) if trouble else walk.send(sent)
            sent = trouble = None
            try:
                sent = yield change(step) if isinstance(step, Emit) else step
            except CircleError as error:
                # A branch's error is raised here, and meant for the walk that joins it.
                trouble = error
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        walk.close()


def _pause(
    caller: Caller,
    endpoint: Endpoint,
    judged: Outcome | UnexpectedReply,
    error: CircleError,
    *,
    turn: Turn,
    attempt: int,
    asked_s: float,
) -> Wait:
    """Say how long to wait before the next attempt, or raise the error."""
    now_s = caller.clock()
    limited = error.status == 429
    again_s = caller.retry.next_wait_s(
        attempt,
        judged,
        idempotent=endpoint.idempotent,
        now_s=now_s,
        jitter=caller.jitter(),
        limited_wait_s=caller.service.limited_wait_s,
    )
    if limited:
        usual_s = again_s if caller.service.limited_wait_s is None else caller.service.limited_wait_s
        hold_s = usual_s if error.retry_after_s is None else error.retry_after_s
        hold_s = min(hold_s or 0.0, caller.retry.max_retry_after_s)
        caller.pace.refused(now_s, asked_s, hold_s, is_guess=error.retry_after_s is None)
    if again_s is None or now_s + again_s > caller.until_s:
        raise error
    if limited:
        # Its place in the queue is taken now, so that those who ask later do not go first.
        if now_s + caller.pace.book(now_s, caller.until_s, turn) > caller.until_s:
            raise error
        again_s = max(again_s, caller.pace.held_s(now_s))
    reason = f"{error}; attempt {attempt} of {caller.retry.attempts}, next in {again_s:.1f} s"
    return Wait(again_s, reason, retry=True, limited=limited)


def _stored(caller: Caller, request: Request) -> Response | None:
    return None if caller.store is None else caller.store.find(request, caller.clock())


def _sent(caller: Caller, request: Request, turn: Turn) -> Walk[tuple[Any, float]]:
    """Send a request when its turn has come; keep its reply, if the service lets us. Return it and when it was sent."""
    outcome: Any = KEPT_BACK
    while outcome is KEPT_BACK:
        yield from _turn(caller, request, turn)
        asked_s = caller.clock()
        outcome = yield Send(request, caller.is_held)
    if isinstance(outcome, Response) and outcome.status != 429:
        now_s = caller.clock()
        caller.pace.accepted(now_s, asked_s)
        if (silent_s := used_up_s(outcome)) is not None:
            caller.pace.used_up(now_s, min(silent_s, caller.retry.max_retry_after_s))
    if caller.store is not None:
        if request.method != "GET":
            caller.store.forget(caller.clock())
        elif isinstance(outcome, Response):
            caller.store.keep(request, outcome, asked_s=asked_s, now_s=caller.clock())
    return outcome, asked_s


def _turn(caller: Caller, request: Request, turn: Turn) -> Walk[None]:
    """Wait until it may be sent; longer when somebody else's refusal moves the whole connection back meanwhile."""
    now_s = caller.clock()
    wait_s = caller.pace.book(now_s, caller.until_s, turn)
    if now_s > caller.until_s:
        raise Unreachable(f"{named(caller.service, request)} was not sent: its time had run out", sent=False)
    while wait_s > 0:
        if now_s + wait_s > caller.until_s:
            raise RateLimited(
                f"{named(caller.service, request)} was kept back: its turn is {wait_s:.0f} s away",
                retry_after_s=wait_s,
            )
        yield Wait(wait_s, limited=True)
        # A sleep may end a moment early, and a clock be set back meanwhile.
        now_s = max(caller.clock(), now_s + wait_s)
        wait_s = caller.pace.book(now_s, caller.until_s, turn)


def _decoded(request: Request, response: Response, decode: Callable[[bytes], Any]) -> Any:
    # Nothing may be all there is to say about a deletion. Elsewhere it is a reply that went wrong.
    said_empty = response.headers.get("content-length") == "0" and request.method == "DELETE"
    if response.status in {204, 205} or (said_empty and not response.body):
        return {}
    try:
        return decode(response.body)
    except ValueError:
        kind = printable(response.headers.get("content-type", "").partition(";")[0], _LONGEST_KIND)
        kind = kind or "no content type"
        raise UnexpectedReply(f"expected JSON, got {len(response.body)} bytes of {kind}") from None


def _object(reply: Any, _: Response) -> JsonObject:
    if not isinstance(reply, dict):
        raise UnexpectedReply(f"expected an object, got a {type(reply).__name__}")
    return reply
