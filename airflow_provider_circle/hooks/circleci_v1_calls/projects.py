"""Calls about projects and the token's user: who am I, what do I follow."""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_v1_calls.base import CircleCIV1Calls
from airflow_provider_circle.vendors.circleci.v1 import endpoints

__all__ = ["ProjectCalls"]


class ProjectCalls(CircleCIV1Calls):
    """Who am I, and which projects do I follow."""

    @operation
    def get_me(self, caller: Caller) -> Walk[JsonObject]:
        """
        Read who the token belongs to.

        :return: ``{"login", "name", …}``.
        :raises Unauthorized: there is no token, or it is wrong.

        Source: https://circleci.com/docs/api/v1/ (User)
        """
        return call(caller, endpoints.GET_ME)

    @stream
    def list_followed_projects(self, caller: Caller) -> Walk[None]:
        """
        List the projects that the token's user follows, all in one request.

        :return: records ``{"vcs_url", "username", "reponame", "branches": {…}, …}``, builds ordered by branch in them.

        Source: https://circleci.com/docs/api/v1/ (Get All Followed Projects)
        """
        return pages(caller, endpoints.LIST_FOLLOWED_PROJECTS)

    @operation
    def follow_project(self, caller: Caller, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Follow a project: CircleCI builds its commits from now on. Following it again changes nothing.

        :param project_slug: the connection's default project where left out.
        :return: ``{"followed": true, …}``; the first time, with the ``first_build`` that this starts.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v1/ (Follow a New Project on CircleCI)
        """
        return call(caller, endpoints.FOLLOW_PROJECT, path=self._project(project_slug))
