"""A loopback server that misbehaves on demand, and both transports behind one face."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from airflow_provider_circle.core.message import JsonObject, Outcome, Request
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Walk
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.transports.blocking import BlockingTransport
from tests.unit.walking import Clock

T = TypeVar("T")

_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_OTHER_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC", "REQUEST_METHOD")


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


class Line:
    """One accepted connection, as a behaviour sees it."""

    def __init__(self, plain: socket.socket, wrapped: socket.socket, number: int) -> None:
        self.plain = plain
        self.wrapped = wrapped
        self.number = number
        self.rest = b""

    def send(self, content: bytes) -> None:
        self.wrapped.sendall(content)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wrapped.close()

    def read(self) -> Seen | None:
        """Read one request to its end; ``None`` when the client has left."""
        while b"\r\n\r\n" not in self.rest:
            if not (more := self.wrapped.recv(65_536)):
                return None
            self.rest += more
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self.rest) < length:
            if not (more := self.wrapped.recv(65_536)):
                return None
            self.rest += more
        body, self.rest = self.rest[:length], self.rest[length:]
        method, target, _ = first.split(" ")
        return Seen(method, target, headers, body, self.number)


Behaviour = Callable[[Line], None]
"""What the server does once it has read a request."""


def answer(
    body: bytes = b"{}", status: int = 200, headers: Mapping[str, str] | None = None, *, after_s: float = 0.0
) -> Behaviour:
    """Answer completely and keep the connection."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    return raw(_head(status, lines) + body, after_s=after_s)


def raw(*pieces: bytes, every_s: float = 0.0, after_s: float = 0.0, then: str = "keep") -> Behaviour:
    """
    Send bytes as they are.

    :param every_s: pause after each piece.
    :param then: ``keep`` the connection, ``close`` it or ``reset`` it.
    """

    def behave(line: Line) -> None:
        time.sleep(after_s)
        for piece in pieces:
            line.send(piece)
            time.sleep(every_s)
        if then == "close":
            line.wrapped.shutdown(socket.SHUT_RDWR)
        elif then == "reset":
            line.reset()

    return behave


def cut_body(body: bytes = b'{"id": ') -> Behaviour:
    """Promise more than is sent."""
    return raw(_head(200, {"Content-Length": str(len(body) + 50)}) + body, then="close")


def plain_bytes_over_tls(line: Line) -> None:
    """Break the encryption after the request has been read."""
    line.plain.send(b"this is no TLS record" * 10)
    time.sleep(0.05)


