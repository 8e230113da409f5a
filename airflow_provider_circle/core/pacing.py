"""
When the next request of a connection may go, over a clock that is passed in.

One :class:`Pace` is shared by all who use a connection in a process, so a refusal met by one slows them all. Says how
long to wait; waits for nobody.
"""

from __future__ import annotations

import math

__all__ = ["Pace"]

_RELEASE_GAP_S = 0.05
"""Seconds between the requests that a hold kept back, so that its end is no stampede."""


class Pace:
    """
    A queue of sending times.

    :param requests_per_minute: the service's limit, where it has one.
    """

    __slots__ = ("_gap_s", "_held_until_s", "_next_s")

    def __init__(self, requests_per_minute: float | None = None) -> None:
        if requests_per_minute is not None and not 0 < requests_per_minute < math.inf:
            raise ValueError(f"requests_per_minute must be a number above 0, got {requests_per_minute!r}")
        self._gap_s = 60.0 / requests_per_minute if requests_per_minute else 0.0
        self._next_s = -math.inf
        self._held_until_s = -math.inf

    def book(self, now_s: float, until_s: float = math.inf) -> float:
        """
        Take the next free sending time.

        :param until_s: a time after this is told and not taken: whoever asks will not send then.
        :return: seconds until then; 0 when the request may go at once. After a wait, look at :meth:`held_s` again.
        """
        held = self._held_until_s > now_s
        if not held and not self._gap_s and self._next_s <= self._held_until_s:
            return 0.0
        slot_s = max(now_s, self._next_s)
        if slot_s <= until_s:
            self._next_s = slot_s + (max(self._gap_s, _RELEASE_GAP_S) if held else self._gap_s)
        return slot_s - now_s

    def held_s(self, now_s: float) -> float:
        """Seconds until the hold ends; 0 when there is none."""
        return max(0.0, self._held_until_s - now_s)

    def hold(self, until_s: float) -> None:
        """Let nobody send before a point in time: the service asked for it."""
        if until_s > self._held_until_s:
            self._held_until_s = until_s
            # Everybody who was kept back books anew; times booked beyond the hold stay theirs.
            self._next_s = max(self._next_s, until_s)
