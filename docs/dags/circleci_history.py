"""
Keep what a project does in a database: each day's pipelines with their workflows and jobs, and how tests behave.

CircleCI tells what began, not what changed: a lookback of a day brings the end of what was still running the day
before. Insights are of the last 90 days and are merged, so the tables hold the newest.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_provider_circle.transfers.circleci import CircleCIToSqlOperator

with DAG(
    dag_id="circleci_history",
    description="Pull a project's pipelines, workflows, jobs and insights into tables",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    params={
        "project_slug": Param("gh/acme/app", type="string", description="gh/<organization>/<repository>"),
        "warehouse": Param("warehouse", type="string", description="Connection of a PostgreSQL or SQLite database"),
    },
    default_args={
        "retries": 2,
        "project_slug": "{{ params.project_slug }}",
        "sql_conn_id": "{{ params.warehouse }}",
    },
    doc_md=__doc__,
):
    # [start pull]
    for stream in ("pipelines", "workflows", "jobs"):
        CircleCIToSqlOperator(
            task_id=stream,
            stream=stream,
            parent_ids=None if stream == "pipelines" else "all",
            lookback_s=86_400,
            table=f"circleci_{stream}",
        )
    for stream in ("insights_workflows", "flaky_tests"):
        CircleCIToSqlOperator(task_id=stream, stream=stream, table=f"circleci_{stream}")
    # [end pull]
