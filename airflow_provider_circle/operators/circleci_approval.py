"""
Asking a person in Airflow whether a CircleCI workflow that is on hold may go on.

The question itself, its form, its notifiers and who may answer are Airflow's own human in the loop (Airflow 3.1 or
newer); what a hold is, and how a job is approved once, is written in ``vendors/circleci/hold.py``. This module brings
the two together: whoever is faster, the person in Airflow or somebody in CircleCI, has decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import TYPE_CHECKING, Any, Unpack

from airflow.providers.common.compat.sdk import (
    AirflowOptionalProviderFeatureException,
    BaseOperator,
    TaskDeferred,
)

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
)
from airflow_provider_circle.links.circleci import WORKFLOW_URL_KEY, CircleCIWorkflowLink
from airflow_provider_circle.operators.circleci_holds import WaitsForHold
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.vendors.circleci.options import OnEnd

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.providers.standard.operators.hitl import HITLOperator

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import ApprovalKeywords
else:
    try:
        from airflow.providers.standard.operators.hitl import HITLOperator
    except (ImportError, AirflowOptionalProviderFeatureException):

        class HITLOperator(BaseOperator):
            """Stands in for Airflow's own where there is none, so that DAG files can still be read."""

            def __init__(self, **_: Any) -> None:
                raise AirflowOptionalProviderFeatureException(
                    "CircleCIApprovalOperator needs Airflow 3.1 or newer, with apache-airflow-providers-standard: it "
                    "asks a person through Airflow's human in the loop. CircleCIApproveJobOperator asks nobody."
                )


if TYPE_CHECKING:
    from airflow.sdk.exceptions import TaskAwaitingInput
else:
    try:
        from airflow.sdk.exceptions import TaskAwaitingInput
    except ImportError:  # Before Airflow 3.3 a question always defers.
        TaskAwaitingInput = TaskDeferred

__all__ = ["CircleCIApprovalOperator"]

_KNOWS_RESPONSE_TIMEOUT = "response_timeout" in signature(HITLOperator.__init__).parameters
"""Older releases of Airflow's operator take ``execution_timeout`` for the time that an answer may take."""

_MEMORY_KEY = "circleci_approval"
_DAY_S = 86_400.0


