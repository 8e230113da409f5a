"""What a DAG's author writes, and what types come of it; read by mypy, never run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, assert_type

from airflow.sdk import DAG, Asset, AssetWatcher, XComArg

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.operators.base import CircleRetryPolicy
from airflow_provider_circle.operators.circa import (
    CircaAddContactToEventOperator,
    CircaExportEventContactsOperator,
    CircaPullContactsOperator,
    CircaUpsertContactOperator,
)
from airflow_provider_circle.operators.circle_admin import (
    CircleAdminCreatePostOperator,
    CircleAdminInviteMemberOperator,
    CircleAdminTagMemberOperator,
)
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_approval import CircleCIApprovalOperator
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.operators.circleci_cancel import CircleCICancelOperator, CircleCIV1CancelBuildOperator
from airflow_provider_circle.operators.circleci_holds import CircleCIApproveJobOperator
from airflow_provider_circle.operators.circleci_tests import CircleCITestResultsOperator
from airflow_provider_circle.operators.circleci_usage import CircleCIExportUsageOperator
from airflow_provider_circle.operators.circleci_v1 import CircleCIV1RetryBuildOperator, CircleCIV1TriggerBuildOperator
from airflow_provider_circle.operators.circleci_workflows import CircleCIRerunWorkflowOperator
from airflow_provider_circle.operators.circleme import CircleMeTakeNewCardsOperator
from airflow_provider_circle.sensors.circa import CircaContactsChangedSensor
from airflow_provider_circle.sensors.circleci import CircleCIJobSensor, CircleCIPipelineSensor, CircleCIWorkflowSensor
from airflow_provider_circle.sensors.circleci_v1 import CircleCIV1BuildSensor
from airflow_provider_circle.sensors.circleme import CircleMeNewCardsSensor
from airflow_provider_circle.transfers.circa import CircaToObjectStorageOperator, CircaToSqlOperator
from airflow_provider_circle.transfers.circle_admin import CircleAdminToObjectStorageOperator, CircleAdminToSqlOperator
from airflow_provider_circle.transfers.circleci import CircleCIToObjectStorageOperator, CircleCIToSqlOperator
from airflow_provider_circle.transfers.circleme import CircleMeToObjectStorageOperator, CircleMeToSqlOperator
from airflow_provider_circle.triggers.circleci_events import CircleCIPipelineEventTrigger
from airflow_provider_circle.webhooks.assets import circa_asset, circleci_asset

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

DAY = datetime(2026, 1, 1)  # noqa: DTZ001  a placeholder

with DAG("dag", schedule=None, start_date=DAY) as dag:
    build = CircleCITriggerPipelineOperator(
        task_id="build",
        project_slug="gh/acme/app",
        branch="main",
        parameters={"deploy": True, "attempts": 3},
        workflow_names=["release"],
        deferrable=True,
        timeout_s=3_600,
        retries=2,
        retry_policy=CircleRetryPolicy(),
        execution_timeout=timedelta(hours=1),
    )
    assert_type(build.output, XComArg)
    rerun = CircleCIRerunWorkflowOperator(task_id="rerun", workflow_id="id", from_failed=True)
    cancel = CircleCICancelOperator(task_id="cancel", pipeline_id="id")
    approve = CircleCIApproveJobOperator(task_id="approve", pipeline_id="id", job_name="hold")
    question = CircleCIApprovalOperator(task_id="ask", pipeline_id="id", response_timeout=timedelta(hours=1))
    artifacts = CircleCIDownloadArtifactsOperator(task_id="artifacts", pipeline_id="id", path="/tmp")  # noqa: S108
    results = CircleCITestResultsOperator(task_id="tests", job_number=7, path="s3://bucket/tests.parquet")
    usage = CircleCIExportUsageOperator(task_id="usage", org_id="id", path="s3://bucket/", start=DAY, end="2026-01-02")
    v1_build = CircleCIV1TriggerBuildOperator(task_id="v1", branch="main", build_parameters={"A": "b"})
    v1_retry = CircleCIV1RetryBuildOperator(task_id="v1_retry", build_num=7)
    v1_cancel = CircleCIV1CancelBuildOperator(task_id="v1_cancel", build_num="{{ params.build }}")
    history = CircleCIToObjectStorageOperator(task_id="history", stream="pipelines", path="s3://bucket/pipelines/")
    history_table = CircleCIToSqlOperator(task_id="table", stream="jobs", table="jobs", sql_conn_id="warehouse")

    pull = CircaPullContactsOperator(
        task_id="pull",
        path="s3://bucket/contacts/",
        table="contacts",
        sql_conn_id="warehouse",
        window={"min": "2026-01-01T00:00:00Z", "max": None},
    )
    upsert = CircaUpsertContactOperator(task_id="upsert", contact={"email": "ada@example.com"})
    add = CircaAddContactToEventOperator(task_id="add", event_id="id", contact_id="id")
    export = CircaExportEventContactsOperator(task_id="export", event_id="id", path="s3://bucket/event.csv")
    circa_files = CircaToObjectStorageOperator(task_id="files", stream="events", path="s3://bucket/events/")
    circa_table = CircaToSqlOperator(task_id="events", stream="events", table="events", sql_conn_id="warehouse")

    invite = CircleAdminInviteMemberOperator(task_id="invite", member_email="ada@example.com", tags=["new", 7])
    tag = CircleAdminTagMemberOperator(task_id="tag", member_email="ada@example.com", tag="new")
    post = CircleAdminCreatePostOperator(task_id="post", space_id=7, post_name="News", content="Hello")
    admin_files = CircleAdminToObjectStorageOperator(task_id="members", stream="community_members", path="/data/")
    admin_table = CircleAdminToSqlOperator(task_id="m", stream="community_members", table="m", sql_conn_id="warehouse")

    take = CircleMeTakeNewCardsOperator(task_id="take", path="s3://bucket/cards/", filters={"lang": "en"})
    cards = CircleMeToObjectStorageOperator(task_id="cards", stream="cards", path="s3://bucket/cards/")
    cards_table = CircleMeToSqlOperator(task_id="c", stream="cards", table="cards", sql_conn_id="warehouse")

    pipeline_seen = CircleCIPipelineSensor(task_id="pipeline", pipeline_id="id", deferrable=True, soft_fail=True)
    workflow_seen = CircleCIWorkflowSensor(task_id="workflow", workflow_id="id", poke_interval=30)
    job_seen = CircleCIJobSensor(task_id="job", job_number="7", mode="reschedule")
    build_seen = CircleCIV1BuildSensor(task_id="build_seen", build_num=7)
    contacts_changed = CircaContactsChangedSensor(task_id="contacts", since=DAY, timeout=60)
    cards_new = CircleMeNewCardsSensor(task_id="new_cards", since="2026-01-01T00:00:00Z")

    build >> [pipeline_seen, workflow_seen] >> results

watched = Asset(
    "builds", watchers=[AssetWatcher(name="w", trigger=CircleCIPipelineEventTrigger(project_slug="gh/acme/app"))]
)
assert_type(circleci_asset("gh/acme/app", "job-completed"), Asset)
assert_type(circa_asset("contacts"), Asset)


def what_editors_mark() -> None:
    """Words that are none, and options that nothing takes, whoever of its bases would."""
    CircleCITriggerPipelineOperator(task_id="build", on_hold="perhaps")  # type: ignore[arg-type]
    CircleCIPipelineSensor(task_id="pipeline", pipeline_id="id", on_hold="approve")  # type: ignore[arg-type]
    CircleCICancelOperator(task_id="cancel", pipeline_id="id", timeout=60)  # type: ignore[call-arg]
    CircaToSqlOperator(task_id="t", stream="events", table="t", sql_conn_id="w", path="/tmp")  # type: ignore[call-arg]  # noqa: S108
    CircleMeNewCardsSensor(task_id="cards", retries="many")  # type: ignore[arg-type]


def what_tasks_return(context: Context) -> None:
    """Each has a summary for XCom; a sensor may have none."""
    for summary in (
        assert_type(build.execute(context), JsonObject),
        assert_type(rerun.execute(context), JsonObject),
        assert_type(cancel.execute(context), JsonObject),
        assert_type(approve.execute(context), JsonObject),
        assert_type(question.execute(context), JsonObject),
        assert_type(artifacts.execute(context), JsonObject),
        assert_type(results.execute(context), JsonObject),
        assert_type(usage.execute(context), JsonObject),
        assert_type(v1_build.execute(context), JsonObject),
        assert_type(v1_retry.execute(context), JsonObject),
        assert_type(v1_cancel.execute(context), JsonObject),
        assert_type(history.execute(context), JsonObject),
        assert_type(history_table.execute(context), JsonObject),
        assert_type(pull.execute(context), JsonObject),
        assert_type(upsert.execute(context), JsonObject),
        assert_type(add.execute(context), JsonObject),
        assert_type(export.execute(context), JsonObject),
        assert_type(circa_files.execute(context), JsonObject),
        assert_type(circa_table.execute(context), JsonObject),
        assert_type(invite.execute(context), JsonObject),
        assert_type(tag.execute(context), JsonObject),
        assert_type(post.execute(context), JsonObject),
        assert_type(admin_files.execute(context), JsonObject),
        assert_type(admin_table.execute(context), JsonObject),
        assert_type(take.execute(context), JsonObject),
        assert_type(cards.execute(context), JsonObject),
        assert_type(cards_table.execute(context), JsonObject),
    ):
        assert_type(summary, JsonObject)
    for sensor in (pipeline_seen, workflow_seen, job_seen, build_seen, contacts_changed, cards_new):
        assert_type(sensor.execute(context), Any)
