"""All in an event loop who call the same connection share a hook, whose connection was looked up a moment ago."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from airflow_provider_circle.hooks import sharing
from airflow_provider_circle.hooks.sharing import shared


class Connections:
    """What Airflow says about a connection, and how often it was asked."""

    def __init__(self) -> None:
        self.says = "token 1"
        self.asked = 0
        self.fails = 0

    def hook(self) -> Hook:
        return Hook(self)


class Hook:
    """Asks for its connection."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def look_up(self) -> str:
        self._connections.asked += 1
        await asyncio.sleep(0)
        if self._connections.fails:
            self._connections.fails -= 1
            raise ValueError("there is no token")
        return self._connections.says


@pytest.fixture
def connections() -> Connections:
    return Connections()


@pytest.fixture
def stale_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_FRESH_S", 0.0)


async def test_who_begins_together_shares_a_hook(connections: Connections) -> None:
    hooks = await asyncio.gather(*(shared(connections.hook, "a") for _ in range(20)))
    assert (len(set(hooks)), connections.asked) == (1, 1)


async def test_who_asks_for_another_kind_has_another_hook(connections: Connections) -> None:
    assert await shared(connections.hook, "a", 5) is not await shared(connections.hook, "a", 6)


@pytest.mark.usefixtures("stale_at_once")
async def test_a_connection_that_says_the_same_later_keeps_its_hook(connections: Connections) -> None:
    first = await shared(connections.hook, "a")
    assert (await shared(connections.hook, "a") is first, connections.asked) == (True, 2)


@pytest.mark.usefixtures("stale_at_once")
async def test_a_connection_that_was_corrected_counts_for_who_begins_later(connections: Connections) -> None:
    first = await shared(connections.hook, "a")
    connections.says = "token 2"
    assert await shared(connections.hook, "a") is not first


async def test_a_look_up_that_failed_is_not_kept(connections: Connections) -> None:
    connections.fails = 1
    with pytest.raises(ValueError, match="no token"):
        await shared(connections.hook, "a")
    assert isinstance(await shared(connections.hook, "a"), Hook)


async def test_who_is_canceled_while_looking_up_leaves_the_others_their_hook(connections: Connections) -> None:
    first = asyncio.create_task(shared(connections.hook, "a"))
    second = asyncio.create_task(shared(connections.hook, "a"))
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance(await second, Hook)


def test_another_event_loop_has_a_hook_of_its_own(connections: Connections) -> None:
    hooks = [asyncio.run(shared(connections.hook, "a")) for _ in range(2)]
    assert hooks[0] is not hooks[1]


def test_an_event_loop_that_is_closed_is_let_go(connections: Connections) -> None:
    async def begin() -> weakref.ref[asyncio.AbstractEventLoop]:
        await asyncio.gather(*(shared(connections.hook, "a") for _ in range(3)))
        return weakref.ref(asyncio.get_running_loop())

    loops = [asyncio.run(begin()) for _ in range(3)]
    gc.collect()
    assert [loop() is None for loop in loops[:-1]] == [True, True]
