"""Awaited work goes on in a thread of its own, and everything about it is over when its reader is."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from airflow_provider_circle.transports.aside import aside

pytestmark = pytest.mark.filterwarnings("error")

_MOST_AHEAD = 2


class Counting:
    """Yields numbers without end, and tells what became of it."""

    def __init__(self, end: int | None = None, error: BaseException | None = None) -> None:
        self.made = 0
        self.closed = False
        self.threads: set[int] = set()
        self.going = threading.Event()
        self._end = end
        self._error = error

    async def work(self) -> AsyncGenerator[int, None]:
        self.threads.add(threading.get_ident())
        self.going.set()
        try:
            while self._end is None or self.made < self._end:
                await asyncio.sleep(0)
                self.made += 1
                yield self.made
            if self._error:
                raise self._error
        finally:
            # A connection takes a while to close, and is awaited.
            await asyncio.sleep(0.05)
            self.closed = True


class Hanging(Counting):
    """Yields one number, and then never again."""

    async def work(self) -> AsyncGenerator[int, None]:
        try:
            yield 1
            self.going.set()
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.05)
            self.closed = True


class Alarmed(Exception):
    """What a timeout looks like that a signal raises, wherever we are."""


@contextmanager
def alarm(in_s: float) -> Iterator[None]:
    """Raise in the main thread after a while."""

    def ring(*_: Any) -> None:
        raise Alarmed

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, in_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def settled(count: Callable[[], int], at_least: int) -> int:
    """Count once enough has come, and for a moment in which more could."""
    until_s = time.monotonic() + 5
    while count() < at_least and time.monotonic() < until_s:
        time.sleep(0.005)
    time.sleep(0.1)
    return count()


@pytest.fixture(autouse=True)
def loops(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """Every loop that a test opens; none of them, no thread and no complaint may be left of it."""
    opened: list[asyncio.AbstractEventLoop] = []
    threads = set(threading.enumerate())
    make = asyncio.new_event_loop

    def made() -> asyncio.AbstractEventLoop:
        opened.append(make())
        return opened[-1]

    # Whatever other tests left behind is theirs, and need not be looked through.
    gc.freeze()
    for module in (asyncio, asyncio.events):
        monkeypatch.setattr(module, "new_event_loop", made)
    yield opened
    gc.collect()
    gc.unfreeze()
    assert [loop for loop in opened if not loop.is_closed()] == []
    assert set(threading.enumerate()) - threads == set()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


# Results


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 100, 3000])
def test_results_come_in_order(size: int) -> None:
    assert list(aside(Counting(size).work)) == list(range(1, size + 1))


@pytest.mark.parametrize("result", [None, 0, "", (), ZeroDivisionError("a result"), StopIteration()], ids=repr)
def test_every_result_is_one(result: object) -> None:
    async def work() -> AsyncGenerator[object, None]:
        yield result
        yield "last"

    assert list(aside(work)) == [result, "last"]


def test_work_goes_on_in_one_other_thread() -> None:
    counting = Counting(5)
    list(aside(counting.work))
    assert (len(counting.threads), threading.get_ident() in counting.threads) == (1, False)


def test_nothing_begins_before_a_result_is_wanted(loops: list[Any]) -> None:
    counting = Counting()
    results = aside(counting.work)
    time.sleep(0.05)
    assert (counting.made, loops, results is not None) == (0, [], True)


def test_work_goes_on_while_the_reader_is_busy() -> None:
    counting = Counting()
    results = aside(counting.work)
    next(results)
    assert settled(lambda: counting.made, 2) > 1
    results.close()


@pytest.mark.parametrize("read", [1, 2, 5, 20])
def test_no_more_than_two_are_ready_ahead(read: int) -> None:
    counting = Counting()
    results = aside(counting.work)
    for _ in range(read):
        next(results)
    made = settled(lambda: counting.made, read + _MOST_AHEAD)
    results.close()
    assert made - read == _MOST_AHEAD


def test_what_is_ready_is_read_without_waiting_for_what_hangs() -> None:
    results = aside(Hanging().work)
    assert next(results) == 1
    results.close()


def test_two_may_be_read_in_turns() -> None:
    pairs = zip(aside(Counting(50).work), aside(Counting(50).work), strict=True)
    assert list(pairs) == [(number, number) for number in range(1, 51)]


def test_an_event_loop_that_runs_here_already_is_no_hindrance() -> None:
    async def read() -> list[int]:
        return list(aside(Counting(5).work))

    assert asyncio.run(read()) == [1, 2, 3, 4, 5]


def test_work_that_waits_for_no_room_is_not_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[Callable[..., object]] = []
    wake = asyncio.BaseEventLoop.call_soon_threadsafe

    def noted(loop: Any, callback: Any, *args: Any, **kwargs: Any) -> Any:
        woken.append(callback)
        return wake(loop, callback, *args, **kwargs)

    taken: list[int] = []

    async def slow() -> AsyncGenerator[int, None]:
        for number in range(5):
            while len(taken) < number:  # noqa: ASYNC110  an event would wake the loop, too
                await asyncio.sleep(0)
            yield number

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_soon_threadsafe", noted)
    for number in aside(slow):
        taken.append(number)  # noqa: PERF402  one at a time is the point
    assert taken == [0, 1, 2, 3, 4]
    assert [callback for callback in woken if getattr(callback, "__name__", "") == "set"] == []


# Errors


@pytest.mark.parametrize("end", [0, 1, 5])
@pytest.mark.parametrize(
    "error", [ZeroDivisionError("moon"), KeyError("moon"), StopAsyncIteration(), KeyboardInterrupt(), SystemExit(3)]
)
def test_an_error_is_raised_after_the_results_before_it(error: BaseException, end: int) -> None:
    counting = Counting(end, error)
    read: list[int] = []
    # A generator must not let StopAsyncIteration out; Python makes another error of it.
    with pytest.raises(RuntimeError if isinstance(error, StopAsyncIteration) else type(error)):
        read.extend(aside(counting.work))
    assert (read, counting.closed) == (list(range(1, end + 1)), True)


def test_an_error_is_the_very_one() -> None:
    error = ZeroDivisionError("moon")
    with pytest.raises(ZeroDivisionError) as raised:
        list(aside(Counting(1, error).work))
    assert raised.value is error


def test_an_error_in_making_the_work_is_raised() -> None:
    def work() -> AsyncGenerator[int, None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(aside(work))


def test_a_thread_that_cannot_be_started_is_an_error_and_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    counting = Counting()
    monkeypatch.setattr(threading.Thread, "start", refused)

    with pytest.raises(RuntimeError, match="can't start new thread"):
        next(aside(counting.work))
    assert counting.made == 0


def test_after_an_error_there_is_nothing_more() -> None:
    results = aside(Counting(0, ZeroDivisionError()).work)
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []


@pytest.mark.parametrize("end", [0, 1, 5])
def test_a_cancellation_that_nobody_here_asked_for_is_an_error_and_no_end(end: int) -> None:
    counting = Counting(end, asyncio.CancelledError())
    read: list[int] = []
    with pytest.raises(asyncio.CancelledError):
        read.extend(aside(counting.work))
    assert (read, counting.closed) == (list(range(1, end + 1)), True)


def test_a_task_that_somebody_else_cancels_is_an_error_and_no_end() -> None:
    async def work() -> AsyncGenerator[int, None]:
        yield 1
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(3600)

    results = aside(work)
    assert next(results) == 1
    with pytest.raises(asyncio.CancelledError):
        next(results)


# Ends


def stopped(results: Generator[int, None, None]) -> None:
    next(results)
    results.close()


def broken_off(results: Generator[int, None, None]) -> None:
    def read() -> None:
        for _ in results:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    # Whatever holds the generator on is no reason to go on.
    results.close()


def thrown_into(results: Generator[int, None, None]) -> None:
    next(results)
    with pytest.raises(ZeroDivisionError):
        results.throw(ZeroDivisionError())


every_end = pytest.mark.parametrize("end", [stopped, broken_off, thrown_into], ids=lambda end: end.__name__)


@every_end
@pytest.mark.parametrize("kind", [Counting, Hanging], ids=["counting", "hanging"])
def test_work_that_is_stopped_early_is_closed_before_the_reader_goes_on(
    end: Callable[[Generator[int, None, None]], None], kind: type[Counting]
) -> None:
    work = kind()
    end(aside(work.work))
    assert work.closed


def test_work_that_is_forgotten_is_closed() -> None:
    counting = Counting()
    next(aside(counting.work))
    gc.collect()
    assert counting.closed


@pytest.mark.parametrize("after", [0, 1, 2, 3, 10])
def test_nothing_more_is_made_after_the_end(after: int) -> None:
    counting = Counting()
    results = aside(counting.work)
    for _ in range(after + 1):
        next(results)
    results.close()
    made = counting.made
    time.sleep(0.05)
    assert (counting.made, list(results)) == (made, [])


def test_an_end_that_meets_the_works_own_end_hangs_nobody() -> None:
    async def work() -> AsyncGenerator[int, None]:
        yield 1

    for _ in range(200):
        results = aside(work)
        next(results)
        results.close()


def test_an_error_in_closing_does_not_hide_why_it_was_closed() -> None:
    async def work() -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
        finally:
            raise KeyError("closing")

    results = aside(work)
    next(results)
    with pytest.raises(ZeroDivisionError):
        results.throw(ZeroDivisionError())


def test_tasks_of_the_work_are_ended_with_it() -> None:
    ended: list[str] = []

    async def beside() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("beside")

    async def work() -> AsyncGenerator[int, None]:
        task = asyncio.create_task(beside())
        try:
            yield 1
            await asyncio.sleep(3600)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    stopped(aside(work))
    assert ended == ["beside"]


def test_threads_of_the_loop_are_gone_as_well() -> None:
    # Names of hosts are looked up in such threads.
    async def work() -> AsyncGenerator[int, None]:
        while True:
            yield await asyncio.get_running_loop().run_in_executor(None, int)

    threads = set(threading.enumerate())
    stopped(aside(work))
    # The interpreter's own way to end them takes a moment, and nobody need wait for it.
    assert settled(lambda: len(threads) - len(set(threading.enumerate()) - threads), len(threads)) == len(threads)


# Signals


def test_an_exception_raised_while_waiting_passes_through_and_closes_the_work() -> None:
    hanging = Hanging()

    def read() -> None:
        for _ in aside(hanging.work):
            assert hanging.going.wait(5)

    began_s = time.monotonic()
    with alarm(0.2), pytest.raises(Alarmed):
        read()
    assert (hanging.closed, time.monotonic() - began_s < 5) == (True, True)


def test_an_exception_raised_before_the_first_result_closes_the_work() -> None:
    closed: list[bool] = []

    async def work() -> AsyncGenerator[int, None]:
        try:
            await asyncio.sleep(3600)
            yield 1
        finally:
            closed.append(True)

    with alarm(0.2), pytest.raises(Alarmed):
        next(aside(work))
    assert closed == [True]


def test_an_exception_raised_while_the_reader_is_busy_closes_the_work() -> None:
    counting = Counting()

    def read() -> None:
        for _ in aside(counting.work):
            time.sleep(5)

    with alarm(0.1), pytest.raises(Alarmed):
        read()
    gc.collect()
    assert counting.closed


@pytest.mark.parametrize("in_s", [number / 200 for number in range(1, 21)])
def test_an_exception_raised_at_any_time_after_the_first_result_leaves_nothing(in_s: float) -> None:
    counting = Counting()

    def read() -> None:
        results = aside(counting.work)
        next(results)
        with alarm(in_s):
            for _ in results:
                pass

    with pytest.raises(Alarmed):
        read()
    gc.collect()
    assert counting.closed
