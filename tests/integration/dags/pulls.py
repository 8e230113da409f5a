"""The DAGs of the integration tests that pull."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pendulum
from airflow.providers.openlineage.utils.selective_enable import enable_lineage
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable

from airflow_provider_circle.operators.circa import CircaPullContactsOperator
from airflow_provider_circle.transfers.circa import CircaToObjectStorageOperator

FOLDER = os.environ.get("PULLS_FOLDER", "/tmp/pulls")  # noqa: S108
TODAY = pendulum.instance(datetime.fromisoformat(os.environ.get("PULLS_TODAY", "2026-01-08")))

with DAG(
    "seven_days",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=TODAY.subtract(days=7),
    end_date=TODAY.subtract(days=1),
    catchup=True,
    max_active_runs=4,
    is_paused_upon_creation=True,
):
    CircaPullContactsOperator(
        task_id="pull", path=f"{FOLDER}/seven_days/", table="seven_days", sql_conn_id="warehouse", retries=1
    )

with DAG("killed", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    CircaPullContactsOperator.partial(
        task_id="pull",
        sql_conn_id="warehouse",
        window="full",
        retries=30,
        retry_delay=timedelta(milliseconds=100),
    ).expand_kwargs(
        [{"path": f"{FOLDER}/killed/{number}.jsonl.gz", "table": f"killed_{number}"} for number in range(4)]
    )

with DAG("by_watermark", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):
    CircaToObjectStorageOperator(
        task_id="pull",
        stream="contacts",
        window="watermark",
        path=f"{FOLDER}/by_watermark/",
        outlets=[Asset("circa_contacts")],
    )

with DAG("traced", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False) as traced:
    CircaPullContactsOperator(
        task_id="pull",
        window="full",
        path=f"{FOLDER}/traced/{{{{ run_id }}}}.parquet",
        table="traced",
        sql_conn_id="warehouse",
        outlets=[Asset("traced_contacts")],
    )
enable_lineage(traced)
