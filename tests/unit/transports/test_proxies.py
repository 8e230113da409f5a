"""Both transports use the environment's proxies, and its exceptions from them, alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_circle.exceptions import Unreachable
from tests.unit.transports.asking import ask, closed_port, replied, unreachable
from tests.unit.transports.conftest import Behaviour, Certificate, Client, Open, Server, answer, cut_body, raw, tunnel
from tests.unit.walking import TOKEN


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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
def test_this_machine_is_asked_without_a_proxy_which_would_be_told_the_token_in_the_clear(
    client: Client, servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    proxy, server = servers(), servers()
    monkeypatch.setenv(variable, proxy.url)
    client.send(ask(f"http://{host}:{server.port}/moons"))
    assert (proxy.connections, [seen.target for seen in server.seen]) == (0, ["/moons"])


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
    opened: Open,
    servers: Callable[..., Server],
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    exception: str,
) -> None:
    proxy, server = servers(), servers(certificate.context)
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", exception)
    opened(verify=str(certificate.path)).send(ask(server.url + "/moons"))
    assert (len(proxy.seen), len(server.seen)) == (0, 1)


def test_a_connection_that_comes_about_too_late_is_sent_nothing(
    opened: Open, servers: Callable[..., Server], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers(certificate.context)
    proxy.will(tunnel(server.port, every_s=0.15))
    monkeypatch.setenv("https_proxy", proxy.url)
    request = ask(server.url + "/", "POST", b"{}", timeout_s=0.4)
    outcome = unreachable(opened(verify=str(certificate.path)).send(request))
    assert (outcome.sent, str(outcome), server.seen) == (False, "no connection in time", [])


def test_an_exception_from_the_proxy_may_name_a_port(
    opened: Open, servers: Callable[..., Server], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers(certificate.context)
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", f"localhost:{server.port}")
    opened(verify=False).send(ask(f"https://localhost:{server.port}/moons"))
    assert (len(proxy.seen), len(server.seen)) == (0, 1)


def test_an_exception_for_another_host_is_none(client: Client, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "somewhere.example")
    client.send(ask("http://service.invalid/moons"))
    assert [seen.target for seen in server.seen] == ["http://service.invalid/moons"]


def test_a_proxy_that_cannot_be_reached_was_sent_nothing(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    outcome = unreachable(client.send(ask("http://service.invalid/", "POST", b"{}")))
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
    outcome = client.send(ask("http://service.invalid/", "POST", b"{}"))
    assert (isinstance(outcome, Unreachable), server.seen) == (True, [])
