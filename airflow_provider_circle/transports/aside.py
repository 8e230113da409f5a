"""
Awaited work beside a blocking caller: an event loop in a thread of its own, its results handed over one by one.

Replies are received while the caller is busy, and an exception that a signal raises in the caller's thread meets no
event loop half-way. Knows nothing of what is awaited.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from queue import SimpleQueue
from typing import Generic, TypeVar

__all__ = ["aside"]

T = TypeVar("T")

_MOST_READY = 2
"""Results that wait for the caller; more are not asked for."""


def aside(work: Callable[[], AsyncGenerator[T, None]]) -> Generator[T, None, None]:
    """
    Iterate over what an asynchronous generator yields in a thread of its own.

    :param work: makes the generator; called in that thread.
    :raises Exception: as the generator does. When the caller stops early, the generator is closed before this returns.
    """
    beside = _Beside(work)
    try:
        while True:
            item = beside.next()
            if item is None:
                return
            yield item[0]
    finally:
        beside.stop()


class _Beside(Generic[T]):
    """The thread, its loop, and what they have ready."""

    def __init__(self, work: Callable[[], AsyncGenerator[T, None]]) -> None:
        self._work = work
        self._ready: SimpleQueue[tuple[T] | BaseException | None] = SimpleQueue()
        self._room = asyncio.Semaphore(_MOST_READY)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._produce())
        self._thread = threading.Thread(target=self._run, name="circle-pages", daemon=True)
        self._thread.start()

    def next(self) -> tuple[T] | None:
        """Wait for the next result; ``None`` when there are no more."""
        item = self._ready.get()
        if isinstance(item, BaseException):
            raise item
        if item is not None:
            self._loop.call_soon_threadsafe(self._room.release)
        return item

    def stop(self) -> None:
        """End the work, wherever it is, and wait until its connections are closed."""
        if not self._task.done():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._task)
            self._ready.put(None)
        except BaseException as error:  # noqa: BLE001  it is raised where somebody waits for the work
            self._ready.put(error)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    async def _produce(self) -> None:
        async with aclosing(self._work()) as results:
            async for result in results:
                await self._room.acquire()
                self._ready.put((result,))
