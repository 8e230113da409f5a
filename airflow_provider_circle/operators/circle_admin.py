"""
Acting in a Circle community from a DAG: inviting and tagging members, publishing posts.

This module fits the pieces into Airflow; how the Admin API is spoken to is written in ``vendors/circle_admin``. Nothing
here imports an HTTP library before a task runs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.operators.calling import CallingOperator
from airflow_provider_circle.operators.colors import CIRCLE_ADMIN
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.memory import TaskMemory

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
    from airflow_provider_circle.operators.keywords import CircleAdminKeywords

__all__ = ["CircleAdminCreatePostOperator", "CircleAdminInviteMemberOperator", "CircleAdminTagMemberOperator"]

_POST_KEY = "circle_admin_post"


class _CircleAdminOperator(CallingOperator):
    """
    What the operators of this module share.

    :param circle_admin_conn_id: connection of type *Circle community (Admin API)*. (templated)
    """

    ui_color = CIRCLE_ADMIN

    def __init__(self, *, circle_admin_conn_id: str = "circle_admin_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.circle_admin_conn_id = circle_admin_conn_id

    def build_hook(self) -> CircleAdminHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circle_admin import CircleAdminHook

        return CircleAdminHook(self.circle_admin_conn_id, **self.patience())


class CircleAdminInviteMemberOperator(_CircleAdminOperator):
    """
    Invites somebody into the community, once; who is a member already is left as they are, but for the tags.

    Returns ``{"community_member_id", "created"}``.

    :param member_email: whom to invite. (templated)
    :param name: the name to begin with. (templated)
    :param space_ids: spaces to add them to; an existing member is added to none. (templated)
    :param tags: tags to give them, each by its id or its exact name; an existing member gets them, too. (templated)
    :param skip_invitation: add them without an e-mail.
    :raises ValueError: no tag has this name; nobody was invited.

    All other parameters: ``circle_admin_conn_id`` and those of ``CallingOperator``.

    Source: https://api.circle.so/apis/admin-api
    """

    template_fields: Sequence[str] = ("circle_admin_conn_id", "member_email", "name", "space_ids", "tags")
    template_fields_renderers: ClassVar[dict[str, str]] = {"space_ids": "json", "tags": "json"}

    def __init__(
        self,
        *,
        member_email: str,
        name: str | None = None,
        space_ids: Sequence[int] = (),
        tags: Sequence[str | int] = (),
        skip_invitation: bool = False,
        **kwargs: Unpack[CircleAdminKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.member_email = member_email
        self.name = name
        self.space_ids = space_ids
        self.tags = tags
        self.skip_invitation = skip_invitation

    def execute(self, context: Context) -> JsonObject:
        """Look whether they are there, invite them if not, and tag them."""
        with airflow_errors(), self.build_hook() as hook:
            tag_ids = [hook.find_member_tag(tag) for tag in self.tags]
            member = hook.invite_member(
                self.member_email,
                self.name or None,
                space_ids=self.space_ids,
                tag_ids=tag_ids,
                skip_invitation=self.skip_invitation,
            )
            if not member["created"]:
                for tag_id in tag_ids:
                    hook.tag_member(self.member_email, tag_id)
        self.log.info("Community member %s was %s", member.get("id"), "invited" if member["created"] else "there")
        return {"community_member_id": member.get("id"), "created": member["created"]}


class CircleAdminTagMemberOperator(_CircleAdminOperator):
    """
    Gives a member a tag, or takes it away; a rerun changes nothing more.

    Returns ``{"member_tag_id", "user_email"}``.

    :param member_email: whose tag. (templated)
    :param tag: the tag's id, or its name exactly as it is written. (templated)
    :param remove: take it away.
    :raises ValueError: no tag has this name.
    :raises NotFound: no such member.

    All other parameters: ``circle_admin_conn_id`` and those of ``CallingOperator``.

    Source: https://api.circle.so/apis/admin-api
    """

    template_fields: Sequence[str] = ("circle_admin_conn_id", "member_email", "tag")

    def __init__(
        self, *, member_email: str, tag: str | int, remove: bool = False, **kwargs: Unpack[CircleAdminKeywords]
    ) -> None:
        super().__init__(**kwargs)
        self.member_email = member_email
        self.tag = tag
        self.remove = remove

    def execute(self, context: Context) -> JsonObject:
        """Tag or untag."""
        with airflow_errors(), self.build_hook() as hook:
            change = hook.untag_member if self.remove else hook.tag_member
            return change(self.member_email, self.tag)


class CircleAdminCreatePostOperator(_CircleAdminOperator):
    """
    Publishes a post in a space, once.

    A lost reply is looked up, and so is what a try that died had begun (Airflow 3.3 or newer): a post of the same name
    in the same space, created since. A cleared task publishes anew. Returns ``{"post_id", "url"}``.

    :param space_id: where it goes. (templated)
    :param post_name: its title. (templated)
    :param content: a plain text, each line a paragraph, or a TipTap document. (templated)
    :param status: ``draft``, ``published`` or ``scheduled``, which needs ``published_at`` among the fields.
        (templated)
    :param author_email: who writes it; the token's owner where left out. (templated)
    :param fields: further attributes, named as in the API: ``slug``, ``topics``, ``skip_notifications`` and others.
        (templated)

    All other parameters: ``circle_admin_conn_id`` and those of ``CallingOperator``.

    Source: https://api.circle.so/apis/admin-api
    """

    template_fields: Sequence[str] = (
        "circle_admin_conn_id",
        "space_id",
        "post_name",
        "content",
        "status",
        "author_email",
        "fields",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"fields": "json"}

    def __init__(
        self,
        *,
        space_id: int | str,
        post_name: str,
        content: str | Mapping[str, Any] | None = None,
        status: str | None = None,
        author_email: str | None = None,
        fields: Mapping[str, Any] | None = None,
        **kwargs: Unpack[CircleAdminKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.space_id = space_id
        self.post_name = post_name
        self.content = content
        self.status = status
        self.author_email = author_email
        self.fields = fields

    def execute(self, context: Context) -> JsonObject:
        """Publish, or find what an earlier try published."""
        memory = TaskMemory(context, _POST_KEY)
        with airflow_errors(), self.build_hook() as hook:
            begun = memory.recall()
            post = None
            if begun:
                post = hook.find_created_post(self.space_id, self.post_name, began_s=begun["began_s"])
            else:
                memory.keep(began_s=time.time())
            if post is None:
                post = hook.create_post(
                    self.space_id,
                    self.post_name,
                    self.content,
                    status=self.status,
                    user_email=self.author_email,
                    fields=self.fields,
                )
        self.log.info("Post %s is at %s", post.get("id"), post.get("url"))
        return {"post_id": post.get("id"), "url": post.get("url")}
