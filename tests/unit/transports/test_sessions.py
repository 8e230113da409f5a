"""Transports share connections while somebody uses them, and leave none open."""

from __future__ import annotations

import asyncio
import gc
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.walk import KEPT_BACK, Caller, Send, Walk, call
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.transports.blocking import BlockingTransport
from tests.unit.transports.asking import GET_MOON, Watched, ask, replied, unreachable
from tests.unit.transports.conftest import AwaitingClient, Certificate, Server, answer, cut_body, raw
from tests.unit.walking import orbit


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


async def test_a_request_that_is_kept_back_meanwhile_is_not_sent_and_not_counted(server: Server) -> None:
    received: list[Any] = []

    def walk() -> Walk[None]:
        received.append((yield Send(ask(server.url + "/"), lambda: True)))

    async with awaited() as transport:
        await transport.run(walk())
    assert (received, server.seen, transport.traffic.requests) == ([KEPT_BACK], [], 0)
