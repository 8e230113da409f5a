"""
Creating a post once, although Circle knows no idempotency key: a lost reply is looked up among a space's posts.

What is sent was checked before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import found_later, send_once
from airflow_provider_circle.core.walk import Caller, Walk, call, read_page
from airflow_provider_circle.core.window import seconds_of
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PER_PAGE
from airflow_provider_circle.vendors.circle_admin.endpoints.posts import CREATE_POST, LIST_POSTS

__all__ = ["create_post", "find_created_post"]

_CLOCK_SLACK_S = 2.0
"""Seconds that ``created_at`` may lie before our request: HTTP dates are whole seconds, and clocks drift."""


def create_post(caller: Caller, body: Mapping[str, Any]) -> Walk[JsonObject]:
    """
    Create a post; never two.

    A post that is dated back by a ``created_at`` of its own is not recognised, and may come twice.

    :param body: what is sent, with ``space_id`` and ``name``.
    :return: the post.
    """
    reply = yield from send_once(
        caller,
        lambda: call(caller, CREATE_POST, json=dict(body)),
        lambda began_s: _look(caller, int(body["space_id"]), str(body["name"]), began_s),
    )
    post = reply.get("post")
    return dict(post) if isinstance(post, dict) else reply


def find_created_post(caller: Caller, space_id: int, name: str, began_s: float) -> Walk[JsonObject | None]:
    """
    Find the post that somebody began to create, and may not have lived to see.

    :param began_s: when, in seconds since the epoch, by a clock that agrees with ours.
    :return: the newest post of this name in this space created since; ``None`` when there is none even after a while.
    """
    return found_later(lambda since_s: _look(caller, space_id, name, since_s), began_s)


def _look(caller: Caller, space_id: int, name: str, began_s: float) -> Walk[JsonObject | None]:
    # What was just created is also what was updated last, whether it is a draft, scheduled or published.
    asked: dict[str, str | int] = {
        "space_id": space_id,
        "status": "all",
        "sort": "latest_updated",
        "per_page": PER_PAGE,
    }
    number: Mapping[str, str] | None = {}
    while number is not None:
        page = yield from read_page(caller, LIST_POSTS, path=None, query={**asked, **number})
        now_s = caller.clock()
        # Counted back on the server's clock, so that ours may be wrong.
        since_s = (now_s if page.server_s is None else page.server_s) - (now_s - began_s) - _CLOCK_SLACK_S
        row: JsonObject
        for row in page.records:
            created_s = seconds_of(row.get("created_at"))
            if row.get("name") == name and created_s is not None and created_s >= since_s:
                return row
        updated_s = [moment for row in page.records if (moment := seconds_of(row.get("updated_at"))) is not None]
        number = None if not updated_s or min(updated_s) < since_s else page.next_query
    return None
