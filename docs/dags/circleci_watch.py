"""
Wait for what somebody else started: the newest pipeline of a branch, its workflow and one of its jobs.

A small task asks CircleCI for the newest pipeline; sensors wait for it without a worker slot; the last task reads the
results through the hook.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Param, task

from airflow_provider_circle.sensors.circleci import (
    CircleCIJobSensor,
    CircleCIPipelineSensor,
    CircleCIWorkflowSensor,
)

with DAG(
    dag_id="circleci_watch",
    description="Wait for the newest pipeline of a branch and read its results",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string"),
        "branch": Param("main", type="string"),
    },
    doc_md=__doc__,
):
    # [start newest]
    @task
    def newest_pipeline(params: dict[str, Any]) -> str:
        """Find the newest pipeline of the branch."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        with CircleCIHook() as hook:
            newest = next(hook.list_pipelines(params["project_slug"], branch=params["branch"]), None)
        if newest is None:
            raise LookupError(f"branch {params['branch']} has no pipeline")
        return str(newest["id"])

    # [end newest]

    @task
    def first_workflow(seen: dict[str, Any]) -> str:
        """Pick a workflow of the pipeline that has ended."""
        return str(seen["workflows"][0]["id"])

    @task
    def first_job(seen: dict[str, Any]) -> int:
        """Pick a job of the workflow."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        with CircleCIHook() as hook:
            jobs = hook.list_workflow_jobs(seen["workflows"][0]["id"])
            return next(int(job["job_number"]) for job in jobs if job["type"] == "build")

    @task
    def count_tests(params: dict[str, Any], job_number: int) -> dict[str, int]:
        """Count the job's test results by outcome."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        counts: dict[str, int] = {}
        with CircleCIHook() as hook:
            for test in hook.list_job_tests(job_number, params["project_slug"]):
                counts[test["result"]] = counts.get(test["result"], 0) + 1
        return counts

    # [start wait]
    pipeline = CircleCIPipelineSensor(
        task_id="pipeline",
        pipeline_id=newest_pipeline(),
        deferrable=True,
        timeout=3600,
        on_canceled="skip",
    )
    workflow = CircleCIWorkflowSensor(
        task_id="workflow",
        workflow_id=first_workflow(pipeline.output),
        deferrable=True,
        timeout=3600,
    )
    number = first_job(workflow.output)
    job = CircleCIJobSensor(
        task_id="job",
        job_number=number,
        project_slug="{{ params.project_slug }}",
        mode="reschedule",
        timeout=3600,
    )
    # [end wait]
    job >> count_tests(job_number=number)
