"""Pull each day's changed contacts into a file of their own, and their newest version into a table."""

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable

from airflow_provider_circle.operators.circa import CircaPullContactsOperator

with DAG(
    "contacts",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=True,
):
    CircaPullContactsOperator(
        task_id="pull",
        path="s3://bucket/contacts/",
        table="contacts",
        sql_conn_id="warehouse",
    )
