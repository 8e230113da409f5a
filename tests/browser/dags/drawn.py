"""Pipelines that go as the run says, and a task that follows none."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator

with DAG(
    dag_id="drawn",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={"scenario": Param("success", type="string")},
):
    for name, deferrable in (("deferred", True), ("in_the_worker", False)):
        CircleCITriggerPipelineOperator(
            task_id=name,
            project_slug="gh/acme/app",
            parameters={"sandbox_scenario": "{{ params.scenario }}"},
            deferrable=deferrable,
            poll_interval_s=1,
            max_poll_interval_s=1,
            timeout_s=600,
        )

with DAG(dag_id="not_ours", schedule=None, start_date=pendulum.datetime(2026, 1, 1, tz="UTC")):

    @task
    def plain() -> None:
        """Do nothing."""

    plain()
