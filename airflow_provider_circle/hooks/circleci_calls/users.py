"""Calls about users: who a token belongs to, who somebody is, which organizations there are to work with."""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import users

__all__ = ["UserCalls"]


class UserCalls(CircleCICalls):
    """Read users, list the organizations of the token's own."""

    @operation
    def get_me(self, caller: Caller) -> Walk[JsonObject]:
        """
        Read who the token belongs to.

        :return: ``{"id", "login", "name", "avatar_url"}``.
        :raises Unauthorized: the token is wrong.

        Source: https://circleci.com/docs/api/v2/#operation/getCurrentUser
        """
        return call(caller, users.GET_ME)

    @operation
    def get_user(self, caller: Caller, user_id: str) -> Walk[JsonObject]:
        """
        Read a user.

        :param user_id: UUID, such as ``started_by`` of a workflow.
        :return: ``{"id", "login", "name", "avatar_url"}``.
        :raises NotFound: no such user.

        Source: https://circleci.com/docs/api/v2/#operation/getUser
        """
        return call(caller, users.GET_USER, path={"user_id": checked_uuid("user_id", user_id)})

    @stream
    def list_collaborations(self, caller: Caller) -> Walk[None]:
        """
        List the organizations that the token's user belongs to or collaborates with; all in one request.

        :return: records ``{"id", "vcs-type", "name", "slug", "avatar_url"}``; ``id`` may be ``None``.

        Source: https://circleci.com/docs/api/v2/#operation/getCollaborations
        """
        return pages(caller, users.LIST_COLLABORATIONS)
