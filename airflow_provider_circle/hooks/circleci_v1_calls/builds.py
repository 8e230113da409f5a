"""Calls about builds: list, read, start, stop, wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import Others
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_v1_calls.base import CircleCIV1Calls
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.v1 import builds, endpoints, start
from airflow_provider_circle.vendors.circleci.v1.arguments import (
    checked_build_parameters,
    checked_filter,
    checked_text,
    checked_what_to_build,
)

__all__ = ["BuildCalls"]


class BuildCalls(CircleCIV1Calls):
    """List, read, start, stop and wait for builds. Every number of a build counts within its project."""

    @stream
    def list_project_builds(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        filter: str | None = None,  # noqa: A002  CircleCI's word
        shallow: bool = False,
    ) -> Walk[None]:
        """
        List a project's builds, newest first, 100 per request, each once.

        :param project_slug: the connection's default project where left out.
        :param branch: only those of a branch.
        :param filter: only those that are ``completed``, ``successful``, ``failed`` or ``running``.
        :param shallow: fewer attributes, faster.
        :return: records ``{"build_num", "lifecycle", "outcome", "status", "build_url", "branch", …}``.
        :raises NotFound: no such project, or the token may not see it; without a token, it is not public.

        Source: https://circleci.com/docs/api/v1/ (Recent Builds For A Single Project)
        """
        path, endpoint = self._project(project_slug), endpoints.LIST_PROJECT_BUILDS
        if branch is not None:
            path["branch"] = checked_text("branch", branch, "the name of a branch")
            endpoint = endpoints.LIST_BRANCH_BUILDS
        return builds.list_builds(caller, endpoint, path, {**checked_filter("filter", filter), **_shallow(shallow)})

    @stream
    def list_recent_builds(self, caller: Caller, *, shallow: bool = False) -> Walk[None]:
        """
        List the builds of all projects that the token's user follows, newest first, 100 per request, each once.

        :param shallow: fewer attributes, faster.
        :return: records as of ``list_project_builds``; ``vcs_url`` tells the project.

        Source: https://circleci.com/docs/api/v1/ (Recent Builds Across All Projects)
        """
        return builds.list_builds(caller, endpoints.LIST_RECENT_BUILDS, {}, _shallow(shallow))

    @operation
    def get_build(self, caller: Caller, build_num: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a build in full, its steps included.

        :return: ``{"build_num", "lifecycle", "outcome", "status", "steps": [{"name", "actions": […]}], …}``.
            An action's ``output_url`` opens what it wrote for everybody who knows it.
        :raises NotFound: no such build, or the token may not see it.

        Source: https://circleci.com/docs/api/v1/ (Single Job)
        """
        return call(caller, endpoints.GET_BUILD, path=self._build(project_slug, build_num))

    @stream
    def list_build_artifacts(self, caller: Caller, build_num: int, project_slug: str | None = None) -> Walk[None]:
        """
        List a build's artifacts: ``{"path", "pretty_path", "node_index", "url"}``.

        Paths come from the build and are not to be trusted.

        Source: https://circleci.com/docs/api/v1/ (Artifacts Of A Build)
        """
        return pages(caller, endpoints.LIST_BUILD_ARTIFACTS, path=self._build(project_slug, build_num))

    @stream
    def list_latest_artifacts(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        filter: str | None = None,  # noqa: A002  CircleCI's word
    ) -> Walk[None]:
        """
        List the artifacts of a project's latest build; records as of ``list_build_artifacts``.

        :param branch: the latest build of a branch.
        :param filter: the latest that is ``completed``, ``successful``, ``failed`` or ``running``.

        Source: https://circleci.com/docs/api/v1/ (Artifacts of the latest Build)
        """
        query = checked_filter("filter", filter)
        if branch is not None:
            query["branch"] = checked_text("branch", branch, "the name of a branch")
        return pages(caller, endpoints.LIST_LATEST_ARTIFACTS, path=self._project(project_slug), query=query)

    @stream
    def list_build_tests(self, caller: Caller, build_num: int, project_slug: str | None = None) -> Walk[None]:
        """
        List a build's test results, all in one request.

        :return: records ``{"name", "classname", "result", "message", "run_time", "file", "source"}``.

        Source: https://circleci.com/docs/api/v1/ (Get Build Test Metadata)
        """
        return pages(caller, endpoints.LIST_BUILD_TESTS, path=self._build(project_slug, build_num))

    @operation
    def trigger_build(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        build_parameters: Mapping[str, Any] | None = None,
        revision: str | None = None,
        tag: str | None = None,
        others: Others[str] | None = None,
    ) -> Walk[JsonObject]:
        """
        Start a build, once: a lost reply is looked up before anything is sent again.

        CircleCI refuses this for a configuration of version 2.1; such a project wants a pipeline (``CircleCIHook``).

        :param project_slug: the connection's default project where left out.
        :param branch: branch to build; the default branch where neither it nor a tag is given.
        :param build_parameters: environment variables for the build, texts or whole numbers; they are not secret.
        :param revision: commit to build instead of the branch's head.
        :param tag: tag to build; excludes ``branch`` and ``revision``.
        :param others: tells the ``build_url`` of builds that others with this token have started at the same time;
            asked where a reply was lost, in the thread of the call.
        :return: the build's summary: ``{"build_num", "build_url", "lifecycle", "status", …}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.
        :raises NothingRan: CircleCI answered, but started nothing.
        :raises TriggerAmbiguous: the reply was lost and several builds could be this one.

        Source: https://circleci.com/docs/api/v1/ (Trigger a new Job)
        """
        return start.trigger_build(
            caller,
            self.project_slug(project_slug),
            checked_what_to_build(branch, revision, tag),
            checked_build_parameters(build_parameters),
            others=others,
        )

    @operation
    def find_triggered_build(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        began_s: float,
        branch: str | None = None,
        revision: str | None = None,
        tag: str | None = None,
        others: Others[str] | None = None,
    ) -> Walk[JsonObject | None]:
        """
        Find the build that a process with this token began to trigger before it died.

        :param began_s: when it began, in seconds since the epoch.
        :param others: as for ``trigger_build``.
        :return: the build's summary; ``None`` when it was never started.
        :raises TriggerAmbiguous: several could be it.

        Source: https://circleci.com/docs/api/v1/ (Recent Builds For A Single Project)
        """
        to_build = checked_what_to_build(branch, revision, tag)
        return start.find_triggered(caller, self.project_slug(project_slug), to_build, began_s, others)

    @operation
    def retry_build(self, caller: Caller, build_num: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Run a build again, as a new one, once: a lost reply is looked up before anything is sent again.

        :return: the new build's summary; its ``retry_of`` is the old one's number.
        :raises NothingRan: CircleCI answered, but started nothing.
        :raises TriggerAmbiguous: the reply was lost and several builds could be this one.

        Source: https://circleci.com/docs/api/v1/ (Retry a Build)
        """
        return start.retry_build(caller, self.project_slug(project_slug), checked_number("build_num", build_num))

    @operation
    def find_retried_build(
        self, caller: Caller, build_num: int, project_slug: str | None = None, *, began_s: float
    ) -> Walk[JsonObject | None]:
        """
        Find the retry of a build that a process with this token began before it died.

        :param began_s: when it began, in seconds since the epoch.
        :return: the new build's summary; ``None`` when it was never started.
        :raises TriggerAmbiguous: several could be it.

        Source: https://circleci.com/docs/api/v1/ (Recent Builds For A Single Project)
        """
        slug = self.project_slug(project_slug)
        return start.find_retried(caller, slug, checked_number("build_num", build_num), began_s)

    @operation
    def cancel_build(self, caller: Caller, build_num: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Cancel a build. One that has ended stays as it is, and CircleCI answers with how it ended.

        :return: the build's summary, as it stands now; it may take CircleCI a moment to stop.

        Source: https://circleci.com/docs/api/v1/ (Cancel a Build)
        """
        return call(caller, endpoints.CANCEL_BUILD, path=self._build(project_slug, build_num))

    @operation
    def add_ssh_user(self, caller: Caller, build_num: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Let the token's user log in to a running build by SSH; needs a personal token.

        :return: the build.

        Source: https://circleci.com/docs/api/v1/ (Add User to Build)
        """
        return call(caller, endpoints.ADD_SSH_USER, path=self._build(project_slug, build_num))

    @operation
    def wait_for_build(
        self,
        caller: Caller,
        build_num: int,
        schedule: PollSchedule,
        project_slug: str | None = None,
        *,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[JsonObject]:
        """
        Wait until a build has ended.

        :param schedule: when to look next.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: ``{"state", "project_slug", "build_num", "status", "lifecycle", "outcome", "url", "message"}``;
            ``state`` is ``succeeded``, ``failed``, ``canceled``, ``never_ran`` or ``timed_out``.
        :raises CircleError: turned away for good.
        """
        return builds.wait_for_build(
            caller,
            self.project_slug(project_slug),
            checked_number("build_num", build_num),
            schedule,
            started_s=started_s,
            deadline_s=deadline_s,
        )


def _shallow(shallow: bool) -> dict[str, bool]:
    return {"shallow": True} if shallow else {}
