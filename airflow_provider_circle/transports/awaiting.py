"""
Obeys walks in an event loop, with aiohttp.

All who wait in one loop share one session, hence its connections. Sends, sleeps and hands records on; which request
is next, and whether it is repeated, the walk knows.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import (
    KEPT_BACK,
    Begin,
    Branch,
    Drop,
    Emit,
    Join,
    KeptBack,
    Save,
    Send,
    Wait,
    Walk,
)
from airflow_provider_circle.exceptions import CircleError, Unreachable
from airflow_provider_circle.transports.environment import proxy_for, trusted
from airflow_provider_circle.transports.unpacking import ACCEPTED_CODING, Body

__all__ = ["AwaitingTransport"]

T = TypeVar("T")

_MOST_SOCKETS = 16

_BUFFER_BYTES = 2**18
"""Of a reply that has come and is not read yet: a whole page, so that receiving it need not stop and go on."""

_Tasks: TypeAlias = "set[asyncio.Task[Any] | None]"
_Branches: TypeAlias = dict[Branch[Any], "asyncio.Task[Any]"]


class _Connector(aiohttp.TCPConnector):
    """
    Notes the moment when a request has its connection and is about to leave.

    The kind of an exception does not tell: a proxy or a TLS connection may break at any time. A proxy's CONNECT is part
    of finding the connection; it tells the server nothing.
    """

    def __init__(self, trust: ssl.SSLContext | bool, leaving: _Tasks) -> None:
        super().__init__(limit=_MOST_SOCKETS, ssl=trust)
        self._leaving = leaving

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Find a connection."""
        task = asyncio.current_task()
        self._leaving.discard(task)
        connection = await super().connect(*args, **kwargs)
        self._leaving.add(task)
        return connection


class _Shared:
    """
    A session and how many use it.

    ``leaving`` are the tasks whose request has left, as far as is known.
    """

    def __init__(self) -> None:
        self.users = 0
        # Waiting for a free socket happens here, where it does not count as the server's silence.
        self.turn = asyncio.Semaphore(_MOST_SOCKETS)
        self.leaving: _Tasks = set()
        self._opening = asyncio.Lock()
        self._proxies: dict[str, str | None] = {}
        self._session: aiohttp.ClientSession | None = None

    async def session(self, verify: bool | str) -> aiohttp.ClientSession:
        """Open the session, once."""
        async with self._opening:
            if self._session is None:
                trust = await asyncio.to_thread(trusted, verify)
                self._session = aiohttp.ClientSession(
                    connector=_Connector(trust, self.leaving),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    read_bufsize=_BUFFER_BYTES,
                    headers={"Accept-Encoding": ACCEPTED_CODING},
                    auto_decompress=False,
                )
                # aiohttp would send GET, PUT and DELETE once more by itself, unseen by the walk; there is no public way
                # to say no. What is read once only, like new cards, would be used up twice.
                self._session._retry_connection = False  # noqa: SLF001
            return self._session

    def proxy(self, url: str) -> str | None:
        """Find the proxy of the session's time, once for each service."""
        origin = "/".join(url.split("/", 3)[:3])
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(origin)
        return self._proxies[origin]

    async def close(self) -> None:
        """Close what was opened."""
        if self._session is not None:
            await self._session.close()


@dataclass(frozen=True, slots=True)
class _Returned(Generic[T]):
    """What a walk returned."""

    value: T


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool | str, _Shared]] = WeakKeyDictionary()


