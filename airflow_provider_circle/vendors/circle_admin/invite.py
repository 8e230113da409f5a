"""
Finding and inviting a member by e-mail, so that inviting twice is inviting once.

Circle knows no idempotency key: who is there already is looked up first, and so is what a lost reply may have done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import send_once
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.exceptions import Invalid, NotFound

__all__ = ["find_member", "invite_member"]


def find_member(caller: Caller, search: Endpoint, email: str) -> Walk[JsonObject | None]:
    """
    Find a member by the exact e-mail address, in upper or lower case.

    :param search: the operation that searches, of either version of the API.
    :return: the member; ``None`` when there is none.
    """
    try:
        member = yield from call(caller, search, query={"email": email})
    except NotFound:
        return None
    known = member.get("email")
    if not member.get("id") or (isinstance(known, str) and known.casefold() != email.casefold()):
        return None
    return member


def invite_member(
    caller: Caller, email: str, body: Mapping[str, Any], *, search: Endpoint, create: Endpoint
) -> Walk[JsonObject]:
    """
    Invite somebody who is no member yet.

    :param search: the operation that searches.
    :param create: the operation that invites.
    :param body: what is sent, the e-mail address among it.
    :return: the member, and under ``created`` whether this call invited them.
    """
    found = yield from find_member(caller, search, email)
    if found is not None:
        return {**found, "created": False}
    try:
        invited = yield from send_once(
            caller,
            lambda: _create(caller, create, body),
            lambda _: find_member(caller, search, email),
        )
    except Invalid:
        # Somebody else may have invited them meanwhile.
        found = yield from find_member(caller, search, email)
        if found is None:
            raise
        return {**found, "created": False}
    return {**invited, "created": True}


def _create(caller: Caller, create: Endpoint, body: Mapping[str, Any]) -> Walk[JsonObject]:
    reply = yield from call(caller, create, json=dict(body))
    # v2 answers ``community_member``. Unverified: that v1 answers ``user``.
    for name in ("community_member", "user"):
        if isinstance(reply.get(name), dict):
            return dict(reply[name])
    return reply
