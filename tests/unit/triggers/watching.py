"""The part of Airflow's triggerer that runs asset watchers, with Airflow's own shared streams, and its death."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import AssetStateStoreResult, ErrorResponse
from airflow.sdk.execution_time.context import AssetStateStoreAccessors
from airflow.triggers.shared_stream import SharedStreamManager

__all__ = ["Database", "Triggerer"]


class Database:
    """What outlives a triggerer: the assets' stores, and the events."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stored: dict[tuple[str, str], Any] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.unwritable: set[str] = set()
        self.writes = 0
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", self, raising=False)

    async def asend(self, message: Any) -> Any:
        """Answer what a watcher asks of its store, as the triggerer's supervisor does."""
        await asyncio.sleep(0)
        key = (message.name, message.key)
        if message.type.startswith("Set"):
            if message.name in self.unwritable:
                raise AirflowRuntimeError(ErrorResponse(error=ErrorType.GENERIC_ERROR))
            self.stored[key] = message.value
            self.writes += 1
            return None
        if key in self.stored:
            return AssetStateStoreResult(value=self.stored[key])
        return ErrorResponse(error=ErrorType.ASSET_STORE_NOT_FOUND)

    def told(self, asset: str = "builds") -> list[str]:
        """List the ids of an asset's events."""
        return [payload["id"] for name, payload in self.events if name == asset]

    def progress(self, asset: str = "builds") -> Any:
        """Give what the only watcher of an asset has stored."""
        return next((value for (name, _), value in self.stored.items() if name == asset), None)


class Triggerer:
    """
    Runs watchers; stores their events only when told to.

    :param database: outlives it.
    :param stores_at_once: whether events are stored as soon as they come, and are confirmed.
    """

    def __init__(self, database: Database, *, stores_at_once: bool = True) -> None:
        self.database = database
        self.stores_at_once = stores_at_once
        self.queue: list[tuple[list[str], dict[str, Any], int | None]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._streams = SharedStreamManager()  # type: ignore[no-untyped-call,unused-ignore]

    def start(self, trigger: Any, *assets: str) -> asyncio.Task[None]:
        """Run a watcher of some assets."""
        names = assets or ("builds",)
        trigger.asset_state_store = AssetStateStoreAccessors(inlets=[Asset(name) for name in names])
        self.tasks.append(asyncio.create_task(self._run(len(self.tasks), trigger, list(names))))
        return self.tasks[-1]

    def store(self, *, confirm: bool = True) -> None:
        """Store the events that came, and say so."""
        entries, self.queue = self.queue, []
        for names, payload, _ in entries:
            self.database.events += [(name, payload) for name in names]
        if confirm:
            self._streams.confirm_persisted([seq for _, _, seq in entries if seq is not None])

    async def stop(self) -> None:
        """Stop in good order."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def kill(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Die: from this moment on nothing is stored any more, whatever is still said on the way out."""

        async def never(_: Any) -> None:
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.GENERIC_ERROR))

        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", SimpleNamespace(asend=never))
        await self.stop()
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", self.database)

    async def _run(self, trigger_id: int, trigger: Any, names: list[str]) -> None:
        key = trigger.shared_stream_key()
        looks = self._streams.subscribe(trigger_id=trigger_id, trigger=trigger, key=key)
        try:
            async for event in trigger.filter_shared_stream(looks):
                seq = self._streams.bind_pending_event(trigger_id=trigger_id, key=key)
                self.queue.append((names, event.payload, seq))
                if self.stores_at_once:
                    self.store()
        finally:
            await self._streams.unsubscribe(trigger_id, key)
