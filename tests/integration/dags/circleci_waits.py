"""The DAGs of the integration tests: one per way to wait, the scenario chosen by the run's configuration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.sensors.circleci import CircleCIPipelineSensor

SCENARIO = {
    "sandbox_scenario": "{{ dag_run.conf.get('scenario', 'success') }}",
    "sandbox_duration_s": "{{ dag_run.conf.get('duration_s', 6) }}",
}
QUICK: dict[str, Any] = {
    "project_slug": "gh/acme/app",
    "branch": "main",
    "poll_interval_s": 1,
    "max_poll_interval_s": 2,
    "request_max_wait_s": 1,
}


def dag(dag_id: str) -> DAG:
    """Build a DAG that runs by hand only."""
    return DAG(
        dag_id,
        schedule=None,
        start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
        catchup=False,
        is_paused_upon_creation=False,
        default_args={"retries": 0, "retry_delay": timedelta(seconds=1)},
    )


with dag("deferred"):
    CircleCITriggerPipelineOperator(task_id="build", parameters=SCENARIO, deferrable=True, **QUICK)

with dag("blocking"):
    CircleCITriggerPipelineOperator(task_id="build", parameters=SCENARIO, deferrable=False, **QUICK)

with dag("approving"):
    CircleCITriggerPipelineOperator(task_id="build", parameters=SCENARIO, deferrable=True, on_hold="approve", **QUICK)

with dag("short_deadline"):
    CircleCITriggerPipelineOperator(task_id="build", parameters=SCENARIO, deferrable=True, timeout_s=3, **QUICK)

with dag("retried"):
    CircleCITriggerPipelineOperator(task_id="build", parameters=SCENARIO, deferrable=True, retries=1, **QUICK)

with dag("retried_from_failed"):
    CircleCITriggerPipelineOperator(
        task_id="build", parameters=SCENARIO, deferrable=True, retries=1, retry_from_failed=True, **QUICK
    )

with dag("fifty"):
    CircleCITriggerPipelineOperator.partial(task_id="build", deferrable=True, **QUICK).expand(
        parameters=[{"number": number} for number in range(50)]
    )

with dag("sensors"):
    start = CircleCITriggerPipelineOperator(task_id="start", parameters=SCENARIO, wait_for_completion=False, **QUICK)
    modes: dict[str, dict[str, Any]] = {
        "poking": {"mode": "poke"},
        "rescheduled": {"mode": "reschedule", "poke_interval": 10},  # less outruns the scheduler: apache/airflow#71172
        "deferred": {"deferrable": True},
    }
    for name, options in modes.items():
        start >> CircleCIPipelineSensor(
            task_id=name,
            pipeline_id="{{ ti.xcom_pull(task_ids='start', key='pipeline_id') }}",
            **{"poke_interval": 2, **options},
        )
