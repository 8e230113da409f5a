"""Calls about pipeline definitions: where a project's configuration and code come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_id, given
from airflow_provider_circle.vendors.circleci.definitions import checked_source, checked_source_changes
from airflow_provider_circle.vendors.circleci.endpoints import pipeline_definitions

__all__ = ["PipelineDefinitionCalls"]


class PipelineDefinitionCalls(CircleCICalls):
    """List, create, read, change and delete a project's pipeline definitions."""

    @stream
    def list_pipeline_definitions(self, caller: Caller, project_id: str) -> Walk[None]:
        """
        Stream a project's pipeline definitions; one request.

        :param project_id: the project's id, not its slug.
        :return: records ``{"id", "name", "description", "created_at", "config_source", "checkout_source"}``.
        :raises ValueError: ``project_id`` is no id.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/listPipelineDefinitions
        """
        path = {"project_id": checked_id("project_id", project_id)}
        return pages(caller, pipeline_definitions.LIST_PIPELINE_DEFINITIONS, path=path)

    @operation
    def create_pipeline_definition(
        self,
        caller: Caller,
        project_id: str,
        name: str,
        *,
        config_source: Mapping[str, Any],
        checkout_source: Mapping[str, Any],
        description: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Create a pipeline definition.

        :param project_id: the project's id, not its slug.
        :param config_source: where the configuration is: ``{"provider": "github_app" | "github_server", "file_path",
            "repo": {"external_id"}}``, or ``{"provider": "circleci", "file_path"}``.
        :param checkout_source: where the code is: ``{"provider": "github_app" | "github_server", "repo":
            {"external_id"}}``.
        :return: as a record of :meth:`list_pipeline_definitions`.
        :raises ValueError: an argument CircleCI would refuse.

        Source: https://circleci.com/docs/api/v2/#operation/createPipelineDefinition
        """
        body = {
            "name": checked_text("name", name),
            "config_source": checked_source("config_source", config_source),
            "checkout_source": checked_source("checkout_source", checkout_source),
            **given(description=description),
        }
        path = {"project_id": checked_id("project_id", project_id)}
        return call(caller, pipeline_definitions.CREATE_PIPELINE_DEFINITION, path=path, json=body)

    @operation
    def get_pipeline_definition(self, caller: Caller, project_id: str, pipeline_definition_id: str) -> Walk[JsonObject]:
        """
        Read a pipeline definition.

        :param project_id: the project's id, not its slug.
        :return: as a record of :meth:`list_pipeline_definitions`.
        :raises NotFound: no such definition, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getPipelineDefinition
        """
        path = _place(project_id, pipeline_definition_id)
        return call(caller, pipeline_definitions.GET_PIPELINE_DEFINITION, path=path)

    @operation
    def update_pipeline_definition(
        self,
        caller: Caller,
        project_id: str,
        pipeline_definition_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        config_source: Mapping[str, Any] | None = None,
        checkout_source: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Change a pipeline definition; what is left out stays as it is.

        :param project_id: the project's id, not its slug.
        :param config_source: ``{"file_path"}``; nothing else of it can be changed.
        :param checkout_source: ``{"provider", "repo": {"external_id"}}``, or one of them.
        :return: as a record of :meth:`list_pipeline_definitions`.
        :raises ValueError: nothing to change, or an argument CircleCI would refuse.
        :raises NotFound: no such definition, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/updatePipelineDefinition
        """
        body = given(description=description)
        if name is not None:
            body["name"] = checked_text("name", name)
        for source, changes in given(config_source=config_source, checkout_source=checkout_source).items():
            body[source] = checked_source_changes(source, changes)
        if not body:
            raise ValueError("name, description, config_source and checkout_source are all missing: name one to change")
        path = _place(project_id, pipeline_definition_id)
        return call(caller, pipeline_definitions.UPDATE_PIPELINE_DEFINITION, path=path, json=body)

    @operation
    def delete_pipeline_definition(
        self, caller: Caller, project_id: str, pipeline_definition_id: str
    ) -> Walk[JsonObject]:
        """
        Delete a pipeline definition.

        :param project_id: the project's id, not its slug.
        :return: ``{"message"}``.
        :raises NotFound: no such definition, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deletePipelineDefinition
        """
        path = _place(project_id, pipeline_definition_id)
        return call(caller, pipeline_definitions.DELETE_PIPELINE_DEFINITION, path=path)


def _place(project_id: str, pipeline_definition_id: str) -> dict[str, str]:
    return {
        "project_id": checked_id("project_id", project_id),
        "pipeline_definition_id": checked_id("pipeline_definition_id", pipeline_definition_id),
    }
