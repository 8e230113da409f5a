"""A pipeline that is followed and contacts that are pulled, in words that every supported Airflow knows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pendulum
from airflow.providers.common.compat.sdk import DAG, task
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_provider_circle.operators.circa import CircaPullContactsOperator
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator

FOLDER = os.environ.get("TWO_JOBS_FOLDER", "/tmp/two_jobs")  # noqa: S108


@task
def tell(name: str, told: Any) -> None:
    """Leave what another task told where the test finds it."""
    Path(FOLDER, f"{name}.json").write_text(json.dumps(told), "utf-8")


with DAG("follow", schedule="@once", start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    build = CircleCITriggerPipelineOperator(task_id="build", project_slug="gh/acme/app", branch="main", deferrable=True)
    tell("summary", build.output)

with DAG(
    "pull",
    schedule=CronDataIntervalTimetable("@yearly", timezone="UTC"),
    start_date=pendulum.datetime(2020, 1, 1),
    catchup=False,
):
    pull = CircaPullContactsOperator(task_id="pull", path=f"{FOLDER}/contacts/")
    tell("pulled", pull.output)
