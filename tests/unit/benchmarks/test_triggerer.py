"""Planning and starting waits as the triggerer does."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.standin.workflows import Workflows
from benchmarks.triggerer import Load, Wait, looks_of, started


class _Trigger:
    """Fires what it is given, or nothing."""

    def __init__(self, *payloads: Any, ended: list[str] | None = None) -> None:
        self._payloads = payloads
        self._ended = ended if ended is not None else []

    async def run(self) -> AsyncIterator[Any]:
        try:
            for payload in self._payloads:
                yield SimpleNamespace(payload=payload)
        finally:
            self._ended.append("ended")


def test_looks_are_drawn_alike_each_time() -> None:
    load = Load(50, 1.0, 6.0, 16)
    assert looks_of(load) == looks_of(load)


def test_looks_lie_between_one_and_the_most() -> None:
    looks = looks_of(Load(1000, 1.0, 3.0, 5))
    assert (min(looks), max(looks)) == (1, 5)


def test_half_of_the_waits_end_by_the_median() -> None:
    assert statistics.median(looks_of(Load(2000, 1.0, 6.0, 100))) == pytest.approx(6, abs=1)


@pytest.mark.parametrize("kind", ["workflow", "job run"])
def test_id_of_a_wait_tells_the_stand_in_when_it_ends(kind: str) -> None:
    wait = Wait(index=7, looks=3, interval_s=1.0)
    target = f"/api/v2/workflow/{wait.uuid}" if kind == "workflow" else f"/api/v2/accounts/1/runs/{wait.number}/"
    stand_in = Workflows(lambda: 0.0)
    replies = [stand_in.answer(b"GET", target.encode()) for _ in range(3)]
    ended = b'"success"' if kind == "workflow" else b'"status": 10,'
    assert [reply is not None and ended in reply.body for reply in replies] == [False, False, True]


@pytest.mark.parametrize("portal", [False, True])
@pytest.mark.parametrize(
    ("payloads", "right"),
    [
        pytest.param(("good",), True, id="the right event"),
        pytest.param(("bad",), False, id="another"),
        pytest.param(("bad", "good"), False, id="the first one counts"),
        pytest.param((), False, id="none"),
    ],
)
async def test_a_wait_is_right_if_its_event_is(payloads: tuple[str, ...], right: bool, portal: bool) -> None:
    tasks = await started([_Trigger(*payloads)], lambda payload: bool(payload == "good"), portal=portal)
    assert await asyncio.gather(*tasks) == [right]


async def test_a_trigger_runs_to_its_end() -> None:
    ended: list[str] = []
    await asyncio.gather(*await started([_Trigger("one", "two", ended=ended)], bool))
    assert ended == ["ended"]
