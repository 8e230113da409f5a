"""
Starting CircleCI pipelines from a DAG, and knowing for certain how they ended.

This module fits the pieces into Airflow: tries, deferral, XCom, killing. How to start once, wait and judge is written
in ``vendors/circleci``; nothing here imports an HTTP library before a task runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
)
from airflow_provider_circle.exceptions import NothingRan
from airflow_provider_circle.links.circleci import PIPELINE_URL_KEY, CircleCIPipelineLink
from airflow_provider_circle.operators.following import FollowingOperator
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.operators.viewing import keep_view
from airflow_provider_circle.operators.waiting import WaitsForCircleCI, ending_from
from airflow_provider_circle.vendors.circleci.options import (
    NO_WORKFLOW_GRACE_S,
    ON_CANCELED,
    ON_HOLD,
    ON_NO_WORKFLOW,
    OnEnd,
    OnHold,
)
from airflow_provider_circle.vendors.circleci.parameters import checked_parameters, checked_revision
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import FollowingKeywords

__all__ = ["CircleCITriggerPipelineOperator"]

_PIPELINE_ID_KEY = "pipeline_id"


class CircleCITriggerPipelineOperator(WaitsForCircleCI, FollowingOperator):
    """
    Triggers a CircleCI pipeline, waits for its end and fails, skips or succeeds by it.

    A try that died finds its pipeline again (Airflow 3.3 or newer); a cleared task triggers a new one.

    XCom: ``pipeline_id``, ``pipeline_number`` and ``pipeline_url`` as soon as the pipeline exists; at the end
    ``summary``, which is also returned: ``{"pipeline_id", "number", "url", "project_slug", "status", "workflows":
    [{"id", "name", "status", "url", "duration_s"}]}``.

    :param project_slug: ``gh/<org>/<repo>``, ``bb/…`` or ``circleci/<org-id>/<project-id>``; the connection's default
        project where left out. (templated)
    :param branch: branch to build, or ``pull/<n>/head``; excludes ``tag``. Neither means the default branch.
        (templated)
    :param tag: tag to build. (templated)
    :param parameters: pipeline parameters: texts, whole numbers, booleans. They are not secret: CircleCI shows them.
        (templated)
    :param definition_id: pipeline definition to run, for projects that have several. (templated)
    :param wait_for_completion: ``False`` ends the task once the pipeline is triggered.
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait at most, deferred or not; ``execution_timeout`` holds while deferred, too.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param expected_duration_s: seconds the pipeline takes as a rule; ``insights`` to learn it from the project's
        Insights. Looks are then few before the expected end and close around it. (templated)
    :param on_hold: a job waits for a person's approval: ``wait``, ``fail`` or ``approve``.
    :param on_canceled: a workflow was canceled: ``fail``, ``skip`` or ``succeed``.
    :param on_no_workflow: nothing ever ran: ``fail``, ``skip`` or ``succeed``.
    :param no_workflow_grace_s: seconds a workflow that is due may take to appear.
    :param workflow_names: wait for these workflows only; all where left out. (templated)
    :param retry_from_failed: a retry reruns what failed instead of triggering a new pipeline (Airflow 3.3 or newer).
    :param cancel_on_kill: cancel the pipeline when the task is killed, marked or cleared.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :raises ValueError: an argument CircleCI would refuse; nothing was sent.
    :raises PipelineFailed: the pipeline failed, or was canceled; the message names jobs and tests.
    :raises NothingRan: no workflow ran.
    :raises PipelineTimedOut: it is still going after ``timeout_s``.

    Source: https://circleci.com/docs/api/v2/#operation/triggerPipeline
    """

    template_fields: Sequence[str] = (
        "circleci_conn_id",
        "project_slug",
        "branch",
        "tag",
        "parameters",
        "definition_id",
        "workflow_names",
        "expected_duration_s",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"parameters": "json", "workflow_names": "json"}
    operator_extra_links = (CircleCIPipelineLink(),)
    memory_key = "circleci_pipeline"
    begun = "triggered"

    def __init__(
        self,
        *,
        project_slug: str | None = None,
        branch: str | None = None,
        tag: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        definition_id: str | None = None,
        deferrable: bool | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        expected_duration_s: float | str | None = None,
        on_hold: OnHold = ON_HOLD,
        on_canceled: OnEnd = ON_CANCELED,
        on_no_workflow: OnEnd = ON_NO_WORKFLOW,
        no_workflow_grace_s: float = NO_WORKFLOW_GRACE_S,
        workflow_names: Sequence[str] | None = None,
        retry_from_failed: bool = False,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[FollowingKeywords],
    ) -> None:
        super().__init__(**kwargs)
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
        self.project_slug = project_slug
        self.branch = branch
        self.tag = tag
        self.parameters = parameters
        self.definition_id = definition_id
        self.workflow_names = workflow_names
        self.retry_from_failed = retry_from_failed
        self._new_since_s: float | None = None
        self._check_what_is_known()

    def _check_what_is_known(self) -> None:
        """Refuse what no template can mend while the DAG is parsed."""
        if isinstance(self.project_slug, str) and not is_template(self.project_slug):
            project_slug_of(self.project_slug)
        if isinstance(self.branch, str) and isinstance(self.tag, str) and not is_template(self.branch + self.tag):
            checked_revision(self.branch, self.tag)

    def obtain(self, memory: TaskMemory, started_s: float) -> JsonObject:
        """Find the pipeline to wait for: an earlier try's, or a new one."""
        self.policy(workflow_names=self.workflow_names or ())
        self.expectation()
        # A template that came out empty means "not given".
        revision = checked_revision(self.branch or None, self.tag or None)
        parameters = checked_parameters(self.parameters)
        slug = self.hook.project_slug(self.project_slug)
        left = memory.recall()
        if left and left.get("failed"):
            rerun = self._rerun_failed(memory, left)
            if rerun:
                return rerun
        elif left and left.get("id"):
            return self.found_again(left)
        found, others = None, memory.siblings(_PIPELINE_ID_KEY)
        if left and left.get("began_s"):
            self.log.info("An earlier try died while it triggered a pipeline of %s; looking for it", slug)
            found = self.hook.find_started_pipeline(
                slug, began_s=left["began_s"], parameters=left.get("parameters"), others=others, **revision
            )
        if found is None:
            began_s = time.time()
            found = self.start_noted(
                memory,
                {"began_s": began_s, "parameters": parameters},
                lambda: self.hook.trigger_pipeline(
                    slug, parameters=parameters, definition_id=self.definition_id or None, others=others, **revision
                ),
            )
            self._new_since_s = began_s
        number = found.get("number")
        pipeline = {
            "id": found["id"],
            "number": number,
            "project_slug": slug,
            "url": self.hook.pipeline_url(slug, number),
        }
        memory.keep(**pipeline)
        self.log.info("Triggered pipeline %s of %s: %s", number, slug, pipeline["url"])
        return pipeline

    def _rerun_failed(self, memory: TaskMemory, left: JsonObject) -> JsonObject | None:
        pipeline = {key: value for key, value in left.items() if key != "failed"}
        replaced = self.hook.rerun_failed(pipeline["id"], left["failed"])
        if not replaced:
            self.log.info("Nothing in pipeline %s can be rerun; triggering a new one", pipeline["number"])
            return None
        pipeline |= {"replaced_workflow_ids": replaced, "replaced_at_s": time.time()}
        memory.keep(**pipeline)
        self.log.info("Rerunning what failed in pipeline %s: %s", pipeline["number"], pipeline["url"])
        return pipeline

    def wait_began_s(self, task_began_s: float) -> float:
        """Wait from now on: what it took to trigger does not count."""
        return time.time()

    def ending_without_run(self, nothing: NothingRan) -> JsonObject:
        """Treat a pipeline that CircleCI did not start like one in which nothing ran."""
        from airflow_provider_circle.vendors.circleci.report import Ending

        return dict(
            Ending(status="never_ran", action=self.on_no_workflow, message=str(nothing), subject={}, workflows=[])
        )

    def may_have_ended(self, run: JsonObject) -> bool:
        """Look at once, unless the pipeline is new and known to take its time."""
        return "look_from_s" not in self._expectation(run)

    def look(self, run: JsonObject, *, started_s: float, deadline_s: float) -> JsonObject:
        """Wait in the worker for the pipeline."""
        from airflow_provider_circle.vendors.circleci.report import ending_of
        from airflow_provider_circle.vendors.circleci.watch import look_at_pipeline

        look = look_at_pipeline(run["id"], self.policy(**self._waited_for(run)))
        expectation = {} if self.deferrable else self._expectation(run)
        watched = self.hook.watch(
            look, self.schedule(), started_s=started_s, deadline_s=deadline_s, record=self.record(), **expectation
        )
        return dict(ending_of(watched))

    def ending_of_event(self, event: JsonObject) -> JsonObject:
        """Read how the triggerer saw the pipeline end."""
        return dict(ending_from(event))

    def trigger(self, run: JsonObject, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the pipeline."""
        from airflow_provider_circle.triggers.circleci import CircleCIPipelineTrigger

        return CircleCIPipelineTrigger(
            pipeline_id=run["id"],
            hand_back=run,
            cancel_on_kill=self.cancel_on_kill,
            **waiting,
            **self.policy_arguments(),
            **self._waited_for(run),
            **self._expectation(run),
        )

    def cancel(self, run: JsonObject) -> str:
        """Cancel every workflow of the pipeline that has not ended."""
        with self.hook.twin() as hook:
            told = hook.cancel_pipeline(run["id"])
        return f"{len(told)} workflows of {self.named(run)}" if told else ""

    def named(self, run: JsonObject) -> str:
        """Name the pipeline, or the project that got none."""
        if not run:
            return f"CircleCI pipeline of {self.hook.project_slug(self.project_slug)}"
        return f"CircleCI pipeline {run.get('number') or run['id']}"

    def told(self, run: JsonObject) -> dict[str, Any]:
        """Tell the pipeline's id, number and page."""
        return {_PIPELINE_ID_KEY: run["id"], "pipeline_number": run["number"], PIPELINE_URL_KEY: run["url"]}

    def show_begun(self, push: Callable[..., None], run: JsonObject) -> None:
        """Keep for the view in Airflow's UI that the pipeline exists."""
        keep_view(push, lambda: self.hook.view_of_start(run))

    def summary(self, run: JsonObject, ending: JsonObject) -> JsonObject:
        """Sum the pipeline up."""
        from airflow_provider_circle.vendors.circleci.report import workflow_summary

        service = self.hook.service(self.hook.settings)
        return {
            "pipeline_id": run.get("id"),
            "number": run.get("number"),
            "url": run.get("url"),
            "project_slug": run.get("project_slug") or self.hook.project_slug(self.project_slug),
            "status": ending["status"],
            "workflows": [workflow_summary(service, workflow) for workflow in ending.get("workflows", [])],
        }

    def leave_failed(self, memory: TaskMemory, run: JsonObject, ending: JsonObject) -> None:
        """Leave a retry what it is to rerun, if it is to."""
        if not (self.retry_from_failed and ending["status"] != "never_ran" and ending["workflows"]):
            memory.forget()
        elif memory.lasting:
            memory.keep(**run, failed=ending["workflows"])
        else:
            self.log.warning("retry_from_failed needs Airflow 3.3 or newer; here a retry triggers a new pipeline")

    def _expectation(self, run: JsonObject) -> dict[str, Any]:
        # A rerun of what failed takes less time, nobody knows how much.
        return {} if run.get("replaced_workflow_ids") else self.expectation(new_since_s=self._new_since_s)

    def _waited_for(self, run: JsonObject) -> dict[str, Any]:
        return {
            "workflow_names": list(self.workflow_names or ()),
            "replaced_workflow_ids": run.get("replaced_workflow_ids", []),
            "replaced_at_s": run.get("replaced_at_s"),
        }
