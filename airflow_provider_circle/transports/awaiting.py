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
from functools import cache
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp
import certifi
from yarl import URL

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.walk import Emit, Send, Wait, Walk
from airflow_provider_circle.exceptions import Unreachable

__all__ = ["AwaitingTransport"]

T = TypeVar("T")

_MOST_SOCKETS = 16
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)


class _Shared:
    """A session and how many use it."""

    def __init__(self, verify: bool | str) -> None:
        self.users = 0
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MOST_SOCKETS, ssl=_trust(verify)),
            cookie_jar=aiohttp.DummyCookieJar(),
        )


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool | str, _Shared]] = WeakKeyDictionary()


class AwaitingTransport:
    """
    A share in the event loop's HTTP session; the last one to leave closes it.

    :param verify: check the server's certificate; a text is the path of a CA bundle.
    :param sleep: waits for seconds.
    :param say: told why a walk waits.
    """

    def __init__(
        self,
        *,
        verify: bool | str = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        say: Callable[[str], None],
    ) -> None:
        self._verify = verify
        self._sleep = sleep
        self._say = say

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
        outcome: Outcome | None = None
        try:
            while True:
                step = walk.send(outcome)
                if isinstance(step, Emit):
                    raise TypeError("a walk that emits records must be streamed")
                outcome = await self._obey(step)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            walk.close()

    async def stream(self, walk: Walk[None]) -> AsyncGenerator[JsonObject, None]:
        """Obey a walk and yield the records it emits, one by one; the next page is asked for when they are used up."""
        outcome: Outcome | None = None
        try:
            while True:
                try:
                    step = walk.send(outcome)
                except StopIteration:
                    return
                if isinstance(step, Emit):
                    for record in step.records:
                        yield record
                    outcome = None
                else:
                    outcome = await self._obey(step)
        finally:
            walk.close()

    async def send(self, request: Request) -> Outcome:
        """
        Send one request, once, and read the reply to its end.

        Redirects are not followed: the token goes to the configured host and nowhere else.
        """
        session = _shared[asyncio.get_running_loop()][self._verify].session
        try:
            async with session.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                proxy=_proxy(request.url),
                timeout=aiohttp.ClientTimeout(total=request.timeout_s, sock_connect=request.timeout_s),
            ) as reply:
                headers = {name.lower(): value for name, value in reply.headers.items()}
                return Response(reply.status, headers, await reply.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Unreachable(_reason(error), sent=not isinstance(error, _NEVER_SENT))

    async def _obey(self, step: Send | Wait) -> Outcome | None:
        if isinstance(step, Send):
            return await self.send(step.request)
        if step.reason:
            self._say(step.reason)
        if step.seconds > 0:
            await self._sleep(step.seconds)
        return None


@cache
def _trust(verify: bool | str) -> ssl.SSLContext | bool:
    """Trust whom requests trusts, so that a host known to the worker is known to the triggerer."""
    if verify is False:
        return False
    bundle = verify if isinstance(verify, str) else os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
    if os.path.isdir(bundle):
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def _proxy(url: str) -> str | None:
    """Find the environment's proxy. aiohttp would do so itself, but then sign in with ~/.netrc as well."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def _reason(error: Exception) -> str:
    """Word a failure without its URL or headers, which a client's own message may hold."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return "no connection in time"
        case TimeoutError():
            return "no reply in time"
        case aiohttp.ClientSSLError():
            return "the server's certificate was refused; check host and verify"
        case aiohttp.ClientConnectorError():
            return "no connection"
    return f"the connection broke ({type(error).__name__})"
