"""
CircleCI's API v2 as an Airflow hook.

The calls by name are in ``circleci_calls``; here are the connection's test and the calls that take several requests
together: starting once, waiting for an end, telling why it failed. Those are written in ``vendors/circleci``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.base import operation
from airflow_provider_circle.hooks.circleci_calls.jobs import JobCalls
from airflow_provider_circle.hooks.circleci_calls.pipelines import PipelineCalls
from airflow_provider_circle.hooks.circleci_calls.projects import ProjectCalls
from airflow_provider_circle.hooks.circleci_calls.workflows import WorkflowCalls
from airflow_provider_circle.hooks.form import form_behaviour, form_widgets
from airflow_provider_circle.vendors.circleci import act, report, start
from airflow_provider_circle.vendors.circleci import watch as watching
from airflow_provider_circle.vendors.circleci.endpoints import projects
from airflow_provider_circle.vendors.circleci.parameters import checked_revision
from airflow_provider_circle.vendors.circleci.service import circleci_v2, pipeline_url

__all__ = ["CircleCIHook"]

_TEST_TIMEOUT_S = 20.0
"""Seconds *Test connection* may take; Airflow's own limit is 60."""

_REPORT_S = 60.0
"""Seconds a failure may be looked into: the end is known by then, and the worker is kept waiting."""


class CircleCIHook(PipelineCalls, WorkflowCalls, JobCalls, ProjectCalls):
    """
    Calls CircleCI's API v2, on Cloud and on a CircleCI Server.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircleCIHook()
        hook.get_workflow("5034460f-…")["status"]
        await hook.get_workflow.aio("5034460f-…")
        for job in hook.list_workflow_jobs("5034460f-…"): ...

    :param circleci_conn_id: connection of type *CircleCI*.
    :param request_attempts: how often one request is sent at most; requests that are not safe to repeat, once.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param sleep: waits for seconds, in blocking calls.

    Source: https://circleci.com/docs/api/v2/
    """

    conn_name_attr = "circleci_conn_id"
    default_conn_name = "circleci_default"
    hook_name = "CircleCI"

    def __init__(
        self,
        circleci_conn_id: str = default_conn_name,
        *,
        request_attempts: int = RetryPolicy().attempts,
        request_max_wait_s: float = RetryPolicy().max_wait_s,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            circleci_conn_id, request_attempts=request_attempts, request_max_wait_s=request_max_wait_s, sleep=sleep
        )

    # Airflow before 3.2 asks the class itself, not its bases, for the form.
    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Build the form's extra fields from the provider's metadata."""
        return form_widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Take the form's labels and placeholders from the provider's metadata."""
        return form_behaviour(cls.conn_type)

    def twin(self) -> CircleCIHook:
        """
        Build another hook over the same, already checked connection, with a session of its own.

        For a signal handler: it looks nothing up and shares nothing with the code it interrupts.
        """
        hook = CircleCIHook(
            self.conn_id, request_attempts=self._retry.attempts, request_max_wait_s=self._retry.max_wait_s
        )
        hook._settings = self._settings
        return hook

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection, for the button in Airflow's form.

        :return: whether it works, and as whom, or why not.
        """
        try:
            settings = self.settings
            transport, _ = self.blocking()
            service = circleci_v2(
                settings.host,
                settings.token,
                timeout_s=min(settings.timeout_s, _TEST_TIMEOUT_S),
                verify=settings.verify,
            )
            once = Caller(service, time.time, lambda: 0.0, RetryPolicy(attempts=1))
            user = transport.run(call(once, projects.GET_ME))
        except (CircleError, ValueError) as error:
            return False, str(error)
        finally:
            self.close()
        return True, f"Connected to CircleCI as {user.get('login') or user.get('name') or 'an unnamed user'}"

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
    ) -> Walk[JsonObject | None]:
        """
        Find the pipeline that a process with this token began to start before it died.

        :param began_s: when it began, in seconds since the epoch.
        :return: the pipeline; ``None`` when it was never started.
        :raises TriggerAmbiguous: several could be it.

        Source: https://circleci.com/docs/api/v2/#operation/listMyPipelines
        """
        return start.find_started(caller, self.project_slug(project_slug), checked_revision(branch, tag), began_s)

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
    ) -> Walk[watching.Watched]:
        """
        Wait for an end.

        :param look: one of the looks in ``vendors.circleci.watch``.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        """
        return watching.watch(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)

    @operation
    def failure_report(self, caller: Caller, failed: Iterable[JsonObject]) -> Walk[list[str]]:
        """
        Name the jobs and tests behind failed workflows.

        :param failed: workflows as CircleCI sent them.
        :return: indented lines; empty when no workflow failed. What takes longer than a minute is left out.
        """
        return report.failure_report(replace(caller, until_s=caller.clock() + _REPORT_S), failed)
