"""Calls about posts, comments and topics: list, read, create, change, delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin import publish
from airflow_provider_circle.vendors.circle_admin.arguments import (
    checked_email,
    checked_fields,
    checked_id,
    checked_ids,
)
from airflow_provider_circle.vendors.circle_admin.endpoints import comments, posts, topics
from airflow_provider_circle.vendors.circle_admin.rich_text import rich_text

__all__ = ["PostCalls"]


class PostCalls(CircleAdminCalls):
    """List, read, create, change and delete posts, comments and topics."""

    @stream
    def list_posts(
        self,
        caller: Caller,
        *,
        space_id: int | str | None = None,
        space_group_id: int | str | None = None,
        status: str | None = None,
        search_text: str | None = None,
    ) -> Walk[None]:
        """
        List posts, 100 per request. Those of image spaces are a list of their own.

        :param space_id: only those of a space; v1 needs one.
        :param space_group_id: only those of a space group.
        :param status: ``draft``, ``published``, ``scheduled`` or ``all``, which is the default here.
        :param search_text: only those with these words.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(
            caller, "posts", space_id=space_id, space_group_id=space_group_id, status=status, search_text=search_text
        )

    @operation
    def get_post(self, caller: Caller, post_id: int | str) -> Walk[JsonObject]:
        """
        Read a post.

        :raises NotFound: no such post.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, posts.GET_POST, path={"id": checked_id("post_id", post_id)})

    @operation
    def create_post(
        self,
        caller: Caller,
        space_id: int | str,
        name: str,
        content: str | Mapping[str, Any] | None = None,
        *,
        status: str | None = None,
        user_email: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Create a post, once: a lost reply is looked up before anything is sent again.

        :param name: its title.
        :param content: a plain text, each line a paragraph, or a TipTap document.
        :param status: ``draft``, ``published`` or ``scheduled``, which needs ``published_at`` among the fields.
        :param user_email: the author.
        :param fields: further attributes, named as in the API: ``slug``, ``topics``, ``is_pinned``,
            ``skip_notifications`` and others.
        :return: the post.

        Source: https://api.circle.so/apis/admin-api
        """
        self.endpoint(posts.CREATE_POST, None)
        body = {
            **checked_fields("fields", fields, may_be_empty=True),
            "space_id": checked_id("space_id", space_id),
            "name": checked_text("name", name),
        }
        if content is not None:
            body["tiptap_body"] = rich_text("content", content)
        if status is not None:
            body["status"] = checked_word("status", status, "draft", "published", "scheduled")
        if user_email is not None:
            body["user_email"] = checked_email("user_email", user_email)
        return publish.create_post(caller, body)

    @operation
    def find_created_post(
        self, caller: Caller, space_id: int | str, name: str, *, began_s: float
    ) -> Walk[JsonObject | None]:
        """
        Find the post that a process began to create before it died.

        :param name: its title, exactly.
        :param began_s: when it began, in seconds since the epoch.
        :return: the post; ``None`` when it was never created.

        Source: https://api.circle.so/apis/admin-api
        """
        self.endpoint(posts.LIST_POSTS, None)
        return publish.find_created_post(caller, checked_id("space_id", space_id), checked_text("name", name), began_s)

    @operation
    def update_post(self, caller: Caller, post_id: int | str, fields: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change a post's attributes.

        :param fields: attributes to set, named as in the API. Circle ignores a ``tiptap_body`` where there was none.
        :return: ``{"message", "post"}``.

        Source: https://api.circle.so/apis/admin-api
        """
        path = {"id": checked_id("post_id", post_id)}
        return self.ask(caller, posts.UPDATE_POST, path=path, json=checked_fields("fields", fields))

    @operation
    def delete_post(self, caller: Caller, post_id: int | str) -> Walk[JsonObject]:
        """
        Delete a post.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, posts.DELETE_POST, path={"id": checked_id("post_id", post_id)})

    @stream
    def list_comments(
        self,
        caller: Caller,
        *,
        space_id: int | str | None = None,
        post_id: int | str | None = None,
        search_text: str | None = None,
    ) -> Walk[None]:
        """
        List comments, 100 per request.

        :param space_id: only those in a space; v1 needs one.
        :param post_id: only those on a post.
        :param search_text: only those with these words.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "comments", space_id=space_id, post_id=post_id, search_text=search_text)

    @operation
    def get_comment(self, caller: Caller, comment_id: int | str) -> Walk[JsonObject]:
        """
        Read a comment.

        :raises NotFound: no such comment.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, comments.GET_COMMENT, path={"id": checked_id("comment_id", comment_id)})

    @operation
    def create_comment(
        self,
        caller: Caller,
        post_id: int | str,
        body: str,
        *,
        parent_comment_id: int | str | None = None,
        skip_notifications: bool = False,
    ) -> Walk[JsonObject]:
        """
        Comment on a post. A lost reply is not looked up.

        :param parent_comment_id: the comment it replies to.
        :param skip_notifications: tell nobody.
        :return: the comment.

        Source: https://api.circle.so/apis/admin-api
        """
        comment: JsonObject = {"post_id": checked_id("post_id", post_id), "body": checked_text("body", body)}
        if parent_comment_id is not None:
            comment["parent_comment_id"] = checked_id("parent_comment_id", parent_comment_id)
        if skip_notifications:
            comment["skip_notifications"] = True
        return self.ask(caller, comments.CREATE_COMMENT, json=comment)

    @operation
    def delete_comment(self, caller: Caller, comment_id: int | str) -> Walk[JsonObject]:
        """
        Delete a comment.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, comments.DELETE_COMMENT, path={"id": checked_id("comment_id", comment_id)})

    @stream
    def list_topics(self, caller: Caller, *, name: str | None = None) -> Walk[None]:
        """
        List the topics, oldest first, 100 per request.

        :param name: only those with this name.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "topics", name=name)

    @operation
    def get_topic(self, caller: Caller, topic_id: int | str) -> Walk[JsonObject]:
        """
        Read a topic.

        :raises NotFound: no such topic.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, topics.GET_TOPIC, path={"id": checked_id("topic_id", topic_id)})

    @operation
    def create_topic(
        self, caller: Caller, name: str, *, admin_only: bool = False, space_ids: Iterable[int | str] = ()
    ) -> Walk[JsonObject]:
        """
        Create a topic.

        :param admin_only: only admins may use it.
        :param space_ids: spaces that offer it.
        :return: the topic.

        Source: https://api.circle.so/apis/admin-api
        """
        body: JsonObject = {"name": checked_text("name", name), "admin_only": admin_only}
        if spaces := checked_ids("space_ids", space_ids):
            body["space_ids"] = spaces
        return self.ask(caller, topics.CREATE_TOPIC, json=body)

    @operation
    def update_topic(self, caller: Caller, topic_id: int | str, fields: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change a topic.

        :param fields: ``name``, ``admin_only``, ``space_ids``.
        :return: the topic.

        Source: https://api.circle.so/apis/admin-api
        """
        path = {"id": checked_id("topic_id", topic_id)}
        return self.ask(caller, topics.UPDATE_TOPIC, path=path, json=checked_fields("fields", fields))

    @operation
    def delete_topic(self, caller: Caller, topic_id: int | str) -> Walk[JsonObject]:
        """
        Delete a topic.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, topics.DELETE_TOPIC, path={"id": checked_id("topic_id", topic_id)})
