"""
Usage exports: a job that is started, looked at, and waited for, and the span it may be of.

Knows which words mean an end. The files themselves are fetched by whoever wants them, from the addresses a finished
export names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleci.arguments import checked_id, checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints.usage import GET_USAGE_EXPORT, START_USAGE_EXPORT
from airflow_provider_circle.vendors.circleci.insights import time_text

__all__ = [
    "LAST_MOMENT",
    "LONGEST_EXPORT",
    "OLDEST_EXPORT",
    "checked_organizations",
    "checked_span",
    "look_at_usage_export",
    "start_usage_export",
    "wait_for_usage_export",
]

LONGEST_EXPORT = timedelta(days=31)
OLDEST_EXPORT = timedelta(days=366)
"""How long ago an export may begin: one year, which may have a leap day. CircleCI itself counts exactly."""

LAST_MOMENT = timedelta(milliseconds=1)
"""Before the end of an interval that does not hold its end: CircleCI takes both ends to be in the span."""

_ENDS = frozenset({"completed", "failed"})


def checked_span(start: datetime, end: datetime, now_s: float) -> tuple[str, str]:
    """
    Check the span of an export.

    :param start: aware.
    :param end: aware; in the span.
    :param now_s: seconds since the epoch.
    :return: both, as CircleCI takes them.
    :raises ValueError: it ends before it begins, is longer than 31 days, or begins more than a year ago.

    Source: https://circleci.com/docs/api/v2/#operation/createUsageExport
    """
    if end < start:
        raise ValueError(f"end must not be before start, got {start.isoformat()} and {end.isoformat()}")
    if end - start > LONGEST_EXPORT:
        raise ValueError(f"end must be at most {LONGEST_EXPORT.days} days after start, got {end - start}")
    if start.timestamp() < now_s - OLDEST_EXPORT.total_seconds():
        raise ValueError(f"start must be no more than one year ago, got {start.isoformat()}")
    return time_text(start), time_text(end)


def checked_organizations(org_id: Any, shared_org_ids: Any) -> tuple[str, list[str]]:
    """
    Check whose usage is exported.

    :return: ids; those of the others without repetition.
    :raises ValueError: not an id, or not a list of UUIDs.
    """
    if isinstance(shared_org_ids, str) or not isinstance(shared_org_ids, Sequence):
        raise ValueError(f"shared_org_ids must be a list of organization ids, got {shared_org_ids!r:.100}")
    shared = [checked_uuid("shared_org_ids", one) for one in shared_org_ids]
    return checked_id("org_id", org_id), list(dict.fromkeys(shared))


def start_usage_export(
    caller: Caller, org_id: str, start: str, end: str, shared_org_ids: Sequence[str] = ()
) -> Walk[JsonObject]:
    """
    Start an export of an organization's usage.

    A lost reply is not looked up, for exports cannot be listed, and not sent again: whoever asks anew starts another.

    :param start: as :func:`checked_span` returned it.
    :param end: likewise.
    :param shared_org_ids: further organizations.
    :return: the export, at least its ``usage_export_job_id``.
    :raises NotFound: no such organization, or the token may not see it.
    :raises UnexpectedReply: CircleCI did not say which export it started.

    Source: https://circleci.com/docs/api/v2/#operation/createUsageExport
    """
    body: JsonObject = {"start": start, "end": end}
    if shared_org_ids:
        body["shared_org_ids"] = list(shared_org_ids)
    export = yield from call(caller, START_USAGE_EXPORT, path={"org_id": org_id}, json=body)
    if not isinstance(export.get("usage_export_job_id"), str) or not export["usage_export_job_id"]:
        raise UnexpectedReply(f"CircleCI did not say which usage export of organization {org_id} it started")
    return export


def look_at_usage_export(caller: Caller, org_id: str, export_id: str) -> Walk[JsonObject]:
    """
    Look at an export once.

    :return: ``{"usage_export_job_id", "state", "download_urls", "error_reason"}``; the addresses open the files for
        everybody who knows them.
    :raises NotFound: no such organization or export.

    Source: https://circleci.com/docs/api/v2/#operation/getUsageExport
    """
    return call(caller, GET_USAGE_EXPORT, path={"org_id": org_id, "usage_export_job_id": export_id})


def wait_for_usage_export(
    caller: Caller,
    org_id: str,
    export_id: str,
    schedule: PollSchedule,
    *,
    started_s: float,
    deadline_s: float | None,
) -> Walk[JsonObject]:
    """
    Look at an export until it has ended; a state nobody has heard of is no end.

    :param schedule: when to look next.
    :param started_s: when the wait began, in seconds since the epoch; intervals grow from there, restarts or not.
    :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never. One more look is taken after it.
    :return: ``{"state": "completed" | "failed" | "timed_out", "org_id", "export_id", "message"}``, fit for a trigger's
        event: the secret addresses of the files are not in it.
    :raises CircleError: turned away for good.
    """

    def look(caller: Caller) -> Walk[Sight[JsonObject]]:
        export = yield from look_at_usage_export(caller, org_id, export_id)
        state = export.get("state")
        news = f"usage export {export_id} is {state!r:.60}"
        if state not in _ENDS:
            return Sight(None, frozenset({news}))
        reason = export.get("error_reason")
        return Sight(_ended(state, org_id, export_id, str(reason) if reason else news), frozenset({news}))

    sight = yield from wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)
    return sight.seen or _ended("timed_out", org_id, export_id, f"the deadline has passed; {sight}")


def _ended(state: str, org_id: str, export_id: str, message: str) -> JsonObject:
    return {"state": state, "org_id": org_id, "export_id": export_id, "message": message}
