"""Both transports tell what certainly was not sent from what may have been, in no more time than there is."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_circle.exceptions import Unreachable
from airflow_provider_circle.transports import blocking
from tests.unit.transports.asking import LOST, ask, closed_port, replied, unreachable
from tests.unit.transports.conftest import (
    Behaviour,
    Certificate,
    Client,
    Open,
    Server,
    answer,
    cut_body,
    plain_bytes_over_tls,
    raw,
)
from tests.unit.walking import TOKEN


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full, so that connecting to it hangs."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(8):
        knock = socket.socket()
        knock.setblocking(False)
        knock.connect_ex(listener.getsockname())
        waiting.append(knock)
    time.sleep(0.05)
    probe = socket.socket()
    probe.settimeout(0.1)
    try:
        hangs = probe.connect_ex(listener.getsockname()) != 0
    finally:
        probe.close()
    if not hangs:
        pytest.skip("this system accepts more connections than it was asked to")
    yield listener.getsockname()[1]
    for knock in waiting:
        knock.close()
    listener.close()


# Nothing was sent


def test_a_refused_connection_sent_nothing(client: Client) -> None:
    assert unreachable(client.send(ask(f"http://127.0.0.1:{closed_port()}/", "POST", b"{}"))).sent is False


def test_an_unknown_host_was_sent_nothing(client: Client) -> None:
    assert unreachable(client.send(ask("http://host.invalid/", "POST", b"{}"))).sent is False


def test_a_connection_that_does_not_come_about_sent_nothing(client: Client, full_port: int) -> None:
    request = ask(f"http://127.0.0.1:{full_port}/", "POST", b"{}", timeout_s=0.3)
    assert unreachable(client.send(request)).sent is False


def test_an_untrusted_certificate_is_sent_nothing(
    client: Client, servers: Callable[..., Server], certificate: Certificate
) -> None:
    server = servers(certificate.context)
    outcome = unreachable(client.send(ask(server.url + "/", "POST", b"{}")))
    assert (outcome.sent, server.seen) == (False, [])


def test_a_certificate_of_another_host_is_sent_nothing(
    opened: Open, servers: Callable[..., Server], foreign_certificate: Certificate
) -> None:
    server = servers(foreign_certificate.context)
    outcome = unreachable(opened(verify=str(foreign_certificate.path)).send(ask(server.url + "/", "POST", b"{}")))
    assert (outcome.sent, server.seen) == (False, [])


def test_a_server_that_speaks_no_tls_is_sent_nothing(client: Client, server: Server) -> None:
    server.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    url = server.url.replace("http://", "https://")
    outcome = unreachable(client.send(ask(url + "/", "POST", b"{}")))
    assert (outcome.sent, server.seen) == (False, [])


# Something may have been sent


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("fault", LOST)
def test_a_reply_that_breaks_leaves_open_what_was_done(
    client: Client, server: Server, fault: Behaviour, method: str
) -> None:
    # A plan that stays the same: a client that repeats a request on its own finds the same fault.
    server.always = fault
    outcome = client.send(ask(server.url + "/", method, b"{}" if method == "POST" else None))
    assert unreachable(outcome).sent is True


@pytest.mark.parametrize("fault", LOST)
def test_a_post_whose_reply_breaks_arrives_once(client: Client, server: Server, fault: Behaviour) -> None:
    server.always = fault
    client.send(ask(server.url + "/", "POST", b"{}"))
    assert len(server.seen) == 1


@pytest.mark.parametrize("fault", [raw(then="reset"), raw(then="close"), cut_body()], ids=["reset", "closed", "cut"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_request_whose_reply_breaks_arrives_once_whatever_its_method(
    client: Client, server: Server, method: str, fault: Behaviour
) -> None:
    # Whether it may be repeated, the endpoint knows: a GET may use something up.
    server.always = fault
    client.send(ask(server.url + "/", method))
    assert len(server.seen) == 1


def test_a_connection_reset_before_the_request_was_read_leaves_open_what_was_done(
    client: Client, server: Server
) -> None:
    server.reset_unread = 3
    assert unreachable(client.send(ask(server.url + "/", "POST", b"{}"))).sent is True


def test_a_post_on_a_connection_that_the_server_just_reset_leaves_open_what_was_done(
    client: Client, server: Server
) -> None:
    client.send(ask(server.url + "/"))
    server.always = raw(then="reset")
    assert unreachable(client.send(ask(server.url + "/", "POST", b"{}"))).sent is True


def test_no_reply_in_time_leaves_open_what_was_done(client: Client, server: Server) -> None:
    server.will(answer(after_s=1.0))
    assert unreachable(client.send(ask(server.url + "/", "POST", b"{}", timeout_s=0.2))).sent is True


def test_encryption_that_breaks_after_the_request_leaves_open_what_was_done(
    opened: Open, servers: Callable[..., Server], certificate: Certificate
) -> None:
    server = servers(certificate.context)
    server.always = plain_bytes_over_tls
    outcome = unreachable(opened(verify=str(certificate.path)).send(ask(server.url + "/", "POST", b"{}")))
    assert (outcome.sent, len(server.seen)) == (True, 1)


def test_encryption_that_breaks_within_the_reply_leaves_open_what_was_done(
    opened: Open, servers: Callable[..., Server], certificate: Certificate
) -> None:
    server = servers(certificate.context)

    def break_off(line: Any) -> None:
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
        plain_bytes_over_tls(line)

    server.always = break_off
    outcome = unreachable(opened(verify=str(certificate.path)).send(ask(server.url + "/", "POST", b"{}")))
    assert (outcome.sent, len(server.seen)) == (True, 1)


# No longer than the time there is


SLOW: list[Any] = [
    pytest.param(answer(after_s=3.0), id="no reply"),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", *[b"x"] * 20, every_s=0.1), id="a body that drips"
    ),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 20, every_s=0.1),
        id="chunks that drip",
    ),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n", *[b"x"] * 20, every_s=0.1),
        id="a chunk that drips",
    ),
    pytest.param(raw(b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 20, every_s=0.1), id="headers that drip"),
    pytest.param(raw(*[bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nX-A: b\r\n"], every_s=0.1), id="bytes that drip"),
    pytest.param(
        raw(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 30\r\n\r\n", *[b"x"] * 20, every_s=0.1),
        id="a redirect that drips",
    ),
]


@pytest.mark.parametrize("slow", SLOW)
def test_an_exchange_takes_no_longer_than_it_may(client: Client, server: Server, slow: Behaviour) -> None:
    server.always = slow
    began_s = time.monotonic()
    outcome = client.send(ask(server.url + "/", timeout_s=0.4))
    assert (isinstance(outcome, Unreachable), time.monotonic() - began_s < 1.2) == (True, True)


def test_a_reply_that_drips_in_time_is_read(client: Client, server: Server) -> None:
    server.will(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"{", b"}", every_s=0.05))
    assert replied(client.send(ask(server.url + "/", timeout_s=2.0))).body == b"{}"


# What a failure says


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://host.invalid/secret-path?key=1", "no connection", id="unknown host"),
        pytest.param("http://127.0.0.1:{closed}/secret-path?key=1", "no connection", id="refused"),
    ],
)
def test_a_failure_is_worded_without_its_url(client: Client, url: str, words: str) -> None:
    assert str(unreachable(client.send(ask(url.format(closed=closed_port()))))) == words


def test_a_refused_certificate_says_what_to_check(
    client: Client, servers: Callable[..., Server], certificate: Certificate
) -> None:
    outcome = unreachable(client.send(ask(servers(certificate.context).url + "/")))
    assert str(outcome) == "the server's certificate was refused; check host and verify"


def test_a_blocking_wait_for_a_connection_that_is_not_answered_says_so(
    monkeypatch: pytest.MonkeyPatch, full_port: int
) -> None:
    monkeypatch.setattr(blocking, "_LONGEST_SILENCE_S", 0.1)
    with blocking.BlockingTransport(say=lambda _: None) as transport:
        outcome = unreachable(transport.send(ask(f"http://127.0.0.1:{full_port}/")))
    assert (outcome.sent, str(outcome)) == (False, "no connection in time")


def test_a_blocking_wait_for_a_server_that_says_nothing_for_too_long_is_late(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setattr(blocking, "_LONGEST_SILENCE_S", 0.1)
    server.will(answer(after_s=1.0))
    with blocking.BlockingTransport(say=lambda _: None) as transport:
        outcome = unreachable(transport.send(ask(server.url + "/")))
    assert (outcome.sent, str(outcome)) == (True, "no reply in time")


def test_a_reply_that_is_late_says_so(client: Client, server: Server) -> None:
    server.will(answer(after_s=1.0))
    assert str(unreachable(client.send(ask(server.url + "/", timeout_s=0.2)))) == "no reply in time"


@pytest.mark.parametrize("fault", LOST)
def test_no_failure_shows_the_token(client: Client, server: Server, fault: Behaviour) -> None:
    server.always = fault
    assert TOKEN not in repr(client.send(ask(server.url + f"/{TOKEN}")))
