"""
Waiting for CircleCI pipelines, workflows and jobs that somebody else started.

Each sensor says what to look at; how Airflow waits (poke, reschedule, deferred) and what an end means are the same
for all. A failed pipeline fails the sensor at once: looking again would not change it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    PokeReturnValue,
)

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
    check_polling,
)
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.operators.waiting import WaitsForCircleCI, ending_from
from airflow_provider_circle.sensors.base import LookingSensor
from airflow_provider_circle.vendors.circleci.options import (
    INSIGHTS,
    NO_WORKFLOW_GRACE_S,
    ON_CANCELED,
    ON_HOLD,
    ON_NO_WORKFLOW,
    OnEnd,
    WaitOrFail,
)
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import CircleCISensorKeywords
    from airflow_provider_circle.vendors.circleci.report import Ending
    from airflow_provider_circle.vendors.circleci.watch import Look

__all__ = ["CircleCIJobSensor", "CircleCIPipelineSensor", "CircleCISensor", "CircleCIWorkflowSensor"]


class CircleCISensor(WaitsForCircleCI, LookingSensor):
    """
    What the three sensors share; the parameters below are theirs, too.

    ``mode``, ``timeout``, ``soft_fail`` and the rest are Airflow's own.

    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param poke_interval: a fixed interval in seconds, in place of the three settings below.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param expected_duration_s: seconds it takes as a rule, from its creation on; for pipelines and workflows
        ``insights``, to learn it from the project's Insights. Looks are then few before the expected end and close
        around it. In the mode ``reschedule`` Insights are asked at every look. (templated)
    :param on_hold: a job waits for a person's approval: ``wait`` or ``fail``.
    :param on_canceled: ``fail``, ``skip`` or ``succeed``.
    :param on_no_workflow: nothing ever ran: ``fail``, ``skip`` or ``succeed``.
    :param no_workflow_grace_s: seconds a workflow that is due may take to appear.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    """

    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        deferrable: bool | None = None,
        poke_interval: timedelta | float | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        expected_duration_s: float | str | None = None,
        on_hold: WaitOrFail = ON_HOLD,
        on_canceled: OnEnd = ON_CANCELED,
        on_no_workflow: OnEnd = ON_NO_WORKFLOW,
        no_workflow_grace_s: float = NO_WORKFLOW_GRACE_S,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Any,
    ) -> None:
        if poke_interval is not None:
            usual = (POLL_INTERVAL_S, MAX_POLL_INTERVAL_S, POLL_BACKOFF)
            if (poll_interval_s, max_poll_interval_s, poll_backoff) != usual:
                raise ValueError("poke_interval and the poll settings exclude each other, got both")
            fixed_s = poke_interval.total_seconds() if isinstance(poke_interval, timedelta) else poke_interval
            poll_interval_s, max_poll_interval_s, poll_backoff = fixed_s, fixed_s, 0.0
        try:
            check_polling(poll_interval_s, max_poll_interval_s, poll_backoff)
        except ValueError as error:
            if poke_interval is None:
                raise
            raise ValueError(f"poke_interval must be a number of seconds above 0, got {poke_interval!r}") from error
        super().__init__(poke_interval=poll_interval_s, **kwargs)
        if str(on_hold) == "approve":
            raise ValueError("on_hold must be one of wait, fail, got 'approve': a sensor only looks")
        self.keep_options(
            circleci_conn_id=circleci_conn_id,
            deferrable=deferrable,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
            expected_duration_s=expected_duration_s,
            on_hold=on_hold,
            on_canceled=on_canceled,
            on_no_workflow=on_no_workflow,
            no_workflow_grace_s=no_workflow_grace_s,
            request_attempts=request_attempts,
            request_max_wait_s=request_max_wait_s,
        )

    def relief(self, context: Context, started_s: float, deadline_s: float) -> BaseTrigger:
        """Build the trigger, with this sensor's patience and policy."""
        return self.trigger({**self.trigger_arguments(started_s, deadline_s), **self.expectation()})

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once; a fault while looking is a reason to look again."""
        from airflow_provider_circle.vendors.circleci.report import ending_of

        now_s = time.time()
        with airflow_errors():
            # A wait whose deadline is now is one look.
            watched = self.hook.watch(
                self.look(),
                self.schedule(),
                started_s=now_s,
                deadline_s=now_s,
                **({} if self.deferrable else self.expectation()),
            )
        self.course = watched.course or self.course
        ending = ending_of(watched)
        if watched.timed_out:
            self.log.info("Not over yet: %s", ending["message"])
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._finish(context, ending))

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors():
            ending = ending_from(event)
        if ending["status"] == "timed_out":
            limit_s, _ = self.limit_s(self.timeout)
            raise self.overdue(f"{self.subject()} was still going after {limit_s:g} s: {ending['message']}")
        return self._finish(context, ending)

    def subject(self) -> str:
        """Name what is waited for."""
        raise NotImplementedError

    def look(self) -> Look:
        """Say what to look at."""
        raise NotImplementedError

    def trigger(self, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits in place of this sensor."""
        raise NotImplementedError

    def _finish(self, context: Context, ending: Ending) -> JsonObject:
        from airflow_provider_circle.vendors.circleci.report import workflow_summary

        if ending["workflows"]:
            self.show_end(context["ti"].xcom_push, ending)
        message = f"{self.subject()}: {ending['status']} ({ending['message']})"
        if ending["action"] == "skip":
            raise AirflowSkipException(message)
        if ending["action"] == "fail":
            raise AirflowFailException("\n".join([message, *self.failure_lines(ending)]))
        service = self.hook.service(self.hook.settings)
        return {
            "status": ending["status"],
            "subject": ending["subject"],
            "workflows": [workflow_summary(service, workflow) for workflow in ending["workflows"]],
        }


