"""
The one poll of a project that all its watchers share.

Knows who watches, keeps looking whatever happens, and hands each look to all. It is Airflow's shared stream in ack
mode (Airflow 3.3 or newer): Airflow reports a look back once every event drawn from it is in its database, and only
then is each watcher's progress stored. What a look means to a watcher, the watcher knows; before Airflow 3.3 each has
a poll of its own.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.vendors.circleci.following import Progress
from airflow_provider_circle.vendors.circleci.happenings import Snapshot
from airflow_provider_circle.vendors.circleci.survey import Memory, Wanted

if TYPE_CHECKING:
    from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer
else:
    try:
        from airflow.triggers.shared_stream import SharedStreamProducer
    except ImportError:  # Airflow before 3.3 shares no streams and never asks for one.
        SharedStreamProducer = object

__all__ = ["Look", "ProjectPoll", "Seat", "seats_of"]

_log = logging.getLogger(__name__)

_MOST_WAIT_S = 600.0
"""Seconds until the next try at most, however long CircleCI has been down or has turned us away."""

_GROWTH = 0.5
"""While CircleCI is down, the next look is half as long away as the trouble has lasted."""

_GATHERING_S = 1.0
"""Seconds the first look waits for watchers that begin together; a watcher that comes later waits for the next look."""


class Watcher(Protocol):
    """Whose progress is stored."""

    async def keep(self, progress: Progress) -> None:
        """Store how far it came."""


@dataclass(slots=True, eq=False)
class Seat:
    """
    A watcher's place at the poll.

    :param progress: how far the watcher came.
    :param follows: whether it matters to it what becomes of a pipeline.
    :ivar asked: pipelines that were looked into for it, or are due to be.
    """

    progress: Progress
    follows: bool
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Look:
    """
    A look, on its way to all watchers and back.

    :param snapshot: what was seen.
    :param progress: how far each watcher came with it; entered by the watcher when all its events are under way.
    """

    snapshot: Snapshot
    progress: dict[Watcher, Progress] = field(default_factory=dict)


_seats: defaultdict[Hashable, list[Seat]] = defaultdict(list)


def seats_of(key: Hashable) -> list[Seat]:
    """Find who watches, in this process, through the poll with this key."""
    return _seats[key]


class ProjectPoll(SharedStreamProducer):
    """
    Looks at a project for as long as somebody watches.

    :param seats: who watches; changes meanwhile.
    :param project_slug: the project.
    :param circleci_conn_id: connection of type *CircleCI*.
    :param poll_interval_s: seconds between two looks.
    """

    def __init__(
        self, seats: Sequence[Seat], *, project_slug: str, circleci_conn_id: str, poll_interval_s: float
    ) -> None:
        self._seats = seats
        self._project_slug = project_slug
        self._conn_id = circleci_conn_id
        self._schedule = PollSchedule(poll_interval_s, max(poll_interval_s, _MOST_WAIT_S), _GROWTH)
        self._memory = Memory()
        self._troubles: frozenset[str] = frozenset()

    async def open_stream(self) -> AsyncGenerator[tuple[Look, Look], None]:
        """Look on and on; to Airflow, each look is the event and its own receipt."""
        async with aclosing(self.looks()) as looks:
            async for look in looks:
                yield look, look

    async def looks(self) -> AsyncGenerator[Look, None]:
        """
        Look on and on.

        Being turned away (401, 403, 404), or a connection that cannot be used, ends a task, but not a watch: nobody
        would see it end. Tokens are renewed and permissions restored while it goes on, so it tries again at growing
        intervals, reads the connection anew, and logs an error each time.
        """
        refusals = 0
        while True:
            try:
                async with aclosing(self._answers()) as answers:
                    async for snapshot in answers:
                        refusals = 0
                        yield Look(snapshot)
            except (CircleError, ValueError, AirflowException) as error:
                wait_s = min(self._schedule.poll_interval_s * 2.0 ** min(refusals, 10), _MOST_WAIT_S)
                refusals += 1
                _log.error(
                    "Cannot watch CircleCI project %s: %s; next try in %.0f s", self._project_slug, error, wait_s
                )
                await asyncio.sleep(wait_s)

    async def _answers(self) -> AsyncGenerator[Snapshot, None]:
        """Look over one session and one reading of the connection, until turned away."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        # A request that fails is not repeated by itself: the next look is soon enough, and a trouble is logged once.
        hook = CircleCIHook(self._conn_id, request_attempts=1)
        transport, _ = await hook.awaiting()
        async with transport:
            await asyncio.sleep(min(_GATHERING_S, self._schedule.poll_interval_s))
            while True:
                if self._seats:
                    snapshot = await hook.look_around.aio(
                        self._project_slug, self._memory, self._wanted, self._schedule
                    )
                    for trouble in sorted(snapshot.troubles - self._troubles):
                        _log.warning("While watching CircleCI project %s: %s", self._project_slug, trouble)
                    self._troubles = snapshot.troubles
                    yield snapshot
                await asyncio.sleep(self._schedule.next_wait_s(0.0, random.random()))  # noqa: S311  spreads polls

    def _wanted(self) -> Wanted:
        """Gather what all watchers want to know."""
        follow: dict[str, None] = {}
        for seat in self._seats:
            if seat.follows:
                marks = seat.progress.marks
                for key in marks.keys() - seat.asked:
                    # Others may have seen that it ended; this watcher has not.
                    self._memory.due_s.pop(key, None)
                seat.asked = frozenset(marks)
                follow |= dict.fromkeys(marks)
        return Wanted(min((seat.progress.floor_s for seat in self._seats), default=0.0), tuple(follow))

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Store how far the watchers came: Airflow has stored every event they drew from these looks."""
        from airflow.sdk.exceptions import AirflowRuntimeError

        reached: dict[Watcher, Progress] = {}
        for item in batch:
            # Whose events got lost is not said. What the others reached is in their next look as well.
            if not item.outcome.failed:
                reached |= item.broker_payload.progress
        for watcher, progress in reached.items():
            try:
                await watcher.keep(progress)
            except AirflowRuntimeError as error:
                # The next look brings it again. To give up would end the watch of all, and tell many a thing twice.
                _log.warning("Cannot store how far a watcher of %s came: %s", self._project_slug, error)

    def get_advance_lane(self, broker_payload: Any) -> Hashable:
        """Take all looks back in one order."""
        return None

    async def aclose(self) -> None:
        """Leave nothing open: the session is closed with the stream."""
