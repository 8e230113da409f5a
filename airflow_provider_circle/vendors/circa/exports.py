"""
Exports of an event's contacts: a job that is started, looked at, and waited for.

Knows which words mean an end. The file itself is fetched by whoever wants it, from the address a finished export names.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circa.endpoints import GET_EXPORT, START_EXPORT

__all__ = ["ExportState", "export_state", "look_at_export", "start_export", "wait_for_export"]

ExportState: TypeAlias = Literal["running", "completed", "failed"]

_COMPLETED = frozenset({"completed", "complete", "finished", "done", "succeeded", "success", "successful", "ready"})
_FAILED = frozenset({"failed", "failure", "error", "errored", "canceled", "cancelled", "aborted", "expired"})
"""Unverified: Circa's documents list no words. One that is in neither set is no end, whatever else the export says."""


def export_state(export: JsonObject) -> ExportState:
    """Say what an export's status means; an unknown word means that it is still running."""
    word = str(export.get("status")).strip().lower()
    if word in _COMPLETED:
        return "completed"
    return "failed" if word in _FAILED else "running"


def start_export(caller: Caller, event_id: str) -> Walk[JsonObject]:
    """
    Start an export of an event's contacts.

    A lost reply is not looked up, for exports cannot be listed, and not sent again: the next try of the task starts
    another export, which harms nothing.

    :return: the export, at least its ``id``.
    :raises NotFound: no such event.
    :raises UnexpectedReply: Circa did not say which export it started.

    Source: https://docs.circa.co/ (Event contacts)
    """
    export = yield from call(caller, START_EXPORT, path={"event_id": event_id})
    if not isinstance(export.get("id"), str | int) or not str(export["id"]).strip():
        raise UnexpectedReply(f"Circa did not say which export of event {event_id} it started")
    return export


def look_at_export(caller: Caller, event_id: str, export_id: str) -> Walk[JsonObject]:
    """
    Look at an export once.

    :return: ``{"id", "status", "download_url", …}``; the address opens the file for everybody who knows it.
    :raises NotFound: no such event or export.

    Source: https://docs.circa.co/ (Event contacts)
    """
    return call(caller, GET_EXPORT, path={"event_id": event_id, "export_id": export_id})


def wait_for_export(
    caller: Caller,
    event_id: str,
    export_id: str,
    schedule: PollSchedule,
    *,
    started_s: float,
    deadline_s: float | None,
) -> Walk[JsonObject]:
    """
    Look at an export until it has ended.

    :param schedule: when to look next.
    :param started_s: when the wait began, in seconds since the epoch; intervals grow from there, restarts or not.
    :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never. One more look is taken after it.
    :return: ``{"state": "completed" | "failed" | "timed_out", "event_id", "export_id", "status", "message"}``, fit for
        a trigger's event: the secret address of the file is not in it.
    :raises CircleError: turned away for good.
    """
    status: Any = None

    def look(caller: Caller) -> Walk[Sight[JsonObject]]:
        nonlocal status
        export = yield from look_at_export(caller, event_id, export_id)
        status, state = export.get("status"), export_state(export)
        news = f"export {export_id} of event {event_id} has status {status!r:.60}"
        ended = None if state == "running" else _ended(state, event_id, export_id, status, news)
        return Sight(ended, frozenset({news}))

    sight = yield from wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)
    return sight.seen or _ended("timed_out", event_id, export_id, status, f"the deadline has passed; {sight}")


def _ended(state: str, event_id: str, export_id: str, status: Any, message: str) -> JsonObject:
    return {"state": state, "event_id": event_id, "export_id": export_id, "status": status, "message": message}
