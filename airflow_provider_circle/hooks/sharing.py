"""
One hook for all in an event loop who call the same connection equally patiently.

A triggerer begins thousands of waits in a moment. Each would ask Airflow's supervisor for the connection, and keep a
token, headers and a logger of its own for as long as it waits. Knows no service; which hook, whoever waits says.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

__all__ = ["shared"]

_FRESH_S = 5.0
"""Seconds for which a connection is not looked up again; one that was corrected counts from then on."""


class _Hook(Protocol):
    """What is needed of a hook."""

    async def look_up(self) -> object:
        """Look the connection up; return what it says, to be compared."""


H = TypeVar("H", bound=_Hook)


class _Place:
    """A hook that is shared."""

    __slots__ = ("_hook", "_looking", "_said", "_until_s")

    def __init__(self) -> None:
        self._looking = asyncio.Lock()
        self._hook: Any = None
        self._said: Any = None
        self._until_s = -math.inf

    async def hook(self, make: Callable[[], Any]) -> Any:
        """Give the hook; make another one once the connection says something else."""
        async with self._looking:
            now_s = asyncio.get_running_loop().time()
            if now_s >= self._until_s:
                # The first hook of its kind imports its module, which takes longer than others may be kept waiting.
                hook = await asyncio.to_thread(make)
                said = await hook.look_up()
                if said != self._said:
                    self._hook, self._said = hook, said
                self._until_s = now_s + _FRESH_S
            return self._hook


_places: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, _Place]] = WeakKeyDictionary()


async def shared(make: Callable[[], H], *kind: Hashable) -> H:
    """
    Find the hook that others in this event loop use already.

    Its connection was looked up less than five seconds before; whoever has it keeps it for as long as they like.

    :param make: makes a hook.
    :param kind: what tells the hooks that are made apart: who asks, the connection's id, the patience.
    :raises ValueError: the connection is unusable, and why.
    """
    loop = asyncio.get_running_loop()
    if loop not in _places:
        _forget_closed()
    places = _places.setdefault(loop, {})
    if kind not in places:
        places[kind] = _Place()
    hook: H = await places[kind].hook(make)
    return hook


def _forget_closed() -> None:
    """Let go of event loops that are closed: a lock that was waited for keeps its loop."""
    for reference in _places.keyrefs():
        loop = reference()
        if loop is not None and loop.is_closed():
            _places.pop(loop, None)
