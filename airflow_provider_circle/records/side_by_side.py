"""
The same work on many things, side by side in threads, each with a session of its own.

Knows how a failure and a kill end it; not what the work is.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from typing import TypeVar

__all__ = ["Dropped", "Halt", "side_by_side"]

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")

_TICK_S = 1.0
_END_S = 10.0
"""Seconds all threads together get to end when the work is dropped; after that they die with the process."""


class Dropped(Exception):
    """Raised in a thread whose work nobody waits for any more."""


class Halt:
    """What the threads are told."""

    def __init__(self) -> None:
        self._no_more = threading.Event()
        self._dropped = threading.Event()

    @property
    def no_more(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._no_more.is_set()

    def stop(self) -> None:
        """Let what is under way end, and begin nothing new."""
        self._no_more.set()

    def drop(self) -> None:
        """Give up what is under way, too."""
        self._no_more.set()
        self._dropped.set()

    def check(self) -> None:
        """
        Go on, or not; for work that takes long, every now and then.

        :raises Dropped: nobody waits for it any more.
        """
        if self._dropped.is_set():
            raise Dropped

    def wait(self, seconds: float, sleep: Callable[[float], None]) -> None:
        """Wait in short pieces, so that a wait need not be waited for."""
        self.check()
        while seconds > 0:
            sleep(min(seconds, _TICK_S))
            seconds -= _TICK_S
            self.check()


def side_by_side(
    things: Iterable[T],
    work: Callable[[T, S], R],
    *,
    session: Callable[[], AbstractContextManager[S]],
    concurrency: int,
    halt: Halt,
) -> Generator[list[R], None, None]:
    """
    Work on things, some at a time, and yield what came of them as it comes; at least once a second, if only nothing.

    :param work: is given a thing and its thread's session.
    :param session: opened in each thread.
    :param concurrency: how many threads.
    :raises Exception: the first failure, once everything that was under way has ended; nothing new was begun.
    """
    left = deque(things)
    results: SimpleQueue[tuple[R] | BaseException | None] = SimpleQueue()

    def labour() -> None:
        try:
            with session() as own:
                while not halt.no_more:
                    try:
                        thing = left.popleft()
                    except IndexError:
                        break
                    results.put((work(thing, own),))
        except BaseException as error:  # noqa: BLE001  it is raised where somebody waits for the work
            halt.stop()
            results.put(error)
        finally:
            results.put(None)

    threads: list[threading.Thread] = []
    failure: BaseException | None = None
    try:
        for number in range(min(concurrency, len(left))):
            thread = threading.Thread(target=labour, name=f"circle-side-{number}", daemon=True)
            thread.start()
            threads.append(thread)
        running = len(threads)
        while running:
            came = _taken(results)
            running -= came.count(None)
            failure = failure or next((one for one in came if isinstance(one, BaseException)), None)
            yield [one[0] for one in came if isinstance(one, tuple)]
    finally:
        halt.drop()
        until_s = time.monotonic() + _END_S
        for thread in threads:
            thread.join(max(0.0, until_s - time.monotonic()))
    if failure is not None:
        raise failure


def _taken(results: SimpleQueue[tuple[R] | BaseException | None]) -> list[tuple[R] | BaseException | None]:
    """Take what is there; wait a moment when there is nothing."""
    taken: list[tuple[R] | BaseException | None] = []
    try:
        taken.append(results.get(timeout=_TICK_S))
        while True:
            taken.append(results.get_nowait())
    except Empty:
        return taken
