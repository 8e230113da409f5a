"""
CircleCI's outbound webhooks: how they are signed, and what their bodies say.

Knows the sender only. Who may listen, and what becomes of an event, is left to ``webhooks/``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.slug import project_slug_of
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s

__all__ = [
    "EVENTS",
    "JOB_COMPLETED",
    "SIGNATURE_HEADER",
    "WORKFLOW_COMPLETED",
    "Event",
    "checked_events",
    "checked_url",
    "is_signed",
    "read_event",
]

SIGNATURE_HEADER = "circleci-signature"

WORKFLOW_COMPLETED = "workflow-completed"
JOB_COMPLETED = "job-completed"
EVENTS = (WORKFLOW_COMPLETED, JOB_COMPLETED)
"""What a webhook can be made for. A ``ping`` is sent when somebody tries one out."""

_LONGEST_HEADER = 1000
_LONGEST_TEXT = 500
_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that ended.

    :param delivery_id: the same for every attempt to deliver it.
    :param kind: one of ``EVENTS``.
    :param project_slug: with the short provider name, as the API writes it.
    :param happened_s: seconds since the epoch.
    :param details: what is worth knowing, flat: texts and numbers only.
    """

    delivery_id: str
    kind: str
    project_slug: str
    happened_s: float
    details: JsonObject


def is_signed(body: bytes, header: str | None, secret: str) -> bool:
    """
    Say whether a body was signed with a secret; takes as long for a wrong signature as for the right one.

    :param body: as it was received, byte by byte.
    :param header: ``v1=<hex>[,v2=…]``. Versions other than 1 are passed over.

    Source: https://circleci.com/docs/outbound-webhooks/#validate-webhooks
    """
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
    if header is None or len(header) > _LONGEST_HEADER:
        return False
    pairs = (part.strip().partition("=") for part in header.split(","))
    given = [value.encode() for version, _, value in pairs if version == "v1"]
    return any(hmac.compare_digest(expected, one) for one in given)


def read_event(body: JsonObject) -> Event | None:
    """
    Read a body whose signature is right.

    :return: ``None`` for a ping, and for kinds of events that are new.
    :raises ValueError: a body that CircleCI would not send; names the attribute.

    Source: https://circleci.com/docs/outbound-webhooks-reference/
    """
    kind = body.get("type")
    if not isinstance(kind, str):
        raise ValueError("type must be a text")
    if kind not in EVENTS:
        return None
    delivery_id, happened_s = body.get("id"), epoch_s(body.get("happened_at"))
    if not isinstance(delivery_id, str) or not _ID.fullmatch(delivery_id):
        raise ValueError("id must be an identifier")
    if happened_s is None:
        raise ValueError("happened_at must be a time")
    # Bodies say github/… where the API says gh/….
    slug = project_slug_of(_part(body, "project").get("slug") or "")
    return Event(delivery_id, kind, slug, happened_s, _details(body, kind))


def checked_url(url: Any) -> str:
    """
    Check where a webhook is to go. CircleCI itself takes ``https`` only; a sandbox on this machine ``http``, too.

    :raises ValueError: no address; what was given is not shown, for it may hold a secret.
    """
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/]+\S*", url):
        raise ValueError("url must begin with https:// and go on with a host")
    return url


def checked_events(events: Any) -> list[str]:
    """
    Check what a webhook is to tell.

    :raises ValueError: nothing, or an event that CircleCI does not know.
    """
    chosen = [] if isinstance(events, str) else list(events)
    if not chosen or any(event not in EVENTS for event in chosen):
        raise ValueError(f"events must be a list of {', '.join(EVENTS)}, got {events!r:.100}")
    return chosen


def _details(body: JsonObject, kind: str) -> JsonObject:
    pipeline, workflow, job = (_part(body, name) for name in ("pipeline", "workflow", "job"))
    # Unverified: projects that are no OAuth app's have no vcs, but these parameters.
    git = _part(pipeline, "vcs") or _part(_part(pipeline, "trigger_parameters"), "git")
    found = {
        "status": (job if kind == JOB_COMPLETED else workflow).get("status"),
        "pipeline_id": pipeline.get("id"),
        "pipeline_number": pipeline.get("number"),
        "workflow_id": workflow.get("id"),
        "workflow_name": workflow.get("name"),
        "workflow_url": workflow.get("url"),
        "job_id": job.get("id"),
        "job_name": job.get("name"),
        "job_number": job.get("number"),
        "branch": git.get("branch"),
        "tag": git.get("tag"),
        "revision": git.get("revision") or git.get("checkout_sha"),
    }
    return {name: kept for name, value in found.items() if (kept := _plain(value)) not in {None, ""}}


def _part(whole: JsonObject, name: str) -> JsonObject:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}


def _plain(value: Any) -> str | int | None:
    """Keep a text or a whole number that every database can store; names are chosen by whoever pushes a branch."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value[:_LONGEST_TEXT])
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None
