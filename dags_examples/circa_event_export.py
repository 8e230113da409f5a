"""
Write a contact to Circa, add it to an event, and export the event's contacts, waiting without a worker slot.

Every task may be tried again: the contact is found by its e-mail address, it is added to the event only once, and a try
that died waits on for the export that it had begun.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Param

from airflow_provider_circle.operators.circa import (
    CircaAddContactToEventOperator,
    CircaExportEventContactsOperator,
    CircaUpsertContactOperator,
)

with DAG(
    dag_id="circa_event_export",
    description="Register a contact for a Circa event and export the event's contacts",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circa", "example"],
    params={
        "event_id": Param("RXZlbnQtMQ", type="string"),
        "email": Param("ada.lovelace@example.com", type="string", format="email"),
        "folder": Param("file:///tmp/circa", type="string", description="Where the export goes: a folder or a bucket"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    # [start write]
    contact = CircaUpsertContactOperator(
        task_id="contact",
        contact={"email": "{{ params.email }}", "first_name": "Ada", "last_name": "Lovelace", "company": "Analytics"},
    )
    registered = CircaAddContactToEventOperator(
        task_id="registered",
        event_id="{{ params.event_id }}",
        contact_id="{{ ti.xcom_pull(task_ids='contact')['contact_id'] }}",
    )
    export = CircaExportEventContactsOperator(
        task_id="export",
        event_id="{{ params.event_id }}",
        path="{{ params.folder }}/exports/{{ params.event_id }}.csv",
        deferrable=True,
        poll_interval_s=5,
    )
    contact >> registered >> export
    # [end write]
