"""Running a task without Airflow's machinery: the context it sees, and what it leaves there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

__all__ = [
    "FakeAssetStates",
    "FakeOutletEvents",
    "FakeStateStore",
    "FakeTaskInstance",
    "as_a_task_logs",
    "context",
    "interval",
]

_MASKERS = (
    "airflow.sdk._shared.secrets_masker",
    "airflow.sdk.execution_time.secrets_masker",
    "airflow.utils.log.secrets_masker",
)
"""Where releases of Airflow have it, the newest first."""


class FakeStateStore:
    """Airflow's task state store, in memory."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


class FakeAssetStates:
    """Airflow's asset state store, in memory: a state for each of a task's assets, and for no other."""

    def __init__(self, assets: Iterable[Any]) -> None:
        self.stores = {asset.uri: FakeStateStore() for asset in assets}

    def __getitem__(self, asset: Any) -> FakeStateStore:
        return self.stores[asset.uri]


class FakeOutletEvents:
    """What a task says about its outlets."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def __getitem__(self, asset: Any) -> Any:
        return self.told.setdefault(asset.uri, SimpleNamespace(extra={}))


class FakeTaskInstance:
    """What a task asks of its task instance."""

    def __init__(self, max_tries: int = 1, map_index: int = -1) -> None:
        self.max_tries = max_tries
        self.try_number = 1
        self.map_index = map_index
        self.task_id = "task"
        self.siblings_told: dict[str, list[Any]] = {}
        self.xcoms: dict[str, Any] = {}
        self.first_rescheduled: datetime | None = None

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def xcom_pull(self, task_ids: list[str], key: str) -> list[Any]:
        assert task_ids == [self.task_id]
        return self.siblings_told.get(key, [None])

    def get_first_reschedule_date(self, _: Any) -> datetime | None:
        return self.first_rescheduled


def context(store: FakeStateStore | None = None, max_tries: int = 1, **more: Any) -> Any:
    """
    Build a context; without a store, that of an Airflow before 3.3.

    :param more: further entries, such as those of :func:`interval`, ``asset_state_store`` or ``outlet_events``.
    """
    built: dict[str, Any] = {"ti": FakeTaskInstance(max_tries), **more}
    if store is not None:
        built["task_state_store"] = store
    return built


def interval(begin: datetime, length: timedelta = timedelta(days=1)) -> dict[str, Any]:
    """Say what Airflow knows of a scheduled run that covers a span of time."""
    return {
        "data_interval_start": begin,
        "data_interval_end": begin + length,
        "dag_run": SimpleNamespace(logical_date=begin, run_after=begin + length),
    }


def as_a_task_logs(text: str) -> str:
    """Mask what Airflow would in a task's log: what it was told is secret, whoever logs it."""
    for place in _MASKERS:
        try:
            masker = import_module(place)
        except ImportError:
            continue
        return str(masker.redact(text))
    raise ImportError("this release of Airflow has its masker somewhere else")
