"""Calls about member tags and who has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin import tag as tagging
from airflow_provider_circle.vendors.circle_admin.arguments import (
    checked_email,
    checked_fields,
    checked_id,
    checked_ids,
)
from airflow_provider_circle.vendors.circle_admin.endpoints import community_members, member_tags, tagged_members, v1

__all__ = ["TagCalls"]


class TagCalls(CircleAdminCalls):
    """List, read, create, change and delete member tags; tag and untag members."""

    @stream
    def list_member_tags(self, caller: Caller, *, name: str | None = None, is_public: bool | None = None) -> Walk[None]:
        """
        List the member tags, oldest first, 100 per request.

        :param name: only those with this name. Under v1 there is no such filter, nor is there the next.
        :param is_public: only those that members see, or only the others.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "member_tags", name=name, is_public=is_public)

    @operation
    def get_member_tag(self, caller: Caller, member_tag_id: int | str) -> Walk[JsonObject]:
        """
        Read a member tag.

        :raises NotFound: no such tag.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, member_tags.GET_MEMBER_TAG, path=_tag(member_tag_id))

    @operation
    def create_member_tag(
        self, caller: Caller, name: str, *, fields: Mapping[str, Any] | None = None
    ) -> Walk[JsonObject]:
        """
        Create a member tag.

        :param fields: further attributes, named as in the API: ``color``, ``emoji``, ``is_public``, ``display_format``
            and others.
        :return: the tag.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {**checked_fields("fields", fields, may_be_empty=True), "name": checked_text("name", name)}
        return self.ask(caller, member_tags.CREATE_MEMBER_TAG, json=body)

    @operation
    def update_member_tag(
        self, caller: Caller, member_tag_id: int | str, fields: Mapping[str, Any]
    ) -> Walk[JsonObject]:
        """
        Change a member tag.

        :param fields: attributes to set, named as in the API.
        :return: the tag.

        Source: https://api.circle.so/apis/admin-api
        """
        body = checked_fields("fields", fields)
        return self.ask(caller, member_tags.UPDATE_MEMBER_TAG, path=_tag(member_tag_id), json=body)

    @operation
    def delete_member_tag(self, caller: Caller, member_tag_id: int | str) -> Walk[JsonObject]:
        """
        Delete a member tag; whoever has it loses it.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, member_tags.DELETE_MEMBER_TAG, path=_tag(member_tag_id))

    @stream
    def list_tagged_members(self, caller: Caller, *, member_tag_ids: Iterable[int | str] | None = None) -> Walk[None]:
        """
        List which member has which tag, 100 per request.

        :param member_tag_ids: only those with any of these tags. Under v1 there is no such filter.

        Source: https://api.circle.so/apis/admin-api
        """
        tags = None if member_tag_ids is None else checked_ids("member_tag_ids", member_tag_ids)
        return self.listed(caller, "tagged_members", member_tag_ids=tags)

    @operation
    def find_member_tag(self, caller: Caller, tag: str | int) -> Walk[int]:
        """
        Find a tag's id.

        :param tag: an id, which costs no request, or a name exactly as it is written. A text of digits is an id.
        :raises ValueError: no tag has this name, or several have; names the nearest, or the ids.

        Source: https://api.circle.so/apis/admin-api
        """
        tags = self.endpoint(member_tags.LIST_MEMBER_TAGS, v1.LIST_MEMBER_TAGS)
        return tagging.find_tag(caller, tags, tag)

    @operation
    def tag_member(self, caller: Caller, email: str, tag: str | int) -> Walk[JsonObject]:
        """
        Give a member a tag; one who has it keeps it.

        :param tag: the tag's id, or its name exactly as it is written. A text of digits is an id.
        :return: ``{"member_tag_id", "user_email"}``.
        :raises ValueError: no tag has this name; names the nearest.
        :raises NotFound: no such member, or no tag with this id.

        Source: https://api.circle.so/apis/admin-api
        """
        return tagging.tag_member(
            caller,
            checked_email("email", email),
            tag,
            search=self.endpoint(community_members.SEARCH_COMMUNITY_MEMBER, v1.SEARCH_COMMUNITY_MEMBER),
            create=self.endpoint(tagged_members.CREATE_TAGGED_MEMBER, v1.CREATE_TAGGED_MEMBER),
            tags=self.endpoint(member_tags.LIST_MEMBER_TAGS, v1.LIST_MEMBER_TAGS),
        )

    @operation
    def untag_member(self, caller: Caller, email: str, tag: str | int) -> Walk[JsonObject]:
        """
        Take a tag from a member; one who has it not stays as they are.

        :param tag: the tag's id, or its name exactly as it is written. A text of digits is an id.
        :return: ``{"member_tag_id", "user_email"}``.
        :raises ValueError: no tag has this name; names the nearest.
        :raises NotFound: no such member.

        Source: https://api.circle.so/apis/admin-api
        """
        return tagging.untag_member(
            caller,
            checked_email("email", email),
            tag,
            search=self.endpoint(community_members.SEARCH_COMMUNITY_MEMBER, v1.SEARCH_COMMUNITY_MEMBER),
            delete=self.endpoint(tagged_members.DELETE_TAGGED_MEMBER, v1.DELETE_TAGGED_MEMBER),
            tags=self.endpoint(member_tags.LIST_MEMBER_TAGS, v1.LIST_MEMBER_TAGS),
        )


def _tag(member_tag_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("member_tag_id", member_tag_id)}
