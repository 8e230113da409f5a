"""
Keep a table of a Circle community's members, write down what changed, and tag the new ones.

Circle cannot say which members changed, so each run reads all of them. The table marks who left; the file holds only
what differs from the run before. Of the new members ten are then tagged, each once however often the task is tried.
"""

from __future__ import annotations

import json
from typing import Any

import pendulum
from airflow.sdk import DAG, ObjectStoragePath, Param, task

from airflow_provider_circle.transfers.circle_admin import CircleAdminToObjectStorageOperator, CircleAdminToSqlOperator

with DAG(
    dag_id="circle_admin_members",
    description="Sync a Circle community's members and tag the new ones",
    schedule="@daily",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["circle_admin", "example"],
    params={
        "folder": Param("file:///tmp/circle", type="string", description="Where the files go: a folder or a bucket"),
        "warehouse": Param("warehouse", type="string", description="Connection of a PostgreSQL or SQLite database"),
        "tag": Param("Founder", type="string", description="Name or id of the tag that new members get"),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
):
    # [start table]
    table = CircleAdminToSqlOperator(
        task_id="table",
        stream="community_members",
        table="circle_members",
        sql_conn_id="{{ params.warehouse }}",
        deletes="mark",
    )
    # [end table]
    # [start changes]
    changes = CircleAdminToObjectStorageOperator(
        task_id="changes",
        stream="community_members",
        path="{{ params.folder }}/members/",
        file_format="jsonl",
        state_path="{{ params.folder }}/state",
        changes_only=True,
    )
    # [end changes]

    # [start tag]
    @task
    def tag_new_members(pulled: dict[str, Any], params: dict[str, Any]) -> int:
        """Tag the first ten members who are new since the run before."""
        from airflow_provider_circle.hooks.circle_admin import CircleAdminHook

        members = [json.loads(line) for line in ObjectStoragePath(pulled["uri"]).read_text().splitlines()]
        new = [member["email"] for member in members if member["_change"] == "inserted"][:10]
        with CircleAdminHook() as hook:
            for email in new:
                hook.tag_member(email, params["tag"])
        return len(new)

    # [end tag]

    table >> changes
    tag_new_members(changes.output)