class AwaitingTransport:
    """
    A share in the event loop's HTTP session; the last one to leave closes it.

    :param verify: check the server's certificate; a text is the path of a CA bundle.
    :param sleep: waits for seconds.
    :param say: told why a walk waits.
    :param traffic: counted up with every request.
    :raises ValueError: there is no such CA bundle.
    """

    __slots__ = ("_say", "_session", "_share", "_sleep", "_verify", "traffic")

    def __init__(
        self,
        *,
        verify: bool | str = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        say: Callable[[str], None],
        traffic: Traffic | None = None,
    ) -> None:
        if isinstance(verify, str) and not os.path.exists(verify):
            raise ValueError(f"verify must be true, false or the path of a CA bundle on this machine, got {verify!r}")
        self._verify = verify
        self._sleep = sleep
        self._say = say
        self.traffic = traffic or Traffic()

    async def __aenter__(self) -> Self:
        """Take a share in the session."""
        shares = _shared.setdefault(asyncio.get_running_loop(), {})
        if self._verify not in shares:
            shares[self._verify] = _Shared()
        self._share = shares[self._verify]
        self._share.users += 1
        try:
            self._session = await self._share.session(self._verify)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the share back."""
        await self._leave()

    async def _leave(self) -> None:
        self._share.users -= 1
        if not self._share.users:
            await _shared[asyncio.get_running_loop()].pop(self._verify).close()

    async def run(self, walk: Walk[T]) -> T:
        """
        Obey a walk to its end.

        :return: what the walk returns.
        :raises CircleError: as the walk does.
        """
        branches: _Branches = {}
        try:
            end = await self._go_on(walk, branches)
            if isinstance(end, Emit):
                raise TypeError("a walk that emits records must be streamed")
            return end.value
        finally:
            await _end(walk, branches)

    async def stream(self, walk: Walk[None]) -> AsyncGenerator[JsonObject, None]:
        """Obey a walk and yield the records it emits, one by one; the next page is asked for when they are used up."""
        async with aclosing(self.batches(walk)) as emitted:
            async for batch in emitted:
                for record in batch.records:
                    yield record

    async def batches(self, walk: Walk[None]) -> AsyncGenerator[Emit, None]:
        """Obey a walk and yield what it emits, a page at a time."""
        branches: _Branches = {}
        try:
            while isinstance(emitted := await self._go_on(walk, branches), Emit):
                yield emitted
        finally:
            await _end(walk, branches)

    async def _go_on(self, walk: Walk[T], branches: _Branches) -> Emit | _Returned[T]:
        """Obey a walk until it emits something, or returns. Branches are gone as tasks of their own."""
        outcome: Any = None
        trouble: CircleError | None = None
        while True:
            try:
                step = walk.throw(trouble) if trouble else walk.send(outcome)
            except StopIteration as end:
                return _Returned(end.value)
            outcome = trouble = None
            match step:
                case Send():
                    outcome = await self._count(step)
                case Wait(seconds):
                    self._note(step)
                    if seconds > 0:
                        await self._sleep(seconds)
                case Emit():
                    return step
                case Begin() | Join() | Drop():
                    try:
                        outcome = await self._branch(step, branches)
                    except CircleError as error:
                        trouble = error
                case Save():
                    raise TypeError("writing a file would block the event loop; let a worker do it")

    async def _branch(self, step: Begin | Join | Drop, branches: _Branches) -> Any:
        match step:
            case Begin(branch):
                branches[branch] = asyncio.create_task(self.run(branch.walk))
                return None
            case Join(branch):
                try:
                    return await branches[branch]
                finally:
                    del branches[branch]
            case Drop(branch):
                return await _cancel(branches.pop(branch))

    async def send(self, request: Request) -> Outcome:
        """
        Send one request, once, and read the reply to its end.

        Redirects are not followed: the token goes to the configured host and nowhere else.
        """
        async with self._share.turn:
            return await self._send(request)

    async def _count(self, step: Send) -> Outcome | KeptBack:
        async with self._share.turn:
            if step.is_held():
                return KEPT_BACK
            self.traffic.requests += 1
            outcome = await self._send(step.request)
        self.traffic.received_bytes += len(outcome.body) if isinstance(outcome, Response) else 0
        return outcome

    async def _send(self, request: Request) -> Outcome:
        task, leaving = asyncio.current_task(), self._share.leaving
        try:
            proxy = self._share.proxy(request.url)
            # Should aiohttp ever not ask our connector, everything counts as sent.
            leaving.add(task)
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                proxy=proxy,
                timeout=_timeout(request.timeout_s),
            ) as reply:
                headers = {name.lower(): value for name, value in reply.headers.items()}
                body = Body(headers)
                while not body.is_overlong and (packed := await reply.content.readany()):
                    body.add(packed)
                return Response(reply.status, headers, body.whole(), body.is_overlong)
        except Unreachable as lost:
            return lost
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            sent = task in leaving
            return Unreachable(_reason(error, sent=sent), sent=sent)
        finally:
            leaving.discard(task)

    def _note(self, step: Wait) -> None:
        if step.reason:
            self._say(step.reason)
        self.traffic.retries += step.retry
        self.traffic.limited_s += step.seconds if step.limited else 0.0


async def _end(walk: Walk[Any], branches: _Branches) -> None:
    """Leave a walk, wherever it is, and what it began."""
    walk.close()
    if branches:
        await _cancel(*branches.values())


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    """End tasks that nobody waits for any more, whatever they came to."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@lru_cache(maxsize=32)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=seconds)


def _reason(error: Exception, *, sent: bool) -> str:
    """Word a failure without its URL or headers, which a client's own message may hold."""
    match error:
        case TimeoutError():
            return "no reply in time" if sent else "no connection in time"
        case aiohttp.ClientSSLError() if not sent:
            return "the server's certificate was refused; check host and verify"
        case aiohttp.ClientHttpProxyError():
            return "the proxy refused the connection"
        case ValueError() if not isinstance(error, aiohttp.ClientError):
            return str(error)
    return f"the connection broke ({type(error).__name__})" if sent else "no connection"
