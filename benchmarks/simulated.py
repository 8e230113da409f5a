"""
An event loop whose clock jumps to the next thing that is due, so that an hour of waiting takes seconds.

Sockets are real. Both ends must live in this loop: what one end sent, the other can read at once, so when nobody has
anything to read, nothing is under way and the clock may jump.
"""

from __future__ import annotations

import asyncio
import selectors

__all__ = ["SimulatedLoop"]

_THREADS_S = 0.001
"""What a thread may be waited for when nothing else is due."""


class _Selector(selectors.DefaultSelector):
    """Asks what can be read, and instead of waiting moves its clock on."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(_THREADS_S)
        self.now_s += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop whose time begins at 0 and passes only while everybody waits."""

    def __init__(self) -> None:
        self._simulated = _Selector()
        super().__init__(self._simulated)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._simulated.now_s
