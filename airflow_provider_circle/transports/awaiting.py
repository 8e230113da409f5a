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
from functools import cache
from types import SimpleNamespace, TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import aiohttp
import certifi
from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy
from yarl import URL

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Begin, Branch, Drop, Emit, Join, Save, Send, Wait, Walk
from airflow_provider_circle.exceptions import CircleError, Unreachable

__all__ = ["AwaitingTransport"]

T = TypeVar("T")

_MOST_SOCKETS = 16


class _Shared:
    """A session and how many use it."""

    def __init__(self, verify: bool | str) -> None:
        self.users = 0
        # Waiting for a free socket happens here, where it does not count as the server's silence.
        self.turn = asyncio.Semaphore(_MOST_SOCKETS)
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MOST_SOCKETS, ssl=_trust(verify)),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_note_sending()],
        )
        # aiohttp would send GET, PUT and DELETE once more by itself, unseen by the walk; there is no public way to say
        # no. What is read once only, like new cards, would be used up twice.
        self.session._retry_connection = False  # noqa: SLF001


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
            shares[self._verify] = _Shared(self._verify)
        shares[self._verify].users += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the share back."""
        shares = _shared[asyncio.get_running_loop()]
        shares[self._verify].users -= 1
        if not shares[self._verify].users:
            await shares.pop(self._verify).session.close()

    async def run(self, walk: Walk[T]) -> T:
        """
        Obey a walk to its end.

        :return: what the walk returns.
        :raises CircleError: as the walk does.
        """
        returned: list[T] = []
        async with aclosing(self._drive(walk, returned)) as emitted:
            async for _ in emitted:
                raise TypeError("a walk that emits records must be streamed")
        return returned[0]

    async def stream(self, walk: Walk[None]) -> AsyncGenerator[JsonObject, None]:
        """Obey a walk and yield the records it emits, one by one; the next page is asked for when they are used up."""
        async with aclosing(self.batches(walk)) as emitted:
            async for batch in emitted:
                for record in batch.records:
                    yield record

    def batches(self, walk: Walk[None]) -> AsyncGenerator[Emit, None]:
        """Obey a walk and yield what it emits, a page at a time."""
        return self._drive(walk, [])

    async def _drive(self, walk: Walk[T], returned: list[T]) -> AsyncGenerator[Emit, None]:
        """Obey a walk; yield what it emits and keep what it returns. Branches are gone as tasks of their own."""
        outcome: Any = None
        trouble: CircleError | None = None
        branches: dict[Branch[Any], asyncio.Task[Any]] = {}
        try:
            while True:
                try:
                    step = walk.throw(trouble) if trouble else walk.send(outcome)
                except StopIteration as end:
                    returned.append(end.value)
                    return
                outcome = trouble = None
                match step:
                    case Emit():
                        yield step
                    case Begin(branch):
                        branches[branch] = asyncio.create_task(self.run(branch.walk))
                    case Join(branch):
                        try:
                            outcome = await branches[branch]
                        except CircleError as error:
                            trouble = error
                        del branches[branch]
                    case Drop(branch):
                        await _cancel(branches.pop(branch))
                    case Save():
                        raise TypeError("writing a file would block the event loop; let a worker do it")
                    case Send() | Wait():
                        outcome = await self._obey(step)
        finally:
            walk.close()
            await _cancel(*branches.values())

    async def send(self, request: Request) -> Outcome:
        """
        Send one request, once, and read the reply to its end.

        Redirects are not followed: the token goes to the configured host and nowhere else.
        """
        shared = _shared[asyncio.get_running_loop()][self._verify]
        sent: list[bool] = []
        try:
            async with (
                shared.turn,
                shared.session.request(
                    request.method,
                    URL(request.url, encoded=True),
                    data=request.body,
                    headers=request.headers,
                    allow_redirects=False,
                    proxy=_proxy(request.url),
                    timeout=aiohttp.ClientTimeout(total=request.timeout_s, sock_connect=request.timeout_s),
                    trace_request_ctx=sent,
                ) as reply,
            ):
                headers = {name.lower(): value for name, value in reply.headers.items()}
                return Response(reply.status, headers, await reply.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Unreachable(_reason(error, sent=bool(sent)), sent=bool(sent))

    async def _obey(self, step: Send | Wait) -> Outcome | None:
        if isinstance(step, Send):
            self.traffic.requests += 1
            outcome = await self.send(step.request)
            self.traffic.received_bytes += len(outcome.body) if isinstance(outcome, Response) else 0
            return outcome
        if step.reason:
            self._say(step.reason)
        self.traffic.retries += step.retry
        self.traffic.limited_s += step.seconds if step.limited else 0.0
        if step.seconds > 0:
            await self._sleep(step.seconds)
        return None


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    """End tasks that nobody waits for any more, whatever they came to."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _note_sending() -> aiohttp.TraceConfig:
    """
    Note, in the list that goes along with a request, that it has left.

    The kind of an exception does not tell: a proxy or a TLS connection may break at any time.
    """

    async def note(
        _: aiohttp.ClientSession, context: SimpleNamespace, parameters: aiohttp.TraceRequestHeadersSentParams
    ) -> None:
        # A proxy's CONNECT is traced, too; it tells the server nothing.
        if parameters.method != "CONNECT":
            context.trace_request_ctx.append(True)

    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(note)
    return config


def _trust(verify: bool | str) -> ssl.SSLContext | bool:
    """Trust whom requests trusts, so that a host known to the worker is known to the triggerer."""
    if verify is False:
        return False
    bundle = verify if isinstance(verify, str) else ""
    bundle = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
    try:
        return _context(bundle, os.stat(bundle).st_mtime_ns)
    except OSError:
        raise ValueError(f"the CA bundle {bundle} cannot be read; check verify and REQUESTS_CA_BUNDLE") from None


@cache
def _context(bundle: str, _: int) -> ssl.SSLContext:
    """Read a CA bundle, once for as long as it does not change."""
    if os.path.isdir(bundle):
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def _proxy(url: str) -> str | None:
    """
    Find the environment's proxy where requests finds it.

    aiohttp would look for one itself, but elsewhere, and sign in with ~/.netrc as well.
    """
    named: str | None = select_proxy(url, get_environ_proxies(url))
    if not named:
        return None
    proxy: str = prepend_scheme_if_needed(named, "http")  # type: ignore[no-untyped-call]
    parts = urlsplit(proxy)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the environment's proxy must be an http:// or https:// address")
    return proxy


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
