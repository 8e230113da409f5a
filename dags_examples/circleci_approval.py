"""
Release a tag: trigger, approve the pipeline's on-hold job, and retry only what failed.

The pipeline stops at an approval job; this DAG gives the approval as soon as it is asked for. Leave ``on_hold`` out to
wait for a person instead.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Param

from airflow_provider_circle.operators.base import CircleRetryPolicy
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator

with DAG(
    dag_id="circleci_approval",
    description="Trigger a release, approve it, rerun only what failed",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string"),
        "tag": Param("v1.0.0", type="string"),
    },
    doc_md=__doc__,
):
    # [start release]
    CircleCITriggerPipelineOperator(
        task_id="release",
        project_slug="{{ params.project_slug }}",
        tag="{{ params.tag }}",
        on_hold="approve",
        deferrable=True,
        timeout_s=7200,
        retries=2,
        retry_delay=timedelta(minutes=1),
        retry_policy=CircleRetryPolicy(),
        retry_from_failed=True,
    )
    # [end release]
