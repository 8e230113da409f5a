"""
Sending what must not happen twice, when the reply may get lost.

The request itself and the way to look for its effect belong to the vendor; this module knows only their order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeAlias, TypeVar

from airflow_provider_circle.core.walk import Caller, Wait, Walk
from airflow_provider_circle.exceptions import ServiceDown, UnexpectedReply, Unreachable

__all__ = ["Others", "Unclaimed", "found_later", "send_once"]

T = TypeVar("T")
K = TypeVar("K")

Others: TypeAlias = Callable[[], Collection[K]]
"""Tells the ids of what others with our token have started at the same time."""

_LOOKS_AFTER_S = (2.0, 5.0, 10.0)
"""Seconds before each look for the effect of a lost request: what was created may take a while to be listed."""


def send_once(caller: Caller, send: Callable[[], Walk[T]], find: Callable[[float], Walk[T | None]]) -> Walk[T]:
    """
    Send; when the reply is lost, look for what it did, and send again only if it did nothing.

    :param send: makes the request, once.
    :param find: looks for its effect, given the seconds since the epoch when sending began.
    :return: what either of them returned.
    :raises CircleError: the last trouble, when every attempt was lost and none had an effect.
    """
    began_s = caller.clock()
    attempt = 0
    while True:
        attempt += 1
        try:
            return (yield from send())
        except (Unreachable, ServiceDown, UnexpectedReply) as lost:
            if isinstance(lost, Unreachable) and not lost.sent:
                raise
            yield Wait(0.0, f"{lost}; it may have been done all the same, looking")
            found = yield from found_later(find, began_s)
            if found is not None:
                return found
            if attempt >= caller.retry.attempts:
                raise


def found_later(find: Callable[[float], Walk[T | None]], began_s: float) -> Walk[T | None]:
    """
    Look several times, for a service whose lists lag behind.

    :param began_s: when sending began, in seconds since the epoch.
    :return: the first find; ``None`` when there was none in the end.
    """
    for wait_s in _LOOKS_AFTER_S:
        yield Wait(wait_s)
        found = yield from find(began_s)
        if found is not None:
            return found
    return None


class Unclaimed(Generic[K]):
    """
    What several looks found and nobody else has told of.

    :param others: where there are others; each tells of what it started as soon as it has its id.
    """

    def __init__(self, others: Others[K] | None) -> None:
        self._others = others
        self._left_before: Collection[K] = ()

    def among(self, found: Mapping[K, T]) -> dict[K, T]:
        """
        Keep what can be ours.

        Whoever has just started something may not have told yet, but has by the next look: only what is left in two
        looks counts.
        """
        if self._others is None:
            return dict(found)
        left = found.keys() - set(self._others())
        kept = {key: found[key] for key in left.intersection(self._left_before)}
        self._left_before = left
        return kept
