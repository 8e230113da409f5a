"""
CircleCI's API v1.1 as an Airflow hook.

The calls by name are in ``circleci_v1_calls``, what takes several requests is written in ``vendors/circleci/v1``; here
is what Airflow asks of a hook: names and the connection's test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

from airflow_provider_circle.core.caching import ReplyStore
from airflow_provider_circle.core.walk import Caller, call, read_page
from airflow_provider_circle.hooks.base import Patience
from airflow_provider_circle.hooks.circleci_v1_calls.builds import BuildCalls
from airflow_provider_circle.hooks.circleci_v1_calls.keys import KeyCalls
from airflow_provider_circle.hooks.circleci_v1_calls.projects import ProjectCalls
from airflow_provider_circle.hooks.circleci_v1_calls.steps import BuildStepCalls
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.hooks.trial import try_connection
from airflow_provider_circle.vendors.circleci.v1 import endpoints

__all__ = ["CircleCIV1Hook"]


class CircleCIV1Hook(BuildCalls, ProjectCalls, KeyCalls, BuildStepCalls):
    """
    Calls CircleCI's API v1.1: builds by their number, steps and their output, keys.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircleCIV1Hook()
        hook.get_build(42, "gh/acme/web")["outcome"]
        await hook.get_build.aio(42, "gh/acme/web")
        for build in hook.list_project_builds("gh/acme/web", branch="main"): ...

    It uses the connections of ``CircleCIHook``, but needs no token to read public projects. A reply that CircleCI
    declared good for a while (``Cache-Control``) is not asked for again meanwhile.

    :param circleci_conn_id: connection of type *CircleCI*; its password may be empty.
    :param patience: ``request_attempts``, ``request_max_wait_s`` and ``sleep``; see ``CircleHook``.

    Source: https://circleci.com/docs/api/v1/
    """

    conn_name_attr = "circleci_conn_id"
    default_conn_name = "circleci_default"
    hook_name = "CircleCI"

    def __init__(self, circleci_conn_id: str = default_conn_name, **patience: Unpack[Patience]) -> None:
        super().__init__(circleci_conn_id, **patience)
        self._replies = ReplyStore()

    def _new_caller(self, settings: ConnectionSettings) -> Caller:
        return replace(super()._new_caller(settings), store=self._replies)

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection.

        :return: whether it works, and as whom, or why not. Without a token, whether its default project can be read.
        """
        try:
            signed_in, slug = bool(self.settings.token), self.settings.extras.get("project_slug")
            path = None if signed_in or not slug else self._project(slug)
        except ValueError as error:
            return False, str(error)
        if signed_in:
            return try_connection(
                self,
                lambda once: call(replace(once, store=None), endpoints.GET_ME),
                lambda user: f"Connected to CircleCI as {user.get('login') or user.get('name') or 'an unnamed user'}",
            )
        if path is None:
            return False, "There is no token, and no default project that could be read without one"
        return try_connection(
            self,
            lambda once: read_page(
                replace(once, store=None), endpoints.LIST_PROJECT_BUILDS, path=path, query={"limit": 1}
            ),
            lambda _: f"Connected to CircleCI as nobody: {slug} is public",
        )
