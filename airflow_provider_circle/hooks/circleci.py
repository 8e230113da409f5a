"""
CircleCI's API v2 as an Airflow hook: named calls, blocking and awaited.

Checks arguments before anything is sent. What calls mean together (starting once, waiting for an end, telling why it
failed) is written in ``vendors/circleci``; this module only lends it a connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.base import CircleHook, operation, stream
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.vendors.circleci import act, report, start
from airflow_provider_circle.vendors.circleci import watch as watching
from airflow_provider_circle.vendors.circleci.endpoints import jobs, pipelines, projects, workflows
from airflow_provider_circle.vendors.circleci.parameters import checked_number, checked_parameters, checked_revision
from airflow_provider_circle.vendors.circleci.service import (
    DEFAULT_HOST,
    DEFAULT_TIMEOUT_S,
    circleci_v2,
    pipeline_url,
)
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

__all__ = ["CircleCIHook"]

_TEST_TIMEOUT_S = 20.0
"""Seconds *Test connection* may take; Airflow's own limit is 60."""


class CircleCIHook(CircleHook):
    """
    Calls CircleCI's API v2, on Cloud and on a CircleCI Server.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircleCIHook()
        hook.get_workflow("5034460f-…")["status"]
        await hook.get_workflow.aio("5034460f-…")
        for job in hook.list_workflow_jobs("5034460f-…"): ...

    :param circleci_conn_id: connection of type *CircleCI*.
    :param request_attempts: how often one request is sent at most; requests that are not safe to repeat, once.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param sleep: waits for seconds, in blocking calls.

    Source: https://circleci.com/docs/api/v2/
    """

    conn_name_attr = "circleci_conn_id"
    default_conn_name = "circleci_default"
    conn_type = "circleci"
    hook_name = "CircleCI"
    default_host = DEFAULT_HOST
    default_timeout_s = DEFAULT_TIMEOUT_S

    def __init__(
        self,
        circleci_conn_id: str = default_conn_name,
        *,
        request_attempts: int = RetryPolicy().attempts,
        request_max_wait_s: float = RetryPolicy().max_wait_s,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            circleci_conn_id, request_attempts=request_attempts, request_max_wait_s=request_max_wait_s, sleep=sleep
        )

    # Airflow before 3.2 asks the class itself, not its bases, for the form.
    get_connection_form_widgets = CircleHook.get_connection_form_widgets
    get_ui_field_behaviour = CircleHook.get_ui_field_behaviour

    def service(self, settings: ConnectionSettings) -> Service:
        """Describe CircleCI's API v2 as this connection reaches it."""
        return circleci_v2(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)

    def twin(self) -> CircleCIHook:
        """
        Build another hook over the same, already checked connection, with a session of its own.

        For a signal handler: it looks nothing up and shares nothing with the code it interrupts.
        """
        hook = CircleCIHook(
            self.conn_id, request_attempts=self._retry.attempts, request_max_wait_s=self._retry.max_wait_s
        )
        hook._settings = self._settings
        return hook

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection, for the button in Airflow's form.

        :return: whether it works, and as whom, or why not.
        """
        try:
            settings = self.settings
            transport, _ = self.blocking()
            service = circleci_v2(
                settings.host,
                settings.token,
                timeout_s=min(settings.timeout_s, _TEST_TIMEOUT_S),
                verify=settings.verify,
            )
            once = Caller(service, time.time, lambda: 0.0, RetryPolicy(attempts=1))
            user = transport.run(call(once, projects.GET_ME))
        except (CircleError, ValueError) as error:
            return False, str(error)
        finally:
            self.close()
        return True, f"Connected to CircleCI as {user.get('login') or user.get('name') or 'an unnamed user'}"

    def project_slug(self, project_slug: str | None) -> str:
        """
        Check a project slug; without one take the connection's default project.

        :return: the slug with the short provider name.
        :raises ValueError: neither is given, or it is no slug.
        """
        slug = project_slug or self.settings.extras.get("project_slug")
        if not slug:
            raise ValueError(
                f"project_slug is missing: name a project, or a default project in connection {self.conn_id!r}"
            )
        return project_slug_of(slug)

    def pipeline_url(self, project_slug: str, number: int | None) -> str | None:
        """Say where a person finds a pipeline; ``None`` without a number."""
        return pipeline_url(self.service(self.settings), project_slug, number)

    @operation
    def get_me(self, caller: Caller) -> Walk[JsonObject]:
        """
        Read who the token belongs to.

        :return: ``{"id", "login", "name", "avatar_url"}``.
        :raises Unauthorized: the token is wrong.

        Source: https://circleci.com/docs/api/v2/#operation/getCurrentUser
        """
        return call(caller, projects.GET_ME)

    @operation
    def get_project(self, caller: Caller, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a project.

        :param project_slug: the connection's default project where left out.
        :return: ``{"id", "slug", "name", "organization_slug", "vcs_info", …}``.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectBySlug
        """
        return call(caller, projects.GET_PROJECT, path={"project_slug": self.project_slug(project_slug)})

    @operation
    def trigger_pipeline(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        tag: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        definition_id: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Start a pipeline, once: a lost reply is looked up before anything is sent again.

        :param project_slug: the connection's default project where left out.
        :param branch: branch to build, or ``pull/<n>/head``; excludes ``tag``. Neither means the default branch.
        :param tag: tag to build.
        :param parameters: pipeline parameters: texts, whole numbers, booleans; they are not secret.
        :param definition_id: pipeline definition to run, for projects that have several.
        :return: ``{"id", "number", "state", "created_at"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.
        :raises NothingRan: CircleCI answered that it started nothing.
        :raises TriggerAmbiguous: the reply was lost and several pipelines could be this one.

        Source: https://circleci.com/docs/api/v2/#operation/triggerPipelineRun
        """
        if definition_id is not None and not (isinstance(definition_id, str) and definition_id.strip()):
            raise ValueError(f"definition_id must be the id of a pipeline definition, got {definition_id!r}")
        return start.start_pipeline(
            caller,
            self.project_slug(project_slug),
            checked_revision(branch, tag),
            checked_parameters(parameters),
            definition_id,
        )

    @operation
    def find_started_pipeline(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        began_s: float,
        branch: str | None = None,
        tag: str | None = None,
    ) -> Walk[JsonObject | None]:
        """
        Find the pipeline that a process with this token began to start before it died.

        :param began_s: when it began, in seconds since the epoch.
        :return: the pipeline; ``None`` when it was never started.
        :raises TriggerAmbiguous: several could be it.

        Source: https://circleci.com/docs/api/v2/#operation/listMyPipelines
        """
        return start.find_started(caller, self.project_slug(project_slug), checked_revision(branch, tag), began_s)

    @operation
    def continue_pipeline(
        self,
        caller: Caller,
        continuation_key: str,
        configuration: str,
        parameters: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Continue a pipeline from its setup workflow; works once, within 6 hours.

        :param continuation_key: as CircleCI gave it to the setup workflow.
        :param configuration: YAML to continue with.
        :param parameters: pipeline parameters for it.
        :raises ValueError: a key or configuration is missing, or a parameter is unusable.

        Source: https://circleci.com/docs/api/v2/#operation/continuePipeline
        """
        for name, value in (("continuation_key", continuation_key), ("configuration", configuration)):
            if not isinstance(value, str) or not value:
                raise ValueError(f"{name} must be a text, got {type(value).__name__ if value else 'an empty one'}")
        body: JsonObject = {"continuation-key": continuation_key, "configuration": configuration}
        if checked := checked_parameters(parameters):
            body["parameters"] = checked
        return call(caller, pipelines.CONTINUE_PIPELINE, json=body)

    @operation
    def get_pipeline(self, caller: Caller, pipeline_id: str) -> Walk[JsonObject]:
        """
        Read a pipeline.

        :return: ``{"id", "number", "state", "errors", "project_slug", "trigger", "vcs", …}``; parts may be missing.
        :raises NotFound: no such pipeline, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getPipelineById
        """
        return call(caller, pipelines.GET_PIPELINE, path={"pipeline_id": pipeline_id})

    @operation
    def get_pipeline_by_number(
        self, caller: Caller, pipeline_number: int, project_slug: str | None = None
    ) -> Walk[JsonObject]:
        """
        Read a pipeline by its number in its project.

        Source: https://circleci.com/docs/api/v2/#operation/getPipelineByNumber
        """
        path: dict[str, str | int] = {
            "project_slug": self.project_slug(project_slug),
            "pipeline_number": checked_number("pipeline_number", pipeline_number),
        }
        return call(caller, pipelines.GET_PIPELINE_BY_NUMBER, path=path)

    @operation
    def get_pipeline_config(self, caller: Caller, pipeline_id: str) -> Walk[JsonObject]:
        """
        Read the configuration a pipeline ran with.

        :return: ``{"source", "compiled", …}``, each a YAML text.

        Source: https://circleci.com/docs/api/v2/#operation/getPipelineConfigById
        """
        return call(caller, pipelines.GET_PIPELINE_CONFIG, path={"pipeline_id": pipeline_id})

    @operation
    def get_pipeline_values(self, caller: Caller, pipeline_id: str) -> Walk[JsonObject]:
        """
        Read the pipeline values (``<< pipeline.* >>``) a pipeline ran with.

        Source: https://circleci.com/docs/api/v2/#operation/getPipelineValuesById
        """
        return call(caller, pipelines.GET_PIPELINE_VALUES, path={"pipeline_id": pipeline_id})

    @stream
    def list_pipelines(
        self, caller: Caller, project_slug: str | None = None, *, branch: str | None = None
    ) -> Walk[None]:
        """
        List a project's pipelines, newest first, 20 per request.

        :param branch: only those of a branch.

        Source: https://circleci.com/docs/api/v2/#operation/listPipelinesForProject
        """
        path = {"project_slug": self.project_slug(project_slug)}
        return pages(caller, pipelines.LIST_PROJECT_PIPELINES, path=path, query={"branch": branch} if branch else None)

    @stream
    def list_my_pipelines(self, caller: Caller, project_slug: str | None = None) -> Walk[None]:
        """
        List the pipelines of a project that this token started, newest first, 20 per request.

        Source: https://circleci.com/docs/api/v2/#operation/listMyPipelines
        """
        return pages(caller, pipelines.LIST_MY_PIPELINES, path={"project_slug": self.project_slug(project_slug)})

    @stream
    def list_organization_pipelines(self, caller: Caller, org_slug: str, *, mine: bool = False) -> Walk[None]:
        """
        List the pipelines of an organization's projects, newest first, 20 per request.

        :param org_slug: such as ``gh/organization``.
        :param mine: only those this token's user started.

        Source: https://circleci.com/docs/api/v2/#operation/listPipelines
        """
        query: dict[str, str | int | bool] = {"org-slug": org_slug}
        return pages(caller, pipelines.LIST_ORGANIZATION_PIPELINES, query=query | {"mine": True} if mine else query)

    @stream
    def list_pipeline_workflows(self, caller: Caller, pipeline_id: str) -> Walk[None]:
        """
        List a pipeline's workflows, reruns included. Empty for a while after the pipeline was started.

        Source: https://circleci.com/docs/api/v2/#operation/listWorkflowsByPipelineId
        """
        return pages(caller, pipelines.LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id})

    @operation
    def get_workflow(self, caller: Caller, workflow_id: str) -> Walk[JsonObject]:
        """
        Read a workflow.

        :return: ``{"id", "name", "status", "pipeline_id", "created_at", "stopped_at", …}``.

        Source: https://circleci.com/docs/api/v2/#operation/getWorkflowById
        """
        return call(caller, workflows.GET_WORKFLOW, path={"workflow_id": workflow_id})

    @stream
    def list_workflow_jobs(self, caller: Caller, workflow_id: str) -> Walk[None]:
        """
        List a workflow's jobs.

        Source: https://circleci.com/docs/api/v2/#operation/listWorkflowJobs
        """
        return pages(caller, workflows.LIST_WORKFLOW_JOBS, path={"workflow_id": workflow_id})

    @operation
    def cancel_workflow(self, caller: Caller, workflow_id: str) -> Walk[JsonObject]:
        """
        Cancel a workflow. CircleCI answers before it has stopped.

        Source: https://circleci.com/docs/api/v2/#operation/cancelWorkflow
        """
        return call(caller, workflows.CANCEL_WORKFLOW, path={"workflow_id": workflow_id})

    @operation
    def cancel_pipeline(self, caller: Caller, pipeline_id: str) -> Walk[list[str]]:
        """
        Cancel every workflow of a pipeline that has not ended, those about to appear included.

        :return: ids of the workflows that were told to stop.
        """
        return act.cancel_pipeline(caller, pipeline_id)

    @operation
    def rerun_workflow(
        self,
        caller: Caller,
        workflow_id: str,
        *,
        from_failed: bool = False,
        jobs: Sequence[str] = (),
        sparse_tree: bool = False,
        enable_ssh: bool = False,
    ) -> Walk[JsonObject]:
        """
        Run a workflow again; it must have ended.

        :param from_failed: only its failed jobs and what depends on them.
        :param jobs: only these, by job id; excludes ``from_failed``.
        :param sparse_tree: leave out jobs that the chosen ones do not need; needs ``jobs``.
        :param enable_ssh: let the token's user log in to the chosen jobs; needs ``jobs``.
        :return: ``{"workflow_id"}`` of the new workflow; empty when CircleCI did not say.
        :raises ValueError: options that exclude each other.
        :raises Invalid: the workflow has not ended.

        Source: https://circleci.com/docs/api/v2/#operation/rerunWorkflow
        """
        if from_failed and jobs:
            raise ValueError("from_failed and jobs exclude each other, got both")
        if (sparse_tree or enable_ssh) and not jobs:
            raise ValueError("sparse_tree and enable_ssh need jobs to rerun, got none")
        body: JsonObject = {"jobs": list(jobs)} if jobs else {"from_failed": from_failed}
        body |= {"sparse_tree": True} if sparse_tree else {}
        body |= {"enable_ssh": True} if enable_ssh else {}
        return call(caller, workflows.RERUN_WORKFLOW, path={"workflow_id": workflow_id}, json=body)

    @operation
    def rerun_failed(self, caller: Caller, pipeline_id: str, failed: Iterable[JsonObject]) -> Walk[list[str]]:
        """
        Rerun the workflows of a pipeline that did not succeed, each once.

        :param failed: the newest workflow of each name.
        :return: ids of the workflows that now have a successor.
        """
        return act.rerun_failed(caller, pipeline_id, failed)

    @operation
    def approve_job(self, caller: Caller, workflow_id: str, approval_request_id: str) -> Walk[JsonObject]:
        """
        Approve a job that is on hold.

        :param approval_request_id: the job's attribute of that name.

        Source: https://circleci.com/docs/api/v2/#operation/approvePendingApprovalJobById
        """
        path = {"workflow_id": workflow_id, "approval_request_id": approval_request_id}
        return call(caller, workflows.APPROVE_JOB, path=path)

    @operation
    def get_job(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a job's details.

        :raises NotFound: no such job, an approval job, or one that never ran.

        Source: https://circleci.com/docs/api/v2/#operation/getJobDetails
        """
        return call(caller, jobs.GET_JOB, path=self._job(project_slug, job_number))

    @operation
    def cancel_job(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Cancel a job.

        Source: https://circleci.com/docs/api/v2/#operation/cancelJobByJobNumber
        """
        return call(caller, jobs.CANCEL_JOB, path=self._job(project_slug, job_number))

    @stream
    def list_job_artifacts(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[None]:
        """
        List a job's artifacts: ``{"path", "node_index", "url"}``. Paths come from the job and are not to be trusted.

        Source: https://circleci.com/docs/api/v2/#operation/getJobArtifacts
        """
        return pages(caller, jobs.LIST_JOB_ARTIFACTS, path=self._job(project_slug, job_number))

    @stream
    def list_job_tests(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[None]:
        """
        List a job's test results: ``{"classname", "name", "result", "message", "run_time", "file", "source"}``.

        Source: https://circleci.com/docs/api/v2/#operation/getTests
        """
        return pages(caller, jobs.LIST_JOB_TESTS, path=self._job(project_slug, job_number))

    @operation
    def watch(
        self,
        caller: Caller,
        look: watching.Look,
        schedule: PollSchedule,
        *,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[watching.Watched]:
        """
        Wait for an end.

        :param look: one of the looks in ``vendors.circleci.watch``.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        """
        return watching.watch(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)

    @operation
    def failure_report(self, caller: Caller, failed: Iterable[JsonObject]) -> Walk[list[str]]:
        """
        Name the jobs and tests behind failed workflows.

        :param failed: workflows as CircleCI sent them.
        :return: indented lines; empty when no workflow failed.
        """
        return report.failure_report(caller, failed)

    def _job(self, project_slug: str | None, job_number: int) -> dict[str, str | int]:
        return {"project_slug": self.project_slug(project_slug), "job_number": checked_number("job_number", job_number)}
