"""
Circa's push notifications: what their bodies say.

Knows the sender only. They are not signed; who may send is left to ``webhooks/``, and what becomes of the changes, too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.window import seconds_of

__all__ = ["ANSWER_WITHIN_S", "RESOURCES", "Push", "read_push"]

ANSWER_WITHIN_S = 5.0
"""What takes longer counts as failed. After 10 more attempts, 5 minutes apart, pushing is switched off for good."""

RESOURCES = {
    "Event": "events",
    "Contact": "contacts",
    "EventContact": "event_contacts",
    "Company": "companies",
    "Field": "fields",
}
"""Resource types as Circa writes them, and what they are called here. Source: https://docs.circa.co/ (Push)"""

_MOST_LISTED = 100
_ID = re.compile(r"[\w=.-]{1,100}", re.ASCII)
_ACTION = re.compile(r"[a-z_]{1,20}")


@dataclass(frozen=True, slots=True)
class Push:
    """
    What one notification tells.

    :param delivery_id: the same for every attempt to deliver it; a digest, for Circa gives none. Unverified: that Circa
        never tells two different changes of one second in the same words.
    :param happened_s: when the changes were made, in seconds since the epoch.
    :param changes: by resource (a value of ``RESOURCES``), what changed: ``changed`` (how many), ``actions`` (how many
        of each), ``changes`` (the first 100, each with ``action``, ``id`` and ``parent_id`` where there is one) and
        ``changes_left_out`` (how many more there were).
    """

    delivery_id: str
    happened_s: float
    changes: dict[str, JsonObject]


def read_push(body: JsonObject) -> Push:
    """
    Read a notification. Resource types that are new are passed over.

    :raises ValueError: a body that Circa would not send; names the attribute.

    Source: https://docs.circa.co/ (Push Notifications)
    """
    changed_at, log = body.get("changed_at"), body.get("change_log")
    happened_s = seconds_of(changed_at)
    if happened_s is None:
        raise ValueError("changed_at must be a time")
    if not isinstance(log, list):
        raise ValueError("change_log must be a list")
    found: dict[str, list[JsonObject]] = {}
    for entry in log:
        resource, change = _change(entry)
        if resource is not None:
            found.setdefault(resource, []).append(change)
    words = json.dumps([changed_at, log], sort_keys=True).encode()
    return Push(
        hashlib.sha256(words).hexdigest(), happened_s, {name: _told(changes) for name, changes in found.items()}
    )


def _change(entry: Any) -> tuple[str | None, JsonObject]:
    if not isinstance(entry, dict):
        raise ValueError("change_log must list objects")
    action, resource_id, parent_id = (entry.get(name) for name in ("action", "resource_id", "parent_id"))
    resource_type = entry.get("resource_type")
    if not isinstance(resource_type, str):
        raise ValueError("resource_type must be a text")
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        raise ValueError("action must be a word")
    for name, value in (("resource_id", resource_id), ("parent_id", parent_id or "none")):
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise ValueError(f"{name} must be an identifier")
    change = {"action": action, "id": resource_id}
    return RESOURCES.get(resource_type), change | ({"parent_id": parent_id} if parent_id else {})


def _told(changes: list[JsonObject]) -> JsonObject:
    return {
        "changed": len(changes),
        "actions": dict(Counter(change["action"] for change in changes)),
        "changes": changes[:_MOST_LISTED],
        "changes_left_out": max(0, len(changes) - _MOST_LISTED),
    }
