"""Calls about who is in a space or in a space group: list, read, add, remove."""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_email, checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import space_group_members, space_members, v1

__all__ = ["MembershipCalls"]


class MembershipCalls(CircleAdminCalls):
    """List, read, add and remove those who are in a space or in a space group."""

    @stream
    def list_space_members(self, caller: Caller, space_id: int | str, *, status: str | None = None) -> Walk[None]:
        """
        List who is in a space, 100 per request.

        :param status: ``active``, ``inactive`` or ``all``, which is the default.
        :return: records ``{"id", "community_member_id", "space_id", "status", …}``.
        :raises NotFound: no such space.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "space_members", space_id=space_id, status=status)

    @operation
    def get_space_member(self, caller: Caller, email: str, space_id: int | str) -> Walk[JsonObject]:
        """
        Read one membership of a space.

        :raises NotFound: no such space, or they are not in it.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, space_members.GET_SPACE_MEMBER, query=_membership(email, space_id=space_id))

    @operation
    def add_space_member(self, caller: Caller, email: str, space_id: int | str) -> Walk[JsonObject]:
        """
        Add a member to a space; whoever is in it stays in it.

        :raises NotFound: no such space, or no such member.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller,
            space_members.CREATE_SPACE_MEMBER,
            v1.CREATE_SPACE_MEMBER,
            json=_membership(email, space_id=space_id),
        )

    @operation
    def remove_space_member(self, caller: Caller, email: str, space_id: int | str) -> Walk[JsonObject]:
        """
        Take a member out of a space.

        :raises NotFound: no such space, or they are not in it.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller,
            space_members.DELETE_SPACE_MEMBER,
            v1.DELETE_SPACE_MEMBER,
            query=_membership(email, space_id=space_id),
        )

    @stream
    def list_space_group_members(
        self, caller: Caller, space_group_id: int | str, *, status: str | None = None
    ) -> Walk[None]:
        """
        List who is in a space group, 100 per request.

        :param status: ``active``, ``inactive`` or ``all``, which is the default.
        :return: records ``{"id", "community_member_id", "space_group_id", "status", …}``.
        :raises NotFound: no such space group.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "space_group_members", space_group_id=space_group_id, status=status)

    @operation
    def get_space_group_member(self, caller: Caller, email: str, space_group_id: int | str) -> Walk[JsonObject]:
        """
        Read one membership of a space group.

        :raises NotFound: no such space group, or they are not in it.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller, space_group_members.GET_SPACE_GROUP_MEMBER, query=_membership(email, space_group_id=space_group_id)
        )

    @operation
    def add_space_group_member(self, caller: Caller, email: str, space_group_id: int | str) -> Walk[JsonObject]:
        """
        Add a member to a space group; whoever is in it stays in it.

        :raises NotFound: no such space group, or no such member.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller,
            space_group_members.CREATE_SPACE_GROUP_MEMBER,
            v1.CREATE_SPACE_GROUP_MEMBER,
            json=_membership(email, space_group_id=space_group_id),
        )

    @operation
    def remove_space_group_member(self, caller: Caller, email: str, space_group_id: int | str) -> Walk[JsonObject]:
        """
        Take a member out of a space group.

        :raises NotFound: no such space group, or they are not in it.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller,
            space_group_members.DELETE_SPACE_GROUP_MEMBER,
            v1.DELETE_SPACE_GROUP_MEMBER,
            query=_membership(email, space_group_id=space_group_id),
        )


def _membership(email: str, **place: int | str) -> dict[str, str | int | bool]:
    return {"email": checked_email("email", email), **{name: checked_id(name, value) for name, value in place.items()}}
