"""Calls about the community itself: its settings, messages, invitation links and segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_email, checked_fields, checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import chat, community, invitation_links, segments
from airflow_provider_circle.vendors.circle_admin.rich_text import rich_text

__all__ = ["CommunityCalls"]


class CommunityCalls(CircleAdminCalls):
    """Read and change the community; send messages; manage invitation links and segments."""

    @operation
    def get_community(self, caller: Caller) -> Walk[JsonObject]:
        """
        Read the community a token belongs to.

        :return: ``{"id", "name", "slug", "locale", …}``.
        :raises Unauthorized: the token is wrong.
        :raises Forbidden: it is a token of another type, or the plan has no Admin API.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, community.GET_COMMUNITY)

    @operation
    def update_community(self, caller: Caller, fields: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change the community's settings.

        :param fields: attributes to set, named as in the API.
        :return: the community.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, community.UPDATE_COMMUNITY, json={"community": checked_fields("fields", fields)})

    @operation
    def send_message(
        self, caller: Caller, emails: str | Iterable[str], content: str | Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Send a direct message, once: a lost reply is an error, and nothing is sent again.

        :param emails: to whom; several get one message in a group chat.
        :param content: a plain text, each line a paragraph, or a TipTap document.
        :return: ``{"message", "chat_room_message"}``.

        Source: https://api.circle.so/apis/admin-api
        """
        if not isinstance(emails, str | Iterable):
            raise ValueError(f"emails must be an e-mail address or a list of them, got a {type(emails).__name__}")
        addresses = [emails] if isinstance(emails, str) else list(emails)
        if not addresses:
            raise ValueError("emails must name at least one member, got none")
        body: JsonObject = {"rich_text_body": rich_text("content", content)}
        checked = [checked_email("emails", address) for address in addresses]
        body |= {"user_email": checked[0]} if len(checked) == 1 else {"user_emails": checked}
        return self.ask(caller, chat.CREATE_MESSAGE, json=body)

    @stream
    def list_invitation_links(
        self, caller: Caller, *, name: str | None = None, status: str | None = None
    ) -> Walk[None]:
        """
        List invitation links, 100 per request.

        :param name: only those with this name.
        :param status: ``active`` or ``revoked``.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "invitation_links", name=name, status=status)

    @operation
    def create_invitation_link(
        self, caller: Caller, name: str, *, fields: Mapping[str, Any] | None = None
    ) -> Walk[JsonObject]:
        """
        Create an invitation link. A lost reply is not looked up.

        :param fields: further attributes, named as in the API: ``redirect_space_id``,
            ``access_group_ids``, ``member_tag_ids``.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {**checked_fields("fields", fields, may_be_empty=True), "name": checked_text("name", name)}
        return self.ask(caller, invitation_links.CREATE_INVITATION_LINK, json=body)

    @operation
    def update_invitation_link(
        self, caller: Caller, invitation_link_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change an invitation link.

        :param fields: attributes to set, named as in the API; lists replace what was there.

        Source: https://api.circle.so/apis/admin-api
        """
        body = checked_fields("fields", fields)
        return self.ask(caller, invitation_links.UPDATE_INVITATION_LINK, path=_link(invitation_link_id), json=body)

    @operation
    def revoke_invitation_link(self, caller: Caller, invitation_link_id: int | str) -> Walk[JsonObject]:
        """
        Make an invitation link useless, and keep it listed.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, invitation_links.REVOKE_INVITATION_LINK, path=_link(invitation_link_id))

    @operation
    def delete_invitation_link(self, caller: Caller, invitation_link_id: int | str) -> Walk[JsonObject]:
        """
        Delete an invitation link.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, invitation_links.DELETE_INVITATION_LINK, path=_link(invitation_link_id))

    @stream
    def list_community_segments(self, caller: Caller, *, title: str | None = None) -> Walk[None]:
        """
        List the segments, 100 per request.

        :param title: only those with this title.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "community_segments", title=title)

    @operation
    def create_community_segment(
        self, caller: Caller, title: str, rules: Mapping[str, Any], *, fields: Mapping[str, Any] | None = None
    ) -> Walk[JsonObject]:
        """
        Create a segment.

        :param rules: ``{"rule_type", "rules"}``, as the API describes them.
        :param fields: further attributes, such as ``visible``.
        :return: the segment.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {
            **checked_fields("fields", fields, may_be_empty=True),
            "title": checked_text("title", title),
            "rules": checked_fields("rules", rules),
        }
        return self.ask(caller, segments.CREATE_COMMUNITY_SEGMENT, json=body)

    @operation
    def update_community_segment(
        self, caller: Caller, community_segment_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change a segment.

        :param fields: ``title``, ``rules``, ``visible`` and others, named as in the API.
        :return: the segment.

        Source: https://api.circle.so/apis/admin-api
        """
        body = checked_fields("fields", fields)
        return self.ask(caller, segments.UPDATE_COMMUNITY_SEGMENT, path=_segment(community_segment_id), json=body)

    @operation
    def duplicate_community_segment(
        self, caller: Caller, community_segment_id: int | str, title: str
    ) -> Walk[JsonObject]:
        """
        Copy a segment.

        :param title: the copy's.
        :return: the copy.

        Source: https://api.circle.so/apis/admin-api
        """
        query = {"title": checked_text("title", title)}
        return self.ask(caller, segments.DUPLICATE_COMMUNITY_SEGMENT, path=_segment(community_segment_id), query=query)

    @operation
    def delete_community_segment(self, caller: Caller, community_segment_id: int | str) -> Walk[JsonObject]:
        """
        Delete a segment.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, segments.DELETE_COMMUNITY_SEGMENT, path=_segment(community_segment_id))


def _link(invitation_link_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("invitation_link_id", invitation_link_id)}


def _segment(community_segment_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("community_segment_id", community_segment_id)}
