"""Calls about pipelines: trigger, continue, read, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import Others
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci import start
from airflow_provider_circle.vendors.circleci.endpoints import pipelines
from airflow_provider_circle.vendors.circleci.parameters import checked_number, checked_parameters, checked_revision

__all__ = ["PipelineCalls"]


class PipelineCalls(CircleCICalls):
    """Trigger, continue, read and list pipelines."""

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
        others: Others[str] | None = None,
    ) -> Walk[JsonObject]:
        """
        Start a pipeline, once: a lost reply is looked up before anything is sent again.

        :param project_slug: the connection's default project where left out.
        :param branch: branch to build, or ``pull/<n>/head``; excludes ``tag``. Neither means the default branch.
        :param tag: tag to build.
        :param parameters: pipeline parameters: texts, whole numbers, booleans; they are not secret.
        :param definition_id: pipeline definition to run, for projects that have several.
        :param others: tells the ids of pipelines that others with this token have started at the same time; asked
            where a reply was lost, in the thread of the call.
        :return: ``{"id", "number", "state", "created_at"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.
        :raises NothingRan: CircleCI answered that it started nothing.
        :raises TriggerAmbiguous: the reply was lost and several pipelines could be this one.

        Source: https://circleci.com/docs/api/v2/#operation/triggerPipelineRun
        and, without a definition, https://circleci.com/docs/api/v2/#operation/triggerPipeline
        """
        if definition_id is not None and not (isinstance(definition_id, str) and definition_id.strip()):
            raise ValueError(f"definition_id must be the id of a pipeline definition, got {definition_id!r}")
        return start.start_pipeline(
            caller,
            self.project_slug(project_slug),
            checked_revision(branch, tag),
            checked_parameters(parameters),
            definition_id=definition_id,
            others=others,
        )

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
        body: JsonObject = {
            "continuation-key": checked_text("continuation_key", continuation_key),
            "configuration": checked_text("configuration", configuration),
        }
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
        :raises ValueError: no slug; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/listPipelines
        """
        query: dict[str, str | int | bool] = {"org-slug": checked_text("org_slug", org_slug)}
        return pages(caller, pipelines.LIST_ORGANIZATION_PIPELINES, query=query | {"mine": True} if mine else query)

    @stream
    def list_pipeline_workflows(self, caller: Caller, pipeline_id: str) -> Walk[None]:
        """
        List a pipeline's workflows, reruns included. Empty for a while after the pipeline was started.

        Source: https://circleci.com/docs/api/v2/#operation/listWorkflowsByPipelineId
        """
        return pages(caller, pipelines.LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id})
