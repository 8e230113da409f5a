"""Calls about projects, and the user a token belongs to."""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.hooks.base import operation
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.endpoints import projects

__all__ = ["ProjectCalls"]


class ProjectCalls(CircleCICalls):
    """Who am I, and what is this project."""

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
