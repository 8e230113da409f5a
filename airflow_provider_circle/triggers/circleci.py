"""
Waiting for CircleCI in the triggerer.

What is looked at, and what the CircleCI part of the arguments means; how a wait lives in the triggerer is written in
``triggers/base.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_circle.hooks.sharing import shared
from airflow_provider_circle.triggers.base import SightTrigger
from airflow_provider_circle.triggers.viewing import keeper_of
from airflow_provider_circle.vendors.circleci.recording import Recorder
from airflow_provider_circle.vendors.circleci.report import ending_of
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import Look, look_at_job, look_at_pipeline, look_at_workflow

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci import CircleCIHook

__all__ = ["CircleCIJobTrigger", "CircleCIPipelineTrigger", "CircleCIWorkflowTrigger"]


class _CircleCITrigger(SightTrigger):
    """
    A wait for something in CircleCI.

    Its event is an ``Ending``, or ``{"status": "error", "error", "message"}``, with ``handed_back`` besides.

    :param circleci_conn_id: connection of type *CircleCI*.
    :param on_hold: a job waits for a person: ``wait``, ``fail`` or, for a pipeline, ``approve``.
    :param on_canceled: ``fail``, ``skip`` or ``succeed``.
    :param on_no_workflow: nothing ever ran: ``fail``, ``skip`` or ``succeed``.
    :param no_workflow_grace_s: seconds a workflow that is due may take to appear.
    :param look_from_s: when the first look is worth it, in seconds since the epoch; at once where left out.
    :param expected_duration_s: seconds it takes as a rule; ``insights`` to learn it from the project's Insights.

    All other parameters: ``SightTrigger``.
    """

    has_view: ClassVar[bool] = True
    """Whether there are workflows to be drawn in Airflow's UI."""

    def __init__(
        self,
        *,
        circleci_conn_id: str,
        on_hold: str,
        on_canceled: str,
        on_no_workflow: str,
        no_workflow_grace_s: float,
        look_from_s: float | None = None,
        expected_duration_s: float | str | None = None,
        **waiting: Any,
    ) -> None:
        known: dict[str, Any] = {"look_from_s": look_from_s, "expected_duration_s": expected_duration_s}
        super().__init__(
            circleci_conn_id=circleci_conn_id,
            on_hold=on_hold,
            on_canceled=on_canceled,
            on_no_workflow=on_no_workflow,
            no_workflow_grace_s=no_workflow_grace_s,
            **{name: value for name, value in known.items() if value is not None},
            **waiting,
        )

    async def wait(self) -> JsonObject:
        """Wait, and tell how it ended."""
        hook = await shared(self.hook, type(self), self.subject["circleci_conn_id"], *self.patience.values())
        keeper = keeper_of(self.task_instance, self.log.info) if self.has_view else None
        try:
            watched = await hook.watch.aio(
                self.look(),
                self.schedule,
                **self.limits,
                **self._given("look_from_s", "expected_duration_s"),
                record=Recorder(keeper.keep).record if keeper else None,
            )
        finally:
            if keeper:
                keeper.close()
        return dict(ending_of(watched))

    def policy(self) -> VerdictPolicy:
        """What the waiting task makes of an end that is nobody's success."""
        return VerdictPolicy(**self._given(*(field.name for field in fields(VerdictPolicy))))

    def _given(self, *names: str) -> dict[str, Any]:
        return {name: self.subject[name] for name in names if name in self.subject}

    def told(self, event: JsonObject) -> JsonObject:
        """Hand back what the waiting task needs to go on."""
        return {**event, "handed_back": self.subject.get("hand_back")}

    def hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.subject["circleci_conn_id"], **self.patience)

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

    run_key = "pipeline_id"

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
        return look_at_pipeline(self.subject["pipeline_id"], self.policy())

    async def cancel(self) -> None:
        """Cancel the pipeline."""
        pipeline_id = self.subject["pipeline_id"]
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
        return look_at_workflow(self.subject["workflow_id"], self.policy())


class CircleCIJobTrigger(_CircleCITrigger):
    """
    Waits for a job to end.

    :param project_slug: the job's project.
    :param job_number: the job's number in its project.
    """

    has_view = False

    def __init__(self, *, project_slug: str, job_number: int, **waiting: Any) -> None:
        super().__init__(project_slug=project_slug, job_number=job_number, **waiting)

    def look(self) -> Look:
        """Look at the job."""
        return look_at_job(self.subject["project_slug"], self.subject["job_number"], self.policy())
