"""DAGs that run on what happens in CircleCI; each watches a project of its own, and is paused until its test begins."""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, AssetWatcher, task

from airflow_provider_circle.triggers.circleci_events import CircleCIPipelineEventTrigger

TWENTY = 20
POLL_INTERVAL_S = 1


def watched(name: str, **what: Any) -> Asset:
    """Build an asset with one watcher."""
    trigger = CircleCIPipelineEventTrigger(poll_interval_s=POLL_INTERVAL_S, **what)
    return Asset(name, watchers=[AssetWatcher(name=name, trigger=trigger)])


def dag(dag_id: str, schedule: Any) -> DAG:
    """Build a DAG that runs on assets."""
    return DAG(
        dag_id,
        schedule=schedule,
        start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
        is_paused_upon_creation=True,
        default_args={"retries": 0},
    )


finished = watched("watched_alone", project_slug="gh/acme/alone")

with dag("watched_alone", finished):

    @task
    def read(triggering_asset_events: dict[Asset, Any]) -> list[Any]:
        """Hand on what happened."""
        return [event.extra["payload"] for event in triggering_asset_events[finished]]

    read()  # type: ignore[call-arg,misc]  # Airflow hands the events to the function

with dag(
    "watched_by_twenty",
    [
        watched(f"watched_by_{n:02}", project_slug="gh/acme/twenty", workflow_names=[f"workflow-{n:02}"])
        for n in range(1, TWENTY + 1)
    ],
):

    @task
    def run() -> None:
        """Do nothing; to be run is the point."""

    run()
