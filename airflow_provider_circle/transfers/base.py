"""
Pulling a stream from a service into a file, a table or both.

Fits the pieces into Airflow: arguments, windows, retries, XCom, assets, metrics. How a stream is read is written in
``core``, when it is complete and where it lands in ``records``, what a service offers in ``vendors``.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.landing import LandingOperator
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.operators.words import Deletes, FileFormat
from airflow_provider_circle.transfers.windows import ALL, FULL, WATERMARK, chosen_window, window_kind

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.core.traffic import Traffic
    from airflow_provider_circle.core.window import Window
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.records.progress import Progress

__all__ = ["PullOperator"]

_MOST_CONCURRENCY = 16
"""Pages on their way at once; the transport has no more sockets."""


class PullOperator(LandingOperator):
    """
    Base of the operators that pull a stream.

    Returns ``{"stream", "window": {"min", "max"} | None, "records", …}`` and what the targets report: ``uri``,
    ``format`` and ``bytes`` of a file; ``table``, ``inserted``, ``updated``, ``unchanged`` and ``deleted`` of a table.
    The same goes into the metadata of the task's asset outlets.

    :param stream: name of the list to pull. (templated)
    :param window: which records: ``data_interval``, those that changed in the run's data interval; ``watermark``, those
        that changed since the last run that succeeded; ``full``, all; or ``{"min": …, "max": …}``, times with a zone.
        Left out, the data interval where the service can tell what changed when, else everything. A window holds its
        beginning and not its end. Some lists are read of what they belong to, and the window is of that: the jobs of a
        window are all jobs of the pipelines in it. (templated)
    :param lookback_s: seconds the window begins earlier, for changes that show late. Left out, 300 for ``watermark``
        and 0 otherwise.
    :param start: where the very first window of ``watermark`` begins; everything where left out. (templated)
    :param filters: what narrows the list, by the service's own names. (templated)
    :param parent_ids: for lists that belong to something: ids of what they belong to, or ``all``. (templated)
    :param concurrency: pages on their way at once, 1 to 16; by the service where left out.
    :param landing: where the records land.
    :raises ValueError: an argument that makes no sense; nothing was sent.
    :raises InconsistentRead: the list changed each time it was read.

    All other parameters: ``LandingOperator``.
    """

    template_fields: Sequence[str] = (
        "stream",
        "window",
        "start",
        "filters",
        "parent_ids",
        "path",
        "state_path",
        "table",
        "object_storage_conn_id",
        "sql_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"filters": "json", "parent_ids": "json", "window": "json"}
    default_concurrency: ClassVar[int] = 1
    empty_means: ClassVar[str] = ""
    """What no records may mean besides that there are none."""

    def __init__(
        self,
        *,
        stream: str,
        window: str | Mapping[str, Any] | None = None,
        lookback_s: float | None = None,
        start: str | datetime | None = None,
        filters: Mapping[str, Any] | None = None,
        parent_ids: Sequence[str | int] | str | None = None,
        concurrency: int | None = None,
        path: str | None = None,
        object_storage_conn_id: str | None = None,
        file_format: FileFormat | None = None,
        state_path: str | None = None,
        changes_only: bool = False,
        table: str | None = None,
        sql_conn_id: str | None = None,
        deletes: Deletes = "keep",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stream = stream
        self.window = window
        self.lookback_s = lookback_s
        self.start = start
        self.filters = filters
        self.parent_ids = parent_ids
        self.concurrency = self.default_concurrency if concurrency is None else concurrency
        self.path = path
        self.object_storage_conn_id = object_storage_conn_id
        self.file_format = file_format
        self.state_path = state_path
        self.changes_only = changes_only
        self.table = table
        self.sql_conn_id = sql_conn_id
        self.deletes = deletes
        self._check_what_is_known()

    def build_hook(self) -> CircleHook:
        """Build the hook of the service; here, so that importing this module costs no HTTP library."""
        raise NotImplementedError

    def known_streams(self) -> Mapping[str, Stream]:
        """List the streams of the service, whatever the connection says."""
        raise NotImplementedError

    def streams(self, hook: CircleHook) -> Mapping[str, Stream]:
        """List the streams that can be pulled over a connection."""
        return self.known_streams()

    def scope(self, hook: CircleHook) -> Mapping[str, str]:
        """Say whose lists are read, by the names the streams ask for; nothing where a connection reaches one owner."""
        return {}

    def execute(self, context: Context) -> JsonObject:
        """Read until everything is there, then land it."""
        from airflow_provider_circle.core.traffic import Traffic
        from airflow_provider_circle.records.progress import Progress

        progress, traffic = Progress(self.log.info, time.monotonic), Traffic()
        with airflow_errors(), self.build_hook() as hook:
            try:
                return self._pull(context, hook, progress, traffic)
            except ValueError as error:
                raise AirflowFailException(str(error)) from error
            finally:
                self._measure(hook, traffic, progress)

    def _pull(self, context: Context, hook: CircleHook, progress: Progress, traffic: Traffic) -> JsonObject:
        from airflow_provider_circle.core.stream import OfParents, checked_filters
        from airflow_provider_circle.core.window import moment_of
        from airflow_provider_circle.records.spool import Spool
        from airflow_provider_circle.transfers.landing import Landing
        from airflow_provider_circle.transfers.reading import Reader, narrowed_by, scope_of

        self._check_targets()
        streams = self.streams(hook)
        stream = self._stream(streams)
        parents = self._parents(stream)
        stream = self._as_picked(stream, all_parents=parents is None)
        kind = window_kind(stream, self.window)
        checked_filters(narrowed_by(streams, stream), self.filters)
        names = scope_of(streams, stream, all_parents=parents is None)
        own = self.scope(hook) if names else {}
        scope = {name: own[name] for name in names}
        complete = kind == FULL and not self.filters and parents is None
        if self.deletes != "keep" and not complete:
            raise ValueError(
                f"deletes={self.deletes!r} needs a full read without filters: what is left out would count as deleted"
            )
        landing = Landing(self, stream, context, hook, kind=kind, parents=parents, scope=scope)
        window = chosen_window(
            kind,
            context,
            lookback=timedelta(seconds=self._lookback_s(kind)),
            start=None if self.start is None else moment_of("start", self.start),
            watermark=landing.watermark,
            now=datetime.now(UTC),
        )
        landing.aim(window)
        self._say(hook, stream, window)
        reader = Reader(
            hook=hook,
            streams=streams,
            scope=scope,
            window=window,
            filters=self.filters,
            concurrency=self.concurrency,
            traffic=traffic,
            say=self.log.info,
            sleep=self.sleep,
        )
        with Spool(stream.key, stream.cursor, None if isinstance(stream.window, OfParents) else window) as spool:
            pulled = reader.read(stream, spool, progress, parents=parents)
            self.log.info("Read %s in %s", progress, "one pass" if pulled.passes == 1 else f"{pulled.passes} passes")
            self.note_read(hook, "/".join([*scope.values(), stream.name]), rows=len(spool))
            landed = landing.land(spool, complete=complete, began_s=pulled.began_s)
        self.log.info("Landed %s", json.dumps(landed))
        if not landed["records"] and self.empty_means:
            self.log.info("%s", self.empty_means)
        told = {"stream": stream.name, **scope, "window": window.as_json() if window else None, **landed}
        self.tell_assets(context, told)
        return told

    def _as_picked(self, stream: Stream, *, all_parents: bool) -> Stream:
        """Take the window off a list whose parents are given: it only picks parents."""
        from airflow_provider_circle.core.stream import OfParents

        if not isinstance(stream.window, OfParents) or stream.parent is None:
            return stream
        of = stream.parent.stream
        if self.window == WATERMARK:
            raise ValueError(f"window must not be 'watermark': {stream.name} are those of the {of} in a window")
        if all_parents:
            return stream
        if self.window not in (None, FULL) or self.filters:
            raise ValueError(f"window and filters pick {of}: leave them out, for parent_ids already says of which")
        return replace(stream, window=None)

    def _stream(self, streams: Mapping[str, Stream]) -> Stream:
        if self.stream not in streams:
            raise ValueError(f"stream must be one of {', '.join(sorted(streams))}, got {self.stream!r}")
        return streams[self.stream]

    def _parents(self, stream: Stream) -> list[str | int] | None:
        """Read whose lists are wanted; ``None`` for everybody's, and for a list that belongs to nothing."""
        ids: Any = self.parent_ids
        if isinstance(ids, str) and ids.lstrip().startswith("["):
            # A template leaves a list as its text.
            try:
                ids = json.loads(ids.replace("'", '"'))
            except ValueError:
                raise ValueError(f"parent_ids must be a list of ids or 'all', got {ids!r:.100}") from None
        if stream.parent is None:
            if ids is not None:
                raise ValueError(f"parent_ids: {stream.name} belong to nothing, got {ids!r:.100}")
            return None
        if ids is None:
            raise ValueError(
                f"parent_ids is missing: {stream.name} belong to {stream.parent.stream}; give their ids, or 'all'"
            )
        if ids == ALL:
            return None
        is_list = isinstance(ids, Iterable) and not isinstance(ids, str)
        if not is_list or not all(isinstance(one, str | int) and one != "" for one in ids):
            raise ValueError(f"parent_ids must be a list of ids or 'all', got {ids!r:.100}")
        return list({str(one): one for one in ids}.values())

    def _lookback_s(self, kind: Any) -> float:
        if self.lookback_s is None:
            return 300.0 if kind == WATERMARK else 0.0
        return self.lookback_s

    def _say(self, hook: CircleHook, stream: Stream, window: Window | None) -> None:
        span = "all" if window is None else "what changed from {min} to {max}".format(**window.as_json())
        self.log.info("Pulling %s (%s) over connection %s", stream.name, span, hook.conn_id)

    def _check_what_is_known(self) -> None:
        """Refuse at parse time what is certainly wrong."""
        if isinstance(self.stream, str) and not is_template(self.stream):
            stream = self._stream(self.known_streams())
            if isinstance(self.window, Mapping) or not is_template(self.window):
                if isinstance(self.filters, Mapping | None):
                    stream = self._as_picked(stream, all_parents=not isinstance(self.parent_ids, list | tuple))
                window_kind(stream, self.window)
        if (
            isinstance(self.concurrency, bool)
            or not isinstance(self.concurrency, int)
            or not 1 <= self.concurrency <= _MOST_CONCURRENCY
        ):
            raise ValueError(f"concurrency must be a whole number, 1 to {_MOST_CONCURRENCY}, got {self.concurrency!r}")
        if self.lookback_s is not None and (
            isinstance(self.lookback_s, bool)
            or not isinstance(self.lookback_s, int | float)
            or not 0 <= self.lookback_s < math.inf
        ):
            raise ValueError(f"lookback_s must be a number of seconds, 0 or more, got {self.lookback_s!r}")
        self._check_targets()

    def _check_targets(self) -> None:
        if self.path is None and self.table is None:
            raise ValueError("path or table is missing: say where the records are to land")
        if (self.table is None) != (self.sql_conn_id is None):
            raise ValueError("table and sql_conn_id belong together, got only one of them")
        if self.deletes not in get_args(Deletes):
            raise ValueError(f"deletes must be one of {', '.join(get_args(Deletes))}, got {self.deletes!r}")
        if self.changes_only and self.path is None:
            raise ValueError("changes_only is for files; a table merges, and tells inserted, updated and deleted")
        if self.window == WATERMARK and isinstance(self.path, str) and not self._may_be_folder(self.path):
            raise ValueError(
                "path must be a folder, ending with /, for window='watermark': the next run would replace a file of a "
                f"name that does not say which window it is of, got {self.path!r}"
            )

    @staticmethod
    def _may_be_folder(path: str) -> bool:
        return path.rstrip().endswith(("/", "}}", "%}"))

    def _measure(self, hook: CircleHook, traffic: Traffic, progress: Progress) -> None:
        """Add what the pull cost to Airflow's metrics."""
        from airflow.providers.common.compat.sdk import Stats

        tags = {"service": hook.conn_type, "stream": self.stream}
        for name, value in (
            ("requests", traffic.requests),
            ("retries", traffic.retries),
            ("records", progress.records),
            ("received_bytes", traffic.received_bytes),
            ("rate_limited_s", round(traffic.limited_s)),
        ):
            Stats.incr(f"circle.pull.{name}", value, tags=tags)
