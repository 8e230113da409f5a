"""
Approving from a DAG what waits for a person in CircleCI.

This module fits the pieces into Airflow; what a hold is, and how a job is approved once, is written in
``vendors/circleci/hold.py``. Who wants a person in Airflow to decide finds that in ``circleci_approval.py``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    BaseOperator,
)

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
)
from airflow_provider_circle.links.circleci import WORKFLOW_URL_KEY, CircleCIWorkflowLink
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.options import checked_timeout, raise_reported
from airflow_provider_circle.operators.templates import check_one_of, one_of
from airflow_provider_circle.operators.waiting import WaitsForCircleCI
from airflow_provider_circle.vendors.circleci.options import NO_WORKFLOW_GRACE_S, ON_CANCELED, ON_NO_WORKFLOW, OnEnd

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import TaskKeywords

__all__ = ["CircleCIApproveJobOperator", "WaitsForHold"]

_DAY_S = 86_400.0


class WaitsForHold(WaitsForCircleCI):
    """Mixin of operators that wait until a job waits for a person."""

    def keep_hold_options(
        self,
        *,
        workflow_id: str | None,
        pipeline_id: str | None,
        job_name: str | None,
        timeout_s: float,
        on_canceled: str,
        **patience: Any,
    ) -> None:
        """
        Store the options as attributes.

        :param patience: see ``Waits.keep_patience``.
        :raises ValueError: one of them makes no sense; names it.
        """
        self.keep_options(
            on_hold="wait",
            on_canceled=on_canceled,
            on_no_workflow=ON_NO_WORKFLOW,
            no_workflow_grace_s=NO_WORKFLOW_GRACE_S,
            **patience,
        )
        self.workflow_id = workflow_id
        self.pipeline_id = pipeline_id
        self.job_name = job_name
        self.timeout_s = checked_timeout(timeout_s)
        check_one_of(workflow_id=workflow_id, pipeline_id=pipeline_id)

    def await_hold(self, operator: BaseOperator) -> JsonObject:
        """
        Wait for the hold, here or, by deferring, in the triggerer.

        :param operator: this task; it goes on in its ``execute_complete``.
        :return: what ``vendors.circleci.hold`` says is seen.
        :raises PipelineTimedOut: no hold in time.
        """
        target = one_of(workflow_id=self.workflow_id, pipeline_id=self.pipeline_id)
        started_s = time.time()
        deadline_s = started_s + self.limit_s(self.timeout_s)[0]
        job_name = self.job_name or None
        sight = self.hook.wait_for_hold(
            self.policy(),
            self.schedule(),
            **target,
            job_name=job_name,
            started_s=started_s,
            deadline_s=started_s if self.deferrable else deadline_s,
        )
        if sight.seen is not None:
            return sight.seen
        if not self.deferrable:
            raise self._too_late(f"last seen: {sight}")

        from airflow_provider_circle.triggers.circleci_workflows import CircleCIHoldTrigger

        operator.defer(
            trigger=CircleCIHoldTrigger(
                **target,
                job_name=job_name,
                policy=self.policy_arguments(),
                **self.waiting_arguments(started_s, deadline_s),
            ),
            method_name="execute_complete",
        )
        raise AssertionError("unreachable: deferring leaves by exception")

    def hold_of_event(self, event: JsonObject) -> JsonObject:
        """
        Read what the triggerer saw, as :meth:`await_hold` returns it.

        :raises CircleError: the trigger was turned away.
        :raises PipelineTimedOut: no hold in time.
        """
        raise_reported(event)
        if event["status"] == "timed_out":
            raise self._too_late(event["message"])
        seen: JsonObject = event["seen"]
        return seen

    def raise_ended(self, action: str, message: str) -> None:
        """
        End the task because nothing is left to approve; ``succeed`` does not raise.

        :raises AirflowFailException: ``fail``.
        :raises AirflowSkipException: ``skip``.
        """
        if action == "skip":
            raise AirflowSkipException(f"CircleCI: {message}")
        if action == "fail":
            raise AirflowFailException(f"CircleCI: {message}")

    def _too_late(self, standing: str) -> BaseException:
        return self.too_late(self.timeout_s, "no CircleCI job to approve was on hold", standing)


class CircleCIApproveJobOperator(WaitsForHold, BaseOperator):
    """
    Approves the jobs of a CircleCI workflow, or of a whole pipeline, that wait for a person.

    A hold comes late, so it is waited for. A job that somebody approved meanwhile is a success, and said so. What is on
    hold when the first hold is seen is approved; what comes after the approval is waited for by a sensor.

    Returns ``{"approved": [names], "approved_meanwhile": [names], "jobs": [{"name", "status", "workflow_id",
    "workflow_name", "pipeline_id", "url", "approval_request_id", "approved_by"}]}``.

    :param workflow_id: CircleCI's UUID of a workflow; excludes ``pipeline_id``. (templated)
    :param pipeline_id: CircleCI's UUID of a pipeline. (templated)
    :param job_name: the approval job; whichever waits first where left out. (templated)
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait for the hold at most.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param on_canceled: it was canceled before it was approved: ``fail``, ``skip`` or ``succeed``.
    :param request_attempts: how often one request is sent at most; an approval is looked up before it is sent again.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :raises AirflowFailException: it ended without such a job being approved; names the approval jobs there are.
    :raises PipelineTimedOut: no hold within ``timeout_s``.

    Source: https://circleci.com/docs/api/v2/#operation/approvePendingApprovalJobById
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "workflow_id", "pipeline_id", "job_name")
    operator_extra_links = (CircleCIWorkflowLink(),)
    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        workflow_id: str | None = None,
        pipeline_id: str | None = None,
        job_name: str | None = None,
        deferrable: bool | None = None,
        timeout_s: float = _DAY_S,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        on_canceled: OnEnd = ON_CANCELED,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[TaskKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.keep_hold_options(
            workflow_id=workflow_id,
            pipeline_id=pipeline_id,
            job_name=job_name,
            timeout_s=timeout_s,
            on_canceled=on_canceled,
            circleci_conn_id=circleci_conn_id,
            deferrable=deferrable,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
            request_attempts=request_attempts,
            request_max_wait_s=request_max_wait_s,
        )

    def execute(self, context: Context) -> JsonObject:
        """Wait for the hold, here or in the triggerer, and approve."""
        with airflow_errors(), self.hook:
            return self._approve(context, self.await_hold(self))

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors(), self.hook:
            return self._approve(context, self.hold_of_event(event))

    def _approve(self, context: Context, seen: JsonObject) -> JsonObject:
        jobs: list[JsonObject] = seen["jobs"]
        if jobs:
            context["ti"].xcom_push(key=WORKFLOW_URL_KEY, value=jobs[0]["url"])
        match seen["state"]:
            case "held":
                jobs = self.hook.approve_jobs(jobs)
            case "approved":
                jobs = [{**job, "status": "approved_meanwhile"} for job in jobs]
            case _:
                self.raise_ended(seen["action"], seen["message"])
        named = {
            status: [job["name"] for job in jobs if job["status"] == status]
            for status in ("approved", "approved_meanwhile")
        }
        missed = [f"{job['name']} {job['status']}" for job in jobs if job["status"] not in named]
        if missed and seen["state"] == "held":
            self.raise_ended(self.on_canceled, f"ended before it could be approved: {', '.join(missed)}")
        for status, names in {**named, "not approved": missed}.items():
            if names:
                self.log.info("%s: %s", status.replace("_", " "), ", ".join(names))
        return {**named, "jobs": jobs}
