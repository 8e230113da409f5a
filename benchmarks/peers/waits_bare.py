"""Waits for CircleCI's workflows as briefly as can be written: an aiohttp session, a loop, nothing else."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp

from benchmarks.peers.sessions import counted_sessions
from benchmarks.triggerer import Wait, main

_HEADERS = {"Circle-Token": "bench-token", "Accept": "application/json"}


class _Waits:
    """
    Waits that share a session, or take a new one for each look.

    :param anew: take a new one.
    """

    def __init__(self, *, anew: bool) -> None:
        self._anew = anew
        self._server = ""
        self._session: aiohttp.ClientSession | None = None

    def prepare(self, server: str) -> Callable[[Wait], _Trigger]:
        """Say how a wait is made."""
        self._server = server
        return lambda wait: _Trigger(self, wait)

    async def leave(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def look(self, uuid: str) -> Any:
        """Look once."""
        if self._anew:
            async with aiohttp.ClientSession(headers=_HEADERS) as session:
                return await self._asked(session, uuid)
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=_HEADERS)
        return await self._asked(self._session, uuid)

    async def _asked(self, session: aiohttp.ClientSession, uuid: str) -> Any:
        async with session.get(f"{self._server}/api/v2/workflow/{uuid}") as reply:
            reply.raise_for_status()
            return await reply.json()


class _Trigger:
    def __init__(self, waits: _Waits, wait: Wait) -> None:
        self._waits = waits
        self._uuid = wait.uuid
        self._interval_s = wait.interval_s

    async def run(self) -> AsyncIterator[Any]:
        """Look until it has ended."""
        while True:
            workflow = await self._waits.look(self._uuid)
            if workflow["status"] != "running":
                yield SimpleNamespace(payload=workflow["status"])
                return
            # Spread as our schedule spreads its looks: those that come in a bunch are cheaper.
            await asyncio.sleep(self._interval_s * random.uniform(0.9, 1.1))  # noqa: S311  no secret


def _right(status: Any) -> bool:
    return bool(status == "success")


if __name__ == "__main__":
    _ALL = _Waits(anew="--anew" in sys.argv)
    main(_ALL.prepare, _right, figures=counted_sessions(), leave=_ALL.leave)
