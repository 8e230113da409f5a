"""Work side by side: bounded, each thread with a session of its own, ended by a failure and by whoever stops asking."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from airflow_provider_circle.records.side_by_side import Dropped, Halt, side_by_side

PATIENCE_S = 20.0


class Sessions:
    """Opens sessions, each a number, and keeps which are open."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.opened = 0
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[int]:
        with self._lock:
            self.opened += 1
            number = self.opened
            self.open.add(number)
        try:
            yield number
        finally:
            self.open.discard(number)


def together(
    things: list[Any],
    work: Callable[[Any, Any], Any],
    session: Callable[[], AbstractContextManager[Any]] | None = None,
    concurrency: int = 3,
    halt: Halt | None = None,
) -> Iterator[Any]:
    for batch in side_by_side(
        things, work, session=session or Sessions(), concurrency=concurrency, halt=halt or Halt()
    ):
        yield from batch


def test_everything_is_done_once() -> None:
    assert sorted(together(list(range(50)), lambda thing, _: thing * 2)) == list(range(0, 100, 2))


def test_nothing_to_do_opens_nothing() -> None:
    sessions = Sessions()

    assert list(together([], lambda *_: None, sessions)) == []
    assert sessions.opened == 0


def test_no_more_at_once_than_allowed_and_no_fewer() -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE_S)

    assert len(list(together(list(range(6)), lambda *_: meeting.wait()))) == 6
    four = threading.Barrier(4, timeout=0.2)
    with pytest.raises(threading.BrokenBarrierError):
        list(together(list(range(8)), lambda *_: four.wait()))


def test_each_thread_has_a_session_of_its_own_and_closes_it() -> None:
    sessions, meeting = Sessions(), threading.Barrier(3, timeout=PATIENCE_S)

    def work(_: int, session: int) -> int:
        meeting.wait()
        return session

    assert sorted(together([1, 2, 3], work, sessions)) == [1, 2, 3]
    assert sessions.open == set()


def test_failure_lets_what_is_under_way_end_and_begins_nothing_new() -> None:
    failed, begun = threading.Event(), list[int]()

    def work(thing: int, _: object) -> int:
        begun.append(thing)
        if thing == 0:
            failed.set()
            raise OSError("disk full")
        failed.wait(PATIENCE_S)
        halt_seen.wait(0.2)
        return thing

    halt_seen = threading.Event()
    came: list[int] = []
    with pytest.raises(OSError, match="disk full"):
        came.extend(together(list(range(20)), work, concurrency=2))

    assert len(begun) <= 3
    assert came == begun[1:]


def test_session_that_cannot_be_opened_is_a_failure() -> None:
    def broken() -> AbstractContextManager[int]:
        raise ValueError("no such CA bundle")

    with pytest.raises(ValueError, match="CA bundle"):
        list(together([1], lambda *_: None, broken))


def test_whoever_stops_asking_ends_the_work() -> None:
    halt, sessions, under_way = Halt(), Sessions(), threading.Event()

    def work(thing: int, _: object) -> int:
        if thing:
            under_way.set()
            halt.wait(PATIENCE_S, lambda _: time.sleep(0.01))
        return thing

    results = together([0, 1, 1, 1, 1], work, sessions, concurrency=2, halt=halt)
    assert next(results) == 0
    under_way.wait(PATIENCE_S)
    results.close()  # type: ignore[attr-defined]

    assert sessions.open == set()


def test_long_wait_is_left_at_the_next_second() -> None:
    halt, slept = Halt(), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            halt.drop()

    with pytest.raises(Dropped):
        halt.wait(300, sleep)

    assert slept == [1.0, 1.0, 1.0]


def test_wait_is_as_long_as_it_is() -> None:
    slept: list[float] = []

    Halt().wait(2.5, slept.append)

    assert slept == [1.0, 1.0, 0.5]
