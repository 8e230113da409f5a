"""
Running CircleCI workflows again from a DAG, and knowing how that ended.

This module fits the pieces into Airflow. How to rerun once, and to see what became of it, is written in
``vendors/circleci``; nothing here imports an HTTP library before a task runs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
)
from airflow_provider_circle.links.circleci import WORKFLOW_URL_KEY, CircleCIWorkflowLink
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.following import FollowingOperator
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.options import raise_reported
from airflow_provider_circle.operators.waiting import WaitsForCircleCI, ending_from
from airflow_provider_circle.vendors.circleci.options import (
    NO_WORKFLOW_GRACE_S,
    ON_CANCELED,
    ON_HOLD,
    ON_NO_WORKFLOW,
    OnEnd,
    WaitOrFail,
)
from airflow_provider_circle.vendors.circleci.rerun_options import checked_rerun

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import FollowingKeywords

__all__ = ["CircleCIRerunWorkflowOperator"]


class CircleCIRerunWorkflowOperator(WaitsForCircleCI, FollowingOperator):
    """
    Runs a CircleCI workflow again, waits for the new workflow's end and fails, skips or succeeds by it.

    CircleCI reruns only what has ended; a workflow that still runs is waited for first, within ``timeout_s``. A try
    that died finds its rerun again (Airflow 3.3 or newer); a cleared task reruns anew.

    XCom: ``workflow_id`` and ``workflow_url`` of the new workflow as soon as it exists; at the end ``summary``, which
    is also returned: ``{"workflow_id", "rerun_of", "pipeline_id", "url", "status", "workflows": [{"id", "name",
    "status", "url", "duration_s"}]}``.

    :param workflow_id: CircleCI's UUID of the workflow to run again. (templated)
    :param from_failed: only its failed jobs and what depends on them.
    :param jobs: only these jobs, by name or id; excludes ``from_failed``. (templated)
    :param sparse_tree: leave out jobs that the chosen ones do not need; needs ``jobs``.
    :param enable_ssh: let the token's user log in to the chosen jobs; needs ``jobs``.
    :param wait_for_completion: ``False`` ends the task once the rerun has begun.
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait at most, deferred or not; ``execution_timeout`` holds while deferred, too.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param expected_duration_s: seconds the new workflow takes as a rule; ``insights`` to learn it from the project's
        Insights, where all of it runs again. Looks are then few before the expected end and close around it.
        (templated)
    :param on_hold: a job of the new workflow waits for a person's approval: ``wait`` or ``fail``.
    :param on_canceled: the new workflow was canceled: ``fail``, ``skip`` or ``succeed``.
    :param cancel_on_kill: cancel the new workflow when the task is killed, marked or cleared.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :raises ValueError: options that exclude each other, or jobs that the workflow does not have.
    :raises PipelineFailed: the new workflow failed, or was canceled; the message names jobs and tests.
    :raises PipelineTimedOut: it is still going after ``timeout_s``.

    Source: https://circleci.com/docs/api/v2/#operation/rerunWorkflow
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "workflow_id", "jobs", "expected_duration_s")
    template_fields_renderers: ClassVar[dict[str, str]] = {"jobs": "json"}
    operator_extra_links = (CircleCIWorkflowLink(),)
    memory_key = "circleci_rerun"

    def __init__(
        self,
        *,
        workflow_id: str,
        from_failed: bool = False,
        jobs: Sequence[str] | None = None,
        sparse_tree: bool = False,
        enable_ssh: bool = False,
        deferrable: bool | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        expected_duration_s: float | str | None = None,
        on_hold: WaitOrFail = ON_HOLD,
        on_canceled: OnEnd = ON_CANCELED,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[FollowingKeywords],
    ) -> None:
        super().__init__(**kwargs)
        if str(on_hold) == "approve":
            raise ValueError("on_hold must be one of wait, fail, got 'approve'; CircleCIApproveJobOperator approves")
        self.keep_options(
            circleci_conn_id=circleci_conn_id,
            deferrable=deferrable,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
            expected_duration_s=expected_duration_s,
            on_hold=on_hold,
            on_canceled=on_canceled,
            on_no_workflow=ON_NO_WORKFLOW,
            no_workflow_grace_s=NO_WORKFLOW_GRACE_S,
            request_attempts=request_attempts,
            request_max_wait_s=request_max_wait_s,
        )
        self.workflow_id = workflow_id
        self.from_failed = from_failed
        self.jobs = jobs
        self.sparse_tree = sparse_tree
        self.enable_ssh = enable_ssh
        self._new_since_s: float | None = None
        if jobs is None or (isinstance(jobs, list | tuple) and all(isinstance(job, str) for job in jobs)):
            checked_rerun(**self._options())

    def execute_after_end(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on once the workflow to run again has ended."""
        with airflow_errors():
            raise_reported(event)
            if event["status"] == "timed_out":
                raise self._still_running(event["message"])
        return self.follow(context, event["handed_back"]["started_s"])

    def obtain(self, memory: TaskMemory, started_s: float) -> JsonObject:
        """Find the rerun to wait for: an earlier try's, or a new one."""
        from airflow_provider_circle.vendors.circleci.service import workflow_url

        options = checked_rerun(**self._options())
        self.expectation()
        left = memory.recall() or {}
        new_id = left.get("id")
        if not new_id and left.get("before"):
            self.log.info("An earlier try died while it reran workflow %s; looking for it", self.workflow_id)
            new_id = self.hook.find_rerun(left["before"])
        if not new_id:
            self._await_end(started_s)
            before = self.hook.prepare_rerun(self.workflow_id)
            began_s = time.time()
            new_id = self.start_noted(memory, {"before": before}, lambda: self.hook.rerun_once(before, **options))
            self._new_since_s = began_s
        memory.keep(id=new_id)
        workflow = self.hook.get_new_workflow(new_id)
        url = workflow_url(self.hook.service(self.hook.settings), workflow)
        run = {"id": new_id, "name": workflow.get("name"), "pipeline_id": workflow.get("pipeline_id"), "url": url}
        if left.get("id"):
            return self.found_again(run)
        self.log.info("Workflow %s runs again as %s: %s", self.workflow_id, new_id, url)
        return run

    def may_have_ended(self, run: JsonObject) -> bool:
        """Look at once, unless the workflow is new and known to take its time."""
        return "look_from_s" not in self._expectation()

    def look(self, run: JsonObject, *, started_s: float, deadline_s: float) -> JsonObject:
        """Wait in the worker for the new workflow."""
        from airflow_provider_circle.vendors.circleci.report import ending_of
        from airflow_provider_circle.vendors.circleci.watch import look_at_workflow

        expectation = {} if self.deferrable else self._expectation()
        watched = self.hook.watch(
            look_at_workflow(run["id"], self.policy()),
            self.schedule(),
            started_s=started_s,
            deadline_s=deadline_s,
            record=self.record(),
            **expectation,
        )
        return dict(ending_of(watched))

    def ending_of_event(self, event: JsonObject) -> JsonObject:
        """Read how the triggerer saw the new workflow end."""
        return dict(ending_from(event))

    def trigger(self, run: JsonObject, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the new workflow."""
        from airflow_provider_circle.triggers.circleci_workflows import CircleCIRerunTrigger

        return CircleCIRerunTrigger(
            workflow_id=run["id"],
            cancel_on_kill=self.cancel_on_kill,
            hand_back=run,
            **waiting,
            **self.policy_arguments(),
            **self._expectation(),
        )

    def cancel(self, run: JsonObject) -> str:
        """Cancel the new workflow."""
        with self.hook.twin() as hook:
            hook.cancel_workflow(run["id"])
        return self.named(run)

    def named(self, run: JsonObject) -> str:
        """Name the new workflow."""
        return f"CircleCI workflow {run.get('name')} ({run['id']})"

    def told(self, run: JsonObject) -> dict[str, Any]:
        """Tell the new workflow's id and page."""
        return {"workflow_id": run["id"], WORKFLOW_URL_KEY: run["url"]}

    def summary(self, run: JsonObject, ending: JsonObject) -> JsonObject:
        """Sum the rerun up."""
        from airflow_provider_circle.vendors.circleci.report import workflow_summary

        service = self.hook.service(self.hook.settings)
        return {
            "workflow_id": run["id"],
            "rerun_of": self.workflow_id,
            "pipeline_id": run["pipeline_id"],
            "url": run["url"],
            "status": ending["status"],
            "workflows": [workflow_summary(service, workflow) for workflow in ending.get("workflows", [])],
        }

    def _expectation(self) -> dict[str, Any]:
        return self.expectation(whole=not (self.from_failed or self.jobs), new_since_s=self._new_since_s)

    def _options(self) -> dict[str, Any]:
        return {
            "from_failed": self.from_failed,
            "jobs": self.jobs or (),
            "sparse_tree": self.sparse_tree,
            "enable_ssh": self.enable_ssh,
        }

    def _await_end(self, started_s: float) -> None:
        """Wait until the workflow can be run again, here or in the triggerer."""
        deadline_s = started_s + self.limit_s(self.timeout_s)[0]
        sight = self.hook.wait_for_end(
            self.schedule(),
            workflow_id=self.workflow_id,
            started_s=started_s,
            deadline_s=started_s if self.deferrable else deadline_s,
        )
        if sight.seen is not None:
            return
        if not self.deferrable:
            raise self._still_running(f"last seen: {sight}")

        from airflow_provider_circle.triggers.circleci_workflows import CircleCIEndTrigger

        self.defer(
            trigger=CircleCIEndTrigger(
                workflow_id=self.workflow_id,
                hand_back={"started_s": started_s},
                **self.waiting_arguments(started_s, deadline_s),
            ),
            method_name="execute_after_end",
        )

    def _still_running(self, standing: str) -> BaseException:
        what = f"CircleCI workflow {self.workflow_id} could not be run again: it had not ended"
        return self.too_late(self.timeout_s, what, standing)
