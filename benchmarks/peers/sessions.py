"""Counts the aiohttp sessions and TLS contexts that a process makes, from the import of this module on."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

__all__ = ["counted_sessions"]


def counted_sessions() -> dict[str, Callable[[], int]]:
    """
    Begin to count.

    :return: what tells the counts: ``sessions`` and ``contexts``.
    """
    counts = {"sessions": 0, "contexts": 0}
    opened, made = aiohttp.ClientSession.__init__, ssl.SSLContext.__new__

    def opening(self: aiohttp.ClientSession, *args: Any, **kwargs: Any) -> None:
        counts["sessions"] += 1
        opened(self, *args, **kwargs)

    def making(kind: type[ssl.SSLContext], *args: Any, **kwargs: Any) -> ssl.SSLContext:
        counts["contexts"] += 1
        return made(kind, *args, **kwargs)

    aiohttp.ClientSession.__init__ = opening  # type: ignore[method-assign]
    ssl.SSLContext.__new__ = making  # type: ignore[method-assign,assignment]
    return {"sessions": lambda: counts["sessions"], "contexts": lambda: counts["contexts"]}
