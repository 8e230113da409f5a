"""
How things stand, read from Airflow's database: one query where the REST API would need a page per hundred tasks.

Knows the few tables and columns it reads, of Airflow 3.3.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, text

from tools.postgres import PostgresDatabase
from tools.scale.truth import Task

__all__ = ["Instance", "Standing"]


@dataclass(frozen=True, slots=True)
class Instance:
    """
    A task of a run.

    :param told: the value of an XCom key; ``None`` as text where there is none.
    """

    run_id: str
    task_id: str
    map_index: int
    state: str
    tries: int
    told: str


class Standing:
    """
    A window on a database of Airflow.

    :param database: where Airflow keeps what it knows.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        self._engine = create_engine(database.url, pool_pre_ping=True)

    def states(self, dag_id: str, task_id: str) -> Counter[str]:
        """Count the mapped tasks by state; ``none`` is one that is not scheduled yet."""
        rows = self._rows(
            "SELECT state, count(*) FROM task_instance WHERE dag_id = :dag AND task_id = :task AND map_index >= 0 "
            "GROUP BY state",
            dag=dag_id,
            task=task_id,
        )
        return Counter({state or "none": count for state, count in rows})

    def all_ended(self) -> bool:
        """Tell whether all runs have ended."""
        return not self._rows("SELECT 1 FROM dag_run WHERE state NOT IN ('success', 'failed') LIMIT 1")

    def held(self) -> list[int]:
        """Count the waits that each triggerer holds, those of the one started first first."""
        rows = self._rows(
            "SELECT job.id, count(trigger.id) FROM job LEFT JOIN trigger ON trigger.triggerer_id = job.id "
            "WHERE job.job_type = 'TriggererJob' GROUP BY job.id ORDER BY job.id"
        )
        return [count for _, count in rows]

    def running(self) -> set[int]:
        """List the process ids of the tasks that run."""
        return {pid for (pid,) in self._rows("SELECT pid FROM task_instance WHERE state = 'running'")}

    def left_deferred(self) -> int:
        """Count the triggers there still are."""
        return int(self._rows("SELECT count(*) FROM trigger")[0][0])

    def tasks(self, dag_id: str, task_id: str, key: str) -> list[Task]:
        """
        Read all mapped tasks of a DAG's only run.

        :param key: an XCom key, whose value goes into ``Task.told``.
        """
        rows = self._rows(
            "SELECT t.map_index, t.state, t.try_number, x.value FROM task_instance t LEFT JOIN xcom x "
            "ON x.dag_id = t.dag_id AND x.task_id = t.task_id AND x.run_id = t.run_id AND x.map_index = t.map_index "
            "AND x.key = :key WHERE t.dag_id = :dag AND t.task_id = :task AND t.map_index >= 0 ORDER BY t.map_index",
            dag=dag_id,
            task=task_id,
            key=key,
        )
        return [Task(index, state or "none", tries, _told(value)) for index, state, tries, value in rows]

    def states_of(self, dag_id: str) -> Counter[str]:
        """Count all tasks of a DAG's runs by state."""
        return Counter(instance.state for instance in self.instances(dag_id, ""))

    def instances(self, dag_id: str, key: str) -> list[Instance]:
        """
        Read all tasks of all runs of a DAG.

        :param key: an XCom key, whose value goes into ``Instance.told``.
        """
        rows = self._rows(
            "SELECT t.run_id, t.task_id, t.map_index, t.state, t.try_number, x.value FROM task_instance t "
            "LEFT JOIN xcom x ON x.dag_id = t.dag_id AND x.task_id = t.task_id AND x.run_id = t.run_id "
            "AND x.map_index = t.map_index AND x.key = :key WHERE t.dag_id = :dag",
            dag=dag_id,
            key=key,
        )
        return [
            Instance(run_id, task_id, index, state or "none", tries, _told(value))
            for run_id, task_id, index, state, tries, value in rows
        ]

    def _rows(self, query: str, **values: str) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]


def _told(value: Any) -> str:
    return str(json.loads(value) if isinstance(value, str) and value.startswith('"') else value)
