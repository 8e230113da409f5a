"""Calls about access groups and who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import (
    checked_email,
    checked_fields,
    checked_id,
    checked_ids,
)
from airflow_provider_circle.vendors.circle_admin.endpoints import access_groups

__all__ = ["AccessGroupCalls"]


class AccessGroupCalls(CircleAdminCalls):
    """List, create, change and archive access groups; list, add and remove their members."""

    @stream
    def list_access_groups(
        self,
        caller: Caller,
        *,
        status: str | None = None,
        ids: Iterable[int | str] | None = None,
        name: str | None = None,
    ) -> Walk[None]:
        """
        List access groups, 100 per request.

        :param status: ``active``, ``archived`` or ``all``, which is the default here.
        :param ids: only these.
        :param name: only those with this name.

        Source: https://api.circle.so/apis/admin-api
        """
        wanted = None if ids is None else checked_ids("ids", ids)
        return self.listed(caller, "access_groups", status=status, ids=wanted, name=name)

    @operation
    def create_access_group(self, caller: Caller, name: str, *, description: str | None = None) -> Walk[JsonObject]:
        """
        Create an access group.

        :return: the access group.

        Source: https://api.circle.so/apis/admin-api
        """
        group = {"name": checked_text("name", name)}
        if description is not None:
            group["description"] = checked_text("description", description)
        return self.ask(caller, access_groups.CREATE_ACCESS_GROUP, json={"access_group": group})

    @operation
    def update_access_group(
        self, caller: Caller, access_group_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change an access group.

        :param fields: ``name``, ``description``.
        :return: the access group.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {"access_group": checked_fields("fields", fields)}
        return self.ask(caller, access_groups.UPDATE_ACCESS_GROUP, path=_group(access_group_id), json=body)

    @operation
    def archive_access_group(self, caller: Caller, access_group_id: int | str) -> Walk[JsonObject]:
        """
        Archive an access group; Circle deletes none.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, access_groups.ARCHIVE_ACCESS_GROUP, path=_group(access_group_id))

    @operation
    def unarchive_access_group(self, caller: Caller, access_group_id: int | str) -> Walk[JsonObject]:
        """
        Bring an archived access group back.

        :return: the access group.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, access_groups.UNARCHIVE_ACCESS_GROUP, path=_group(access_group_id))

    @stream
    def list_access_group_members(self, caller: Caller, access_group_id: int | str) -> Walk[None]:
        """
        List who is in an access group, 100 per request.

        :return: records ``{"id", "access_group_id", "community_member_id", …}``, without names or e-mails.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "access_group_members", access_group_id=access_group_id)

    @operation
    def get_access_group_member(self, caller: Caller, email: str, access_group_id: int | str) -> Walk[JsonObject]:
        """
        Read one membership of an access group.

        :raises NotFound: no such group, or they are not in it.

        Source: https://api.circle.so/apis/admin-api
        """
        query = {"email": checked_email("email", email)}
        return self.ask(caller, access_groups.GET_ACCESS_GROUP_MEMBER, path=_of_group(access_group_id), query=query)

    @operation
    def add_access_group_member(self, caller: Caller, email: str, access_group_id: int | str) -> Walk[JsonObject]:
        """
        Add a member to an access group; whoever is in it stays in it.

        :raises NotFound: no such group, or no such member.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {"email": checked_email("email", email)}
        return self.ask(caller, access_groups.ADD_ACCESS_GROUP_MEMBER, path=_of_group(access_group_id), json=body)

    @operation
    def remove_access_group_member(self, caller: Caller, email: str, access_group_id: int | str) -> Walk[JsonObject]:
        """
        Take a member out of an access group.

        :raises NotFound: no such group, or they are not in it.

        Source: https://api.circle.so/apis/admin-api
        """
        query = {"email": checked_email("email", email)}
        return self.ask(caller, access_groups.REMOVE_ACCESS_GROUP_MEMBER, path=_of_group(access_group_id), query=query)


def _group(access_group_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("access_group_id", access_group_id)}


def _of_group(access_group_id: int | str) -> dict[str, str | int]:
    return {"access_group_id": checked_id("access_group_id", access_group_id)}
