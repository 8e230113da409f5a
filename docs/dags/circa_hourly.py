"""
Pull the contacts that changed in Circa, hour by hour, to S3.

Each run covers the hour before it, whenever it happens and however often it is tried: one file for each hour. The
connection `aws_default` is in the address of the bucket.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_provider_circle.operators.circa import CircaPullContactsOperator

# [start pull]
with DAG(
    dag_id="circa_hourly",
    description="Pull changed Circa contacts to S3, hour by hour",
    schedule=CronDataIntervalTimetable("@hourly", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circa", "example"],
    params={
        "folder": Param("s3://aws_default@your-bucket/circa", type="string"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    CircaPullContactsOperator(
        task_id="pull_contacts",
        path="{{ params.folder }}/contacts/",
    )
# [end pull]
