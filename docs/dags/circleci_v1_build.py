"""
Build a branch through API v1.1, for projects whose configuration is older than 2.1, and build what failed once more.

Everybody else triggers pipelines; see the other examples.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Param

from airflow_provider_circle.operators.circleci_v1 import CircleCIV1RetryBuildOperator, CircleCIV1TriggerBuildOperator

with DAG(
    dag_id="circleci_v1_build",
    description="Trigger a build through API v1.1; if it fails, retry it once",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string"),
        "branch": Param("main", type="string"),
    },
    default_args={"project_slug": "{{ params.project_slug }}", "deferrable": True},
    doc_md=__doc__,
):
    # [start build]
    build = CircleCIV1TriggerBuildOperator(
        task_id="build",
        branch="{{ params.branch }}",
        build_parameters={"STARTED_BY": "{{ run_id }}"},
    )
    again = CircleCIV1RetryBuildOperator(
        task_id="again",
        build_num="{{ ti.xcom_pull(task_ids='build', key='build_num') }}",
        trigger_rule="all_failed",
    )
    build >> again
    # [end build]
