"""Both transports do the same, case by case, against one loopback server."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.paging import CursorPages
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Emit, Send, Wait, Walk, call, pages
from airflow_provider_circle.exceptions import CircleError, Forbidden, ServiceDown, UnexpectedReply, Unreachable
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.transports.blocking import BlockingTransport
from tests.unit.walking import TOKEN, caller, orbit

from .conftest import (
    AwaitingClient,
    Behaviour,
    Certificate,
    Client,
    Open,
    Server,
    answer,
    cut_body,
    plain_bytes_over_tls,
    raw,
    tunnel,
)

SOURCE = "https://docs.orbit.example/v3"
GET_MOON = Endpoint("GET", "/moon", SOURCE)
ADD_MOON = Endpoint("POST", "/moons", SOURCE)
LIST_MOONS = Endpoint("GET", "/moons", SOURCE, pages=CursorPages("items", "next", "after"))

SERVICE_HEADERS = {"Orbit-Token": TOKEN, "Accept": "application/json", "User-Agent": "tests/1"}


def ask(url: str, method: str = "GET", body: bytes | None = None, timeout_s: float = 5.0) -> Request:
    return Request(method, url, SERVICE_HEADERS, body, timeout_s)


def replied(outcome: Outcome) -> Response:
    assert isinstance(outcome, Response), f"no reply: {outcome}"
    return outcome


def unreachable(outcome: Outcome) -> Unreachable:
    assert isinstance(outcome, Unreachable), f"a reply: {outcome}"
    return outcome


def who(client: Client, server: Server, **changes: Any) -> Caller:
    """Call the server with the patience of the defaults, on the client's clock."""
    service: Service = orbit(server.url, timeout_s=changes.pop("timeout_s", 5.0))
    return caller(client.clock, service=service, **changes)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


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


# What arrives at the server


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_request_arrives_as_it_is(client: Client, server: Server, method: str) -> None:
    body = None if method in {"GET", "DELETE"} else b'{"a":"\xc3\xa9"}'
    client.send(ask(f"{server.url}/moons", method, body))
    (seen,) = server.seen
    assert (seen.method, seen.target, seen.body) == (method, "/moons", body or b"")


def test_headers_arrive_as_they_are(client: Client, server: Server) -> None:
    client.send(ask(server.url + "/"))
    (seen,) = server.seen
    assert {name: seen.headers[name.lower()] for name in SERVICE_HEADERS} == SERVICE_HEADERS


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb",
        "/a%20b/c",
        "/%252e%252e/x",
        "/...",
        "/%C3%A9",
        "/100%25",
        "/a%3Fb%23c",
        "/a%5Cb",
        "/moons?after=t%2F1%2B2%3D&x=a+b",
        "/gh/acme/web?branch=feature%2Fx",
    ],
)
def test_an_escaped_url_arrives_as_it_is(client: Client, server: Server, target: str) -> None:
    client.send(ask(server.url + target))
    assert [seen.target for seen in server.seen] == [target]


def test_one_request_is_sent_once(client: Client, server: Server) -> None:
    server.will(answer(status=503))
    client.send(ask(server.url + "/"))
    assert len(server.seen) == 1