def tunnel(port: int, *, every_s: float = 0.0) -> Behaviour:
    """
    Connect the client with another server, as a proxy does when asked to CONNECT.

    :param every_s: pause after each piece of the answer.
    """

    def behave(line: Line) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            raw(b"HTTP/1.1 200 ", b"Connection ", b"established", b"\r\n\r\n", every_s=every_s)(line)
            back = threading.Thread(target=_pump, args=(far, line.wrapped), daemon=True)
            back.start()
            _pump(line.wrapped, far)
            back.join(5)

    return behave


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65_536):
            sink.sendall(content)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Server:
    """
    Behaves as planned, request by request; as ``always`` when the plan is used up.

    ``greeting`` is sent to whoever connects; ``reset_unread`` connections are reset before their request is read.

    :param tls: speak TLS.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.plan: list[Behaviour] = []
        self.always: Behaviour = answer()
        self.reset_unread = 0
        self.greeting = b""
        self.seen: list[Seen] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self._tls = tls
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._lines: list[Line] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def will(self, *behaviours: Behaviour) -> Server:
        """Plan what comes next."""
        self.plan += behaviours
        return self

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.plain.shutdown(socket.SHUT_RDWR)

    def arrived(self, within_s: float = 5.0) -> bool:
        """Whether a request has been read."""
        return self._arrived.wait(within_s)

    def all_closed(self, within_s: float = 2.0) -> bool:
        """Whether the clients have closed every connection."""
        until_s = time.monotonic() + within_s
        while self.open and time.monotonic() < until_s:
            time.sleep(0.01)
        return not self.open

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(10)
        with self._lock:
            self.connections += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            number = self.connections
        wrapped = plain
        try:
            if self._tls:
                # A copy of the descriptor stays plain, to break the encryption with.
                wrapped = self._tls.wrap_socket(plain.dup(), server_side=True)
                wrapped.settimeout(10)
            plain.sendall(self.greeting)
            line = Line(plain, wrapped, number)
            with self._lock:
                self._lines.append(line)
            self._converse(line)
        except (OSError, ValueError):
            pass
        finally:
            for end in (wrapped, plain):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            with self._lock:
                self.open -= 1

    def _converse(self, line: Line) -> None:
        while True:
            with self._lock:
                unread = self.reset_unread > 0
                self.reset_unread -= unread
            if unread:
                line.plain.recv(1, socket.MSG_PEEK)
                line.reset()
                return
            if (seen := line.read()) is None:
                return
            with self._lock:
                self.seen.append(seen)
                behave = self.plan.pop(0) if self.plan else self.always
            self._arrived.set()
            behave(line)


class Client(Protocol):
    """A transport, whichever it is."""

    said: list[str]
    clock: Clock

    @property
    def traffic(self) -> Traffic: ...
    def send(self, request: Request) -> Outcome: ...
    def run(self, walk: Walk[T]) -> T: ...
    def stream(self, walk: Walk[None]) -> Iterator[JsonObject]: ...
    def close(self) -> None: ...


@dataclass
class BlockingClient:
    """The blocking transport."""

    verify: bool | str = True
    fault: BaseException | None = None
    said: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self._transport = BlockingTransport(verify=self.verify, sleep=self._sleep, say=self.said.append)
        self._transport.__enter__()

    def _sleep(self, seconds: float) -> None:
        if self.fault:
            raise self.fault
        self.clock.sleep(seconds)

    @property
    def traffic(self) -> Traffic:
        return self._transport.traffic

    def send(self, request: Request) -> Outcome:
        return self._transport.send(request)

    def run(self, walk: Walk[T]) -> T:
        return self._transport.run(walk)

    def stream(self, walk: Walk[None]) -> Iterator[JsonObject]:
        return self._transport.stream(walk)

    def close(self) -> None:
        self._transport.__exit__(None, None, None)


@dataclass
class AwaitingClient:
    """The awaiting transport, in an event loop of its own."""

    verify: bool | str = True
    fault: BaseException | None = None
    said: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._transport = AwaitingTransport(verify=self.verify, sleep=self._sleep, say=self.said.append)
        self._entered = False

    async def _sleep(self, seconds: float) -> None:
        if self.fault:
            raise self.fault
        self.clock.sleep(seconds)

    def _await(self, begin: Callable[[], Awaitable[T]]) -> T:
        async def entered() -> T:
            if not self._entered:
                await self._transport.__aenter__()
                self._entered = True
            return await begin()

        return self._loop.run_until_complete(entered())

    @property
    def traffic(self) -> Traffic:
        return self._transport.traffic

    def send(self, request: Request) -> Outcome:
        return self._await(lambda: self._transport.send(request))

    def run(self, walk: Walk[T]) -> T:
        return self._await(lambda: self._transport.run(walk))

    def stream(self, walk: Walk[None]) -> Iterator[JsonObject]:
        records: AsyncGenerator[JsonObject, None] = self._transport.stream(walk)

        async def following() -> JsonObject | None:
            return await anext(records, None)

        try:
            while (record := self._await(following)) is not None:
                yield record
        finally:
            self._await(records.aclose)

    def close(self) -> None:
        if self._entered:
            self._loop.run_until_complete(self._transport.__aexit__(None, None, None))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


KINDS: dict[str, Callable[..., Client]] = {"blocking": BlockingClient, "awaiting": AwaitingClient}

Open = Callable[..., Client]
"""Opens a client; closed when the test ends."""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxies, certificates or passwords of the machine the tests run on."""
    for name in (*_PROXY_VARIABLES, *_OTHER_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture(params=list(KINDS))
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Either transport, with options."""
    clients: list[Client] = []

    def open_one(**options: Any) -> Client:
        client = KINDS[str(request.param)](**options)
        clients.append(client)
        return client

    yield open_one
    for client in clients:
        client.close()


@pytest.fixture
def client(opened: Open) -> Client:
    """Either transport."""
    return opened()


@pytest.fixture
def servers() -> Iterator[Callable[..., Server]]:
    """As many servers as a test needs."""
    started: list[Server] = []

    def start(tls: ssl.SSLContext | None = None) -> Server:
        started.append(Server(tls))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def server(servers: Callable[..., Server]) -> Server:
    """A server without TLS."""
    return servers()


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself."""

    path: Path
    context: ssl.SSLContext


def _certificate(folder: Path, name: x509.GeneralName) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path, both = folder / "certificate.pem", folder / "both.pem"
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    both.write_bytes(private + path.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return Certificate(path, context)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1."""
    return _certificate(tmp_path_factory.mktemp("certificate"), x509.IPAddress(ip_address("127.0.0.1")))


@pytest.fixture(scope="session")
def foreign_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for another host."""
    return _certificate(tmp_path_factory.mktemp("foreign"), x509.DNSName("elsewhere.example"))