class CircleCIPipelineSensor(CircleCISensor):
    """
    Waits for a pipeline to end, all its workflows and reruns included.

    Returns ``{"status", "subject": {"id", "number", …}, "workflows": [{"id", "name", "status", "url",
    "duration_s"}]}``.

    :param pipeline_id: CircleCI's UUID of the pipeline. (templated)
    :param workflow_names: wait for these workflows only; all where left out. (templated)

    All other parameters: :class:`CircleCISensor`.
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "pipeline_id", "workflow_names", "expected_duration_s")
    template_fields_renderers: ClassVar[dict[str, str]] = {"workflow_names": "json"}

    def __init__(
        self, *, pipeline_id: str, workflow_names: Sequence[str] | None = None, **kwargs: Unpack[CircleCISensorKeywords]
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline_id = pipeline_id
        self.workflow_names = workflow_names

    def subject(self) -> str:
        """Name the pipeline."""
        return f"CircleCI pipeline {self.pipeline_id}"

    def look(self) -> Look:
        """Look at the pipeline and all its workflows."""
        from airflow_provider_circle.vendors.circleci.watch import look_at_pipeline

        return look_at_pipeline(self.pipeline_id, self.policy(workflow_names=self.workflow_names or ()))

    def trigger(self, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the pipeline."""
        from airflow_provider_circle.triggers.circleci import CircleCIPipelineTrigger

        names = list(self.workflow_names or ())
        return CircleCIPipelineTrigger(pipeline_id=self.pipeline_id, workflow_names=names, **waiting)


class CircleCIWorkflowSensor(CircleCISensor):
    """
    Waits for a workflow to end; when it failed and was rerun, for the rerun.

    Returns what :class:`CircleCIPipelineSensor` returns, with the workflow as ``subject``.

    :param workflow_id: CircleCI's UUID of the workflow. (templated)

    All other parameters: :class:`CircleCISensor`.
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "workflow_id", "expected_duration_s")

    def __init__(self, *, workflow_id: str, **kwargs: Unpack[CircleCISensorKeywords]) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id

    def subject(self) -> str:
        """Name the workflow."""
        return f"CircleCI workflow {self.workflow_id}"

    def look(self) -> Look:
        """Look at the workflow."""
        from airflow_provider_circle.vendors.circleci.watch import look_at_workflow

        return look_at_workflow(self.workflow_id, self.policy())

    def trigger(self, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the workflow."""
        from airflow_provider_circle.triggers.circleci import CircleCIWorkflowTrigger

        return CircleCIWorkflowTrigger(workflow_id=self.workflow_id, **waiting)


class CircleCIJobSensor(CircleCISensor):
    """
    Waits for a job to end.

    Approval jobs, and jobs that never ran, have no details in CircleCI: the sensor fails and says so.

    Returns what :class:`CircleCIPipelineSensor` returns, with the job as ``subject`` and no workflows.

    :param job_number: the job's number in its project. (templated)
    :param project_slug: the job's project; the connection's default project where left out. (templated)

    All other parameters: :class:`CircleCISensor`.
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "job_number", "project_slug", "expected_duration_s")

    def __init__(
        self, *, job_number: int | str, project_slug: str | None = None, **kwargs: Unpack[CircleCISensorKeywords]
    ) -> None:
        super().__init__(**kwargs)
        self.job_number = job_number
        self.project_slug = project_slug
        if self.expected_duration_s == INSIGHTS:
            raise ValueError(
                "expected_duration_s must be a number of seconds, got 'insights': they tell nothing of jobs"
            )
        if isinstance(project_slug, str) and not is_template(project_slug):
            project_slug_of(project_slug)

    def subject(self) -> str:
        """Name the job."""
        return f"CircleCI job {self.job_number} of {self.project_slug or 'the default project'}"

    def look(self) -> Look:
        """Look at the job."""
        from airflow_provider_circle.vendors.circleci.watch import look_at_job

        return look_at_job(*self._job(), self.policy())

    def trigger(self, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the job."""
        from airflow_provider_circle.triggers.circleci import CircleCIJobTrigger

        project_slug, job_number = self._job()
        return CircleCIJobTrigger(project_slug=project_slug, job_number=job_number, **waiting)

    def _job(self) -> tuple[str, int]:
        return self.hook.project_slug(self.project_slug), checked_number("job_number", self.job_number)
