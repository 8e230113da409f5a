"""Calls about groups of an organization's members."""

from __future__ import annotations

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_id, checked_uuid, given
from airflow_provider_circle.vendors.circleci.endpoints import groups

__all__ = ["GroupCalls"]


class GroupCalls(CircleCICalls):
    """List, create, read and delete groups; for organizations that stand alone (``circleci/…``)."""

    @stream
    def list_groups(self, caller: Caller, org_id: str) -> Walk[None]:
        """
        Stream an organization's groups.

        :param org_id: the organization's id, not its slug.
        :return: records ``{"id", "name", "description"}``.
        :raises ValueError: ``org_id`` is no id.

        Source: https://circleci.com/docs/api/v2/#operation/getOrganizationGroups
        """
        return pages(caller, groups.LIST_GROUPS, path={"org_id": checked_id("org_id", org_id)})

    @operation
    def create_group(self, caller: Caller, org_id: str, name: str, description: str | None = None) -> Walk[JsonObject]:
        """
        Create a group without members.

        :param org_id: the organization's id, not its slug.
        :param name: no other group of the organization may have it.
        :return: ``{"id", "name", "description"}``.
        :raises ValueError: an empty name.
        :raises Invalid: CircleCI refuses it (409: there is a group of this name).

        Source: https://circleci.com/docs/api/v2/#operation/createOrganizationGroup
        """
        path = {"org_id": checked_id("org_id", org_id)}
        body = {"name": checked_text("name", name), **given(description=description)}
        return call(caller, groups.CREATE_GROUP, path=path, json=body)

    @operation
    def get_group(self, caller: Caller, org_id: str, group_id: str) -> Walk[JsonObject]:
        """
        Read a group.

        :param org_id: the organization's id, not its slug.
        :param group_id: its UUID.
        :return: ``{"id", "name", "description"}``.
        :raises ValueError: ``group_id`` is no UUID.
        :raises NotFound: no such group, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getGroup
        """
        return call(caller, groups.GET_GROUP, path=_place(org_id, group_id))

    @operation
    def delete_group(self, caller: Caller, org_id: str, group_id: str) -> Walk[JsonObject]:
        """
        Delete a group; its members lose the roles they had by it.

        :param org_id: the organization's id, not its slug.
        :param group_id: its UUID.
        :return: ``{"message"}``.
        :raises ValueError: ``group_id`` is no UUID.
        :raises NotFound: no such group, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deleteGroup
        """
        return call(caller, groups.DELETE_GROUP, path=_place(org_id, group_id))


def _place(org_id: str, group_id: str) -> dict[str, str]:
    return {"org_id": checked_id("org_id", org_id), "group_id": checked_uuid("group_id", group_id)}
