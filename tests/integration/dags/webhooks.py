"""DAGs that run because something was told to the API server."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from airflow_provider_circle.webhooks.assets import circa_asset, circleci_asset


@task
def told(triggering_asset_events: Any = None) -> list[Any]:
    """Give what was told with the events this run is for."""
    return [event.extra for events in triggering_asset_events.values() for event in events]


@dag(schedule=circleci_asset("gh/acme/told"), catchup=False)
def told_by_circleci() -> None:
    told()


@dag(schedule=circleci_asset("gh/acme/never-told"), catchup=False)
def never_told() -> None:
    told()


@dag(schedule=circa_asset("contacts", "circa_told"), catchup=False)
def told_by_circa() -> None:
    told()


told_by_circleci()
never_told()
told_by_circa()
