"""Start a pipeline and wait for its end."""

import pendulum
from airflow.sdk import DAG

from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator

with DAG("release", schedule=None, start_date=pendulum.datetime(2026, 1, 1, tz="UTC"), catchup=False):
    CircleCITriggerPipelineOperator(
        task_id="build",
        project_slug="gh/your-organization/your-repository",
        branch="main",
        parameters={"deploy": True},
        deferrable=True,
    )
