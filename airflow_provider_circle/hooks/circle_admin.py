"""
Circle's Admin API as an Airflow hook, in its versions 2 and 1.

The calls by name are in ``circle_admin_calls``, what takes several requests is written in ``vendors/circle_admin``;
here is what Airflow asks of a hook: names and the connection's test.
"""

from __future__ import annotations

from typing import Unpack

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.hooks.base import Patience
from airflow_provider_circle.hooks.circle_admin_calls.access_groups import AccessGroupCalls
from airflow_provider_circle.hooks.circle_admin_calls.anything import AnyCalls
from airflow_provider_circle.hooks.circle_admin_calls.community import CommunityCalls
from airflow_provider_circle.hooks.circle_admin_calls.courses import CourseCalls
from airflow_provider_circle.hooks.circle_admin_calls.events import EventCalls
from airflow_provider_circle.hooks.circle_admin_calls.forms import FormCalls
from airflow_provider_circle.hooks.circle_admin_calls.members import MemberCalls
from airflow_provider_circle.hooks.circle_admin_calls.memberships import MembershipCalls
from airflow_provider_circle.hooks.circle_admin_calls.payments import PaymentCalls
from airflow_provider_circle.hooks.circle_admin_calls.posts import PostCalls
from airflow_provider_circle.hooks.circle_admin_calls.spaces import SpaceCalls
from airflow_provider_circle.hooks.circle_admin_calls.tags import TagCalls
from airflow_provider_circle.hooks.trial import try_connection
from airflow_provider_circle.vendors.circle_admin.endpoints import community, v1

__all__ = ["CircleAdminHook"]


class CircleAdminHook(
    MemberCalls,
    SpaceCalls,
    MembershipCalls,
    PostCalls,
    EventCalls,
    TagCalls,
    AccessGroupCalls,
    PaymentCalls,
    CommunityCalls,
    FormCalls,
    CourseCalls,
    AnyCalls,
):
    """
    Calls Circle's Admin API: members, spaces, posts, events, tags, payments and the rest of a community.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircleAdminHook()
        hook.invite_member("ada@example.com", "Ada", space_ids=[7])["created"]
        await hook.tag_member.aio("ada@example.com", "Speakers")
        for member in hook.list_community_members(): ...

    :param circle_admin_conn_id: connection of type *Circle community (Admin API)*.
    :param patience: ``request_attempts``, ``request_max_wait_s`` and ``sleep``; see ``CircleHook``.

    Source: https://api.circle.so/apis/admin-api
    """

    conn_name_attr = "circle_admin_conn_id"
    default_conn_name = "circle_admin_default"
    hook_name = "Circle community (Admin API)"

    def __init__(self, circle_admin_conn_id: str = default_conn_name, **patience: Unpack[Patience]) -> None:
        super().__init__(circle_admin_conn_id, **patience)

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection, for the button in Airflow's form.

        :return: whether it works, and with which community or, in v1, as whom; or why not.
        """
        return try_connection(
            self,
            lambda once: call(once, self.endpoint(community.GET_COMMUNITY, v1.GET_ME)),
            self._told,
        )

    def _told(self, answer: JsonObject) -> str:
        if self.api_version == "v2":
            return f"Connected to Circle community {answer.get('name') or 'without a name'}"
        name = answer.get("name") or answer.get("first_name") or answer.get("email") or "an unnamed user"
        return f"Connected to Circle (v1) as {name}"
