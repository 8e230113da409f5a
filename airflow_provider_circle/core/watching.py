"""
Looking until there is something to see.

Knows deadlines and how faults in between are borne; what is looked at, and when to look next, it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from airflow_provider_circle.core.polling import Course, PollSchedule
from airflow_provider_circle.core.walk import Caller, Wait, Walk
from airflow_provider_circle.exceptions import RateLimited, ServiceDown, UnexpectedReply, Unreachable

__all__ = ["Sight", "wait_until"]

T = TypeVar("T")

_LAST_LOOK_S = 30.0
"""Seconds the look after the deadline may take, retries included."""


@dataclass(frozen=True, slots=True)
class Sight(Generic[T]):
    """
    What a look saw.

    :param seen: what was waited for; ``None`` while it is not there.
    :param news: how things stand; what the look before did not remark, too, is said.
    :param trouble: why the look failed, if it did.
    :param course: since when it runs and how long that takes as a rule, where that is known.
    """

    seen: T | None
    news: frozenset[str]
    trouble: str = ""
    course: Course | None = None

    def __str__(self) -> str:
        """Say how things stand."""
        return "; ".join(sorted(self.news))


def wait_until(
    caller: Caller,
    look: Callable[[Caller], Walk[Sight[T]]],
    schedule: PollSchedule,
    *,
    started_s: float,
    deadline_s: float | None,
    look_from_s: float | None = None,
) -> Walk[Sight[T]]:
    """
    Look until there is something to see; a service that is down for a while is looked at again.

    :param look: looks once.
    :param started_s: when the wait began, in seconds since the epoch; intervals grow from there, restarts or not.
    :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never. One more look is taken after it.
    :param look_from_s: when the first look is worth it, in seconds since the epoch; ``None`` for at once.
    :return: what was seen in the end; with nothing seen, the deadline has passed.
    :raises CircleError: turned away for good.
    """
    last_s = math.inf if deadline_s is None else deadline_s
    said: frozenset[str] = frozenset()
    course: Course | None = None
    looking = replace(caller, until_s=last_s)
    if look_from_s is not None and (early_s := min(look_from_s, last_s) - caller.clock()) > 0:
        # Two machines' clocks may differ by any amount.
        yield Wait(min(early_s, schedule.max_poll_interval_s))
    while True:
        began_s = caller.clock()
        if began_s >= last_s:
            looking = replace(caller, until_s=began_s + _LAST_LOOK_S)
        try:
            sight = yield from look(looking)
        except (RateLimited, ServiceDown, UnexpectedReply, Unreachable) as error:
            sight = Sight(None, frozenset({f"could not look: {error}"}), str(error))
        if sight.seen is not None or began_s >= last_s:
            return sight
        if not sight.trouble:
            course = sight.course
        now_s, jitter = caller.clock(), caller.jitter()
        if course is None:
            wait_s = schedule.next_wait_s(now_s - started_s, jitter)
        else:
            ran_s = now_s - course.began_s
            wait_s = schedule.next_wait_expecting_s(now_s - started_s, jitter, course.expected, ran_s)
        reason, said = "; ".join(sorted(sight.news - said)), sight.news
        del sight  # thousands may wait at once
        yield Wait(min(wait_s, max(0.0, last_s - now_s)), reason)
