"""
Starting CircleCI pipelines from a DAG, and knowing for certain how they ended.

This module fits the pieces into Airflow: tries, deferral, XCom, killing. How to start once, wait and judge is written
in ``vendors/circleci``; nothing here imports an HTTP library before a task runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
    BaseOperator,
)

from airflow_provider_circle import exceptions
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import CircleError, NothingRan, PipelineFailed, PipelineTimedOut, Unreachable
from airflow_provider_circle.links.circleci import PIPELINE_URL_KEY, CircleCIPipelineLink
from airflow_provider_circle.operators.base import airflow_errors
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.operators.waiting import WaitsForCircleCI, ending_from
from airflow_provider_circle.vendors.circleci.parameters import checked_parameters, checked_revision
from airflow_provider_circle.vendors.circleci.report import Ending, ending_of, workflow_summary
from airflow_provider_circle.vendors.circleci.slug import project_slug_of
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import look_at_pipeline

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

__all__ = ["CircleCITriggerPipelineOperator"]

_MEMORY_KEY = "circleci_pipeline"
_DAY_S = 86_400.0


class CircleCITriggerPipelineOperator(WaitsForCircleCI, BaseOperator):
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
    :param poll_backoff: the interval as a share of the time waited so far.
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
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"parameters": "json"}
    operator_extra_links = (CircleCIPipelineLink(),)
    ui_color = "#e8f5ec"

    def __init__(
        self,
        *,
        project_slug: str | None = None,
        branch: str | None = None,
        tag: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        definition_id: str | None = None,
        wait_for_completion: bool = True,
        deferrable: bool | None = None,
        timeout_s: float = _DAY_S,
        poll_interval_s: float = PollSchedule().poll_interval_s,
        max_poll_interval_s: float = PollSchedule().max_poll_interval_s,
        poll_backoff: float = PollSchedule().poll_backoff,
        on_hold: str = VerdictPolicy().on_hold,
        on_canceled: str = VerdictPolicy().on_canceled,
        on_no_workflow: str = VerdictPolicy().on_no_workflow,
        no_workflow_grace_s: float = VerdictPolicy().no_workflow_grace_s,
        workflow_names: Sequence[str] | None = None,
        retry_from_failed: bool = False,
        cancel_on_kill: bool = True,
        request_attempts: int = RetryPolicy().attempts,
        request_max_wait_s: float = RetryPolicy().max_wait_s,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.keep_options(
            circleci_conn_id=circleci_conn_id,
            deferrable=deferrable,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
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
        self.wait_for_completion = wait_for_completion
        self.timeout_s = timeout_s
        self.retry_from_failed = retry_from_failed
        self.cancel_on_kill = cancel_on_kill
        self._pipeline_id: str | None = None
        self._killed = False
        self._check_what_is_known()

    def execute(self, context: Context) -> JsonObject:
        """Trigger, or find what an earlier try triggered; then wait here or in the triggerer."""
        memory = TaskMemory(context, _MEMORY_KEY)
        with airflow_errors(), self._forgetting_what_a_timeout_canceled(context):
            try:
                pipeline = self._obtain(memory)
            except NothingRan as nothing:
                memory.forget()
                return self._finish(
                    context,
                    {},
                    Ending(
                        status="never_ran", action=self.on_no_workflow, message=str(nothing), subject={}, workflows=[]
                    ),
                )
            self._pipeline_id = pipeline["id"]
            if self._killed:
                self.on_kill()
                memory.forget()
                raise AirflowException(f"killed; CircleCI pipeline {pipeline['id']} had just been triggered")
            for key, value in (("pipeline_id", "id"), ("pipeline_number", "number"), (PIPELINE_URL_KEY, "url")):
                context["ti"].xcom_push(key=key, value=pipeline[value])
            if not self.wait_for_completion:
                memory.forget()
                return self._summary(pipeline, "triggered", [])
            return self._wait(context, memory, pipeline)

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        pipeline = event["handed_back"]
        self._pipeline_id = pipeline["id"]
        with airflow_errors(), self._forgetting_what_a_timeout_canceled(context):
            return self._finish(context, pipeline, ending_from(event))

    def on_kill(self) -> None:
        """Cancel the pipeline. Runs in a signal handler, so it uses nothing the interrupted code may be holding."""
        self._killed = True
        if not self.cancel_on_kill or self._pipeline_id is None:
            return
        try:
            with self.hook.twin() as hook:
                told = hook.cancel_pipeline(self._pipeline_id)
            if told:
                self.log.info("Canceled %d workflows of CircleCI pipeline %s", len(told), self._pipeline_id)
            else:
                self.log.warning("Found no running workflow of CircleCI pipeline %s to cancel", self._pipeline_id)
        except CircleError as error:
            self.log.error("CircleCI pipeline %s may still be running: %s", self._pipeline_id, error)  # noqa: TRY400

    def _check_what_is_known(self) -> None:
        """Refuse what no template can mend while the DAG is parsed."""
        if isinstance(self.timeout_s, bool) or not isinstance(self.timeout_s, int | float) or not self.timeout_s > 0:
            raise ValueError(f"timeout_s must be a number of seconds above 0, got {self.timeout_s!r}")
        if isinstance(self.project_slug, str) and not is_template(self.project_slug):
            project_slug_of(self.project_slug)
        if isinstance(self.branch, str) and isinstance(self.tag, str) and not is_template(self.branch + self.tag):
            checked_revision(self.branch, self.tag)

    def _obtain(self, memory: TaskMemory) -> JsonObject:
        """Find the pipeline to wait for: an earlier try's, or a new one."""
        self.policy(workflow_names=self.workflow_names or ())
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
            self.log.info("Found pipeline %s of an earlier try again: %s", left["id"], left["url"])
            return left
        found = None
        if left and left.get("began_s"):
            self.log.info("An earlier try died while it triggered a pipeline of %s; looking for it", slug)
            found = self.hook.find_started_pipeline(slug, began_s=left["began_s"], **revision)
        if found is None:
            memory.keep(began_s=time.time())
            try:
                found = self.hook.trigger_pipeline(
                    slug, parameters=parameters, definition_id=self.definition_id or None, **revision
                )
            except CircleError as error:
                if not _may_have_started(error):
                    memory.forget()
                raise
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

    def _wait(self, context: Context, memory: TaskMemory, pipeline: JsonObject) -> JsonObject:
        waited_for = {
            "workflow_names": list(self.workflow_names or ()),
            "replaced_workflow_ids": pipeline.get("replaced_workflow_ids", []),
            "replaced_at_s": pipeline.get("replaced_at_s"),
        }
        look = look_at_pipeline(pipeline["id"], self.policy(**waited_for))
        started_s = time.time()
        deadline_s = started_s + self.limit_s(self.timeout_s)[0]
        try:
            # Deferring costs a round through scheduler and triggerer, so a first look decides whether it is needed.
            watched = self.hook.watch(
                look, self.schedule(), started_s=started_s, deadline_s=started_s if self.deferrable else deadline_s
            )
        except _Killed:
            memory.forget()
            raise
        finally:
            self.hook.close()
        if self._killed:
            memory.forget()
            raise _Killed("killed while looking at CircleCI")
        if not (self.deferrable and watched.timed_out):
            return self._finish(context, pipeline, ending_of(watched))

        from airflow_provider_circle.triggers.circleci import CircleCIPipelineTrigger

        self.defer(
            trigger=CircleCIPipelineTrigger(
                pipeline_id=pipeline["id"],
                hand_back=pipeline,
                cancel_on_kill=self.cancel_on_kill,
                **self.trigger_arguments(started_s, deadline_s),
                **waited_for,
            ),
            method_name="execute_complete",
        )
        raise AssertionError("unreachable: deferring leaves by exception")

    def _finish(self, context: Context, pipeline: JsonObject, ending: Ending) -> JsonObject:
        """Turn how it ended into how the task ends."""
        memory = TaskMemory(context, _MEMORY_KEY)
        summary = self._summary(pipeline, ending["status"], ending["workflows"])
        context["ti"].xcom_push(key="summary", value=summary)
        name = f"CircleCI pipeline {pipeline.get('number') or pipeline.get('id', 'of ' + str(self.project_slug))}"
        if ending["status"] == "timed_out":
            limit_s, is_execution_timeout = self.limit_s(self.timeout_s)
            message = f"{name} was still going after {limit_s:g} s: {ending['message']}\n{pipeline['url']}"
            if is_execution_timeout:
                self.on_kill()
                raise AirflowTaskTimeout(message)
            raise self._unended(memory, PipelineTimedOut(message))
        if ending["action"] == "succeed":
            memory.forget()
            self.log.info("%s: %s (%s)", name, ending["status"], ending["message"])
            return summary
        if ending["action"] == "skip":
            memory.forget()
            raise AirflowSkipException(f"{name}: {ending['status']} ({ending['message']})")
        if ending["status"] == "held":
            raise self._unended(memory, PipelineFailed(f"{name}: held ({ending['message']})\n{pipeline['url']}"))
        self.hook.log_failed_steps(ending["workflows"])
        lines = self.hook.failure_report(ending["workflows"])
        if self.retry_from_failed and ending["status"] != "never_ran" and ending["workflows"]:
            memory.keep(**pipeline, failed=ending["workflows"])
        else:
            memory.forget()
        error = NothingRan if ending["status"] == "never_ran" else PipelineFailed
        headline = f"{name}: {ending['status']} ({ending['message']})"
        raise error("\n".join([headline, *([pipeline["url"]] if pipeline.get("url") else []), *lines]))

    def _unended(self, memory: TaskMemory, error: CircleError) -> Exception:
        """
        Choose how to fail while the pipeline goes on.

        A retry that remembers it waits for it again; one that does not would start another beside it, so there is none.
        """
        return error if memory.lasting else AirflowFailException(str(error))

    @contextmanager
    def _forgetting_what_a_timeout_canceled(self, context: Context) -> Iterator[None]:
        """``execution_timeout`` ends in :meth:`on_kill`; a canceled pipeline is not to be found again by a retry."""
        try:
            yield
        except AirflowTaskTimeout:
            if self._pipeline_id and self.cancel_on_kill:
                TaskMemory(context, _MEMORY_KEY).forget()
            raise

    def _summary(self, pipeline: JsonObject, status: str, workflows: Sequence[JsonObject]) -> JsonObject:
        service = self.hook.service(self.hook.settings)
        return {
            "pipeline_id": pipeline.get("id"),
            "number": pipeline.get("number"),
            "url": pipeline.get("url"),
            "project_slug": pipeline.get("project_slug", self.project_slug),
            "status": status,
            "workflows": [workflow_summary(service, workflow) for workflow in workflows],
        }

    def sleep(self, seconds: float) -> None:
        """Sleep in short naps: a signal handler cannot end a nap, only what comes after it."""
        awake_s = time.monotonic() + seconds
        while (left_s := awake_s - time.monotonic()) > 0:
            time.sleep(min(1.0, left_s))
            if self._killed:
                raise _Killed("killed while waiting for CircleCI")


class _Killed(AirflowException):
    """The task was killed while it waited in its worker."""


def _may_have_started(error: CircleError) -> bool:
    """Whether a pipeline may exist although triggering it raised."""
    if isinstance(error, Unreachable):
        return error.sent
    return isinstance(error, exceptions.ServiceDown | exceptions.UnexpectedReply | exceptions.TriggerAmbiguous)
