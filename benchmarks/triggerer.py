"""
Runs triggers as Airflow's triggerer does, and measures what that costs.

Knows how a wait is planned, started, watched and measured; the peers bring the triggers, the stand-in server ends what
they wait for. Runs in every peer's environment: the standard library, and what Airflow itself needs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import math
import os
import random
import sys
import time
import traceback
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.measuring import Meter, rss_mb

__all__ = ["Blocked", "Load", "Trigger", "Wait", "looks_of", "main", "started"]

_TICK_S = 0.005
_SPREAD = 0.57
"""Sigma of the log-normal distribution of looks, for log-normal durations with a sigma of 0.9."""

_WARM = 5
_NEVER = 999
_FOREVER_S = 3600.0
_PATIENCE_S = 300.0
_MOST_WAITS = 100_000
"""Of one phase; ids of the three phases of a process do not meet, nor those of two processes."""


class Trigger(Protocol):
    """What is run of Airflow's triggers."""

    def run(self) -> AsyncIterator[Any]:
        """Wait; yield one event."""


@dataclass(frozen=True, slots=True)
class Wait:
    """
    One thing to wait for.

    :param index: no two waits of a process share one.
    :param looks: at which look it has ended.
    :param interval_s: seconds between two looks.
    """

    index: int
    looks: int
    interval_s: float

    @property
    def number(self) -> int:
        """The wait as a number that tells the stand-in server how to answer."""
        return self.index * 1000 + self.looks

    @property
    def uuid(self) -> str:
        """The same as a UUID."""
        return f"{self.index:08x}-0000-4000-8000-{self.looks:012x}"


@dataclass(frozen=True, slots=True)
class Load:
    """
    How many wait for how long.

    :param waits: how many at once.
    :param interval_s: seconds between two looks of one wait.
    :param median_looks: looks at which half of them have ended.
    :param most_looks: looks at which all have ended: the distribution's tail is cut there, for time's sake.
    """

    waits: int
    interval_s: float
    median_looks: float
    most_looks: int


def looks_of(load: Load) -> list[int]:
    """Draw, always alike, the look at which each wait ends: log-normal, at least 1."""
    chance = random.Random(load.waits)  # noqa: S311  drawn alike each time
    drawn = (load.median_looks * math.exp(chance.gauss(0.0, _SPREAD)) for _ in range(load.waits))
    return [max(1, min(load.most_looks, round(looks))) for looks in drawn]


class Blocked:
    """
    Watches how long an event loop serves nobody but one.

    ``late_s`` is the longest time between two ticks; ``busy_s`` the longest that the thread was computing in between,
    which leaves out that the machine gave the processor to somebody else; ``own_s`` the same without what garbage
    collection took of it, and ``collecting_s`` the longest garbage collection.
    """

    def __init__(self) -> None:
        self.late_s = self.busy_s = self.own_s = self.collecting_s = 0.0
        self._collection_began_s = self._collected_s = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def __enter__(self) -> Blocked:
        self._loop = asyncio.get_running_loop()
        gc.callbacks.append(self._collect)
        self._note()
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._collect)
        if self._handle is not None:
            self._handle.cancel()

    def _note(self) -> None:
        self._wall_s, self._cpu_s, self._collected_s = time.perf_counter(), time.thread_time(), 0.0
        self._handle = self._loop.call_later(_TICK_S, self._tick)

    def _tick(self) -> None:
        late_s = time.perf_counter() - self._wall_s
        busy_s = min(late_s, time.thread_time() - self._cpu_s)
        self.late_s = max(self.late_s, late_s)
        self.busy_s = max(self.busy_s, busy_s)
        self.own_s = max(self.own_s, busy_s - self._collected_s)
        self._note()

    def _collect(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began_s = time.thread_time()
        else:
            took_s = time.thread_time() - self._collection_began_s
            self._collected_s += took_s
            self.collecting_s = max(self.collecting_s, took_s)


async def started(
    triggers: Sequence[Trigger], right: Callable[[Any], bool], *, portal: bool = True
) -> list[asyncio.Task[bool]]:
    """
    Start triggers one after the other, as ``TriggerRunner.create_triggers`` does.

    :param right: says of an event's payload whether the wait ended as it should.
    :param portal: let each call what blocks, as Airflow 3 does: costs 7 KB and some time, whatever the trigger.
    :return: a task each, that returns whether the one event it fired was right.
    """
    opening = _portal() if portal else None
    tasks = []
    for trigger in triggers:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(_run(trigger, right, opening)))
    return tasks


