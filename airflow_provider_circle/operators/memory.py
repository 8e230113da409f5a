"""
What a task instance remembers from one try to the next.

Airflow 3.3 stores it; older Airflow has no place for it, and nothing is remembered. Airflow keeps it when a task is
cleared, but a cleared task is to start afresh: clearing raises ``max_tries``, a retry does not, which tells them apart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["TaskMemory"]

_log = logging.getLogger(__name__)


class TaskMemory:
    """
    One remembered value of a task instance.

    :param context: the running task's context.
    :param key: name of the value.
    """

    def __init__(self, context: Mapping[str, Any], key: str) -> None:
        self._store = context.get("task_state_store")
        self._ti = context["ti"]
        self._max_tries = self._ti.max_tries
        self._key = key

    @property
    def lasting(self) -> bool:
        """Whether there is a place to remember at all."""
        return self._store is not None

    def recall(self) -> dict[str, Any] | None:
        """Return what an earlier try of the same run of this task left; ``None`` when there is nothing."""
        if self._store is None and self._ti.try_number > 1:
            _log.warning(
                "This Airflow keeps nothing from one try to the next, as 3.3 and newer do: what an earlier try may "
                "have begun is not looked for"
            )
        left = self._store.get(self._key) if self._store is not None else None
        if not isinstance(left, dict) or left.get("max_tries") != self._max_tries:
            return None
        return {key: value for key, value in left.items() if key != "max_tries"}

    def keep(self, **values: Any) -> None:
        """Store values in JSON's own types; they are safe when this returns."""
        if self._store is not None:
            self._store.set(self._key, {**values, "max_tries": self._max_tries})

    def siblings(self, xcom_key: str) -> Callable[[], list[Any]] | None:
        """
        Say how to ask what the other instances of a mapped task have told; ``None`` where there are none.

        :param xcom_key: under which XCom key. What this instance told is among it.
        """
        if self._ti.map_index < 0:
            return None

        def told() -> list[Any]:
            values = self._ti.xcom_pull(task_ids=[self._ti.task_id], key=xcom_key)
            return [value for value in values or () if value is not None]

        return told

    def forget(self) -> None:
        """Drop the value: its outcome is known, and the next try starts afresh."""
        if self._store is not None:
            self._store.delete(self._key)
