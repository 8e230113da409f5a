"""
What operators and sensors hand on to their bases, by name and type: editors complete it, type checkers check it.

Imported by type checkers alone, for a DAG file is parsed again and again. ``tests/unit/test_authoring.py`` holds it to
what the bases take.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from airflow_provider_circle.operators.words import Deletes, FileFormat
from airflow_provider_circle.vendors.circleci.options import OnEnd, WaitOrFail

if TYPE_CHECKING:
    from airflow.sdk import DAG, TaskGroup
    from airflow.sdk.definitions.retry_policy import RetryPolicy

__all__ = [
    "ApprovalKeywords",
    "BuildKeywords",
    "CallingKeywords",
    "CircaKeywords",
    "CircleAdminKeywords",
    "CircleCISensorKeywords",
    "FileKeywords",
    "FollowingKeywords",
    "NewsKeywords",
    "PullKeywords",
    "RunsKeywords",
    "SensorKeywords",
    "SightKeywords",
    "StoppingKeywords",
    "TableKeywords",
    "TaskKeywords",
]


class TaskKeywords(TypedDict, total=False):
    """What every task of Airflow takes, as of its newest release."""

    task_id: str
    owner: str
    email: str | Sequence[str] | None
    email_on_retry: bool
    email_on_failure: bool
    retries: int | None
    retry_delay: timedelta | float
    retry_exponential_backoff: float
    max_retry_delay: timedelta | float | None
    retry_policy: RetryPolicy | None
    start_date: datetime | None
    end_date: datetime | None
    depends_on_past: bool
    ignore_first_depends_on_past: bool
    wait_for_past_depends_before_skipping: bool
    wait_for_downstream: bool
    dag: DAG | None
    params: MutableMapping[str, Any] | None
    default_args: dict[str, Any] | None
    priority_weight: int
    weight_rule: Any
    queue: str
    pool: str | None
    pool_slots: int
    sla: timedelta | None
    execution_timeout: timedelta | None
    on_execute_callback: Any
    on_failure_callback: Any
    on_success_callback: Any
    on_retry_callback: Any
    on_skipped_callback: Any
    pre_execute: Any
    post_execute: Any
    trigger_rule: str
    resources: dict[str, Any] | None
    run_as_user: str | None
    map_index_template: str | None
    max_active_tis_per_dag: int | None
    max_active_tis_per_dagrun: int | None
    executor: str | None
    executor_config: dict[str, Any] | None
    do_xcom_push: bool
    multiple_outputs: bool
    inlets: Any
    outlets: Any
    task_group: TaskGroup | None
    doc: str | None
    doc_md: str | None
    doc_json: str | None
    doc_yaml: str | None
    doc_rst: str | None
    task_display_name: str | None
    logger_name: str | None
    allow_nested_operators: bool
    render_template_as_native_obj: bool | None


class SensorKeywords(TaskKeywords, total=False):
    """What every sensor of Airflow takes, but for its interval: ours have settings of their own for that."""

    timeout: timedelta | float | None
    soft_fail: bool
    mode: Literal["poke", "reschedule"]
    exponential_backoff: bool
    max_wait: timedelta | float | None
    silent_fail: bool
    never_fail: bool


class CallingKeywords(TaskKeywords, total=False):
    """Of ``CallingOperator``."""

    request_attempts: int
    request_max_wait_s: float


class CircaKeywords(CallingKeywords, total=False):
    """Of the operators that make a few calls to Circa."""

    circa_conn_id: str


class CircleAdminKeywords(CallingKeywords, total=False):
    """Of the operators that make a few calls to the Circle Admin API."""

    circle_admin_conn_id: str


class RunsKeywords(CallingKeywords, total=False):
    """Of ``CircleCIRunsOperator``."""

    pipeline_id: str | None
    workflow_id: str | None
    job_number: int | str | None
    project_slug: str | None
    job_names: Sequence[str] | None
    circleci_conn_id: str


class PullKeywords(CallingKeywords, total=False):
    """Of ``PullOperator``, whatever is pulled and wherever it lands."""

    window: str | Mapping[str, Any] | None
    lookback_s: float | None
    start: str | datetime | None
    filters: Mapping[str, Any] | None
    concurrency: int | None


class FileKeywords(PullKeywords, total=False):
    """Of ``ToObjectStorage``."""

    parent_ids: Sequence[str | int] | str | None
    object_storage_conn_id: str | None
    file_format: FileFormat | None
    state_path: str | None
    changes_only: bool


class TableKeywords(PullKeywords, total=False):
    """Of ``ToSql``."""

    parent_ids: Sequence[str | int] | str | None
    deletes: Deletes


class FollowingKeywords(TaskKeywords, total=False):
    """Of ``FollowingOperator``."""

    wait_for_completion: bool
    timeout_s: float
    cancel_on_kill: bool


class BuildKeywords(FollowingKeywords, total=False):
    """Of ``CircleCIV1BuildOperator``."""

    project_slug: str | None
    deferrable: bool | None
    poll_interval_s: float
    max_poll_interval_s: float
    poll_backoff: float
    on_canceled: OnEnd
    on_not_run: OnEnd
    request_attempts: int
    request_max_wait_s: float
    circleci_conn_id: str


class StoppingKeywords(TaskKeywords, total=False):
    """Of ``CircleCIStoppingOperator``."""

    wait_for_completion: bool
    deferrable: bool | None
    timeout_s: float
    poll_interval_s: float
    max_poll_interval_s: float
    poll_backoff: float
    request_attempts: int
    request_max_wait_s: float
    circleci_conn_id: str


class ApprovalKeywords(TaskKeywords, total=False):
    """Of Airflow's ``HITLOperator``."""

    notifiers: Any
    assigned_users: Any


class SightKeywords(SensorKeywords, total=False):
    """Of ``SightSensor``."""

    deferrable: bool | None
    poll_interval_s: float
    max_poll_interval_s: float
    poll_backoff: float
    request_attempts: int
    request_max_wait_s: float


class NewsKeywords(SightKeywords, total=False):
    """Of ``NewsSensor``."""

    since: str | datetime | None


class CircleCISensorKeywords(SightKeywords, total=False):
    """Of ``CircleCISensor``."""

    poke_interval: timedelta | float | None
    expected_duration_s: float | str | None
    on_hold: WaitOrFail
    on_canceled: OnEnd
    on_no_workflow: OnEnd
    no_workflow_grace_s: float
    circleci_conn_id: str
