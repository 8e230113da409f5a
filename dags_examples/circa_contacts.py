"""
Pull the contacts that changed in Circa, day by day, into a file and a table.

Each run covers its data interval, whenever it happens and however often it is tried: a file for each day, and the
newest version of each contact in the table. Airflow 3 gives a run a data interval only where the schedule says so,
hence the timetable.
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, task

from airflow_provider_circle.operators.circa import CircaPullContactsOperator

with DAG(
    dag_id="circa_contacts",
    description="Pull changed Circa contacts into a file and a table, day by day",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circa", "example"],
    params={
        "folder": Param("file:///tmp/circa", type="string", description="Where the files go: a folder or a bucket"),
        "warehouse": Param("warehouse", type="string", description="Connection of a PostgreSQL or SQLite database"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    # [start pull]
    pull = CircaPullContactsOperator(
        task_id="pull_contacts",
        path="{{ params.folder }}/contacts/",
        table="circa_contacts",
        sql_conn_id="{{ params.warehouse }}",
    )
    # [end pull]

    @task
    def report(pulled: dict[str, Any]) -> str:
        """Say what landed where."""
        window = pulled["window"]
        text = (
            f"{pulled['records']} contacts changed from {window['min']} to {window['max']}; now in {pulled['uri']}; "
            f"table {pulled['table']}: {pulled['inserted']} inserted, {pulled['updated']} updated"
        )
        print(text)
        return text

    report(pull.output)
