"""Calls about deploys: components, their versions, environments, and going back to an earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_id, checked_mapping, checked_uuid, given
from airflow_provider_circle.vendors.circleci.endpoints import deploys

__all__ = ["DeployCalls"]

_PAGE_SIZE = 20
"""Rows asked for at once. CircleCI wants a number here; its other lists give 20. Unverified: the largest it takes."""


class DeployCalls(CircleCICalls):
    """Read what was deployed where, and roll it back."""

    @stream
    def list_components(self, caller: Caller, org_id: str, *, project_id: str | None = None) -> Walk[None]:
        """
        Stream an organization's components, which are what it deploys, 20 per request.

        :param org_id: UUID of the organization.
        :param project_id: UUID of a project, for its components only.
        :return: records ``{"id", "name", "project_id", "release_count", "labels", "created_at", "updated_at"}``.
        :raises ValueError: an id is no UUID.

        Source: https://circleci.com/docs/api/v2/#operation/listComponents
        """
        query: dict[str, str | int] = {"org-id": checked_uuid("org_id", org_id), "page-size": _PAGE_SIZE}
        if project_id is not None:
            query["project-id"] = checked_uuid("project_id", project_id)
        return pages(caller, deploys.LIST_COMPONENTS, query=query)

    @operation
    def get_component(self, caller: Caller, component_id: str) -> Walk[JsonObject]:
        """
        Read a component.

        :return: as a record of :meth:`list_components`.
        :raises NotFound: no such component, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getComponent
        """
        return call(caller, deploys.GET_COMPONENT, path={"component_id": checked_id("component_id", component_id)})

    @stream
    def list_component_versions(
        self, caller: Caller, component_id: str, *, environment_id: str | None = None
    ) -> Walk[None]:
        """
        Stream the versions of a component that were deployed.

        :param environment_id: UUID of an environment, for what was deployed there only.
        :return: records ``{"name", "environment_id", "namespace", "is_live", "last_deployed_at", "pipeline_id",
            "workflow_id", "job_id", "job_number"}``.
        :raises ValueError: ``environment_id`` is no UUID.
        :raises NotFound: no such component, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/listComponentVersions
        """
        path = {"component_id": checked_id("component_id", component_id)}
        query = {} if environment_id is None else {"environment-id": checked_uuid("environment_id", environment_id)}
        return pages(caller, deploys.LIST_COMPONENT_VERSIONS, path=path, query=query)

    @stream
    def list_environments(self, caller: Caller, org_id: str) -> Walk[None]:
        """
        Stream the environments an organization deploys to, 20 per request.

        :param org_id: UUID of the organization.
        :return: records ``{"id", "name", "description", "labels", "created_at", "updated_at"}``.
        :raises ValueError: ``org_id`` is no UUID.

        Source: https://circleci.com/docs/api/v2/#operation/listEnvironments
        """
        query: dict[str, str | int] = {"org-id": checked_uuid("org_id", org_id), "page-size": _PAGE_SIZE}
        return pages(caller, deploys.LIST_ENVIRONMENTS, query=query)

    @operation
    def get_environment(self, caller: Caller, environment_id: str) -> Walk[JsonObject]:
        """
        Read an environment.

        :param environment_id: its UUID.
        :return: as a record of :meth:`list_environments`.
        :raises ValueError: ``environment_id`` is no UUID.
        :raises NotFound: no such environment, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getEnvironment
        """
        path = {"environment_id": checked_uuid("environment_id", environment_id)}
        return call(caller, deploys.GET_ENVIRONMENT, path=path)

    @operation
    def rollback_project(
        self,
        caller: Caller,
        project_id: str,
        *,
        component_name: str,
        environment_name: str,
        current_version: str,
        target_version: str,
        namespace: str | None = None,
        reason: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Put an earlier version in the place of the one that is live: starts the project's rollback pipeline.

        Not sent again when the reply is lost: a rollback may have begun.

        :param project_id: the project's id, not its slug.
        :param current_version: name of the version that is live.
        :param target_version: name of the version to go back to.
        :param namespace: where in the environment, for components deployed to several.
        :param reason: for the people who read about it later.
        :param parameters: of the rollback pipeline; not secret.
        :return: ``{"id", "rollback_type"}``; the id of the pipeline, or of the command that does it.
        :raises ValueError: a name is empty, or both versions are the same.
        :raises Invalid: CircleCI refuses it (409: something else happens to the component).

        Source: https://circleci.com/docs/api/v2/#operation/rollbackProject
        """
        body = {
            "component_name": checked_text("component_name", component_name),
            "environment_name": checked_text("environment_name", environment_name),
            "current_version": checked_text("current_version", current_version),
            "target_version": checked_text("target_version", target_version),
        }
        if current_version == target_version:
            raise ValueError(
                f"target_version must be another one than current_version, got {target_version!r:.60} twice"
            )
        optional = given(namespace=namespace, reason=reason)
        body |= {name: checked_text(name, value) for name, value in optional.items()}
        extra = {} if parameters is None else {"parameters": checked_mapping("parameters", parameters)}
        path = {"project_id": checked_id("project_id", project_id)}
        return call(caller, deploys.ROLLBACK_PROJECT, path=path, json=body | extra)
