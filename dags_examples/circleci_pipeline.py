"""
Trigger a CircleCI pipeline with parameters, wait for its end without a worker slot, and report.

Runs against any CircleCI project whose configuration declares the parameters, and against the bundled sandbox.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator

with DAG(
    dag_id="circleci_pipeline",
    description="Trigger a pipeline with parameters, wait for it, report",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string", description="gh/<organization>/<repository>"),
        "branch": Param("main", type="string"),
    },
    doc_md=__doc__,
):
    build = CircleCITriggerPipelineOperator(
        task_id="build",
        project_slug="{{ params.project_slug }}",
        branch="{{ params.branch }}",
        parameters={"deploy": True, "environment": "staging"},
        deferrable=True,
        timeout_s=3600,
        poll_interval_s=5,
    )

    @task
    def report(summary: dict[str, Any]) -> str:
        """Say in one line per workflow how the pipeline ended."""
        lines = [f"pipeline {summary['number']} of {summary['project_slug']}: {summary['status']}"]
        lines += [f"  {flow['name']}: {flow['status']} in {flow['duration_s']} s" for flow in summary["workflows"]]
        text = "\n".join(lines)
        print(text)
        return text

    report(build.output)
