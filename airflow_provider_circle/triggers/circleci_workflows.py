"""
Waiting in the triggerer for what the operators that act on workflows need: an end, a hold, a person's answer.

What is looked at is written in ``vendors/circleci``, how a wait lives in the triggerer in ``triggers/base.py``. Nothing
is approved, rerun or decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.triggers.base import SightTrigger
from airflow_provider_circle.triggers.circleci import CircleCIWorkflowTrigger
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci import CircleCIHook

__all__ = ["CircleCIEndTrigger", "CircleCIHoldTrigger", "CircleCIQuestionTrigger", "CircleCIRerunTrigger"]


class _ActingTrigger(SightTrigger):
    """
    A wait on behalf of an operator that acts on workflows.

    :param circleci_conn_id: connection of type *CircleCI*.
    :param hand_back: comes back in the event as ``handed_back``; what the waiting task needs to go on.

    All other parameters, and the event: ``SightTrigger``.
    """

    def __init__(self, *, circleci_conn_id: str, hand_back: JsonObject | None = None, **waiting: Any) -> None:
        super().__init__(circleci_conn_id=circleci_conn_id, hand_back=hand_back, **waiting)

    def told(self, event: JsonObject) -> JsonObject:
        """Hand back what the waiting task needs to go on."""
        return {**event, "handed_back": self.subject["hand_back"]}

    def hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.subject["circleci_conn_id"], **self.patience)


class CircleCIRerunTrigger(CircleCIWorkflowTrigger):
    """
    Waits for the workflow that a rerun began; its event is that of ``CircleCIWorkflowTrigger``.

    :param workflow_id: CircleCI's UUID of the new workflow.
    :param cancel_on_kill: cancel it when a person marks or clears the task (Airflow 3.3 or newer).
    :param hand_back: comes back in the event; what the waiting task needs to go on.
    """

    run_key = "workflow_id"

    def __init__(self, *, workflow_id: str, cancel_on_kill: bool, hand_back: JsonObject, **waiting: Any) -> None:
        super().__init__(workflow_id=workflow_id, cancel_on_kill=cancel_on_kill, hand_back=hand_back, **waiting)

    async def cancel(self) -> None:
        """Cancel the workflow."""
        await self.hook().cancel_workflow.aio(self.subject["workflow_id"])
        self.log.info("Canceled CircleCI workflow %s", self.subject["workflow_id"])


class CircleCIEndTrigger(_ActingTrigger):
    """
    Waits until a workflow, or every workflow of a pipeline, has ended, however that was.

    ``seen`` is ``{"ended": true}``: the waiting task looks itself.

    :param workflow_id: CircleCI's UUID of the workflow; excludes ``pipeline_id``.
    :param pipeline_id: CircleCI's UUID of the pipeline.
    """

    def __init__(self, *, workflow_id: str | None = None, pipeline_id: str | None = None, **waiting: Any) -> None:
        super().__init__(workflow_id=workflow_id, pipeline_id=pipeline_id, **waiting)

    async def sight(self) -> Sight[JsonObject]:
        """Wait for the end."""
        sight = await self.hook().wait_for_end.aio(
            self.schedule,
            workflow_id=self.subject["workflow_id"],
            pipeline_id=self.subject["pipeline_id"],
            **self.limits,
        )
        return Sight(None if sight.seen is None else {"ended": True}, sight.news, sight.trouble)


class CircleCIHoldTrigger(_ActingTrigger):
    """
    Waits until a job waits for a person's approval, or never will; ``seen`` is described in ``vendors.circleci.hold``.

    :param workflow_id: CircleCI's UUID of the workflow; excludes ``pipeline_id``.
    :param pipeline_id: CircleCI's UUID of the pipeline.
    :param job_name: the approval job; whichever there is where left out.
    :param policy: the fields of a ``VerdictPolicy``.
    """

    def __init__(
        self,
        *,
        workflow_id: str | None = None,
        pipeline_id: str | None = None,
        job_name: str | None = None,
        policy: dict[str, Any],
        **waiting: Any,
    ) -> None:
        super().__init__(
            workflow_id=workflow_id, pipeline_id=pipeline_id, job_name=job_name, policy=dict(policy), **waiting
        )

    async def sight(self) -> Sight[JsonObject]:
        """Wait for the hold."""
        return await self.hook().wait_for_hold.aio(
            VerdictPolicy(**self.subject["policy"]),
            self.schedule,
            workflow_id=self.subject["workflow_id"],
            pipeline_id=self.subject["pipeline_id"],
            job_name=self.subject["job_name"],
            **self.limits,
        )


class CircleCIQuestionTrigger(_ActingTrigger):
    """
    Waits for a person's answer in Airflow, or until the question is settled in CircleCI, whichever comes first.

    Its event is that of Airflow's own ``HITLTrigger``, or ``{"status": "seen", "seen": …}`` as ``CircleCIHoldTrigger``
    has it, with ``handed_back`` besides. Needs Airflow 3.1 or newer.

    :param jobs: the jobs the question is about, as ``CircleCIHoldTrigger`` saw them.
    :param ti_id: the asking task instance.
    :param options: the answers to choose from.
    :param defaults: the answer that counts when nobody answers in time; ``None`` for an error.
    :param response_until: ISO 8601, when the question lapses; ``None`` for never.
    :param params: the fields of the question's form, serialized.
    """

    def __init__(
        self,
        *,
        jobs: Sequence[JsonObject],
        ti_id: str,
        options: Sequence[str],
        defaults: Sequence[str] | None,
        response_until: str | None,
        params: JsonObject,
        **waiting: Any,
    ) -> None:
        super().__init__(
            jobs=list(jobs),
            ti_id=str(ti_id),
            options=list(options),
            defaults=None if defaults is None else list(defaults),
            response_until=response_until,
            params=params,
            **waiting,
        )

    async def wait(self) -> JsonObject:
        """Wait for whichever comes first; an answer counts more than what it may have led to."""
        answered = asyncio.ensure_future(self._answer())
        settled = asyncio.ensure_future(super().wait())
        try:
            await asyncio.wait({answered, settled}, return_when=asyncio.FIRST_COMPLETED)
            return await (answered if answered.done() else settled)
        finally:
            for task in (answered, settled):
                task.cancel()
            await asyncio.gather(answered, settled, return_exceptions=True)

    async def sight(self) -> Sight[JsonObject]:
        """Wait until no job of the question waits any longer."""
        return await self.hook().wait_while_held.aio(self.subject["jobs"], self.schedule, **self.limits)

    async def _answer(self) -> JsonObject:
        from airflow.providers.standard.triggers.hitl import HITLTrigger

        until = self.subject["response_until"]
        question = HITLTrigger(
            ti_id=UUID(self.subject["ti_id"]),
            options=self.subject["options"],
            params=deepcopy(self.subject["params"]),
            defaults=self.subject["defaults"],
            timeout_datetime=None if until is None else datetime.fromisoformat(until),
        )
        async for event in question.run():
            return dict(event.payload)
        raise ValueError("Airflow stopped waiting for an answer without saying why")
