"""
Canceling from a DAG what runs in CircleCI: a workflow, a whole pipeline, a build of API v1.1.

Each waits until it has stopped. This module fits the pieces into Airflow; what counts as an end, and which workflows a
pipeline still brings forth, is written in ``vendors/circleci``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_circle.core.patience import ATTEMPTS, MAX_WAIT_S, POLL_BACKOFF
from airflow_provider_circle.operators.building import WaitsForBuild, build_summary, check_build
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.options import checked_timeout, raise_reported
from airflow_provider_circle.operators.templates import check_one_of, one_of
from airflow_provider_circle.operators.waiting import Waits, WaitsOnV2
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.statuses import WORKFLOW_TERMINAL

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import StoppingKeywords

__all__ = ["CircleCICancelOperator", "CircleCIStoppingOperator", "CircleCIV1CancelBuildOperator"]


class CircleCIStoppingOperator(Waits, BaseOperator):
    """
    What the operators that cancel share; the parameters below are theirs, too.

    :param wait_for_completion: ``False`` ends the task once CircleCI has accepted the cancellation.
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait for the stop at most.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :raises PipelineTimedOut: something still runs after ``timeout_s``.
    """

    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        wait_for_completion: bool = True,
        deferrable: bool | None = None,
        timeout_s: float = 600.0,
        poll_interval_s: float = 2.0,
        max_poll_interval_s: float = 30.0,
        poll_backoff: float = POLL_BACKOFF,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.keep_patience(
            circleci_conn_id=circleci_conn_id,
            deferrable=deferrable,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
            request_attempts=request_attempts,
            request_max_wait_s=request_max_wait_s,
        )
        self.wait_for_completion = wait_for_completion
        self.timeout_s = checked_timeout(timeout_s)

    def unstopped(self, what: str, standing: str) -> BaseException:
        """
        Build the error of a cancellation that came to nothing.

        :param what: what had not stopped, as half a sentence.
        :param standing: how things stood at the last look.
        """
        return self.too_late(self.timeout_s, f"CircleCI accepted the cancellation, but {what}", standing)


class CircleCICancelOperator(WaitsOnV2, CircleCIStoppingOperator):
    """
    Cancels a CircleCI workflow, or every workflow of a pipeline that has not ended, and waits until it has stopped.

    What has ended already is left as it is; that is no error.

    Returns ``{"pipeline_id" or "workflow_id", "canceled": [ids that were told to stop], "workflows": [{"id", "name",
    "status", "url", "duration_s"}]}``.

    :param workflow_id: CircleCI's UUID of a workflow; excludes ``pipeline_id``. (templated)
    :param pipeline_id: CircleCI's UUID of a pipeline. (templated)
    :raises NotFound: no such workflow or pipeline.

    All other parameters: :class:`CircleCIStoppingOperator`.

    Source: https://circleci.com/docs/api/v2/#operation/cancelWorkflow
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "workflow_id", "pipeline_id")

    def __init__(
        self, *, workflow_id: str | None = None, pipeline_id: str | None = None, **kwargs: Unpack[StoppingKeywords]
    ) -> None:
        super().__init__(**kwargs)
        self.workflow_id = workflow_id
        self.pipeline_id = pipeline_id
        check_one_of(workflow_id=workflow_id, pipeline_id=pipeline_id)

    def execute(self, context: Context) -> JsonObject:
        """Cancel, and wait here or in the triggerer until it has stopped."""
        target = self._target()
        started_s = time.time()
        deadline_s = started_s + self.limit_s(self.timeout_s)[0]
        with airflow_errors(), self.hook:
            canceled = self._cancel(target)
            if not canceled or not self.wait_for_completion:
                return self._told(target, canceled)
            sight = self.hook.wait_for_end(
                self.schedule(),
                **target,
                started_s=started_s,
                deadline_s=started_s if self.deferrable else deadline_s,
            )
            if sight.seen is not None:
                return self._told(target, canceled)
            if not self.deferrable:
                raise self.unstopped("not all had stopped", f"last seen: {sight}")

        from airflow_provider_circle.triggers.circleci_workflows import CircleCIEndTrigger

        self.defer(
            trigger=CircleCIEndTrigger(
                **target, hand_back={"canceled": canceled}, **self.waiting_arguments(started_s, deadline_s)
            ),
            method_name="execute_complete",
        )
        raise AssertionError("unreachable: deferring leaves by exception")

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors(), self.hook:
            raise_reported(event)
            if event["status"] == "timed_out":
                raise self.unstopped("not all had stopped", event["message"])
            return self._told(self._target(), event["handed_back"]["canceled"])

    def _target(self) -> dict[str, str]:
        return one_of(workflow_id=self.workflow_id, pipeline_id=self.pipeline_id)

    def _cancel(self, target: dict[str, str]) -> list[str]:
        if pipeline_id := target.get("pipeline_id"):
            canceled = self.hook.cancel_pipeline(pipeline_id)
        else:
            workflow = self.hook.get_workflow(target["workflow_id"])
            canceled = [] if workflow.get("status") in WORKFLOW_TERMINAL else [target["workflow_id"]]
            for workflow_id in canceled:
                self.hook.cancel_workflow(workflow_id)
        if canceled:
            self.log.info("Told CircleCI to cancel %s", ", ".join(canceled))
        return canceled

    def _told(self, target: dict[str, str], canceled: list[str]) -> JsonObject:
        """Say how everything stands now."""
        from airflow_provider_circle.vendors.circleci.report import workflow_summary

        if pipeline_id := target.get("pipeline_id"):
            workflows = list(self.hook.list_pipeline_workflows(pipeline_id))
        else:
            workflows = [self.hook.get_workflow(target["workflow_id"])]
        standing = ", ".join(f"{workflow.get('name')} {workflow.get('status')}" for workflow in workflows)
        if not canceled:
            self.log.info("Nothing to cancel: %s", standing or "no workflow")
        else:
            self.log.info("Now: %s", standing)
        service = self.hook.service(self.hook.settings)
        return {
            **target,
            "canceled": canceled,
            "workflows": [workflow_summary(service, workflow) for workflow in workflows],
        }