def main(
    prepare: Callable[[str], Callable[[Wait], Trigger]],
    right: Callable[[Any], bool],
    *,
    figures: Mapping[str, Callable[[], int]],
    leave: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """
    Measure a peer's triggers, as often as standard input asks for it with a line of JSON (``waiters.Waiters``).

    Every run is a fork of this process, which has imported everything, and begins alike.

    :param prepare: given the stand-in's address, says how a trigger is made.
    :param right: says of an event's payload whether the wait ended as it should.
    :param figures: counters of the peer's own; told is what they grow by while the waits are measured, and, as
        ``…_in_all``, what they come to.
    :param leave: closes what waits have shared when there are no more.
    """
    for line in sys.stdin:
        asked = json.loads(line)
        process = os.fork()
        if process == 0:
            status = 1
            try:
                make = prepare(asked["server"])
                asyncio.run(_measured(asked["counts"], Load(**asked["load"]), _Peer(make, right, figures, leave)))
                status = 0
            except BaseException:  # noqa: BLE001  the process ends here, whatever it is
                traceback.print_exc()
            os._exit(status)
        if os.waitpid(process, 0)[1]:
            sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Peer:
    """What ``main`` was given."""

    make: Callable[[Wait], Trigger]
    right: Callable[[Any], bool]
    figures: Mapping[str, Callable[[], int]]
    leave: Callable[[], Awaitable[None]] | None

    async def run(self, triggers: Sequence[Trigger]) -> int:
        """Run triggers to their end; return how many ended as they should."""
        ended = await asyncio.gather(*await started(triggers, self.right))
        if self.leave is not None:
            await self.leave()
        return sum(ended)


async def _measured(counts: str, load: Load, peer: _Peer) -> None:
    first = random.SystemRandom().randrange(10_000) * 3 * _MOST_WAITS
    if await peer.run([peer.make(Wait(first + index, 2, 0.1)) for index in range(_WARM)]) < _WARM:
        raise RuntimeError("a wait did not end as it should")
    # What Airflow itself holds is not collected again and again at the triggers' expense.
    gc.collect()
    gc.freeze()
    idle_bytes = await _idle(counts, first + _MOST_WAITS, load.waits, peer)
    gc.collect()
    plan = looks_of(load)
    first += 2 * _MOST_WAITS
    counted, told = _counted(counts), {name: figure() for name, figure in peer.figures.items()}
    with Blocked() as blocked:
        meter = Meter()
        right = await peer.run(
            [peer.make(Wait(first + index, looks, load.interval_s)) for index, looks in enumerate(plan)]
        )
    done = _counted(counts)
    meter.tell(
        requests=done["requests"] - counted["requests"],
        sockets=done["opened"] - counted["opened"],
        planned=sum(plan),
        right=right,
        idle_bytes=idle_bytes,
        late_s=blocked.late_s,
        busy_s=blocked.busy_s,
        own_s=blocked.own_s,
        collecting_s=blocked.collecting_s,
        **{name: figure() - told[name] for name, figure in peer.figures.items()},
        **{f"{name}_in_all": figure() for name, figure in peer.figures.items()},
    )


async def _idle(counts: str, first: int, waits: int, peer: _Peer) -> float:
    """Measure the bytes a wait takes while nothing happens: after its first look, before its second."""
    before_mb, answered = rss_mb(), _counted(counts)["requests"]
    triggers = [peer.make(Wait(first + index, _NEVER, _FOREVER_S)) for index in range(waits)]
    tasks = await started(triggers, peer.right, portal=False)
    until_s = time.monotonic() + _PATIENCE_S
    while _counted(counts)["requests"] - answered < waits:
        if time.monotonic() > until_s:
            raise RuntimeError("not every wait has looked once")
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.3)
    grown_bytes = (rss_mb() - before_mb) * 1e6 / waits
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if peer.leave is not None:
        await peer.leave()
    return grown_bytes


async def _run(trigger: Trigger, right: Callable[[Any], bool], portal: Callable[[], Any] | None) -> bool:
    if portal is not None:
        await portal()
    fired = [event.payload async for event in trigger.run()]
    return bool(fired) and right(fired[0])


def _portal() -> Callable[[], Any] | None:
    """What Airflow 3's triggerer makes of every trigger's task, so that it may call what blocks."""
    try:
        import greenback
    except ImportError:
        return None
    portal: Callable[[], Any] = greenback.ensure_portal
    return portal


def _counted(counts: str) -> dict[str, Any]:
    with urllib.request.urlopen(counts, timeout=30) as reply:  # noqa: S310  the stand-in's own address
        counted: dict[str, Any] = json.load(reply)
    return counted
