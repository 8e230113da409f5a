"""
The DAGs of ``make scale``: pipelines triggered and waited for, and the contacts of events pulled, each mapped.

How many there are, and how they go, is in the run's configuration.
"""
# ruff: noqa: INP001  Airflow reads this folder, nobody imports it

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule, task

from airflow_provider_circle.operators.circa import CircaPullContactsOperator
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator

FOLDER = os.environ.get("SCALE_FOLDER", "")

# A worker that dies is worth another try; a pipeline that failed has failed.
ONLY_FOR_LOST_WORKERS = ExceptionRetryPolicy(
    rules=[RetryRule(exception="airflow_provider_circle.exceptions.PipelineFailed", action=RetryAction.FAIL)]
)
MAPPED: dict[str, Any] = {"retries": 3, "retry_delay": timedelta(seconds=5)}


def dag(dag_id: str) -> DAG:
    """Build a DAG that runs by hand only."""
    return DAG(dag_id, schedule=None, start_date=pendulum.datetime(2026, 1, 1, tz="UTC"), catchup=False)


with dag("scale_waits"):

    @task
    def pipelines(dag_run: Any = None) -> list[dict[str, Any]]:
        """List the parameters of all pipelines."""
        return [
            {
                "number": number,
                "sandbox_scenario": "failed" if number in dag_run.conf["failing"] else "success",
                "sandbox_duration_s": duration_s,
            }
            for number, duration_s in enumerate(dag_run.conf["durations_s"])
        ]

    CircleCITriggerPipelineOperator.partial(
        task_id="wait",
        project_slug="gh/acme/app",
        branch="main",
        deferrable=True,
        pool="circleci",
        retry_policy=ONLY_FOR_LOST_WORKERS,
        **MAPPED,
    ).expand(parameters=pipelines())

with dag("scale_pulls"):

    @task
    def events() -> list[dict[str, Any]]:
        """List the events whose contacts are pulled, and where each lands."""
        from airflow_provider_circle.hooks.circa import CircaHook

        with CircaHook("circa_default") as hook:
            return [
                {"event_ids": [event["id"]], "path": f"{FOLDER}/{event['id']}.jsonl.gz"} for event in hook.list_events()
            ]

    CircaPullContactsOperator.partial(
        task_id="pull", window="full", table="event_contacts", sql_conn_id="warehouse", pool="circa", **MAPPED
    ).expand_kwargs(events())
