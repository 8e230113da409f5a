"""
Trigger a CircleCI pipeline, wait for its end without a worker slot, keep its artifacts and test results, and report.

Every task may be tried again: the pipeline of a try that died is found again, and only artifacts that are not there yet
are fetched. If the project is private, CircleCI Cloud wants the token where it keeps artifacts as well: name that host
in `token_hosts`. Runs against any CircleCI project whose configuration declares the parameters, and against the bundled
sandbox.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.operators.circleci_tests import CircleCITestResultsOperator

PIPELINE_ID = "{{ ti.xcom_pull(task_ids='build', key='pipeline_id') }}"

with DAG(
    dag_id="circleci_pipeline",
    description="Trigger a pipeline, wait for it, keep what it left, report",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string", description="gh/<organization>/<repository>"),
        "branch": Param("main", type="string"),
        "folder": Param("file:///tmp/circleci", type="string", description="Where files go: a folder or a bucket"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    # [start trigger]
    build = CircleCITriggerPipelineOperator(
        task_id="build",
        project_slug="{{ params.project_slug }}",
        branch="{{ params.branch }}",
        parameters={"deploy": True, "environment": "staging"},
        deferrable=True,
        timeout_s=3600,
    )
    # [end trigger]
    # [start keep]
    artifacts = CircleCIDownloadArtifactsOperator(
        task_id="artifacts",
        pipeline_id=PIPELINE_ID,
        patterns=["*.json", "coverage/**"],
        path="{{ params.folder }}/{{ run_id }}",
    )
    tests = CircleCITestResultsOperator(
        task_id="tests",
        pipeline_id=PIPELINE_ID,
        path="{{ params.folder }}/test-results/",
        # Of a pipeline that failed, the failed tests are what one wants to see.
        trigger_rule="all_done",
    )
    # [end keep]

    @task
    def report(summary: dict[str, Any], stored: dict[str, Any], results: dict[str, Any]) -> str:
        """Say how each workflow ended, and what was kept."""
        lines = [f"pipeline {summary['number']} of {summary['project_slug']}: {summary['status']}"]
        lines += [f"  {flow['name']}: {flow['status']} in {flow['duration_s']} s" for flow in summary["workflows"]]
        lines += [f"  {stored['artifacts']} artifacts in {stored['uri']}"]
        lines += [f"  {results['passed']} of {results['tests']} tests passed; all are in {results['uri']}"]
        text = "\n".join(lines)
        print(text)
        return text

    build >> [artifacts, tests]
    report(build.output, artifacts.output, tests.output)
