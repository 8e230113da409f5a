"""Builds and deploys the application, and keeps the test results, whatever becomes of the build."""

import pendulum
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_tests import CircleCITestResultsOperator

with DAG(
    dag_id="release",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    params={"version": "1.0", "results": "s3://acme/results"},
) as dag:
    deploy = CircleCITriggerPipelineOperator(
        task_id="deploy",
        project_slug="gh/acme/app",
        branch="main",
        parameters={"version": "{{ params.version }}"},
        deferrable=True,
        poll_interval_s=1,
    )
    keep_results = CircleCITestResultsOperator(
        task_id="keep_results",
        pipeline_id="{{ ti.xcom_pull(task_ids='deploy', key='pipeline_id') }}",
        path="{{ params.results }}/tests.jsonl",
        trigger_rule="all_done",
    )
    deploy >> keep_results
