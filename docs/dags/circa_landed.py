"""
Run when contacts have landed, and say how many, before anything is read.

What a pull returns goes into the events of the task's asset outlets: counts, addresses, no records.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, task

from airflow_provider_circle.transfers.circa import CircaToSqlOperator

START = pendulum.datetime(2026, 1, 1, tz="UTC")

# [start landed]
contacts = Asset("circa_contacts_in_warehouse")

with DAG("circa_land", schedule=CronDataIntervalTimetable("@hourly", timezone="UTC"), start_date=START, catchup=False):
    CircaToSqlOperator(
        task_id="pull", stream="contacts", table="contacts_landed", sql_conn_id="warehouse", outlets=[contacts]
    )

with DAG("circa_landed", schedule=contacts, start_date=START, catchup=False):

    @task
    def report(triggering_asset_events: dict[Asset, Any]) -> list[str]:
        """Say what landed; one run may be told of several pulls."""
        told = [event.extra for event in triggering_asset_events[contacts]]
        return [f"{one['records']} contacts in {one['table']}, {one['inserted']} of them new" for one in told]

    report()
# [end landed]
