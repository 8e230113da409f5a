"""
Where a pull's records land.

Knows file, table, snapshots and watermark together: the order in which they are written is what makes a kill harmless.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from airflow_provider_circle.transfers.windows import FULL, WATERMARK

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.core.window import Window
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.records.files import FileSink
    from airflow_provider_circle.records.snapshots import SnapshotStore
    from airflow_provider_circle.records.spool import Spool
    from airflow_provider_circle.records.tables import TableSink
    from airflow_provider_circle.records.watermarks import FileWatermark, Watermark
    from airflow_provider_circle.transfers.base import PullOperator

__all__ = ["AssetWatermark", "Landing"]

_DEFAULT_FORMAT = "jsonl.gz"
_STAMP = "%Y%m%dT%H%M%SZ"
_WATERMARK_KEY = "circle_watermark_"


class Landing:
    """
    The targets of one run.

    :param task: says where: its ``path`` and ``state_path``, its ``table``.
    :param hook: over its connection the records come.
    :param kind: of window, as ``window_kind`` returned it.
    :param parents: ids of what the lists belong to; ``None`` for everybody's, and for a list that belongs to nothing.
    :param scope: whose list it is, where the connection reaches those of several.
    :raises ValueError: a target that cannot be written to; nothing was sent yet.
    """

    def __init__(
        self,
        task: PullOperator,
        stream: Stream,
        context: Context,
        hook: CircleHook,
        *,
        kind: Any,
        parents: Sequence[str | int] | None,
        scope: Mapping[str, str] | None = None,
    ) -> None:
        self._task = task
        self._scope = scope or {}
        self._parents = parents
        self._stream = stream
        self._context = context
        # What later runs begin from is of this very selection, and of no other that shares table or folder.
        self._state_name = "_".join([f"{hook.conn_id}.{stream.name}", *self._selection()])
        self._unusual_connection = [] if hook.conn_id == f"{hook.conn_type}_default" else [hook.conn_id]
        self._keeps_watermark = kind == WATERMARK
        self._window: Window | None = None
        self._file: FileSink | None = None
        self._table = self._checked_table()
        self._snapshots = self._checked_snapshots(kind)
        self._mark = self._watermark_of_files() if self._keeps_watermark and self._table is None else None

    def aim(self, window: Window | None) -> None:
        """
        Name the file, now that the window is known, and make sure that it can be written.

        :raises ValueError: it cannot.
        """
        from airflow_provider_circle.records.files import FileSink

        self._window = window
        file_format: str | None = self._task.file_format
        if self._task.path is None:
            return
        path = self._task.path.rstrip()  # a template may leave a line break
        if path.endswith("/"):
            file_format = file_format or _DEFAULT_FORMAT
            path += f"{self._name()}.{file_format}"
        self._file = FileSink(path, conn_id=self._task.object_storage_conn_id, file_format=file_format)
        self._file.check()

    def land(self, spool: Spool, *, complete: bool, began_s: float | None) -> JsonObject:
        """
        Write everything; what later runs begin from last, so that it never runs ahead of the records.

        :param complete: the spool holds all there is.
        :param began_s: when reading began, in seconds since the epoch.
        :return: what to tell.
        """
        from airflow_provider_circle.records.watermarks import Watermark

        landed: JsonObject = {"records": len(spool)}
        if self._file is not None and self._snapshots is not None:
            with closing(self._snapshots.changes(spool, self._stamp(), self._stream.key)) as changes:
                landed |= {**self._file.land(changes), **changes.counts}
            self._note(self._file)
            self._snapshots.commit(spool, self._stamp())
        elif self._file is not None:
            landed |= self._file.land(spool)
            self._note(self._file)
        reached = self._reached(spool)
        if self._table is not None:
            began = None if began_s is None else Watermark(self._state_name, datetime.fromtimestamp(began_s, UTC))
            landed |= self._table.land(spool, complete=complete, watermark=reached, began=began)
            self._note(self._table)
        elif self._mark is not None and reached is not None:
            self._mark.write(reached)
        return landed

    def _note(self, sink: FileSink | TableSink) -> None:
        if sink.dataset is not None:
            self._task.note_landed(sink.dataset)

    def watermark(self) -> datetime | None:
        """Look up how far earlier runs came."""
        if self._table is not None:
            return self._table.read_watermark(self._state_name)
        return self._mark.read(self._state_name) if self._mark is not None else None

    def _checked_table(self) -> TableSink | None:
        from airflow_provider_circle.records.tables import TableSink

        task = self._task
        if task.table is None or task.sql_conn_id is None:
            return None
        table = TableSink(
            sql_conn_id=task.sql_conn_id,
            table=task.table,
            key=self._stream.key,
            cursor=self._stream.cursor,
            deletes=task.deletes,
        )
        table.check()
        return table

    def _checked_snapshots(self, kind: Any) -> SnapshotStore | None:
        from airflow_provider_circle.records.snapshots import SnapshotStore

        task = self._task
        if not task.changes_only:
            return None
        if kind != FULL or task.filters or self._parents is not None:
            raise ValueError("changes_only compares everything with everything before; it needs window='full'")
        if task.state_path is None:
            raise ValueError("state_path is missing: changes_only needs a folder to keep what it compares with")
        snapshots = SnapshotStore(task.state_path, self._state_name, conn_id=task.object_storage_conn_id)
        snapshots.check()
        return snapshots

    def _watermark_of_files(self) -> FileWatermark | AssetWatermark:
        task = self._task
        if task.state_path is not None:
            from airflow_provider_circle.records.watermarks import FileWatermark

            mark = FileWatermark(task.state_path, task.object_storage_conn_id)
            mark.check(self._state_name)
            return mark
        for asset in self._assets():
            if "asset_state_store" in self._context:
                return AssetWatermark(self._context["asset_state_store"][asset])
        raise ValueError(
            "state_path is missing: a watermark of files needs a folder to be kept in, "
            "or on Airflow 3.3 and newer an asset among the task's outlets"
        )

    def _reached(self, spool: Spool) -> Watermark | None:
        from airflow_provider_circle.records.watermarks import Watermark

        newest_s = spool.newest_s() if self._keeps_watermark else None
        if newest_s is None:
            return None
        return Watermark(self._state_name, datetime.fromtimestamp(newest_s, UTC))

    def _name(self) -> str:
        """Name a file after what is in it, so that other windows, connections, parents or filters get another."""
        name = "_".join([self._stream.name, *self._selection(*self._unusual_connection)])
        if self._window is not None:
            ends = (self._window.min, self._window.max)
            return "_".join([name, *("open" if end is None else end.strftime(_STAMP) for end in ends)])
        return f"{name}_changes_{self._stamp()}" if self._snapshots else name

    def _selection(self, *more: str) -> list[str]:
        """Tell scope, parents, filters and more from others by a short hash; nothing where all is wanted."""
        if not self._scope and not self._task.filters and self._parents is None and not more:
            return []
        parents = self._task.parent_ids if self._parents is None else sorted({str(one) for one in self._parents})
        selection = [self._task.filters, parents, *([self._scope] if self._scope else []), *more]
        chosen = json.dumps(selection, sort_keys=True, default=_written)
        return [blake2b(chosen.encode(), digest_size=4).hexdigest()]

    def _stamp(self) -> str:
        """Name the run so that names sort by time, and a retry has the same."""
        run: Any = self._context["dag_run"]
        moment = getattr(run, "logical_date", None) or run.run_after
        return datetime.fromtimestamp(moment.timestamp(), UTC).strftime(_STAMP)

    def _assets(self) -> list[Any]:
        from airflow.providers.common.compat.sdk import Asset

        return [outlet for outlet in self._task.outlets if isinstance(outlet, Asset)]


def _written(value: Any) -> Any:
    """Write a filter's value that JSON does not know; the order of a set is chance."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)


class AssetWatermark:
    """
    A watermark in Airflow's own state of an asset (Airflow 3.3 or newer).

    :param store: the asset's part of the running task's ``asset_state_store``.
    """

    def __init__(self, store: Any) -> None:
        self._store = store

    def read(self, stream: str) -> datetime | None:
        """Look it up; ``None`` before the first run."""
        kept = self._store.get(_WATERMARK_KEY + stream)
        return datetime.fromisoformat(kept) if isinstance(kept, str) else None

    def write(self, watermark: Watermark) -> None:
        """Move it forward; never back."""
        kept = self.read(watermark.stream)
        if kept is None or kept < watermark.moment:
            self._store.set(_WATERMARK_KEY + watermark.stream, watermark.moment.isoformat())
