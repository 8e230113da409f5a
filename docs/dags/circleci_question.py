"""
Release on a person's word: trigger, ask in Airflow whether what is on hold may go on, wait for the end.

The question stands under *Required Actions* in Airflow. Whoever answers there approves the job in CircleCI, or cancels
its workflow; whoever approves in CircleCI is faster, and the question lapses. Needs Airflow 3.1 or newer.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, Param

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_approval import CircleCIApprovalOperator
from airflow_provider_circle.sensors.circleci import CircleCIPipelineSensor

PIPELINE_ID = "{{ ti.xcom_pull(task_ids='release', key='pipeline_id') }}"

with DAG(
    dag_id="circleci_question",
    description="Trigger a release, ask a person whether it may go on, wait for its end",
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
    # [start ask]
    release = CircleCITriggerPipelineOperator(
        task_id="release",
        project_slug="{{ params.project_slug }}",
        tag="{{ params.tag }}",
        wait_for_completion=False,
    )
    ask = CircleCIApprovalOperator(
        task_id="ask",
        pipeline_id=PIPELINE_ID,
        subject="Release {{ params.tag }}?",
        response_timeout=timedelta(days=2),
        defaults=CircleCIApprovalOperator.CANCEL,
    )
    end = CircleCIPipelineSensor(task_id="end", pipeline_id=PIPELINE_ID, deferrable=True, timeout=3600)
    release >> ask >> end
    # [end ask]
