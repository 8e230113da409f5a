"""A loop whose time jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from benchmarks.simulated import SimulatedLoop

T = TypeVar("T")


def _run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(work())


def test_an_hour_passes_at_once() -> None:
    async def work() -> float:
        await asyncio.sleep(3600.25)
        return asyncio.get_running_loop().time()

    assert _run(work) == 3600.25


def test_sleepers_wake_in_the_order_of_their_time() -> None:
    async def work() -> list[float]:
        woken: list[float] = []

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append(asyncio.get_running_loop().time())

        await asyncio.gather(*(sleep(seconds) for seconds in (30.0, 10.0, 20.0)))
        return woken

    assert _run(work) == [10.0, 20.0, 30.0]


def test_time_stands_while_something_is_on_its_way() -> None:
    async def work() -> float:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        alarm = asyncio.create_task(asyncio.sleep(60.0))
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"one\n")
        await reader.readline()
        alarm.cancel()
        writer.close()
        server.close()
        return asyncio.get_running_loop().time()

    assert _run(work) == 0.0


def test_a_thread_is_waited_for() -> None:
    async def work() -> int:
        return await asyncio.to_thread(lambda: 7)

    assert _run(work) == 7
