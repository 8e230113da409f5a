"""
Awaited work beside a blocking caller: an event loop in a thread of its own, its results handed over one by one.

Replies are received while the caller is busy, and an exception that a signal raises in the caller's thread meets no
event loop half-way. Knows nothing of what is awaited.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, suppress
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
        beside.start()
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
        self._room = asyncio.Event()
        self._is_full = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="circle-pages", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin the work."""
        self._thread.start()

    def next(self) -> tuple[T] | None:
        """Wait for the next result; ``None`` when there are no more."""
        item = self._ready.get()
        if isinstance(item, BaseException):
            raise item
        if self._is_full:
            # Waking the loop costs more than taking a result: only when it waits for that.
            self._is_full = False
            self._tell(self._room.set)
        return item

    def stop(self) -> None:
        """End the work, wherever it is, and wait until its connections are closed."""
        self._stopped.set()
        if self._task is not None:
            self._tell(self._task.cancel)
        if self._thread.ident is not None:
            self._thread.join()

    def _tell(self, do: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # once the work is done, its loop is closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(do)

    def _run(self) -> None:
        """Make, use and close the loop in one thread, so that a signal in the other cannot come in between."""
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._obey())
            self._ready.put(None)
        except BaseException as error:  # noqa: BLE001  it is raised where somebody waits for the work
            self._ready.put(error)

    async def _obey(self) -> None:
        self._task = asyncio.current_task()
        if not self._stopped.is_set():
            await self._produce()

    async def _produce(self) -> None:
        async with aclosing(self._work()) as results:
            async for result in results:
                self._ready.put((result,))
                await self._find_room()

    async def _find_room(self) -> None:
        """Wait while enough results are ready."""
        while self._ready.qsize() >= _MOST_READY:
            self._room.clear()
            self._is_full = True
            # The caller may have taken one before it could know that somebody waits.
            if self._ready.qsize() >= _MOST_READY:
                await self._room.wait()
