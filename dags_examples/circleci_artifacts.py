"""
Run a CircleCI pipeline, keep what its jobs left: artifacts in object storage, test results in a table.

Every task may be tried again: the pipeline of a try that died is found again, only artifacts that are not there yet are
fetched, and test results are merged. If the project is private, CircleCI Cloud wants the token where it keeps artifacts
as well: name that host in `token_hosts`.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, Param, task

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.operators.circleci_tests import CircleCITestResultsOperator

PIPELINE_ID = "{{ ti.xcom_pull(task_ids='build', key='pipeline_id') }}"

with DAG(
    dag_id="circleci_artifacts",
    description="Run a pipeline; store its artifacts and its test results",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string", description="gh/<organization>/<repository>"),
        "folder": Param("file:///tmp/circleci", type="string", description="Where artifacts go: a folder or a bucket"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    build = CircleCITriggerPipelineOperator(
        task_id="build",
        project_slug="{{ params.project_slug }}",
        deferrable=True,
        poll_interval_s=5,
    )
    artifacts = CircleCIDownloadArtifactsOperator(
        task_id="artifacts",
        pipeline_id=PIPELINE_ID,
        patterns=["*.json", "coverage/**"],
        path="{{ params.folder }}/{{ run_id }}",
        outlets=[Asset("circleci_artifacts")],
    )
    tests = CircleCITestResultsOperator(
        task_id="tests",
        pipeline_id=PIPELINE_ID,
        table="test_results",
        sql_conn_id="warehouse",
        # Of a pipeline that failed, the failed tests are what one wants to see.
        trigger_rule="all_done",
    )

    @task
    def report(stored: dict[str, Any], results: dict[str, Any]) -> str:
        """Say in two lines what there is."""
        lines = [f"{stored['artifacts']} artifacts in {stored['uri']}"]
        lines += [f"{results['passed']} of {results['tests']} tests passed, in {results['duration_s']} s"]
        text = "\n".join(lines)
        print(text)
        return text

    build >> [artifacts, tests]
    report(artifacts.output, tests.output)
