"""
Wait for a CircleMe card of this interval without a worker slot, and land all that came since the last run.

Looking and pulling use up none of the day's new cards twice: cards are read back in time until the watermark, which
moves only once they have landed.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, task

from airflow_provider_circle.sensors.circleme import CircleMeNewCardsSensor
from airflow_provider_circle.transfers.circleme import CircleMeToObjectStorageOperator

with DAG(
    dag_id="circleme_cards",
    description="Wait for new CircleMe cards and land them",
    schedule=CronDataIntervalTimetable("0 */6 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["circleme", "example"],
    params={
        "folder": Param("file:///tmp/circleme", type="string", description="Where the files go: a folder or a bucket"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    # [start cards]
    new_cards = CircleMeNewCardsSensor(
        task_id="new_cards",
        since="{{ data_interval_start | ts }}",
        deferrable=True,
        timeout=3600,
        soft_fail=True,
    )
    pull = CircleMeToObjectStorageOperator(
        task_id="pull_cards",
        stream="cards",
        window="watermark",
        filters={"lang": "english"},
        path="{{ params.folder }}/cards/",
        state_path="{{ params.folder }}/state",
    )
    # [end cards]

    @task
    def report(pulled: dict[str, Any]) -> None:
        """Say what landed where."""
        print(f"{pulled['records']} cards landed in {pulled['uri']}")

    new_cards >> pull
    report(pull.output)
