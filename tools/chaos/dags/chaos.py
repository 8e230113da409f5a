"""
The DAG of ``make chaos``: a task of every kind. What each is about stands in the run's configuration.

A failed pipeline is a result; whatever else fails is tried again.
"""
# ruff: noqa: INP001  Airflow reads this folder, nobody imports it

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule

from airflow_provider_circle.operators.circa import CircaPullContactsOperator
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.sensors.circleci import CircleCIPipelineSensor
from airflow_provider_circle.transfers.circle_admin import CircleAdminToObjectStorageOperator, CircleAdminToSqlOperator

FOLDER = os.environ.get("CHAOS_FOLDER", "")

RESULTS = ("PipelineFailed", "NothingRan")
RETRIED: dict[str, Any] = {
    "retries": 20,
    "retry_delay": timedelta(seconds=2),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(exception=f"airflow_provider_circle.exceptions.{name}", action=RetryAction.FAIL)
            for name in RESULTS
        ]
    ),
}
PATIENT: dict[str, Any] = {"request_max_wait_s": 4}
LOOKING: dict[str, Any] = {"poll_interval_s": 2, "max_poll_interval_s": 6, **PATIENT}
WAYS_TO_WAIT: list[dict[str, Any]] = [
    {"deferrable": True},
    {"deferrable": True, "expected_duration_s": 15},
    {"deferrable": True, "workflow_names": []},
    {"deferrable": False},
]


def parameters(of: str) -> dict[str, str]:
    """Give templates for the parameters of a pipeline."""
    names = ("number", "sandbox_scenario", "sandbox_duration_s")
    return {name: f"{{{{ dag_run.conf{of}['{name}'] }}}}" for name in names}


with DAG(
    "chaos",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1_000,
    max_active_tasks=1_000,
    default_args=RETRIED,
):
    CircleCITriggerPipelineOperator.partial(
        task_id="wait", project_slug="gh/acme/app", branch="{{ run_id }}", **LOOKING
    ).expand_kwargs([{"parameters": parameters(f"['waits'][{nth}]"), **way} for nth, way in enumerate(WAYS_TO_WAIT)])

    start = CircleCITriggerPipelineOperator(
        task_id="start",
        project_slug="gh/acme/watched",
        branch="{{ run_id }}",
        parameters=parameters("['watched']"),
        wait_for_completion=False,
        **PATIENT,
    )
    sensed: dict[str, Any] = {"pipeline_id": "{{ ti.xcom_pull(task_ids='start', key='pipeline_id') }}", **PATIENT}
    start >> [
        CircleCIPipelineSensor(task_id="poke", poke_interval=3, **sensed),
        # Less outruns the scheduler (apache/airflow#71172).
        CircleCIPipelineSensor(task_id="reschedule", mode="reschedule", poke_interval=10, **sensed),
        CircleCIPipelineSensor(task_id="defer", deferrable=True, poll_interval_s=2, max_poll_interval_s=6, **sensed),
    ]

    CircleCIDownloadArtifactsOperator(
        task_id="artifacts",
        pipeline_id="{{ dag_run.conf['built'] }}",
        path=f"{FOLDER}/artifacts/{{{{ run_id }}}}",
        **PATIENT,
    )
    CircaPullContactsOperator(
        task_id="contacts",
        window="full",
        event_ids=["{{ dag_run.conf['event'] }}"],
        path=f"{FOLDER}/contacts/{{{{ run_id }}}}.jsonl.gz",
        table="contacts_{{ run_id }}",
        sql_conn_id="warehouse",
        **PATIENT,
    )
    CircleAdminToSqlOperator(
        task_id="members",
        stream="community_members",
        window="full",
        table="members_{{ run_id }}",
        sql_conn_id="warehouse",
        **PATIENT,
    )
    CircleAdminToObjectStorageOperator(
        task_id="posts",
        stream="posts",
        window="full",
        path=f"{FOLDER}/posts/{{{{ run_id }}}}.jsonl.gz",
        **PATIENT,
    )
