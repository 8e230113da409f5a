"""
CircleCI's API v2 as an Airflow hook.

The calls by name are in ``circleci_calls``; here are the connection's test and the calls that take several requests
together: starting once, waiting for an end, telling why it failed. Those are written in ``vendors/circleci``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Unpack

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import Others
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.hooks.base import Patience, operation
from airflow_provider_circle.hooks.circleci_calls.acting import ActingCalls
from airflow_provider_circle.hooks.circleci_calls.checkout_keys import CheckoutKeyCalls
from airflow_provider_circle.hooks.circleci_calls.contexts import ContextCalls
from airflow_provider_circle.hooks.circleci_calls.deploys import DeployCalls
from airflow_provider_circle.hooks.circleci_calls.env_vars import EnvVarCalls
from airflow_provider_circle.hooks.circleci_calls.groups import GroupCalls
from airflow_provider_circle.hooks.circleci_calls.insights import InsightsCalls
from airflow_provider_circle.hooks.circleci_calls.jobs import JobCalls
from airflow_provider_circle.hooks.circleci_calls.oidc import OidcCalls
from airflow_provider_circle.hooks.circleci_calls.organizations import OrganizationCalls
from airflow_provider_circle.hooks.circleci_calls.otel import OtelCalls
from airflow_provider_circle.hooks.circleci_calls.pipeline_definitions import PipelineDefinitionCalls
from airflow_provider_circle.hooks.circleci_calls.pipelines import PipelineCalls
from airflow_provider_circle.hooks.circleci_calls.policies import PolicyCalls
from airflow_provider_circle.hooks.circleci_calls.projects import ProjectCalls
from airflow_provider_circle.hooks.circleci_calls.schedules import ScheduleCalls
from airflow_provider_circle.hooks.circleci_calls.steps import StepCalls
from airflow_provider_circle.hooks.circleci_calls.triggers import TriggerCalls
from airflow_provider_circle.hooks.circleci_calls.usage import UsageCalls
from airflow_provider_circle.hooks.circleci_calls.users import UserCalls
from airflow_provider_circle.hooks.circleci_calls.webhooks import WebhookCalls
from airflow_provider_circle.hooks.circleci_calls.workflows import WorkflowCalls
from airflow_provider_circle.hooks.trial import try_connection
from airflow_provider_circle.vendors.circleci import act, recording, report, start, survey
from airflow_provider_circle.vendors.circleci import watch as watching
from airflow_provider_circle.vendors.circleci.durations import DurationStore, forecast_by
from airflow_provider_circle.vendors.circleci.endpoints import users
from airflow_provider_circle.vendors.circleci.happenings import Snapshot
from airflow_provider_circle.vendors.circleci.parameters import checked_parameters, checked_revision
from airflow_provider_circle.vendors.circleci.service import pipeline_url

__all__ = ["CircleCIHook"]

_durations: dict[tuple[str, str], DurationStore] = {}
"""What Insights told, per connection and address in this process."""

_REPORT_S = 40.0
"""Seconds a failure may be looked into: the end is known by then, and the worker is kept waiting. The steps' output has
the rest of a minute."""


class CircleCIHook(
    PipelineCalls,
    WorkflowCalls,
    WebhookCalls,
    JobCalls,
    StepCalls,
    ProjectCalls,
    ActingCalls,
    UserCalls,
    DeployCalls,
    GroupCalls,
    OidcCalls,
    OrganizationCalls,
    OtelCalls,
    PipelineDefinitionCalls,
    PolicyCalls,
    TriggerCalls,
    ContextCalls,
    CheckoutKeyCalls,
    EnvVarCalls,
    ScheduleCalls,
    InsightsCalls,
    UsageCalls,
):
    """
    Calls CircleCI's API v2, on Cloud and on a CircleCI Server.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircleCIHook()
        hook.get_workflow("5034460f-…")["status"]
        await hook.get_workflow.aio("5034460f-…")
        for job in hook.list_workflow_jobs("5034460f-…"): ...

    :param circleci_conn_id: connection of type *CircleCI*.
    :param patience: ``request_attempts``, ``request_max_wait_s`` and ``sleep``; see ``CircleHook``.

    Source: https://circleci.com/docs/api/v2/
    """

    conn_name_attr = "circleci_conn_id"
    default_conn_name = "circleci_default"
    hook_name = "CircleCI"

    def __init__(self, circleci_conn_id: str = default_conn_name, **patience: Unpack[Patience]) -> None:
        super().__init__(circleci_conn_id, **patience)

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection, for the button in Airflow's form.

        :return: whether it works, and as whom, or why not.
        """
        return try_connection(
            self,
            lambda once: call(once, users.GET_ME),
            lambda user: f"Connected to CircleCI as {user.get('login') or user.get('name') or 'an unnamed user'}",
        )

    def pipeline_url(self, project_slug: str, number: int | None) -> str | None:
        """Say where a person finds a pipeline; ``None`` without a number."""
        return pipeline_url(self.service(self.settings), project_slug, number)

    @operation
    def find_started_pipeline(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        began_s: float,
        branch: str | None = None,
        tag: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        others: Others[str] | None = None,
    ) -> Walk[JsonObject | None]:
        """
        Find the pipeline that a process with this token began to start before it died.

        :param began_s: when it began, in seconds since the epoch.
        :param parameters: the pipeline parameters it sent; tell it from pipelines of others where CircleCI shows them.
        :param others: tells the ids of pipelines that others with this token have started at the same time; asked
            in the thread of the call.
        :return: the pipeline; ``None`` when it was never started.
        :raises TriggerAmbiguous: several could be it.

        Source: https://circleci.com/docs/api/v2/#operation/listMyPipelines
        """
        return start.find_started(
            caller,
            self.project_slug(project_slug),
            checked_revision(branch, tag),
            checked_parameters(parameters),
            began_s=began_s,
            others=others,
        )

    @operation
    def cancel_pipeline(self, caller: Caller, pipeline_id: str) -> Walk[list[str]]:
        """
        Cancel every workflow of a pipeline that has not ended, those about to appear included.

        :return: ids of the workflows that were told to stop.
        """
        return act.cancel_pipeline(caller, pipeline_id)

    @operation
    def rerun_failed(self, caller: Caller, pipeline_id: str, failed: Iterable[JsonObject]) -> Walk[list[str]]:
        """
        Rerun the workflows of a pipeline that did not succeed, each once.

        :param failed: the newest workflow of each name.
        :return: ids of the workflows that now have a successor.
        """
        return act.rerun_failed(caller, pipeline_id, failed)

    @operation
    def watch(
        self,
        caller: Caller,
        look: watching.Look,
        schedule: PollSchedule,
        *,
        started_s: float,
        deadline_s: float | None,
        look_from_s: float | None = None,
        expected_duration_s: float | str | None = None,
        record: watching.Record | None = None,
    ) -> Walk[watching.Watched]:
        """
        Wait for an end.

        :param look: one of the looks in ``vendors.circleci.watch``.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :param look_from_s: when the first look is worth it, in seconds since the epoch; ``None`` for at once.
        :param expected_duration_s: seconds it takes as a rule; ``insights`` to learn it, once per branch and process.
        :param record: keeps a view of how it goes; see ``vendors.circleci.recording``.
        :raises ValueError: no such duration.
        """
        store = _durations.setdefault((self.conn_id, caller.service.base_url), DurationStore())
        return watching.watch(
            caller,
            look,
            schedule,
            started_s=started_s,
            deadline_s=deadline_s,
            look_from_s=look_from_s,
            forecast=forecast_by(expected_duration_s, store),
            record=record,
        )

    def view_of_start(self, pipeline: JsonObject) -> JsonObject:
        """
        Say what the view in Airflow's UI shows of a pipeline that was just triggered; asks nothing.

        :param pipeline: with ``project_slug`` and ``number``.
        """
        return recording.view_of_start(self.service(self.settings), pipeline, time.time())

    @operation
    def view_of_end(self, caller: Caller, ending: report.Ending) -> Walk[JsonObject]:
        """
        Read what the view in Airflow's UI shows of how a wait ended.

        :return: see ``vendors.circleci.view``; what would be asked for after 10 s is left out.
        """
        return recording.view_of_end(caller, ending)

    @operation
    def failure_report(self, caller: Caller, failed: Iterable[JsonObject]) -> Walk[list[str]]:
        """
        Name the jobs and tests behind failed workflows.

        :param failed: workflows as CircleCI sent them.
        :return: indented lines; empty when no workflow failed. What takes longer than 40 s is left out.
        """
        return report.failure_report(replace(caller, until_s=caller.clock() + _REPORT_S), failed)

    @operation
    def look_around(
        self,
        caller: Caller,
        project_slug: str,
        memory: survey.Memory,
        wanted: Callable[[], survey.Wanted],
        schedule: PollSchedule,
    ) -> Walk[Snapshot]:
        """
        Look once at what is new in a project, and at what is followed there; while the service is down, look on.

        :param memory: what the look before left.
        :param wanted: asked before each look what it should find out.
        :param schedule: when to look again, if a look fails.
        :raises CircleError: turned away for good.
        """
        return survey.next_snapshot(caller, self.project_slug(project_slug), memory, wanted, schedule)
