"""
Exporting what an organization's jobs used: the files that CircleCI writes, stored.

Fits the pieces into Airflow; how an export goes is written in ``vendors/circleci/usage.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Unpack

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowTaskTimeout

from airflow_provider_circle.core.patience import MAX_POLL_INTERVAL_S, POLL_BACKOFF, POLL_INTERVAL_S, check_polling
from airflow_provider_circle.exceptions import CircleError, NotFound, UnexpectedReply
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.landing import LandingOperator
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.options import (
    checked_timeout,
    deferrable_or_default,
    longest_wait_s,
    raise_reported,
)

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.polling import PollSchedule
    from airflow_provider_circle.hooks.circleci import CircleCIHook
    from airflow_provider_circle.operators.keywords import CallingKeywords

__all__ = ["CircleCIExportUsageOperator"]

_EXPORT_KEY = "circleci_usage_export"
_STAMP = "%Y%m%dT%H%M%SZ"


class CircleCIExportUsageOperator(LandingOperator):
    """
    Lets CircleCI export an organization's usage, waits for the files, and stores them.

    The files are CSV, packed with gzip, named ``usage_<organization>_<start>_<end>_<number>.csv.gz``. They appear when
    all of them have come; a rerun of the same span replaces them. A try that died waits on for the export it started
    (Airflow 3.3 or newer); elsewhere, and where the reply to the order was lost, another is started: exports cannot be
    listed, and an unclaimed one costs nothing but its share of the rate limit.

    CircleCI's data reach to the end of yesterday, UTC. Returns ``{"org_id", "export_id", "start", "end", "files",
    "uris", "bytes"}``.

    :param org_id: UUID of the organization. (templated)
    :param path: folder for the files, on a disk or in a bucket. (templated)
    :param start: first moment, with its zone, at most a year ago; the beginning of the run's data interval where left
        out. (templated)
    :param end: last moment, itself in the span, at most 31 days after ``start``; where left out, the last millisecond
        of the run's data interval, so that spans of runs do not overlap. (templated)
    :param shared_org_ids: UUIDs of further organizations to include. (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait at most, deferred or not; ``execution_timeout`` holds while deferred, too.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :raises AirflowFailException: an argument that makes no sense; nothing was sent.
    :raises NotFound: no such organization.
    :raises CircleError: CircleCI gave the export up.
    :raises AirflowTaskTimeout: it is still going after ``timeout_s``; a retry waits on for it where it can.

    All other parameters: ``LandingOperator``.

    Source: https://circleci.com/docs/api/v2/#operation/createUsageExport
    """

    template_fields: Sequence[str] = (
        "circleci_conn_id",
        "org_id",
        "path",
        "start",
        "end",
        "shared_org_ids",
        "object_storage_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"shared_org_ids": "json"}
    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        org_id: str,
        path: str,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        shared_org_ids: Sequence[str] = (),
        object_storage_conn_id: str | None = None,
        deferrable: bool | None = None,
        timeout_s: float = 3600.0,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[CallingKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.circleci_conn_id = circleci_conn_id
        self.org_id = org_id
        self.path = path
        self.start = start
        self.end = end
        self.shared_org_ids = shared_org_ids
        self.object_storage_conn_id = object_storage_conn_id
        self.deferrable = deferrable_or_default(deferrable)
        self.timeout_s = checked_timeout(timeout_s)
        self.poll_interval_s = poll_interval_s
        self.max_poll_interval_s = max_poll_interval_s
        self.poll_backoff = poll_backoff
        check_polling(poll_interval_s, max_poll_interval_s, poll_backoff)

    def build_hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.circleci_conn_id, **self.patience())

    def execute(self, context: Context) -> JsonObject:
        """Start an export, or find the one an earlier try started; then wait here or in the triggerer."""
        started_s = time.time()
        order = self._checked(context, started_s)
        memory = TaskMemory(context, _EXPORT_KEY)
        with airflow_errors(), self.build_hook() as hook:
            export_id = self._begun(hook, memory, order)
            self.log.info(
                "CircleCI usage export %s of %s to %s: waiting for it", export_id, order["start"], order["end"]
            )
            deadline_s = started_s + longest_wait_s(self.timeout_s, self.execution_timeout)[0]
            ended = hook.wait_for_usage_export(
                order["org_id"],
                export_id,
                self._schedule(),
                started_s=started_s,
                deadline_s=started_s if self.deferrable else deadline_s,
            )
            if ended["state"] != "timed_out" or not self.deferrable:
                return self._finish(context, hook, memory, order, ended)
        self._defer(order, export_id, started_s, deadline_s)
        raise AssertionError("unreachable: deferring leaves by exception")

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors(), self.build_hook() as hook:
            raise_reported(event)
            seen = event["seen"]
            return self._finish(context, hook, TaskMemory(context, _EXPORT_KEY), event["order"], seen)

    def _checked(self, context: Context, now_s: float) -> JsonObject:
        """Check everything that can be, before anything is sent."""
        from airflow_provider_circle.records.storage import StoredFile
        from airflow_provider_circle.vendors.circleci.usage import checked_organizations, checked_span

        try:
            begin, last = self._span(context)
            org_id, shared = checked_organizations(self.org_id, self.shared_org_ids)
            start, end = checked_span(begin, last, now_s)
            order = {"org_id": org_id, "start": start, "end": end, "shared_org_ids": shared}
            StoredFile(f"{self.path.rstrip('/')}/{_names(order)(0)}", self.object_storage_conn_id).check()
        except ValueError as error:
            raise AirflowFailException(str(error)) from error
        return order

    def _span(self, context: Context) -> tuple[datetime, datetime]:
        from airflow_provider_circle.core.window import moment_of
        from airflow_provider_circle.vendors.circleci.usage import LAST_MOMENT

        if self.start is not None and self.end is not None:
            return moment_of("start", self.start), moment_of("end", self.end)
        begin, end = context.get("data_interval_start"), context.get("data_interval_end")
        if begin is None or end is None or begin == end:
            raise ValueError("start and end are missing, and this run has no data interval to take in their place")
        return (
            _plain(begin) if self.start is None else moment_of("start", self.start),
            _plain(end) - LAST_MOMENT if self.end is None else moment_of("end", self.end),
        )

    def _begun(self, hook: CircleCIHook, memory: TaskMemory, order: JsonObject) -> str:
        """Start an export, unless one of the same span that an earlier try started is still there."""
        known = memory.recall()
        if known and known["order"] == order:
            try:
                hook.get_usage_export(order["org_id"], known["export_id"])
            except NotFound:
                self.log.info("CircleCI usage export %s is gone; starting another", known["export_id"])
            else:
                return str(known["export_id"])
        export_id = str(hook.start_usage_export(**order)["usage_export_job_id"])
        memory.keep(export_id=export_id, order=order)
        return export_id

    def _finish(
        self, context: Context, hook: CircleCIHook, memory: TaskMemory, order: JsonObject, ended: JsonObject
    ) -> JsonObject:
        export_id = ended["export_id"]
        if ended["state"] == "timed_out":
            raise AirflowTaskTimeout(f"CircleCI usage export {export_id} was still going: {ended['message']}")
        if ended["state"] == "failed":
            memory.forget()
            raise CircleError(f"CircleCI usage export {export_id} failed: {ended['message']}")
        stored = self._store(hook, memory, order, export_id)
        memory.forget()
        told = {**{name: order[name] for name in ("org_id", "start", "end")}, "export_id": export_id, **stored}
        self.tell_assets(context, told)
        return told

    def _store(self, hook: CircleCIHook, memory: TaskMemory, order: JsonObject, export_id: str) -> JsonObject:
        """Fetch all files, and let them appear together; what an earlier run of this span left beyond goes."""
        from airflow_provider_circle.records.lineage import file_at
        from airflow_provider_circle.records.storage import StoredFolder, emptied

        urls = hook.get_usage_export(order["org_id"], export_id).get("download_urls")
        if not isinstance(urls, list) or not all(isinstance(url, str) and url for url in urls):
            memory.forget()
            raise UnexpectedReply(f"CircleCI usage export {export_id} is complete, but says not where its files are")
        folder, name = StoredFolder(self.path, self.object_storage_conn_id, "path"), _names(order)
        targets = [folder.file(name(number)) for number in range(len(urls))]
        with ExitStack() as together:
            files = [together.enter_context(target.replacing()) for target in targets]
            for url, file in zip(urls, files, strict=True):
                hook.download(url, emptied(file))
            sizes = [file.tell() for file in files]
        size_bytes = sum(sizes)
        self.note_read(hook, f"{order['org_id']}/usage")
        self.note_landed(*(file_at(target.uri, size_bytes=size) for target, size in zip(targets, sizes, strict=True)))
        prefix = name(0).removesuffix("000.csv.gz")
        for there in folder.names():
            number = there.removeprefix(prefix).removesuffix(".csv.gz")
            # What others made of the files is theirs.
            if number.isdecimal() and there == name(int(number)) and int(number) >= len(targets):
                folder.file(there).remove()
        self.log.info("Stored %d files, %d bytes, in %s", len(targets), size_bytes, self.path)
        return {"files": len(targets), "uris": [target.uri for target in targets], "bytes": size_bytes}

    def _defer(self, order: JsonObject, export_id: str, started_s: float, deadline_s: float) -> None:
        from airflow_provider_circle.triggers.circleci_usage import CircleCIUsageExportTrigger

        self.defer(
            trigger=CircleCIUsageExportTrigger(
                circleci_conn_id=self.circleci_conn_id,
                order=order,
                export_id=export_id,
                started_s=started_s,
                deadline_s=deadline_s,
                poll_interval_s=self.poll_interval_s,
                max_poll_interval_s=self.max_poll_interval_s,
                poll_backoff=self.poll_backoff,
                request_attempts=self.request_attempts,
                request_max_wait_s=self.request_max_wait_s,
            ),
            method_name="execute_complete",
        )

    def _schedule(self) -> PollSchedule:
        from airflow_provider_circle.core.polling import PollSchedule

        return PollSchedule(self.poll_interval_s, self.max_poll_interval_s, self.poll_backoff)


def _names(order: JsonObject) -> Callable[[int], str]:
    """Name files after what is in them, so that a rerun has the same names and another span others."""
    start, end = (datetime.fromisoformat(order[name]).strftime(_STAMP) for name in ("start", "end"))
    return lambda number: f"usage_{order['org_id']}_{start}_{end}_{number:03}.csv.gz"


def _plain(moment: datetime) -> datetime:
    """Airflow's moments are pendulum's, whose texts differ."""
    return datetime.fromtimestamp(moment.timestamp(), UTC)
