"""Calls about projects and their advanced settings. Keys and variables of a project are with their own kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.hooks.base import operation
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_organization, given
from airflow_provider_circle.vendors.circleci.endpoints import projects

__all__ = ["ProjectCalls"]

_MOST_BRANCHES = 100
"""Source: https://circleci.com/docs/api/v2/#operation/patchProjectSettings"""


class ProjectCalls(CircleCICalls):
    """Create, read and delete projects; read and change their settings."""

    @operation
    def create_project(self, caller: Caller, name: str, organization: str) -> Walk[JsonObject]:
        """
        Create a project.

        :param name: in an organization of GitHub OAuth or Bitbucket, the repository's.
        :param organization: its UUID or slug, such as ``gh/acme``.
        :return: as of :meth:`get_project`.
        :raises ValueError: no name, or no organization.
        :raises NotFound: no such organization, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/createProject
        """
        path = {"organization": checked_organization(organization)}
        return call(caller, projects.CREATE_PROJECT, path=path, json={"name": checked_text("name", name)})

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
    def delete_project(self, caller: Caller, project_slug: str) -> Walk[JsonObject]:
        """
        Delete a project. It has to be named: the connection's default project is not meant by leaving it out.

        :return: ``{"message"}``.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deleteProjectBySlug
        """
        if not project_slug:
            raise ValueError("project_slug must name the project to delete, got nothing")
        return call(caller, projects.DELETE_PROJECT, path={"project_slug": self.project_slug(project_slug)})

    @operation
    def get_project_settings(self, caller: Caller, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a project's advanced settings.

        :param project_slug: the connection's default project where left out.
        :return: ``{"advanced": {…}}`` with the names of :meth:`update_project_settings`.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectSettings
        """
        return call(caller, projects.GET_PROJECT_SETTINGS, path={"project_slug": self.project_slug(project_slug)})

    @operation
    def update_project_settings(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        autocancel_builds: bool | None = None,
        build_fork_prs: bool | None = None,
        build_prs_only: bool | None = None,
        disable_ssh: bool | None = None,
        forks_receive_secret_env_vars: bool | None = None,
        oss: bool | None = None,
        pr_only_branch_overrides: Iterable[str] | None = None,
        set_github_status: bool | None = None,
        setup_workflows: bool | None = None,
        write_settings_requires_admin: bool | None = None,
    ) -> Walk[JsonObject]:
        """
        Change advanced settings of a project; what is left out stays as it is.

        :param project_slug: the connection's default project where left out.
        :param autocancel_builds: a new pipeline on a branch cancels the running ones, the default branch excepted.
        :param build_fork_prs: pull requests from forks are built.
        :param build_prs_only: only branches with an open pull request are built.
        :param disable_ssh: no reruns with SSH.
        :param forks_receive_secret_env_vars: pull requests from forks see the project's variables and secrets.
        :param oss: free and open source; CircleCI leaves it off, without an error, where the repository is not public.
        :param pr_only_branch_overrides: branches, at most 100, that are built in spite of ``build_prs_only``; replaces
            those there are.
        :param set_github_status: jobs are reported to GitHub's status API.
        :param setup_workflows: dynamic configuration.
        :param write_settings_requires_admin: only administrators of the organization may change these settings.
        :return: ``{"advanced": {…}}``, all settings as they are now.
        :raises ValueError: nothing to change, or something of a wrong kind.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/patchProjectSettings
        """
        flags = given(
            autocancel_builds=autocancel_builds,
            build_fork_prs=build_fork_prs,
            build_prs_only=build_prs_only,
            disable_ssh=disable_ssh,
            forks_receive_secret_env_vars=forks_receive_secret_env_vars,
            oss=oss,
            set_github_status=set_github_status,
            setup_workflows=setup_workflows,
            write_settings_requires_admin=write_settings_requires_admin,
        )
        for name, value in flags.items():
            if not isinstance(value, bool):
                raise ValueError(f"{name} must be True or False, got {value!r:.60}")
        advanced = flags | given(pr_only_branch_overrides=_branches(pr_only_branch_overrides))
        if not advanced:
            raise ValueError("at least one setting must say what to change, got none")
        path = {"project_slug": self.project_slug(project_slug)}
        return call(caller, projects.UPDATE_PROJECT_SETTINGS, path=path, json={"advanced": advanced})


def _branches(branches: Any) -> list[str] | None:
    if branches is None:
        return None
    if isinstance(branches, str | bytes | Mapping) or not isinstance(branches, Iterable):
        raise ValueError(f"pr_only_branch_overrides must be a list of branches, got a {type(branches).__name__}")
    names = [checked_text("each of pr_only_branch_overrides", branch) for branch in branches]
    if len(names) > _MOST_BRANCHES:
        raise ValueError(f"pr_only_branch_overrides must be at most {_MOST_BRANCHES} branches, got {len(names)}")
    return names
