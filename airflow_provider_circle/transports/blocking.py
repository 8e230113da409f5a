"""
Obeys walks in a thread of its own, with requests.

Sends, sleeps and hands records on. Which request is next, and whether it is repeated, the walk knows.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from threading import Timer
from types import TracebackType
from typing import Any, Self, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Drop, Emit, Join, Save, Send, Wait, Walk, Writable
from airflow_provider_circle.exceptions import CircleError, Unreachable
from airflow_provider_circle.transports.environment import is_asked_directly
from airflow_provider_circle.transports.unpacking import ACCEPTED_CODING, Body, Unpacker

__all__ = ["BlockingTransport"]

T = TypeVar("T")

_CHUNK_BYTES = 65_536
_LONGEST_SILENCE_S = 60.0
"""Seconds between two bytes of a reply, where the whole may take longer."""


class BlockingTransport:
    """
    One HTTP session for one thread.

    :param verify: check the server's certificate; a text is the path of a CA bundle.
    :param sleep: waits for seconds.
    :param say: told why a walk waits.
    :raises ValueError: there is no such CA bundle.
    """

    def __init__(
        self, *, verify: bool | str = True, sleep: Callable[[float], None] = time.sleep, say: Callable[[str], None]
    ) -> None:
        if isinstance(verify, str) and not os.path.exists(verify):
            raise ValueError(f"verify must be true, false or the path of a CA bundle on this machine, got {verify!r}")
        self._wire = _Wire()
        self._session = _Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._wire))
        self._session.headers["Accept-Encoding"] = ACCEPTED_CODING
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._verify = verify
        self._sleep = sleep
        self._say = say
        self.traffic = Traffic()
        self._not_written: OSError | None = None

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
        returned: list[T] = []
        for _ in self._drive(walk, returned):
            raise TypeError("a walk that emits records must be streamed")
        return returned[0]

    def stream(self, walk: Walk[None]) -> Generator[JsonObject, None, None]:
        """Obey a walk and yield the records it emits, one by one; the next page is asked for when they are used up."""
        for emitted in self._drive(walk, []):
            yield from emitted.records

    def _drive(self, walk: Walk[T], returned: list[T]) -> Generator[Emit, None, None]:
        """Obey a walk; yield what it emits and keep what it returns. Branches are gone when they are joined."""
        outcome: Any = None
        trouble: CircleError | None = None
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
                    case Join(branch):
                        try:
                            outcome = self.run(branch.walk)
                        except CircleError as error:
                            trouble = error
                    case Drop(branch):
                        branch.walk.close()
                    case Send() | Save() | Wait():
                        outcome = self._obey(step)
        finally:
            walk.close()

    def send(self, request: Request, into: Callable[[Response], Writable] | None = None) -> Outcome:
        """
        Send one request, once, and read the reply to its end.

        Redirects are not followed: the token goes to the configured host and nowhere else.

        :param into: opens what takes the body of a success; without it, the body is in what is returned.
        """
        self._wire.clear()
        # requests bounds the silence between two bytes only; a server that drips would hold us for good.
        watchdog = Timer(request.timeout_s, self._wire.cut)
        watchdog.daemon = True
        watchdog.start()
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
                timeout=min(request.timeout_s, _LONGEST_SILENCE_S),
                verify=self._verify,
            ) as reply:
                headers = {name.lower(): value for name, value in reply.headers.items()}
                head = Response(reply.status_code, headers, b"")
                outcome: Outcome = self._read(reply, head, into if 200 <= head.status < 300 else None)
        except Unreachable as lost:
            outcome = lost
        except (OSError, HTTPError) as error:
            if error is self._not_written:
                raise
            return Unreachable(self._reason(error), sent=self._wire.sent)
        finally:
            watchdog.cancel()
        if self._wire.was_cut:
            return Unreachable(_LATE, sent=True)
        return outcome

    def _read(self, reply: requests.Response, head: Response, into: Callable[[Response], Writable] | None) -> Response:
        came = reply.raw.stream(_CHUNK_BYTES, decode_content=False)
        if into is None:
            body = Body(head.headers)
            while not body.is_overlong and (packed := next(came, b"")):
                body.add(packed)
            return replace(head, body=body.whole(), overlong=body.is_overlong)
        unpacker = Unpacker(head.headers)
        file: Writable | None = None
        for piece in itertools.chain([b""], itertools.chain.from_iterable(map(unpacker.pieces, came))):
            self.traffic.received_bytes += len(piece)
            try:
                file = file or into(head)
                file.write(piece)
            except OSError as error:
                self._not_written = error
                raise
        unpacker.end()
        return head

    def _obey(self, step: Send | Save | Wait) -> Outcome | None:
        if isinstance(step, Send | Save):
            outcome = self.send(step.request, step.into if isinstance(step, Save) else None)
            self.traffic.requests += 1
            self.traffic.received_bytes += len(outcome.body) if isinstance(outcome, Response) else 0
            return outcome
        if step.reason:
            self._say(step.reason)
        self.traffic.retries += step.retry
        self.traffic.limited_s += step.seconds if step.limited else 0.0
        if step.seconds > 0:
            self._sleep(step.seconds)
        return None

    def _reason(self, error: OSError | HTTPError) -> str:
        """Word a failure without its URL or headers, which a client's own message may hold."""
        if self._wire.was_cut:
            return _LATE if self._wire.sent else _NOT_CONNECTED
        match error:
            case requests.exceptions.ConnectTimeout():
                return _NOT_CONNECTED
            case requests.exceptions.Timeout() | ReadTimeoutError():
                return _LATE
            case requests.exceptions.SSLError() if not self._wire.sent:
                return "the server's certificate was refused; check host and verify"
            case requests.exceptions.ProxyError() if not self._wire.sent:
                return "the proxy refused the connection"
            case OSError() if not isinstance(error, requests.RequestException):
                return "the CA bundle cannot be read; check verify and REQUESTS_CA_BUNDLE"
        return f"the connection broke ({type(error).__name__})" if self._wire.sent else "no connection"