class CircleCIV1CancelBuildOperator(WaitsForBuild, CircleCIStoppingOperator):
    """
    Cancels a build of CircleCI's API v1.1, and waits until it has stopped. One that has ended already is no error.

    Returns ``{"project_slug", "build_num", "url", "status", "lifecycle", "outcome", "canceled"}``; ``canceled`` says
    whether CircleCI was told to stop it.

    :param build_num: the build's number in its project. (templated)
    :param project_slug: ``gh/<org>/<repo>`` or ``bb/…``; the connection's default project where left out. (templated)
    :raises NotFound: no such build.

    All other parameters: :class:`CircleCIStoppingOperator`.

    Source: https://circleci.com/docs/api/v1/ (Cancel a Build)
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "project_slug", "build_num")

    def __init__(
        self, *, build_num: int | str, project_slug: str | None = None, **kwargs: Unpack[StoppingKeywords]
    ) -> None:
        super().__init__(**kwargs)
        self.build_num = build_num
        self.project_slug = project_slug
        check_build(project_slug, build_num)

    def execute(self, context: Context) -> JsonObject:
        """Cancel, and wait here or in the triggerer until it has stopped."""
        number = checked_number("build_num", self.build_num)
        started_s = time.time()
        deadline_s = started_s + self.limit_s(self.timeout_s)[0]
        with airflow_errors(), self.hook:
            slug = self.hook.project_slug(self.project_slug or None)
            ended = self._look(number, slug, started_s, started_s)
            if ended["state"] != "timed_out":
                self.log.info("Nothing to cancel: %s", ended["message"])
                return {**build_summary(ended), "canceled": False}
            self.hook.cancel_build(number, slug)
            self.log.info("Told CircleCI to cancel build %s of %s", number, slug)
            if not self.wait_for_completion:
                return {**build_summary({**ended, "state": "canceling"}), "canceled": True}
            ended = self._look(number, slug, started_s, started_s if self.deferrable else deadline_s)
            if ended["state"] != "timed_out" or not self.deferrable:
                return self._finish(ended)

        from airflow_provider_circle.triggers.circleci_v1 import CircleCIV1BuildTrigger

        self.defer(
            trigger=CircleCIV1BuildTrigger(
                project_slug=slug, build_num=number, **self.waiting_arguments(started_s, deadline_s)
            ),
            method_name="execute_complete",
        )
        raise AssertionError("unreachable: deferring leaves by exception")

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors():
            raise_reported(event)
            return self._finish(event["seen"])

    def _look(self, number: int, slug: str, started_s: float, deadline_s: float) -> JsonObject:
        return self.hook.wait_for_build(number, self.schedule(), slug, started_s=started_s, deadline_s=deadline_s)

    def _finish(self, ended: JsonObject) -> JsonObject:
        if ended["state"] == "timed_out":
            raise self.unstopped(f"build {ended['build_num']} had not stopped", ended["message"])
        self.log.info("%s", ended["message"])
        return {**build_summary(ended), "canceled": True}
