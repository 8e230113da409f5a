"""
Obeys walks in a thread of its own, with requests.

Sends, sleeps and hands records on. Which request is next, and whether it is repeated, the walk knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self, TypeVar

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.walk import Emit, Send, Wait, Walk
from airflow_provider_circle.exceptions import Unreachable

__all__ = ["BlockingTransport"]

T = TypeVar("T")

_CHUNK_BYTES = 65_536
_NEVER_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)


class BlockingTransport:
    """
    One HTTP session for one thread.

    :param verify: check the server's certificate; a text is the path of a CA bundle.
    :param sleep: waits for seconds.
    :param say: told why a walk waits.
    """

    def __init__(
        self, *, verify: bool | str = True, sleep: Callable[[float], None] = time.sleep, say: Callable[[str], None]
    ) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._verify = verify
        self._sleep = sleep
        self._say = say

    def __enter__(self) -> Self:
        """Use the session for a while."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        self._session.close()

    def run(self, walk: Walk[T]) -> T:
        """
        Obey a walk to its end.

        :return: what the walk returns.
        :raises CircleError: as the walk does.
        """
        records = self.stream(walk)
        try:
            next(records)
        except StopIteration as end:
            result: T = end.value
            return result
        raise TypeError("a walk that emits records must be streamed")

    def stream(self, walk: Walk[T]) -> Generator[JsonObject, None, T]:
        """Obey a walk and yield the records it emits, one by one; the next page is asked for when they are used up."""
        outcome: Outcome | None = None
        try:
            while True:
                try:
                    step = walk.send(outcome)
                except StopIteration as end:
                    result: T = end.value
                    return result
                outcome = None
                match step:
                    case Send(request):
                        outcome = self.send(request)
                    case Wait(seconds, reason):
                        if reason:
                            self._say(reason)
                        if seconds > 0:
                            self._sleep(seconds)
                    case Emit(records):
                        yield from records
        finally:
            walk.close()

    def send(self, request: Request) -> Outcome:
        """
        Send one request, once, and read the reply to its end.

        Redirects are not followed: the token goes to the configured host and nowhere else.
        """
        began_s = time.monotonic()
        try:
            with self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                # An authentication that does nothing keeps requests from adding one out of ~/.netrc.
                auth=_as_it_is,
                allow_redirects=False,
                stream=True,
                timeout=request.timeout_s,
                verify=self._verify,
            ) as reply:
                body = bytearray()
                for chunk in reply.iter_content(_CHUNK_BYTES):
                    body += chunk
                    # The timeout above is one between bytes; a server that drips must not hold us for good.
                    if time.monotonic() - began_s > request.timeout_s:
                        return Unreachable(f"the reply took longer than {request.timeout_s:g} s")
                headers = {name.lower(): value for name, value in reply.headers.items()}
                return Response(reply.status_code, headers, bytes(body))
        except requests.RequestException as error:
            return Unreachable(_reason(error), sent=not _never_sent(error))


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, _NEVER_SENT):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError | NameResolutionError)


def _reason(error: requests.RequestException) -> str:
    """Word a failure without its URL or headers, which a client's own message may hold."""
    match error:
        case requests.exceptions.ConnectTimeout():
            return "no connection in time"
        case requests.exceptions.Timeout():
            return "no reply in time"
        case requests.exceptions.SSLError():
            return "the server's certificate was refused; check host and verify"
        case requests.exceptions.ProxyError():
            return "the proxy refused the connection"
    return "no connection" if _never_sent(error) else f"the connection broke ({type(error).__name__})"
