"""
Run as soon as CircleCI says that a workflow has ended: nothing polls.

Give the connection a *webhook secret*; in the project's settings in CircleCI add a webhook with the same secret, the
event *workflow-completed* and the address ``https://<your Airflow>/circle/circleci/circleci_default``. Needs Airflow
3.1 or newer; CircleCI must be able to reach its API server.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, task

from airflow_provider_circle.webhooks.assets import circleci_asset

# [start react]
ended = circleci_asset("gh/acme/app", "workflow-completed")

with DAG(
    dag_id="circleci_webhook",
    description="React to every workflow that CircleCI says has ended",
    schedule=ended,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circleci", "example"],
    doc_md=__doc__,
):

    @task
    def report(triggering_asset_events: dict[Asset, Any]) -> list[str]:
        """Say how they ended; one run may be told of several."""
        told = [event.extra for event in triggering_asset_events[ended]]
        lines = [f"{one['workflow_name']} of {one['branch']}: {one['status']}, {one['workflow_url']}" for one in told]
        print("\n".join(lines))
        return lines

    report()
# [end react]
