"""Calls about spaces and space groups: list, read, create, change, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_fields, checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import space_groups, spaces

__all__ = ["SpaceCalls"]


class SpaceCalls(CircleAdminCalls):
    """List, read, create, change and delete spaces and space groups."""

    @stream
    def list_spaces(self, caller: Caller) -> Walk[None]:
        """
        List the spaces, oldest first, 100 per request.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "spaces")

    @operation
    def get_space(self, caller: Caller, space_id: int | str) -> Walk[JsonObject]:
        """
        Read a space.

        :raises NotFound: no such space.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, spaces.GET_SPACE, path={"id": checked_id("space_id", space_id)})

    @operation
    def create_space(
        self,
        caller: Caller,
        name: str,
        slug: str,
        space_group_id: int | str,
        *,
        fields: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Create a space.

        :param slug: its place in the community's address.
        :param space_group_id: the space group it belongs to.
        :param fields: further attributes, named as in the API: ``space_type`` (``basic``, ``event``, ``members``,
            ``image``, ``course`` or ``chat``), ``is_private``, ``topics`` and others.
        :return: ``{"success", "message", "space"}``.
        :raises Forbidden: the plan allows no further space.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {
            **checked_fields("fields", fields, may_be_empty=True),
            "name": checked_text("name", name),
            "slug": checked_text("slug", slug),
            "space_group_id": checked_id("space_group_id", space_group_id),
        }
        return self.ask(caller, spaces.CREATE_SPACE, json=body)

    @operation
    def update_space(self, caller: Caller, space_id: int | str, fields: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change a space's attributes.

        :param fields: attributes to set, named as in the API.
        :return: the space.

        Source: https://api.circle.so/apis/admin-api
        """
        path = {"id": checked_id("space_id", space_id)}
        return self.ask(caller, spaces.UPDATE_SPACE, path=path, json=checked_fields("fields", fields))

    @operation
    def delete_space(self, caller: Caller, space_id: int | str) -> Walk[JsonObject]:
        """
        Delete a space.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, spaces.DELETE_SPACE, path={"id": checked_id("space_id", space_id)})

    @stream
    def list_space_groups(self, caller: Caller, *, name: str | None = None) -> Walk[None]:
        """
        List the space groups, 100 per request.

        :param name: only those with this name. Under v1 there is no such filter.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "space_groups", name=name)

    @operation
    def get_space_group(self, caller: Caller, space_group_id: int | str) -> Walk[JsonObject]:
        """
        Read a space group.

        :raises NotFound: no such space group.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, space_groups.GET_SPACE_GROUP, path=_group(space_group_id))

    @operation
    def create_space_group(
        self, caller: Caller, name: str, slug: str, *, fields: Mapping[str, Any] | None = None
    ) -> Walk[JsonObject]:
        """
        Create a space group.

        :param slug: its place in the community's address.
        :param fields: further attributes, named as in the API.
        :return: the space group.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {
            **checked_fields("fields", fields, may_be_empty=True),
            "name": checked_text("name", name),
            "slug": checked_text("slug", slug),
        }
        return self.ask(caller, space_groups.CREATE_SPACE_GROUP, json=body)

    @operation
    def update_space_group(
        self, caller: Caller, space_group_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change a space group's attributes.

        :param fields: attributes to set, named as in the API.
        :return: the space group.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller,
            space_groups.UPDATE_SPACE_GROUP,
            path=_group(space_group_id),
            json=checked_fields("fields", fields),
        )

    @operation
    def delete_space_group(self, caller: Caller, space_group_id: int | str) -> Walk[JsonObject]:
        """
        Delete a space group.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, space_groups.DELETE_SPACE_GROUP, path=_group(space_group_id))


def _group(space_group_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("space_group_id", space_group_id)}
