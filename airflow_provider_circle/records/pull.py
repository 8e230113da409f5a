"""
Reading a stream until what was read is complete.

No service hands out a snapshot: while pages are read, a record that leaves the list moves all later ones up, and one at
a page's border is never seen. Knows how that shows, and when to read again; not how pages are fetched or rows land.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

from airflow_provider_circle.core.stream import Between, NewestFirst, Stream
from airflow_provider_circle.core.walk import Emit
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import InconsistentRead
from airflow_provider_circle.records.progress import Progress
from airflow_provider_circle.records.spool import Spool

__all__ = ["MOST_PASSES", "Read", "pull"]

Read: TypeAlias = Callable[[Sequence[str | int]], Generator[Emit, None, None]]
"""Reads the lists of some parents once; for a stream without parents it is given one empty label."""

MOST_PASSES = 5
"""How often a list is read before it is said to be too restless."""

_LONGEST_CLOCK_GAP_S = 300.0
"""Seconds a service's clock may be behind a window's end; they are waited for."""


@dataclass(slots=True)
class _Reading:
    """What the pages of one list said about it, in one pass."""

    first_count: int | None
    last_count: int | None
    shrank: bool = False


def pull(
    read: Read,
    stream: Stream,
    spool: Spool,
    *,
    window: Window | None,
    parents: Sequence[str | int] = ("",),
    progress: Progress,
    sleep: Callable[[float], None],
) -> int:
    """
    Read a stream into a spool until the spool is complete.

    A pass over a list is consistent when the list did not shrink meanwhile and at least as many records came as it
    held at first. Records of a window that has passed can only leave it, so those of all passes count together.

    :param parents: ids of the lists; one empty id for a stream that is a single list.
    :param sleep: waits for seconds: for the end of the window by the service's own clock.
    :return: how many passes it took.
    :raises InconsistentRead: no pass over some list was consistent.
    :raises ValueError: the window's end is yet to come.
    """
    unsettled = list(parents)
    held_at_first: dict[str, int | None] = {}
    for number in range(1, MOST_PASSES + 1):
        readings: dict[str, _Reading] = {}
        with closing(_from_its_end(read, unsettled, window, sleep)) as pages:
            for emitted in pages:
                label = str(emitted.label)
                spool.add(emitted.records, label=label, pass_number=number)
                count = emitted.page.count if emitted.page else None
                reading = readings.setdefault(label, _Reading(count, count))
                if count is not None:
                    reading.shrank |= reading.last_count is not None and count < reading.last_count
                    reading.last_count = count
                progress.page(label, len(emitted.records), count)
        held_at_first = {label: reading.first_count for label, reading in readings.items()} | held_at_first
        seen, ever = spool.seen(number), spool.seen()
        settled = {
            label
            for label, reading in readings.items()
            if _is_consistent(stream, window, reading, seen.get(label, 0))
            or (_only_shrinks(stream, window) and ever.get(label, 0) >= (held_at_first[label] or 0))
        }
        if window is None and number > 1:
            for label in settled:
                spool.forget_unseen(label, number)
        unsettled = [parent for parent in unsettled if str(parent) not in settled]
        if not unsettled:
            return number
        progress.again(stream.name, number + 1, MOST_PASSES)
    raise InconsistentRead(
        f"{stream.name} changed each of the {MOST_PASSES} times they were read, so something may be missing; "
        "nothing was landed: try again, at a quieter time or with a smaller window"
    )


def _from_its_end(
    read: Read, parents: Sequence[str | int], window: Window | None, sleep: Callable[[float], None]
) -> Generator[Emit, None, None]:
    """Read; begin anew once the window has ended, when by the service's own clock it has not."""
    pages = read(parents)
    first = next(pages, None)
    server_s = first.page.server_s if first and first.page else None
    if window and window.max and server_s is not None and (gap_s := window.max.timestamp() - server_s) >= 0:
        pages.close()
        if gap_s > _LONGEST_CLOCK_GAP_S:
            raise ValueError(
                f"the window ends at {window.max.isoformat()}, {gap_s:.0f} s from now by the service's clock; "
                "give one that has passed"
            )
        # A Date header has whole seconds.
        sleep(gap_s + 1)
        pages = read(parents)
        first = next(pages, None)
    if first is not None:
        yield first
    yield from pages


def _is_consistent(stream: Stream, window: Window | None, reading: _Reading, seen: int) -> bool:
    if reading.shrank:
        return False
    ends_early = isinstance(stream.window, NewestFirst) and window is not None and window.min is not None
    if not stream.counted or ends_early or reading.first_count is None:
        return True
    return seen >= reading.first_count


def _only_shrinks(stream: Stream, window: Window | None) -> bool:
    return isinstance(stream.window, Between) and window is not None and window.max is not None