def test_a_netrc_file_is_not_used(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client.send(ask(server.url + "/"))
    assert "authorization" not in server.seen[0].headers


def test_the_netrc_file_at_home_is_not_used(client: Client, server: Server) -> None:
    netrc = Path.home() / ".netrc"
    netrc.write_text("default login somebody password secret\n")
    netrc.chmod(0o600)
    client.send(ask(server.url + "/"))
    assert "authorization" not in server.seen[0].headers


def test_a_netrc_file_does_not_replace_a_token_of_ours(client: Client, server: Server) -> None:
    netrc = Path.home() / ".netrc"
    netrc.write_text("default login somebody password secret\n")
    netrc.chmod(0o600)
    client.send(Request("GET", server.url + "/", {"Authorization": "Bearer ours"}, None, 5.0))
    assert server.seen[0].headers["authorization"] == "Bearer ours"


def test_cookies_are_never_sent_back(client: Client, server: Server) -> None:
    # By name: some clients keep no cookies of mere addresses anyway.
    url = f"http://localhost:{server.port}/"
    server.will(answer(headers={"Set-Cookie": "crumb=1; Path=/"}))
    client.send(ask(url))
    client.send(ask(url))
    assert ["cookie" in seen.headers for seen in server.seen] == [False, False]


def test_a_connection_is_used_again(client: Client, server: Server) -> None:
    for _ in range(3):
        client.send(ask(server.url + "/"))
    assert server.connections == 1


# What comes back


@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 429, 500, 503])
def test_every_status_is_a_reply(client: Client, server: Server, status: int) -> None:
    server.will(answer(b'{"a": 1}', status))
    reply = replied(client.send(ask(server.url + "/")))
    assert (reply.status, reply.body) == (status, b'{"a": 1}')


def test_a_reply_without_content_is_a_reply(client: Client, server: Server) -> None:
    server.will(raw(b"HTTP/1.1 204 No Content\r\n\r\n"))
    reply = replied(client.send(ask(server.url + "/")))
    assert (reply.status, reply.body) == (204, b"")


def test_header_names_come_in_lower_case(client: Client, server: Server) -> None:
    server.will(answer(headers={"Retry-AFTER": "7", "X-Request-Id": "r1"}))
    reply = replied(client.send(ask(server.url + "/")))
    assert (reply.headers["retry-after"], reply.headers["x-request-id"]) == ("7", "r1")


def test_a_compressed_reply_is_unpacked(client: Client, server: Server) -> None:
    body = gzip.compress(b'{"id": "io"}')
    server.will(answer(body, headers={"Content-Encoding": "gzip"}))
    assert replied(client.send(ask(server.url + "/"))).body == b'{"id": "io"}'


def test_a_reply_in_chunks_is_joined(client: Client, server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.will(raw(head, b'3\r\n{"a\r\n', b'5\r\n": 1}\r\n', b"0\r\n\r\n"))
    assert replied(client.send(ask(server.url + "/"))).body == b'{"a": 1}'


def test_a_reply_that_ends_with_the_connection_is_read(client: Client, server: Server) -> None:
    server.will(raw(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"a": 1}', then="close"))
    assert replied(client.send(ask(server.url + "/"))).body == b'{"a": 1}'


def test_a_large_reply_is_read_to_its_end(client: Client, server: Server) -> None:
    body = json.dumps(["x" * 1000] * 1000).encode()
    server.will(answer(body))
    assert replied(client.send(ask(server.url + "/"))).body == body


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_not_followed(client: Client, servers: Callable[..., Server], status: int, method: str) -> None:
    here, there = servers(), servers()
    here.will(answer(status=status, headers={"Location": f"{there.url}/stolen"}))
    reply = replied(client.send(ask(here.url + "/", method, b"{}" if method == "POST" else None)))
    assert (reply.status, len(here.seen), there.connections) == (status, 1, 0)


def test_a_redirect_on_the_same_host_is_not_followed(client: Client, server: Server) -> None:
    server.will(answer(status=302, headers={"Location": "/login"}))
    client.send(ask(server.url + "/"))
    assert [seen.target for seen in server.seen] == ["/"]


def test_a_redirect_ends_a_walk_with_the_host_it_points_to(client: Client, server: Server) -> None:
    server.will(answer(status=302, headers={"Location": "https://login.example/"}))
    with pytest.raises(UnexpectedReply, match=r"redirected to login\.example"):
        client.run(call(who(client, server), GET_MOON))


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://[evil", id="not a URL"),
        pytest.param("/caf\xe9", id="not UTF-8"),
        pytest.param("", id="empty"),
        pytest.param("mailto:somebody@orbit.example", id="not HTTP"),
        pytest.param("http://orbit.example:port/", id="no port"),
    ],
)
def test_a_redirect_to_nonsense_is_a_reply_all_the_same(client: Client, server: Server, location: str) -> None:
    server.will(answer(status=302, headers={"Location": location}))
    assert replied(client.send(ask(server.url + "/"))).status == 302


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


LOST: list[Any] = [
    pytest.param(raw(then="reset"), id="reset after reading"),
    pytest.param(raw(then="close"), id="closed without a reply"),
    pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", then="reset"), id="reset within the body"),
    pytest.param(cut_body(), id="cut body"),
    pytest.param(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", then="close"), id="cut chunk"),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", then="close"), id="broken chunk"
    ),
    pytest.param(answer(b"no gzip", headers={"Content-Encoding": "gzip"}), id="broken compression"),
    pytest.param(raw(b"SSH-2.0-OpenSSH_9.6\r\n", then="close"), id="another protocol"),
]


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


def test_a_reply_that_is_late_says_so(client: Client, server: Server) -> None:
    server.will(answer(after_s=1.0))
    assert str(unreachable(client.send(ask(server.url + "/", timeout_s=0.2)))) == "no reply in time"


@pytest.mark.parametrize("fault", LOST)
def test_no_failure_shows_the_token(client: Client, server: Server, fault: Behaviour) -> None:
    server.always = fault
    assert TOKEN not in repr(client.send(ask(server.url + f"/{TOKEN}")))


# Whom to trust


def test_a_bundle_of_ones_own_is_trusted(
    opened: Open, servers: Callable[..., Server], certificate: Certificate
) -> None:
    client = opened(verify=str(certificate.path))
    assert replied(client.send(ask(servers(certificate.context).url + "/"))).status == 200


def test_verification_can_be_switched_off(
    opened: Open, servers: Callable[..., Server], certificate: Certificate
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert replied(opened(verify=False).send(ask(servers(certificate.context).url + "/"))).status == 200


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environments_bundle_is_trusted(
    client: Client,
    servers: Callable[..., Server],
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(certificate.path))
    assert replied(client.send(ask(servers(certificate.context).url + "/"))).status == 200


def test_a_bundle_of_ones_own_goes_before_the_environments(
    opened: Open,
    servers: Callable[..., Server],
    certificate: Certificate,
    foreign_certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    client = opened(verify=str(foreign_certificate.path))
    assert unreachable(client.send(ask(servers(certificate.context).url + "/"))).sent is False


def test_the_environment_does_not_switch_verification_on_again(
    opened: Open,
    servers: Callable[..., Server],
    certificate: Certificate,
    foreign_certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(foreign_certificate.path))
    server = servers(certificate.context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert replied(opened(verify=False).send(ask(server.url + "/"))).status == 200


def test_a_bundle_that_is_missing_is_named(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="verify"):
        opened(verify=str(tmp_path / "missing.pem"))


# Proxies


def test_the_environments_proxy_is_used(client: Client, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    client.send(ask("http://service.invalid/moons"))
    assert [seen.target for seen in server.seen] == ["http://service.invalid/moons"]


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy"])
def test_the_environments_proxy_for_everything_is_used(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, server.url)
    client.send(ask("http://service.invalid/moons"))
    assert [seen.target for seen in server.seen] == ["http://service.invalid/moons"]


def test_a_proxy_named_without_its_scheme_is_used(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.port}")
    client.send(ask("http://service.invalid/moons"))
    assert [seen.target for seen in server.seen] == ["http://service.invalid/moons"]


def test_a_proxys_password_goes_to_the_proxy(client: Client, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:word@127.0.0.1:{server.port}")
    client.send(ask("http://service.invalid/moons"))
    assert server.seen[0].headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"


@pytest.mark.parametrize(
    "exception",
    [
        pytest.param("127.0.0.1", id="the host"),
        pytest.param("127.0.0.0/8", id="its network"),
        pytest.param("*", id="everything"),
        pytest.param("somewhere.example, 127.0.0.1", id="one of several"),
    ],
)
def test_an_exception_from_the_proxy_is_respected(
    client: Client, servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, exception: str
) -> None:
    proxy, server = servers(), servers()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", exception.format(port=server.port))
    client.send(ask(server.url + "/moons"))
    assert (len(proxy.seen), len(server.seen)) == (0, 1)


def test_an_exception_from_the_proxy_may_name_a_port(
    client: Client, servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", f"localhost:{server.port}")
    client.send(ask(f"http://localhost:{server.port}/moons"))
    assert (len(proxy.seen), len(server.seen)) == (0, 1)


def test_an_exception_for_another_host_is_none(
    client: Client, servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "somewhere.example")
    client.send(ask(server.url + "/moons"))
    assert (len(proxy.seen), len(server.seen)) == (1, 0)


def test_a_proxy_that_cannot_be_reached_was_sent_nothing(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    outcome = unreachable(client.send(ask(server.url + "/", "POST", b"{}")))
    assert (outcome.sent, server.seen) == (False, [])


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_builds_no_tunnel_was_sent_nothing(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    server.always = answer(b"", status)
    monkeypatch.setenv("https_proxy", server.url)
    outcome = unreachable(client.send(ask("https://service.invalid/", "POST", b"{}")))
    assert (outcome.sent, {seen.method for seen in server.seen}) == (False, {"CONNECT"})


def test_a_proxy_that_builds_no_tunnel_never_sees_the_token(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.always = answer(b"", 403)
    monkeypatch.setenv("https_proxy", server.url)
    client.send(ask("https://service.invalid/", "POST", b"{}"))
    assert TOKEN not in str(server.seen)


def test_a_reply_comes_through_a_tunnel(
    opened: Open, servers: Callable[..., Server], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers(certificate.context)
    proxy.always = tunnel(server.port)
    monkeypatch.setenv("https_proxy", proxy.url)
    reply = replied(opened(verify=str(certificate.path)).send(ask(server.url + "/moons")))
    assert (reply.status, [seen.method for seen in proxy.seen]) == (200, ["CONNECT"])


@pytest.mark.parametrize("fault", [raw(then="reset"), raw(then="close"), cut_body()], ids=["reset", "closed", "cut"])
def test_a_request_lost_behind_a_tunnel_leaves_open_what_was_done(
    opened: Open,
    servers: Callable[..., Server],
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    fault: Behaviour,
) -> None:
    proxy, server = servers(), servers(certificate.context)
    proxy.always, server.always = tunnel(server.port), fault
    monkeypatch.setenv("https_proxy", proxy.url)
    outcome = unreachable(opened(verify=str(certificate.path)).send(ask(server.url + "/", "POST", b"{}")))
    assert (outcome.sent, len(server.seen)) == (True, 1)


@pytest.mark.parametrize("fault", [raw(then="reset"), raw(then="close"), cut_body()], ids=["reset", "closed", "cut"])
def test_a_request_lost_at_a_proxy_leaves_open_what_was_done(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch, fault: Behaviour
) -> None:
    server.always = fault
    monkeypatch.setenv("http_proxy", server.url)
    outcome = unreachable(client.send(ask("http://service.invalid/", "POST", b"{}")))
    assert (outcome.sent, len(server.seen)) == (True, 1)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "nonsense://x", "http://[bad"])
def test_a_proxy_that_makes_no_sense_sent_nothing_and_is_no_crash(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    outcome = client.send(ask(server.url + "/", "POST", b"{}"))
    assert (isinstance(outcome, Unreachable), server.seen) == (True, [])


# Walks, obeyed


FAULTS: list[Any] = [
    *LOST,
    # To http.client, headers that break off are headers that end; the body is missing then.
    pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-", then="close"), id="cut headers"),
    pytest.param(answer(status=500), id="500"),
    pytest.param(answer(status=502), id="502"),
    pytest.param(answer(status=503), id="503"),
    pytest.param(answer(b'{"id": "i'), id="broken JSON"),
    pytest.param(answer(b"<html>Please wait</html>", headers={"Content-Type": "text/html"}), id="HTML"),
    pytest.param(answer(status=429, headers={"Retry-After": "2"}), id="429"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_get_is_sent_again_after_a_fault(client: Client, server: Server, fault: Behaviour) -> None:
    server.will(fault, answer(b'{"id": "io"}'))
    assert client.run(call(who(client, server), GET_MOON)) == {"id": "io"}


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.id != "429"])
def test_post_is_not_sent_again_after_a_fault(client: Client, server: Server, fault: Behaviour) -> None:
    server.will(fault)
    with pytest.raises(CircleError):
        client.run(call(who(client, server), ADD_MOON, json={}))
    assert len(server.seen) == 1


def test_post_answered_503_is_not_sent_again(client: Client, server: Server) -> None:
    server.will(answer(status=503))
    with pytest.raises(ServiceDown):
        client.run(call(who(client, server), ADD_MOON, json={}))
    assert len(server.seen) == 1


def test_post_refused_with_429_is_sent_again(client: Client, server: Server) -> None:
    server.will(answer(status=429), answer(b'{"id": "io"}', 201))
    assert client.run(call(who(client, server), ADD_MOON, json={"name": "io"})) == {"id": "io"}


def test_post_sent_again_is_the_same_request(client: Client, server: Server) -> None:
    server.will(answer(status=429), answer(b"{}", 201))
    client.run(call(who(client, server), ADD_MOON, json={"name": "io"}))
    assert [seen.body for seen in server.seen] == [b'{"name":"io"}'] * 2


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Retry-After": "40"}, id="seconds"),
        pytest.param(
            {"Retry-After": "Fri, 15 Jan 2027 07:00:40 GMT", "Date": "Fri, 15 Jan 2027 07:00:00 GMT"}, id="date"
        ),
    ],
)
def test_the_servers_own_time_is_waited_for(client: Client, server: Server, headers: dict[str, str]) -> None:
    began_s = client.clock()
    server.will(answer(status=429, headers=headers))
    client.run(call(who(client, server), GET_MOON))
    assert client.clock() - began_s == pytest.approx(40.0)


def test_a_wait_that_has_a_reason_is_told(client: Client, server: Server) -> None:
    server.will(answer(b'{"message": "Busy"}', 503))
    client.run(call(who(client, server), GET_MOON))
    (reason,) = client.said
    assert "answered 503: Busy" in reason


def test_a_wait_without_a_reason_is_not_told(client: Client) -> None:
    def walk() -> Walk[str]:
        yield Wait(1.0)
        return "done"

    assert (client.run(walk()), client.said) == ("done", [])


def test_a_wait_of_nothing_is_told_and_not_slept(opened: Open) -> None:
    client = opened(fault=AssertionError("slept"))

    def walk() -> Walk[str]:
        yield Wait(0.0, "look")
        return "done"

    assert (client.run(walk()), client.said) == ("done", ["look"])


def test_a_walk_returns_what_it_returns(client: Client) -> None:
    def walk() -> Walk[int]:
        yield Wait(0.0)
        return 7

    assert client.run(walk()) == 7


def test_a_walk_is_sent_an_outcome_only_after_a_request(client: Client, server: Server) -> None:
    received: list[Outcome | None] = []

    def walk() -> Walk[None]:
        received.append((yield Wait(0.0)))
        received.append((yield Send(ask(server.url + "/"))))
        received.append((yield Wait(1.0)))
        received.append((yield Emit([{"id": 1}])))

    list(client.stream(walk()))
    assert [type(outcome).__name__ for outcome in received] == ["NoneType", "Response", "NoneType", "NoneType"]


class Watched:
    """A walk that remembers whether it was closed; kept here, so that it is not closed by being forgotten."""

    def __init__(self, *steps: Send | Wait | Emit) -> None:
        self._steps = steps
        self._walk = self._begun()
        self.closed = False

    def walk(self) -> Walk[None]:
        return self._walk

    def _begun(self) -> Walk[None]:
        try:
            yield from self._steps
        finally:
            self.closed = True


def test_a_walk_that_emits_records_must_be_streamed(client: Client) -> None:
    watched = Watched(Emit([{"id": 1}]))
    with pytest.raises(TypeError, match="must be streamed"):
        client.run(watched.walk())


def test_a_walk_that_may_emit_must_be_streamed_even_when_there_is_nothing(client: Client) -> None:
    with pytest.raises(TypeError, match="must be streamed"):
        client.run(Watched(Emit([])).walk())


def test_a_walk_that_should_have_been_streamed_is_closed(client: Client) -> None:
    watched = Watched(Emit([{"id": 1}]))
    with pytest.raises(TypeError):
        client.run(watched.walk())
    assert watched.closed


def test_an_interrupted_wait_is_passed_on(opened: Open) -> None:
    with pytest.raises(ZeroDivisionError):
        opened(fault=ZeroDivisionError()).run(Watched(Wait(1.0)).walk())


def test_an_interrupted_wait_closes_its_walk(opened: Open) -> None:
    watched = Watched(Wait(1.0))
    with pytest.raises(ZeroDivisionError):
        opened(fault=ZeroDivisionError()).run(watched.walk())
    assert watched.closed


def test_an_interrupted_wait_closes_a_stream(opened: Open) -> None:
    watched = Watched(Emit([{"id": 1}]), Wait(1.0))
    with pytest.raises(ZeroDivisionError):
        list(opened(fault=ZeroDivisionError()).stream(watched.walk()))
    assert watched.closed


def test_a_stream_that_is_left_early_closes_its_walk(client: Client) -> None:
    watched = Watched(Emit([{"id": 1}, {"id": 2}]))
    records = client.stream(watched.walk())
    next(records)
    records.close()  # type: ignore[attr-defined]
    assert watched.closed


# Streams


def paged(*pages_: tuple[list[int], str | None]) -> list[Behaviour]:
    return [
        answer(json.dumps({"items": [{"id": number} for number in ids], "next": token}).encode())
        for ids, token in pages_
    ]


def numbers(records: Iterator[JsonObject]) -> list[int]:
    return [record["id"] for record in records]


def test_a_stream_yields_every_record_in_order(client: Client, server: Server) -> None:
    server.will(*paged(([1, 2], "a"), ([], "b"), ([3], None)))
    assert numbers(client.stream(pages(who(client, server), LIST_MOONS))) == [1, 2, 3]


def test_nothing_is_asked_for_before_the_first_record_is_wanted(client: Client, server: Server) -> None:
    records = client.stream(pages(who(client, server), LIST_MOONS))
    assert (server.connections, records is not None) == (0, True)


def test_a_page_is_not_asked_for_before_the_last_one_is_used_up(client: Client, server: Server) -> None:
    server.will(*paged(([1, 2], "a"), ([3], None)))
    records = client.stream(pages(who(client, server), LIST_MOONS))
    asked = [(record["id"], len(server.seen)) for record in records]
    assert asked == [(1, 1), (2, 1), (3, 2)]


def test_a_page_that_fails_is_read_again_and_no_record_comes_twice(client: Client, server: Server) -> None:
    first, second = paged(([1], "a"), ([2], None))
    server.will(first, cut_body(), answer(status=502), second)
    assert numbers(client.stream(pages(who(client, server), LIST_MOONS))) == [1, 2]


def test_records_before_a_failure_are_handed_out(client: Client, server: Server) -> None:
    server.will(*paged(([1, 2], "a")), answer(status=403))
    records = client.stream(pages(who(client, server), LIST_MOONS))
    assert [next(records)["id"], next(records)["id"]] == [1, 2]
    with pytest.raises(Forbidden):
        next(records)


# Sessions


def test_a_blocking_session_is_closed_when_it_is_left(server: Server) -> None:
    with BlockingTransport(say=lambda _: None) as transport:
        transport.send(ask(server.url + "/"))
    assert server.all_closed()


def awaited(**options: Any) -> AwaitingTransport:
    return AwaitingTransport(**{"say": lambda _: None, **options})


async def test_twenty_walks_at_once_use_sixteen_sockets_at_most(server: Server) -> None:
    server.always = answer(after_s=0.1)
    service = orbit(server.url)

    async def walk() -> JsonObject:
        async with awaited() as transport:
            return await transport.run(call(Caller(service, time.time, lambda: 0.0), GET_MOON))

    assert await asyncio.gather(*[walk() for _ in range(20)]) == [{}] * 20
    assert server.most_open <= 16


async def test_those_who_wait_at_the_same_time_share_connections(server: Server) -> None:
    async with awaited() as one:
        await one.send(ask(server.url + "/"))
        async with awaited() as other:
            await other.send(ask(server.url + "/"))
        await one.send(ask(server.url + "/"))
    assert server.connections == 1


async def test_a_session_stays_while_somebody_uses_it(server: Server) -> None:
    async with awaited() as one:
        async with awaited() as other:
            await other.send(ask(server.url + "/"))
        assert replied(await one.send(ask(server.url + "/"))).status == 200


async def test_the_last_one_to_leave_closes_the_session(server: Server) -> None:
    async with awaited() as one, awaited() as other:
        await one.send(ask(server.url + "/"))
        await other.send(ask(server.url + "/"))
    assert await asyncio.to_thread(server.all_closed)


async def test_whoever_comes_after_the_last_finds_a_new_session(server: Server) -> None:
    for _ in range(2):
        async with awaited() as transport:
            assert replied(await transport.send(ask(server.url + "/"))).status == 200


async def test_whoever_trusts_others_has_a_session_of_their_own(
    servers: Callable[..., Server], certificate: Certificate
) -> None:
    server = servers(certificate.context)
    async with awaited(verify=str(certificate.path)) as trusting, awaited() as strict:
        assert replied(await trusting.send(ask(server.url + "/"))).status == 200
        assert unreachable(await strict.send(ask(server.url + "/"))).sent is False


async def test_a_walk_that_is_canceled_is_closed(server: Server) -> None:
    server.always = answer(after_s=2.0)
    watched = Watched(Send(ask(server.url + "/")))
    async with awaited() as transport:
        task = asyncio.create_task(transport.run(watched.walk()))
        assert await asyncio.to_thread(server.arrived)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert watched.closed


async def test_a_canceled_walk_leaves_the_others_their_session(server: Server) -> None:
    server.will(answer(after_s=0.5))

    async def one() -> Outcome:
        async with awaited() as transport:
            return await transport.send(ask(server.url + "/"))

    first = asyncio.create_task(one())
    assert await asyncio.to_thread(server.arrived)
    second = asyncio.create_task(one())
    await asyncio.sleep(0)
    first.cancel()
    assert replied(await second).status == 200


async def test_waiting_does_not_block_the_loop(server: Server) -> None:
    server.always = answer(after_s=0.3)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with awaited() as transport:
        await transport.send(ask(server.url + "/"))
    ticking.cancel()
    assert ticks > 5


def test_a_session_that_was_left_is_not_reported_as_unclosed(server: Server) -> None:
    complaints: list[dict[str, Any]] = []
    server.will(raw(then="reset"), cut_body())

    async def use() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with awaited() as transport:
            for _ in range(4):
                await transport.send(ask(server.url + "/"))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(use())
        gc.collect()
    unclosed = [str(warning.message) for warning in caught if "client" in str(warning.message).lower()]
    assert (unclosed, complaints) == ([], [])


def test_each_event_loop_has_a_session_of_its_own(server: Server) -> None:
    one, other = AwaitingClient(), AwaitingClient()
    try:
        one.send(ask(server.url + "/"))
        other.send(ask(server.url + "/"))
        assert server.connections == 2
    finally:
        one.close()
        other.close()
