"""
What a task instance remembers from one try to the next.

Airflow 3.3 stores it; older Airflow has no place for it, and nothing is remembered. Airflow keeps it when a task is
cleared, but a cleared task is to start afresh: clearing raises ``max_tries``, a retry does not, which tells them apart.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["TaskMemory"]

_log = logging.getLogger(__name__)

_ANSWER_WITHIN_S = 10.0


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

    def taken_over(self) -> bool:
        """
        Ask whether Airflow gave this try up for dead, and the next one goes on with what it kept.

        What a try has kept is there for its successor only, once there is one. A person who clears a running task
        makes a successor, too, but has the task restarted. Where Airflow cannot be asked, the answer is yes: a next try
        finds what goes on, but not what was destroyed. For signal handlers: Airflow is asked by a thread, for the code
        that was interrupted may be in the middle of asking.
        """
        store = self._store
        if store is None:
            return False
        answers: list[bool] = []

        def ask() -> None:
            from airflow_provider_circle.triggers.standing import state_of

            try:
                answers.append(store.get(self._key) is None and state_of(self._ti) != "restarting")
            except Exception as error:  # noqa: BLE001  whatever it is, there is no answer
                _log.warning("Airflow did not say whether another try goes on: %s", error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(_ANSWER_WITHIN_S)
        return answers != [False]

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
        """Drop the value: the next try starts afresh."""
        if self._store is not None:
            self._store.delete(self._key)
