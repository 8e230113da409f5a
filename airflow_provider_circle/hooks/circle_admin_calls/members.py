"""Calls about community members: list, find, invite, change, remove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin import invite
from airflow_provider_circle.vendors.circle_admin.arguments import (
    checked_email,
    checked_fields,
    checked_id,
    checked_ids,
)
from airflow_provider_circle.vendors.circle_admin.endpoints import community_members, member_spaces, v1
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PER_PAGE

__all__ = ["MemberCalls"]


class MemberCalls(CircleAdminCalls):
    """List, find, invite, change and remove members."""

    @stream
    def list_community_members(
        self, caller: Caller, *, status: str | None = None, member_tag_ids: Iterable[int | str] | None = None
    ) -> Walk[None]:
        """
        List members, 100 per request.

        :param status: ``active``, ``inactive`` (invited, not yet confirmed) or ``all``, which is the default here.
        :param member_tag_ids: only those with any of these tags.
        :return: records ``{"id", "user_id", "email", "name", "member_tags", …}``; ``id`` is the membership's.

        Source: https://api.circle.so/apis/admin-api
        """
        tags = None if member_tag_ids is None else checked_ids("member_tag_ids", member_tag_ids)
        return self.listed(caller, "community_members", status=status, member_tag_ids=tags)

    @operation
    def get_community_member(self, caller: Caller, community_member_id: int | str) -> Walk[JsonObject]:
        """
        Read a member.

        :param community_member_id: the membership's id, not the user's.
        :raises NotFound: no such member.

        Source: https://api.circle.so/apis/admin-api
        """
        path = _member(community_member_id)
        return self.ask(caller, community_members.GET_COMMUNITY_MEMBER, v1.GET_COMMUNITY_MEMBER, path=path)

    @operation
    def find_community_member(self, caller: Caller, email: str) -> Walk[JsonObject | None]:
        """
        Find a member by the exact e-mail address, in upper or lower case.

        :return: the member; ``None`` when there is none.

        Source: https://api.circle.so/apis/admin-api
        """
        search = self.endpoint(community_members.SEARCH_COMMUNITY_MEMBER, v1.SEARCH_COMMUNITY_MEMBER)
        return invite.find_member(caller, search, checked_email("email", email))

    @operation
    def invite_member(
        self,
        caller: Caller,
        email: str,
        name: str | None = None,
        *,
        space_ids: Iterable[int | str] = (),
        tag_ids: Iterable[int | str] = (),
        skip_invitation: bool = False,
        fields: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Invite somebody, once: a member who is there already is returned as they are, and a lost reply is looked up.

        :param email: whom to invite.
        :param name: the name to begin with.
        :param space_ids: spaces to add them to; an existing member is added to none.
        :param tag_ids: member tags to give them; an existing member gets none.
        :param skip_invitation: add them without an e-mail.
        :param fields: further attributes, named as in the API: ``headline``, ``space_group_ids``,
            ``community_member_profile_fields`` and others.
        :return: the member, and under ``created`` whether this call invited them.
        :raises ValueError: an argument Circle would refuse; nothing was sent.
        :raises Forbidden: the plan's or the day's limit of members is reached.

        Source: https://api.circle.so/apis/admin-api
        """
        address = checked_email("email", email)
        body = {**checked_fields("fields", fields, may_be_empty=True), "email": address}
        if name is not None:
            body["name"] = checked_text("name", name)
        if spaces := checked_ids("space_ids", space_ids):
            body["space_ids"] = spaces
        if tags := checked_ids("tag_ids", tag_ids):
            body["member_tag_ids"] = tags
        if skip_invitation:
            body["skip_invitation"] = True
        return invite.invite_member(
            caller,
            address,
            body,
            search=self.endpoint(community_members.SEARCH_COMMUNITY_MEMBER, v1.SEARCH_COMMUNITY_MEMBER),
            create=self.endpoint(community_members.CREATE_COMMUNITY_MEMBER, v1.CREATE_COMMUNITY_MEMBER),
        )

    @operation
    def update_community_member(
        self, caller: Caller, community_member_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change a member's attributes.

        :param fields: attributes to set, named as in the API: ``name``, ``headline``, ``space_ids``,
            ``member_tag_ids``, ``preferences``, ``community_member_profile_fields`` and others.
        :return: the member.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(
            caller,
            community_members.UPDATE_COMMUNITY_MEMBER,
            v1.UPDATE_COMMUNITY_MEMBER,
            path=_member(community_member_id),
            json=checked_fields("fields", fields),
        )

    @operation
    def deactivate_community_member(self, caller: Caller, community_member_id: int | str) -> Walk[JsonObject]:
        """
        Take a member out of the community, and keep what they wrote. Unverified: that it is kept.

        Source: https://api.circle.so/apis/admin-api
        """
        path = _member(community_member_id)
        return self.ask(caller, community_members.DEACTIVATE_COMMUNITY_MEMBER, path=path)

    @operation
    def ban_community_member(self, caller: Caller, community_member_id: int | str) -> Walk[JsonObject]:
        """
        Ban a member, their address and their e-mail; all they wrote is deleted for good.

        :raises Unauthorized: nobody may ban the community's owner.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, community_members.BAN_COMMUNITY_MEMBER, path=_member(community_member_id))

    @operation
    def delete_community_member(self, caller: Caller, community_member_id: int | str) -> Walk[JsonObject]:
        """
        Delete a member and all they wrote, for good.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, community_members.DELETE_COMMUNITY_MEMBER, path=_member(community_member_id))

    @stream
    def list_member_spaces(self, caller: Caller, community_member_id: int | str) -> Walk[None]:
        """
        List the spaces a member is in.

        Source: https://api.circle.so/apis/admin-api
        """
        query = {"community_member_id": checked_id("community_member_id", community_member_id), "per_page": PER_PAGE}
        return pages(caller, self.endpoint(member_spaces.LIST_MEMBER_SPACES, None), query=query)

    @stream
    def list_member_access_groups(self, caller: Caller, community_member_id: int | str) -> Walk[None]:
        """
        List the access groups a member is in.

        Source: https://api.circle.so/apis/admin-api
        """
        endpoint = self.endpoint(community_members.LIST_ACCESS_GROUPS_OF_MEMBER, None)
        path = {"community_member_id": checked_id("community_member_id", community_member_id)}
        return pages(caller, endpoint, path=path, query={"per_page": PER_PAGE})


def _member(community_member_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("community_member_id", community_member_id)}