class CircleCIApprovalOperator(WaitsForHold, HITLOperator):
    """
    Waits until a CircleCI workflow is on hold, asks a person in Airflow, and approves or cancels it in CircleCI.

    Needs Airflow 3.1 or newer. The task waits in the triggerer, before and after it has asked. If somebody decides in
    CircleCI meanwhile, that decision counts and the question lapses. A try that died after the answer does not ask
    again (Airflow 3.3 or newer).

    XCom ``decision``, which is also returned: ``{"decision": "approve" | "cancel" | None, "decided_in": "airflow" |
    "timeout" | "circleci", "decided_by", "decided_at", "params_input", "jobs": [{"name", "status", "workflow_id",
    "workflow_name", "url", …}]}``. No decision: it ended before anybody decided.

    :param workflow_id: CircleCI's UUID of a workflow; excludes ``pipeline_id``. (templated)
    :param pipeline_id: CircleCI's UUID of a pipeline. (templated)
    :param job_name: the approval job; whichever waits first where left out. (templated)
    :param subject: headline of the question; names the jobs where left out. (templated)
    :param body: said before what is known of the jobs, in Markdown. (templated)
    :param defaults: the answer that counts when nobody answers within ``response_timeout``:
        ``CircleCIApprovalOperator.APPROVE`` or ``CANCEL``; without one the task fails then.
    :param timeout_s: seconds to wait for the hold at most.
    :param poll_interval_s: seconds between two looks at CircleCI, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param on_canceled: the workflow is canceled, by the answer or in CircleCI: ``skip``, ``fail`` or ``succeed``.
    :param request_attempts: how often one request is sent at most; an approval is looked up before it is sent again.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :param response_timeout: how long an answer may take; for ever where left out.

    ``assigned_users``, ``notifiers`` and ``params`` are those of Airflow's ``HITLOperator``.

    :raises AirflowOptionalProviderFeatureException: this Airflow is older than 3.1.
    :raises HITLTimeoutError: nobody answered in time, and there is no default.

    Source: https://circleci.com/docs/api/v2/#operation/approvePendingApprovalJobById
    """

    APPROVE = "Approve"
    CANCEL = "Cancel workflow"

    template_fields: Sequence[str] = ("circleci_conn_id", "workflow_id", "pipeline_id", "job_name", "subject", "body")
    operator_extra_links = (CircleCIWorkflowLink(),)
    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        workflow_id: str | None = None,
        pipeline_id: str | None = None,
        job_name: str | None = None,
        subject: str = "",
        body: str = "",
        defaults: str | None = None,
        timeout_s: float = _DAY_S,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        on_canceled: OnEnd = "skip",
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        response_timeout: timedelta | None = None,
        **kwargs: Unpack[ApprovalKeywords],
    ) -> None:
        airflows: dict[str, Any] = {**kwargs}
        if _KNOWS_RESPONSE_TIMEOUT:
            airflows["response_timeout"] = response_timeout
        super().__init__(subject=subject, body=body, options=[self.APPROVE, self.CANCEL], defaults=defaults, **airflows)
        if not _KNOWS_RESPONSE_TIMEOUT:
            self.response_timeout = response_timeout
        self.keep_hold_options(
            workflow_id=workflow_id,
            pipeline_id=pipeline_id,
            job_name=job_name,
            timeout_s=timeout_s,
            on_canceled=on_canceled,
            circleci_conn_id=circleci_conn_id,
            deferrable=True,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
            request_attempts=request_attempts,
            request_max_wait_s=request_max_wait_s,
        )

    def execute(self, context: Context) -> JsonObject:
        """Wait for the hold, and ask; or do what was answered to an earlier try that died."""
        answer = TaskMemory(context, _MEMORY_KEY).recall()
        with airflow_errors(), self.hook:
            if answer:
                self.log.info("%s was already chosen by %s", answer["decision"], answer["decided_by"])
                return self._act(context, answer)
            return self._ask(context, self.await_hold(self))

    def execute_complete(self, context: Context, event: dict[str, Any], asked: JsonObject | None = None) -> JsonObject:
        """
        Go on with a hold, an answer, or what became of the hold in CircleCI.

        :param asked: what the question was about; Airflow 3.3 resumes a task with the bare answer.
        """
        asked = event.get("handed_back") or asked
        is_answer = "chosen_options" in event or "error_type" in event
        with airflow_errors(), self.hook:
            if asked and is_answer:
                return self._act(context, self._answer(context, event, asked))
            if asked:
                return self._settled(context, self.hold_of_event(event), self.on_canceled)
            if is_answer:
                self.log.info("An answer to a question of an earlier try; the hold is looked for again")
                return self._ask(context, self.await_hold(self))
            return self._ask(context, self.hold_of_event(event))

    def _ask(self, context: Context, seen: JsonObject) -> JsonObject:
        """Ask, unless there is nothing left to ask, and wait for the answer in the triggerer."""
        if seen["state"] != "held":
            return self._settled(context, seen, seen["action"])
        jobs = seen["jobs"]
        names = ", ".join(str(job["name"]) for job in jobs)
        context["ti"].xcom_push(key=WORKFLOW_URL_KEY, value=jobs[0]["url"])
        self.subject = self.subject or f"Approve {names} in CircleCI?"
        self.body = "\n".join([*([self.body, ""] if self.body else []), *self.hook.describe_hold(jobs)])
        self.log.info("Asking whether %s may go on", names)
        asked_at = datetime.now(UTC)
        # What Airflow would wait with knows nothing of CircleCI; only the question is wanted.
        with suppress(TaskDeferred, TaskAwaitingInput):
            super().execute(context)

        from airflow_provider_circle.triggers.circleci_workflows import CircleCIQuestionTrigger

        asked = {"jobs": jobs}
        self.defer(
            trigger=CircleCIQuestionTrigger(
                jobs=jobs,
                ti_id=str(context["ti"].id),
                options=self.options,
                defaults=self.defaults,
                params=self.serialized_params,
                response_until=(asked_at + self.response_timeout).isoformat() if self.response_timeout else None,
                hand_back=asked,
                **self.waiting_arguments(asked_at.timestamp(), None),
            ),
            method_name="execute_complete",
            kwargs={"asked": asked},
        )
        raise AssertionError("unreachable: deferring leaves by exception")

    def _answer(self, context: Context, event: dict[str, Any], asked: JsonObject) -> JsonObject:
        """
        Read the answer, and remember it until it is carried out.

        :raises HITLTimeoutError: nobody answered in time, and there is no default.
        """
        given = super().execute_complete(context, event)
        user, at = given.get("responded_by_user"), given.get("responded_at")
        answer: JsonObject = {
            "decision": "approve" if given["chosen_options"] == [self.APPROVE] else "cancel",
            "decided_in": "timeout" if event.get("timedout") else "airflow",
            "decided_by": (user.get("name") or user.get("id")) if user else None,
            "decided_at": at.isoformat() if isinstance(at, datetime) else at,
            "params_input": dict(given.get("params_input") or {}),
            "jobs": asked["jobs"],
        }
        TaskMemory(context, _MEMORY_KEY).keep(**answer)
        who = "nobody answered in time; the default is" if event.get("timedout") else f"{answer['decided_by']} chose"
        self.log.info("%s: %s", who, answer["decision"])
        return answer

    def _act(self, context: Context, answer: JsonObject) -> JsonObject:
        """Carry the answer out."""
        if answer["decision"] == "approve":
            jobs = self.hook.approve_jobs(answer["jobs"])
        else:
            for workflow_id in {job["workflow_id"]: None for job in answer["jobs"]}:
                self.hook.cancel_workflow(workflow_id)
            jobs = [{**job, "status": "canceled"} for job in answer["jobs"]]
        TaskMemory(context, _MEMORY_KEY).forget()
        told = {**answer, "jobs": jobs}
        context["ti"].xcom_push(key="decision", value=told)
        standing = ", ".join(f"{job['name']} of workflow {job['workflow_name']} {job['status']}" for job in jobs)
        self.log.info("%s", standing)
        if any(job["status"] not in {"approved", "approved_meanwhile"} for job in jobs):
            by = answer["decided_by"] or "default"
            self.raise_ended(self.on_canceled, f"{standing}; {answer['decision']} was chosen by {by}")
        return told

    def _settled(self, context: Context, seen: JsonObject, action: str) -> JsonObject:
        """End by what happened in CircleCI."""
        is_approved = seen["state"] == "approved"
        told = {
            "decision": "approve" if is_approved else None,
            "decided_in": "circleci",
            "decided_by": next((job["approved_by"] for job in seen["jobs"] if job["approved_by"]), None),
            "decided_at": None,
            "params_input": {},
            "jobs": seen["jobs"],
        }
        context["ti"].xcom_push(key="decision", value=told)
        self.log.info("Not decided here: %s", seen["message"])
        if not is_approved:
            self.raise_ended(action, seen["message"])
        return told
