"""
An Airflow spread over processes: PostgreSQL, Redis, Celery workers and two triggerers, and the settings that matter.

Knows how it is set up and which process does what; knows nothing of what is run on it.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tools.airflow_instance import COMPONENTS, AirflowInstance
from tools.postgres import PostgresDatabase
from tools.scale.redis import RedisServer

__all__ = ["TRIGGERERS", "WORKERS", "start_cluster"]

WORKERS = ("worker-1", "worker-2")
TRIGGERERS = ("triggerer", "triggerer-2")
"""The first has the lower job id, for it is up before the second is started."""

_TASKS_PER_WORKER = max(2, os.cpu_count() or 2)
_QUEUED = 4 * len(WORKERS) * _TASKS_PER_WORKER
"""Tasks handed to Celery at once: enough for no worker to wait, few enough for none to wait long for a worker."""

_IMPORTED_ONCE = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.postgres.hooks.postgres",
    "airflow_provider_circle.hooks.circa",
    "airflow_provider_circle.hooks.circleci",
    "airflow_provider_circle.operators.circa",
    "airflow_provider_circle.operators.circleci",
    "airflow_provider_circle.records.pull",
    "airflow_provider_circle.transports.blocking",
    "airflow_provider_circle.triggers.circleci",
)
"""What every task needs: imported by a worker once, instead of by each task's process after the fork."""

_SETTINGS = {
    "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
    "AIRFLOW__CORE__PARALLELISM": str(_QUEUED),
    "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": str(_QUEUED),
    "AIRFLOW__CORE__MAX_MAP_LENGTH": "10000",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    # A message that a dead worker had fetched comes back only after Celery's visibility timeout of a day.
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "180",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "20",
    "AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES": "5",
    # A worker notices up to this much later that its task is over. The scheduler fails a task that is queued anew
    # before that (apache/airflow#71172, #72716).
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "600",
    "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": json.dumps({"imports": _IMPORTED_ONCE}),
}


@contextmanager
def start_cluster(
    home: Path, dags: Path, database: PostgresDatabase, redis: RedisServer, environment: Mapping[str, str]
) -> Iterator[AirflowInstance]:
    """
    Start all processes of Airflow; stop them in the end.

    :param environment: further variables for all of them.
    :raises RuntimeError: Celery's provider is not installed, or a process did not start.
    """
    if importlib.util.find_spec("airflow.providers.celery") is None:
        raise RuntimeError("the Celery executor is missing: install apache-airflow-providers-celery")
    settings = {
        **_SETTINGS,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.url,
        "AIRFLOW__CELERY__BROKER_URL": redis.url(0),
        "AIRFLOW__CELERY__RESULT_BACKEND": redis.url(1),
        **environment,
    }
    with AirflowInstance(home, dags, commands=COMPONENTS, environment=settings) as airflow:
        for name in TRIGGERERS[1:]:
            airflow.start("triggerer --skip-serve-logs", name)
        for name in WORKERS:
            airflow.start(
                f"celery worker --concurrency {_TASKS_PER_WORKER} --celery-hostname {name}@%h --skip-serve-logs "
                "--without-gossip --without-mingle",
                name,
            )
        for name in WORKERS:
            airflow.wait_for(partial(_is_up, airflow, name), f"{name} to start", timeout_s=120)
        yield airflow


def _is_up(airflow: AirflowInstance, worker: str) -> bool:
    return len(airflow.family(worker)) > _TASKS_PER_WORKER
