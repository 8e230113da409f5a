"""What the environment says about certificates and proxies is read when a session opens, not for every request."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import aiohttp
import pytest

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.transports import awaiting
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.transports.environment import trusted
from tests.unit.transports.asking import ask, closed_port, unreachable
from tests.unit.transports.conftest import Certificate, Server, answer


def transport() -> AwaitingTransport:
    return AwaitingTransport(say=lambda _: None)


def test_a_bundle_is_read_once(certificate: Certificate) -> None:
    assert trusted(str(certificate.path)) is trusted(str(certificate.path))


def test_a_bundle_that_changed_is_read_again(certificate: Certificate) -> None:
    before = trusted(str(certificate.path))
    changed_s = certificate.path.stat().st_mtime + 1
    os.utime(certificate.path, (changed_s, changed_s))
    assert trusted(str(certificate.path)) is not before


def test_a_bundle_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(ValueError, match="nowhere/bundle"):
        trusted(verify=True)


async def test_who_cannot_open_a_session_leaves_no_share_behind(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
        with pytest.raises(ValueError, match="bundle"):
            await transport().__aenter__()
    async with transport() as one:
        await one.send(ask(server.url + "/"))
    assert server.all_closed()


async def test_proxies_are_looked_for_once_a_session(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(awaiting, "proxy_for", looked.append)
    async with transport() as one, transport() as other:
        await one.send(ask(server.url + "/a"))
        await other.send(ask(server.url + "/b?c=d"))
    assert looked == [server.url]


async def test_a_session_that_is_opened_later_uses_the_proxy_of_its_time(
    servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers()
    async with transport() as one:
        await one.send(ask(server.url + "/"))
    monkeypatch.setenv("http_proxy", proxy.url)
    async with transport() as other:
        await other.send(ask("http://service.invalid/"))
    assert (len(server.seen), len(proxy.seen)) == (1, 1)


async def test_hosts_beside_each_other_have_proxies_of_their_own(
    servers: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = servers(), servers()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with transport() as one:
        await one.send(ask("http://service.invalid/"))
        await one.send(ask(server.url + "/"))
    assert (len(server.seen), len(proxy.seen)) == (1, 1)


async def test_a_request_counts_as_sent_if_aiohttp_does_not_say_when_it_connects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(awaiting._Connector, "connect", aiohttp.TCPConnector.connect)
    async with transport() as one:
        assert unreachable(await one.send(ask(f"http://127.0.0.1:{closed_port()}/", "POST", b"{}"))).sent is True


async def test_what_a_task_sent_before_says_nothing_of_its_next_request(server: Server) -> None:
    async with transport() as one:
        await one.send(ask(server.url + "/", "POST", b"{}"))
        assert unreachable(await one.send(ask(f"http://127.0.0.1:{closed_port()}/", "POST", b"{}"))).sent is False


async def test_a_task_that_has_sent_something_is_not_kept(server: Server) -> None:
    async with transport() as one:
        await one.send(ask(server.url + "/"))
        assert one._share.leaving == set()


async def test_waiting_for_a_socket_is_not_taken_for_the_servers_silence(server: Server) -> None:
    server.always = answer(after_s=0.6)
    async with transport() as one:
        outcomes = await asyncio.gather(*(one.send(ask(server.url + "/", timeout_s=1.1)) for _ in range(17)))
    assert [type(outcome) for outcome in outcomes] == [Response] * 17
