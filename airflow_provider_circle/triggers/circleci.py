"""
Waiting for CircleCI in the triggerer.

Arguments are ids, plain numbers and words, never secrets: they are stored and shown. All waits of a triggerer share
one HTTP session, and one pace per connection. A restart resumes a wait where it was, with the deadline it had.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.vendors.circleci.report import ending_of
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import Look, look_at_job, look_at_pipeline, look_at_workflow

if TYPE_CHECKING:
    from airflow_provider_circle.hooks.circleci import CircleCIHook

__all__ = ["CircleCIJobTrigger", "CircleCIPipelineTrigger", "CircleCIWorkflowTrigger"]


class _CircleCITrigger(BaseTrigger):
    """
    A wait for something in CircleCI.

    Its event is an ``Ending``, or ``{"status": "error", "error", "message"}``, with ``handed_back`` besides.

    :param circleci_conn_id: connection of type *CircleCI*.
    :param started_s: when the wait began, in seconds since the epoch.
    :param deadline_s: when to give up, in seconds since the epoch; one more look is taken after it.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: the interval as a share of the time waited so far.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param on_hold: a job waits for a person: ``wait``, ``fail`` or, for a pipeline, ``approve``.
    :param on_canceled: ``fail``, ``skip`` or ``succeed``.
    :param on_no_workflow: nothing ever ran: ``fail``, ``skip`` or ``succeed``.
    :param no_workflow_grace_s: seconds a workflow that is due may take to appear.
    """

    def __init__(
        self,
        *,
        circleci_conn_id: str,
        started_s: float,
        deadline_s: float | None,
        poll_interval_s: float,
        max_poll_interval_s: float,
        poll_backoff: float,
        request_attempts: int,
        request_max_wait_s: float,
        on_hold: str,
        on_canceled: str,
        on_no_workflow: str,
        no_workflow_grace_s: float,
        **subject: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._schedule = PollSchedule(poll_interval_s, max_poll_interval_s, poll_backoff)
        self._started_s = started_s
        self._deadline_s = deadline_s
        self._hook_arguments: dict[str, Any] = {
            "circleci_conn_id": circleci_conn_id,
            "request_attempts": request_attempts,
            "request_max_wait_s": request_max_wait_s,
        }
        self._policy_arguments: dict[str, Any] = {
            "on_hold": on_hold,
            "on_canceled": on_canceled,
            "on_no_workflow": on_no_workflow,
            "no_workflow_grace_s": no_workflow_grace_s,
        }
        self._subject = subject

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Say how to build this trigger again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            **self._hook_arguments,
            "started_s": self._started_s,
            "deadline_s": self._deadline_s,
            "poll_interval_s": self._schedule.poll_interval_s,
            "max_poll_interval_s": self._schedule.max_poll_interval_s,
            "poll_backoff": self._schedule.poll_backoff,
            **self._policy_arguments,
            **self._subject,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and report how it ended."""
        try:
            watched = await self.hook().watch.aio(
                self.look(), self._schedule, started_s=self._started_s, deadline_s=self._deadline_s
            )
        except (CircleError, ValueError) as error:
            event: JsonObject = {"status": "error", "error": type(error).__name__, "message": str(error)}
        else:
            event = dict(ending_of(watched))
        yield TriggerEvent({**event, "handed_back": self._subject.get("hand_back")})  # type: ignore[no-untyped-call]

    def hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(**self._hook_arguments)

    def look(self) -> Look:
        """Say what to look at."""
        raise NotImplementedError


class CircleCIPipelineTrigger(_CircleCITrigger):
    """
    Waits for a pipeline to end.

    :param pipeline_id: CircleCI's UUID of the pipeline.
    :param workflow_names: wait for these workflows only; empty means all.
    :param replaced_workflow_ids: workflows that were rerun; their successors are waited for.
    :param replaced_at_s: when they were rerun, in seconds since the epoch.
    :param cancel_on_kill: cancel the pipeline when a person marks or clears the task (Airflow 3.3 or newer).
    :param hand_back: comes back in the event; what the waiting task needs to go on. (Airflow's own way, the deferral's
        ``kwargs``, gets lost in ``dag.test()``.)
    """

    def __init__(
        self,
        *,
        pipeline_id: str,
        workflow_names: Sequence[str] = (),
        replaced_workflow_ids: Sequence[str] = (),
        replaced_at_s: float | None = None,
        cancel_on_kill: bool = False,
        hand_back: JsonObject | None = None,
        **waiting: Any,
    ) -> None:
        super().__init__(
            pipeline_id=pipeline_id,
            workflow_names=list(workflow_names),
            replaced_workflow_ids=list(replaced_workflow_ids),
            replaced_at_s=replaced_at_s,
            cancel_on_kill=cancel_on_kill,
            hand_back=hand_back,
            **waiting,
        )

    def look(self) -> Look:
        """Look at the pipeline and all its workflows."""
        policy = VerdictPolicy(
            **self._policy_arguments,
            workflow_names=self._subject["workflow_names"],
            replaced_workflow_ids=self._subject["replaced_workflow_ids"],
            replaced_at_s=self._subject["replaced_at_s"],
        )
        return look_at_pipeline(self._subject["pipeline_id"], policy)

    async def on_kill(self) -> None:
        """Cancel the pipeline: a person marked or cleared the task. A restarting triggerer does not come here."""
        if self._subject["cancel_on_kill"]:
            pipeline_id = self._subject["pipeline_id"]
            told = await self.hook().cancel_pipeline.aio(pipeline_id)
            if told:
                self.log.info("Canceled %d workflows of CircleCI pipeline %s", len(told), pipeline_id)
            else:
                self.log.warning("Found no running workflow of CircleCI pipeline %s to cancel", pipeline_id)


class CircleCIWorkflowTrigger(_CircleCITrigger):
    """
    Waits for a workflow, and its reruns, to end.

    :param workflow_id: CircleCI's UUID of the workflow.
    """

    def __init__(self, *, workflow_id: str, **waiting: Any) -> None:
        super().__init__(workflow_id=workflow_id, **waiting)

    def look(self) -> Look:
        """Look at the workflow."""
        return look_at_workflow(self._subject["workflow_id"], VerdictPolicy(**self._policy_arguments))


class CircleCIJobTrigger(_CircleCITrigger):
    """
    Waits for a job to end.

    :param project_slug: the job's project.
    :param job_number: the job's number in its project.
    """

    def __init__(self, *, project_slug: str, job_number: int, **waiting: Any) -> None:
        super().__init__(project_slug=project_slug, job_number=job_number, **waiting)

    def look(self) -> Look:
        """Look at the job."""
        return look_at_job(
            self._subject["project_slug"], self._subject["job_number"], VerdictPolicy(**self._policy_arguments)
        )
