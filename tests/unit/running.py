"""Running a task without Airflow's machinery: the context it sees, and what it leaves there."""

from __future__ import annotations

from typing import Any

__all__ = ["FakeStateStore", "FakeTaskInstance", "context"]


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


class FakeTaskInstance:
    """What a task asks of its task instance."""

    def __init__(self, max_tries: int = 1) -> None:
        self.max_tries = max_tries
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


def context(store: FakeStateStore | None = None, max_tries: int = 1) -> Any:
    """Build a context; without a store, that of an Airflow before 3.3."""
    built: dict[str, Any] = {"ti": FakeTaskInstance(max_tries)}
    if store is not None:
        built["task_state_store"] = store
    return built
