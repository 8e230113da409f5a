"""How a task instance stands, as Airflow 3.3 or newer tells workers and triggerers."""

from __future__ import annotations

from typing import Any

__all__ = ["state_of"]


def state_of(task: Any) -> str | None:
    """
    Ask Airflow for the state of a task instance, whichever try of it there is now.

    :param task: with ``dag_id``, ``task_id``, ``run_id`` and ``map_index``.
    """
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    told = RuntimeTaskInstance.get_task_states(
        dag_id=task.dag_id, task_ids=[task.task_id], run_ids=[task.run_id], map_index=task.map_index
    )
    return next(iter(told.get(task.run_id, {}).values()), None)
