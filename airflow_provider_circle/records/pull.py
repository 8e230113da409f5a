"""
Reading a stream until what was read is complete.

No service hands out a snapshot: while pages are read, a record that leaves the list moves all later ones up, and one at
a page's border is never seen. Knows how that shows, and when to read again; not how pages are fetched or rows land.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from airflow_provider_circle.core.stream import Between, NewestFirst, Stream
from airflow_provider_circle.core.walk import Emit
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import InconsistentRead
from airflow_provider_circle.records.progress import Progress
from airflow_provider_circle.records.spool import Spool

__all__ = ["MOST_PASSES", "Pulled", "Read", "pull"]

Read: TypeAlias = Callable[[Sequence[str | int]], Generator[Emit, None, None]]
"""Reads the lists of some parents once; for a stream without parents it is given one empty label."""

MOST_PASSES = 5
"""How often a list is read before it is said to be too restless."""

_ASKED_BEYOND_S = 2.0
"""Seconds after a window's end from which no record enters it: one more is asked for, and a Date has whole seconds."""

_LONGEST_CLOCK_GAP_S = 300.0
"""Seconds a service's clock may be behind a window's end; they are waited for."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """
    How a pull went.

    :param passes: how often the stream was read.
    :param began_s: when reading began by the service's clock, in seconds since the epoch; ``None`` if it never said.
    """

    passes: int
    began_s: float | None


@dataclass(slots=True)
class _Reading:
    """What the pages of one list said about it, in one pass."""

    first_count: int | None
    last_count: int | None
    began_s: float | None
    shrank: bool = False
    pages: int = 0

    def add(self, count: int | None) -> None:
        """Take note of a page."""
        self.pages += 1
        if count is not None:
            self.shrank |= self.last_count is not None and count < self.last_count
            self.last_count = count


def pull(
    read: Read,
    stream: Stream,
    spool: Spool,
    *,
    window: Window | None,
    parents: Sequence[str | int] = ("",),
    progress: Progress,
    sleep: Callable[[float], None],
) -> Pulled:
    """
    Read a stream into a spool until the spool is complete.

    A pass over a list is consistent when the list did not shrink meanwhile, and of what it held at first no fewer
    records came: new ones created since do not count, as one of them may hide that another was deleted. Where that
    cannot be told, two passes in a row have to see the same; so it is with a list on several pages that says no number,
    unless it begins with the newest: what is new there moves nothing out of sight. Records of a window that has passed
    can only leave it, so those of all passes count together.

    :param parents: ids of the lists; one empty id for a stream that is a single list.
    :param sleep: waits for seconds: for the end of the window by the service's own clock.
    :return: how it went.
    :raises InconsistentRead: no pass over some list was consistent.
    :raises ValueError: the window's end is yet to come.
    """
    unsettled = list(parents)
    began_s: float | None = None
    held_at_first: dict[str, int | None] = {}
    for number in range(1, MOST_PASSES + 1):
        before = spool.seen(number - 1, unsettled)
        readings: dict[str, _Reading] = {}
        with closing(_from_its_end(read, unsettled, window, sleep)) as pages:
            for emitted in pages:
                label, page = str(emitted.label), emitted.page
                if began_s is None and page is not None:
                    began_s = page.server_s
                spool.add(emitted.records, label=label, pass_number=number)
                count = page.count if page else None
                readings.setdefault(label, _Reading(count, count, page.server_s if page else None)).add(count)
                progress.page(label, len(emitted.records), count)
        held_at_first = {label: reading.first_count for label, reading in readings.items()} | held_at_first
        seen, missed, ever = (spool.seen(of_pass, unsettled) for of_pass in (number, number - 1, None))
        settled = set()
        for label, reading in readings.items():
            counts = _Counts(
                seen.get(label, 0), before.get(label, 0), missed.get(label, 0), ever.get(label, 0), held_at_first[label]
            )
            # One page is read in one go; where the newest come first and no number is said, there is nothing to hold.
            unchecked = reading.pages == 1 or (reading.first_count is None and isinstance(stream.window, NewestFirst))
            if (
                (_only_shrinks(stream, window) and counts.ever >= (counts.held_at_first or 0))
                or (not reading.shrank and unchecked)
                or (
                    not reading.shrank
                    and _is_all(spool, label, number, reading, counts, of_all=_reads_all(stream, window))
                )
            ):
                settled.add(label)
        if window is None and number > 1:
            spool.forget_unseen(settled, number)
        unsettled = [parent for parent in unsettled if str(parent) not in settled]
        if not unsettled:
            return Pulled(number, began_s)
        if number < MOST_PASSES:
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
    end = window.max if window else None
    if end is not None and server_s is not None and (gap_s := end.timestamp() - server_s) + _ASKED_BEYOND_S > 0:
        pages.close()
        if gap_s > _LONGEST_CLOCK_GAP_S:
            raise ValueError(
                f"the window ends at {end.isoformat()}, {gap_s:.0f} s from now by the service's clock; "
                "give one that has passed"
            )
        sleep(gap_s + _ASKED_BEYOND_S)
        pages = read(parents)
        first = next(pages, None)
    if first is not None:
        yield first
    yield from pages


class _Counts(NamedTuple):
    """
    How many records of a list the spool holds.

    :param seen: that this pass saw.
    :param before: that the pass before saw.
    :param missed: that the pass before saw and this one did not.
    :param ever: of all passes.
    :param held_at_first: how many there were, by the very first page.
    """

    seen: int
    before: int
    missed: int
    ever: int
    held_at_first: int | None


def _is_all(spool: Spool, label: str, number: int, reading: _Reading, counts: _Counts, *, of_all: bool) -> bool:
    """Tell whether a pass that noticed no change saw all that there was when it began."""
    can_tell = of_all and reading.began_s is not None and reading.first_count is not None
    born = spool.born_since(label, number, reading.began_s or 0.0) if can_tell else None
    if born is None:
        return counts.seen == counts.before and not counts.missed
    return counts.seen - born >= (reading.first_count or 0)


def _reads_all(stream: Stream, window: Window | None) -> bool:
    """Tell whether the service's count is of what is read, and a record's creation its coming into the list."""
    ends_early = isinstance(stream.window, NewestFirst) and window is not None and window.min is not None
    return not ends_early and stream.parent is None


def _only_shrinks(stream: Stream, window: Window | None) -> bool:
    """Tell whether records can only leave the list; a child's service may ignore the window."""
    return isinstance(stream.window, Between) and window is not None and window.max is not None and not stream.parent
