"""
Reading a stream into a spool: its lists, and before them what they belong to, however many steps up.

Knows the order of things; how a list is read is written in ``core/stream.py``, when it is complete in
``records/pull.py``. Parents wait on disk, so memory stays flat however many there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from airflow_provider_circle.core.stream import OfParents, Stream, read_stream
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.core.window import Window

if TYPE_CHECKING:
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.records.progress import Progress
    from airflow_provider_circle.records.pull import Pulled, Read
    from airflow_provider_circle.records.spool import Spool

__all__ = ["Reader", "narrowed_by", "scope_of"]

_LISTS_AT_ONCE = 2000
"""Parents whose lists are read and judged together: what their pages said is kept in memory meanwhile."""


def narrowed_by(streams: Mapping[str, Stream], stream: Stream) -> Stream:
    """Find the stream that a window and filters are for: where they pick parents, the parents' own."""
    while isinstance(stream.window, OfParents) and stream.parent is not None:
        stream = streams[stream.parent.stream]
    return stream


def scope_of(streams: Mapping[str, Stream], stream: Stream, *, all_parents: bool) -> list[str]:
    """
    Name what has to be known of whose lists are read.

    :param all_parents: the parents are read, too.
    """
    names = set(stream.scope)
    while all_parents and stream.parent is not None:
        stream = streams[stream.parent.stream]
        names.update(stream.scope)
    return sorted(names)


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Reads the streams of a connection.

    :param scope: whose lists, where a connection reaches those of several.
    :param window: of the records, or of what they belong to; ``None`` for everything.
    :param filters: likewise.
    :param concurrency: pages on their way at most.
    :param say: takes a line for the log.
    :param sleep: waits for seconds.
    """

    hook: CircleHook
    streams: Mapping[str, Stream]
    scope: Mapping[str, str]
    window: Window | None
    filters: Mapping[str, Any] | None
    concurrency: int
    traffic: Traffic
    say: Callable[[str], None]
    sleep: Callable[[float], None]

    def read(
        self, stream: Stream, spool: Spool, progress: Progress, *, parents: Iterable[str | int] | None = None
    ) -> Pulled:
        """
        Read a stream completely.

        :param parents: ids; left out, all there are are looked up. One that has vanished by then has no children.
        :return: how it went; passes are those of the list that took most.
        """
        if isinstance(stream.window, OfParents):
            return self._fill(stream, spool, progress, None, None, parents)
        return self._fill(stream, spool, progress, self.window, self.filters, parents)

    def _fill(  # noqa: PLR0917  what a pull is made of
        self,
        stream: Stream,
        spool: Spool,
        progress: Progress,
        window: Window | None,
        filters: Mapping[str, Any] | None,
        parents: Iterable[str | int] | None,
    ) -> Pulled:
        from airflow_provider_circle.records.pull import Pulled, pull

        missing_ok = parents is None and stream.parent is not None
        read = self._lists(stream, window, filters, missing_ok=missing_ok, attributes=spool.attributes)
        passes, began_s = 1, None
        with closing(self._all_parents(stream)) as all_parents:
            for group in _groups(all_parents if parents is None else parents):
                pulled = pull(read, stream, spool, window=window, parents=group, progress=progress, sleep=self.sleep)
                passes = max(passes, pulled.passes)
                began_s = pulled.began_s if began_s is None else began_s
        return Pulled(passes, began_s)

    def _all_parents(self, stream: Stream) -> Generator[str | int, None, None]:
        """Read what the lists belong to, and yield its ids; one empty id for a stream that is a single list."""
        from airflow_provider_circle.records.progress import Progress
        from airflow_provider_circle.records.spool import Spool

        if stream.parent is None:
            yield ""
            return
        of = self.streams[stream.parent.stream]
        picked = isinstance(stream.window, OfParents) and not isinstance(of.window, OfParents)
        window, filters = (self.window, self.filters) if picked else (None, None)
        with Spool(of.key, of.cursor, window) as spool:
            self._fill(of, spool, Progress(self.say, time.monotonic), window, filters, None)
            self.say(f"Reading {stream.name} of {len(spool)} {of.name}")
            for entry in spool:
                yield entry.record[stream.parent.key]

    def _lists(
        self,
        stream: Stream,
        window: Window | None,
        filters: Mapping[str, Any] | None,
        *,
        missing_ok: bool,
        attributes: Sequence[str],
    ) -> Read:
        def walk(parents: Sequence[str | int]) -> Callable[[Caller], Walk[None]]:
            return lambda caller: read_stream(
                caller,
                stream,
                window=window,
                filters=filters,
                parents=parents,
                scope=self.scope,
                concurrency=self.concurrency,
                missing_ok=missing_ok,
                attributes=attributes,
            )

        return lambda parents: self.hook.pull(walk(parents), self.traffic)


def _groups(ids: Iterable[str | int]) -> Generator[list[str | int], None, None]:
    ids = iter(ids)
    while group := list(islice(ids, _LISTS_AT_ONCE)):
        yield group