_LATE = "no reply in time"
_NOT_CONNECTED = "no connection in time"


class _Wire:
    """
    What became of the request under way, noted by the connection it goes over.

    The kind of an exception does not tell whether anything was sent: a proxy or a TLS connection may break at any time.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a request."""
        self.sent = False
        self.was_cut = False
        self._socket: socket.socket | None = None

    def sending(self, over: socket.socket) -> None:
        """
        Note that the request is about to leave.

        :raises TimeoutError: its time has run out; it stays here.
        """
        self._socket = over
        if self.was_cut:
            raise TimeoutError
        self.sent = True

    def cut(self) -> None:
        """End the exchange, from another thread; whoever reads sees the connection end, and what waits is not sent."""
        self.was_cut = True
        if self._socket is not None:
            try:
                # Not the TLS socket's own shutdown, which pulls the encryption from under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                self._socket = None


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Look at no redirect: requests would read, and choke on, addresses that it is told not to follow."""

    def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:
        """Take the environment's proxy only where it may be told the token."""
        settings = super().merge_environment_settings(url, *args, **kwargs)
        return {**settings, "proxies": {}} if is_asked_directly(url) else settings


class _Adapter(HTTPAdapter):
    """Opens connections that note when a request leaves."""

    def __init__(self, wire: _Wire) -> None:
        class Plain(HTTPConnection):
            def endheaders(self, *args: Any, **kwargs: Any) -> None:
                if self.sock is None:
                    self.connect()
                wire.sending(self.sock)
                super().endheaders(*args, **kwargs)

        class Encrypted(HTTPSConnection):
            def endheaders(self, *args: Any, **kwargs: Any) -> None:
                if self.sock is None:
                    self.connect()
                wire.sending(self.sock)
                super().endheaders(*args, **kwargs)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self._pools = {"http": PlainPool, "https": EncryptedPool}
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared
