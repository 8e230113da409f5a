"""Both transports send what they are told, as it is, and return what is answered; they follow no redirect."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_circle.core.message import Request
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.exceptions import UnexpectedReply
from tests.unit.transports.asking import GET_MOON, SERVICE_HEADERS, ask, replied, unreachable, who
from tests.unit.transports.conftest import Client, Server, answer, raw

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
        "/a%0D%0AX-Evil:%201",
        "/a%00b?c=%0D%0A",
        "/moons?after=t%2F1%2B2%3D&x=a+b",
        "/gh/acme/web?branch=feature%2Fx",
    ],
)
def test_an_escaped_url_arrives_as_it_is(client: Client, server: Server, target: str) -> None:
    client.send(ask(server.url + target))
    assert [seen.target for seen in server.seen] == [target]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb"], ids=["CR LF", "LF", "CR"])
def test_a_header_with_a_line_break_is_not_sent_and_not_shown(client: Client, server: Server, value: str) -> None:
    outcome = unreachable(client.send(Request("GET", server.url + "/", {"Orbit-Token": value}, None, 5.0)))
    assert server.seen == []
    assert value not in str(outcome)


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
