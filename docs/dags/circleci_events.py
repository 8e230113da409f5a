"""
Run when something has finished in CircleCI, whoever started it: no sensor, no schedule, no worker that waits.

A watcher looks at the project and turns every workflow of the main branch that failed into an event of an asset. The
DAG is scheduled on that asset; its task reads what happened. On Airflow 3.3 or newer, all watchers of a project share
one poll, and nothing that happens during a restart is missed; before, a restart begins anew.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, AssetWatcher, task

from airflow_provider_circle.triggers.circleci_events import CircleCIPipelineEventTrigger

# [start watch]
failures = Asset(
    "acme_app_failed_workflows",
    watchers=[
        AssetWatcher(
            name="circleci_failed_workflows",
            trigger=CircleCIPipelineEventTrigger(
                project_slug="gh/acme/app",
                events=["workflow_finished"],
                branch="main",
                statuses=["failed", "error", "unauthorized"],
            ),
        )
    ],
)
# [end watch]

# [start react]
with DAG(
    dag_id="circleci_events",
    description="React to every failed workflow of a branch",
    schedule=failures,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    doc_md=__doc__,
):

    @task
    def report(triggering_asset_events: dict[Asset, Any]) -> list[str]:
        """Say which workflows failed; several events may come in one run, and one may, seldom, come twice."""
        payloads = [event.extra["payload"] for event in triggering_asset_events[failures]]
        failed = {payload["id"]: payload for payload in payloads}
        lines = [f"{one['workflow_name']} of number {one['pipeline_number']}: {one['url']}" for one in failed.values()]
        print("\n".join(lines))
        return lines

    report()
# [end react]
