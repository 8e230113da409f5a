"""
When the next request of a connection may go, over a clock that is passed in.

One :class:`Pace` is shared by all who use a connection in a process, threads included, so a refusal met by one slows
them all. Says how long to wait; waits for nobody. What rate a service allows that does not say so, it lets
:mod:`~airflow_provider_circle.core.learning` find out.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from threading import RLock

from airflow_provider_circle.core.learning import LearnedRate

__all__ = ["Limit", "Pace", "Turn"]

_RELEASE_GAP_S = 0.05
"""Seconds between the requests that a hold kept back, at most, so that its end is no stampede."""

_RELEASE_SHARE = 1 / 320
"""The same as a share of the hold: sixteen that were kept back prolong it by a twentieth."""

_BURST_SHARE = 0.5
"""Share of a window's requests that may go at once. The rest is left to other processes that begin at the same time."""

_ON_THE_WAY_S = 5.0
"""Seconds added to a window: a request may be underway that long before the service counts it."""

_LONGEST_GUESS_S = 60.0
"""Seconds a hold may grow to where the service does not say how long."""

_LONG_WAIT_S = 2.0
_LONGEST_NAP_S = 10.0
"""A longer wait for a learned rate is told in parts of no more than this, as the rate may grow meanwhile."""

_ROUNDING = 1e-6
"""Share of a request by which sums of floating-point numbers may be wrong."""


@dataclass(frozen=True, slots=True)
class Limit:
    """
    What a service allows, as it says itself.

    :param requests: how many it takes in any window.
    :param per_s: seconds a window lasts.
    """

    requests: int
    per_s: float


class Turn:
    """Somebody's place in a pace's queue; kept by who waits, from one :meth:`Pace.book` to the next."""

    __slots__ = ("not_before_s", "place")

    def __init__(self) -> None:
        self.place = 0
        self.not_before_s = -math.inf


class Pace:
    """
    A queue in front of a service: first come, first sent.

    Places in the queue are numbered; a clock that counts requests instead of seconds runs at the rate that is allowed,
    and stands still during a hold. A place's turn has come when the clock has reached its number, so that holds and
    falling rates let nobody overtake. While a learned rate grows, who sleeps is overtaken by ten seconds at most.

    Promises, for the requests of one process: with ``requests_per_minute`` they are ``60 / requests_per_minute``
    seconds apart; closer only where one wakes late, and by no more than that, or while a learned rate is slower still.
    With a ``limit``, no window of that length, begun whenever, sees more than its number; up to half of it goes at
    once, the rest evenly. A window is taken for 5 seconds longer than the service says, for requests that were under
    way so long. What other processes send, and what this one's forerunner sent, is not known here: a 429 tells.

    After a 429 nobody sends until its wait is over. If it was an isolated one, all then go on as before; else at the
    rate that was seen accepted.

    :param requests_per_minute: an even rate, where somebody asks for one.
    :param limit: what the service allows, where it says so.
    :raises ValueError: ``requests_per_minute`` is no number above 0.
    """

    __slots__ = (
        "_allowed",
        "_at_s",
        "_burst",
        "_gone",
        "_gone_at_s",
        "_held_until_s",
        "_is_open",
        "_learned",
        "_lock",
        "_per_s",
        "_places",
        "_reached",
        "_release_gap_s",
        "_releases",
        "_speed",
        "_window_s",
    )

    def __init__(self, requests_per_minute: float | None = None, *, limit: Limit | None = None) -> None:
        if requests_per_minute is not None and not 0 < requests_per_minute < math.inf:
            raise ValueError(f"requests_per_minute must be a number above 0, got {requests_per_minute!r}")
        self._per_s, self._burst, self._window_s = math.inf, 1.0, 0.0
        self._gone_at_s: array[float] | None = None
        """When the places went, by their number; as many as a window may see."""
        if requests_per_minute is not None:
            self._per_s = requests_per_minute / 60.0
        elif limit is not None:
            self._window_s = limit.per_s + _ON_THE_WAY_S
            self._per_s = limit.requests / self._window_s
            self._burst = max(1.0, limit.requests * _BURST_SHARE)
            self._gone_at_s = array("d", [-math.inf]) * limit.requests
        self._places = 0
        """The last number that was given out."""
        self._gone = 0
        """The last number that went."""
        self._at_s, self._allowed, self._speed = -math.inf, 0.0, self._per_s
        """How many may have gone by a time, and how many more may go each second from then on."""
        self._reached = 0.0
        """How many may have gone when the clock was last read."""
        self._held_until_s = -math.inf
        self._release_gap_s = _RELEASE_GAP_S
        self._releases: float = -1
        """The last place that a hold kept back, while those are let go; infinite during the hold, -1 otherwise."""
        self._learned = LearnedRate()
        self._is_open = self._per_s == math.inf
        """Nobody has to wait."""
        # Reentrant: a signal handler may send a request in the middle of anything.
        self._lock = RLock()

    def book(self, now_s: float, until_s: float = math.inf, turn: Turn | None = None) -> float:
        """
        Ask whether a request may go now; take, or keep, a place in the queue if not.

        :param until_s: a time after this is told and not taken: whoever asks will not send then.
        :param turn: what this request was told before; to be handed in again after the wait. Left out, the request is
            taken to go by itself when the wait is over.
        :return: seconds to wait before asking again; 0 when the request may go at once.
        """
        if self._is_open:
            return 0.0
        turn = turn or Turn()
        with self._lock:
            if self._advance(now_s):
                turn.place = 0
                return 0.0
            if not turn.place:
                self._places += 1
                turn.place = self._places
                if self._gone_at_s is not None:
                    turn.not_before_s = self._gone_at_s[turn.place % len(self._gone_at_s)] + self._window_s
            wait_s = self._wait_s(turn, now_s)
            self._note(turn.place, now_s + wait_s)
            if wait_s == 0:
                self._gone, turn.place = max(self._gone, turn.place), 0
            elif now_s + wait_s > until_s:
                self._leave(turn)
            elif self._learned.per_s < self._per_s and wait_s - (held_s := self.held_s(now_s)) > _LONG_WAIT_S:
                return held_s + min((wait_s - held_s) / 2, _LONGEST_NAP_S)
            return wait_s

    def held_s(self, now_s: float) -> float:
        """Seconds until the hold ends; 0 when there is none."""
        return max(0.0, self._held_until_s - now_s)

    def hold(self, until_s: float) -> None:
        """Let nobody send before a point in time: the service asked for it."""
        with self._lock:
            if not until_s > self._held_until_s:
                return
            if self._releases == math.inf:
                # Nobody has gone since the hold before, which is prolonged.
                self._at_s = self._held_until_s = until_s
                return
            # At the end of the hold one may go, unless the rate is slower than that. Who slept while the clock passed
            # is still there; what was left over while nobody waited is, too.
            if self._is_open:
                self._gone = self._places
            due = math.inf if self._is_open else self._allowed + (until_s - self._at_s) * self._speed
            left_over = self._reached if self._gone >= self._places and not self._is_open else 0.0
            self._allowed = self._reached = max(left_over, min(self._gone + 1, due))
            self._at_s = self._held_until_s = until_s
            self._releases = math.inf
            self._is_open = False

    def accepted(self, now_s: float, sent_s: float) -> None:
        """
        Note a reply that is no 429.

        :param sent_s: when its request was sent.
        """
        with self._lock:
            self._learned.accepted(now_s, sent_s, bound=not self._is_open and self._reached < self._places + 1)

    def refused(self, now_s: float, sent_s: float, wait_s: float, *, is_guess: bool = False) -> None:
        """
        Note a reply of 429, and hold.

        :param sent_s: when its request was sent.
        :param wait_s: seconds to hold.
        :param is_guess: the service did not say how long. Each time that nothing was accepted after such a hold, the
            next is four times as long; up to a minute, or to four times ``wait_s`` if that is more.
        """
        with self._lock:
            if not self._is_open:
                self._advance(now_s)
            self._learned.refused(now_s, sent_s)
            if is_guess:
                wait_s = min(wait_s * 4.0**self._learned.in_vain, max(_LONGEST_GUESS_S, 4 * wait_s))
            self._release_gap_s = min(_RELEASE_GAP_S, wait_s * _RELEASE_SHARE)
            self.hold(now_s + wait_s)
            self._is_open = False

    def used_up(self, now_s: float, wait_s: float) -> None:
        """
        Note that the service announced that hardly any more requests will be accepted for now, and hold.

        Where the limit is known anyway, that is kept to instead.

        :param wait_s: seconds until they will be again.
        """
        if self._per_s < math.inf:
            return
        with self._lock:
            if not self._is_open:
                self._advance(now_s)
            self._learned.used_up(now_s)
            self._release_gap_s = _RELEASE_GAP_S
            self.hold(now_s + wait_s)
            self._is_open = False

    def _rate(self) -> float:
        """Requests a second that may go at present."""
        per_s = min(self._per_s, self._learned.per_s)
        return min(per_s, 1 / self._release_gap_s) if self._releases >= 0 and self._release_gap_s else per_s

    def _advance(self, now_s: float) -> bool:
        """Read the clock; say whether nobody has to wait."""
        if self._held_until_s > now_s:
            self._speed = self._rate()
            return False
        passed_s = now_s - self._at_s
        if passed_s < 0:
            passed_s, self._at_s = 0.0, now_s  # The clock was set back.
        if self._releases == math.inf:
            self._releases = self._places
        allowed = self._allowed + (passed_s * self._speed if passed_s else 0.0)
        if allowed + _ROUNDING >= self._releases:
            self._releases = -1
        is_limited = self._per_s < math.inf or self._learned.per_s < math.inf
        self._is_open = not is_limited and self._releases < 0
        most = self._places + (self._burst if self._learned.per_s >= self._per_s else 1.0)
        self._reached = min(allowed, most)
        if allowed > most or self._speed != self._rate():
            self._at_s, self._allowed, self._speed = now_s, self._reached, self._rate()
        return self._is_open

    def _wait_s(self, turn: Turn, now_s: float) -> float:
        due_s = max(self._held_until_s, turn.not_before_s)
        if turn.place - self._reached > _ROUNDING or self._held_until_s > now_s:
            due_s = max(due_s, self._at_s + (turn.place - self._allowed) / self._speed)
        if due_s <= now_s:
            return 0.0
        wait_s = due_s - now_s
        return wait_s if now_s + wait_s >= due_s else wait_s + math.ulp(due_s)

    def _note(self, place: int, gone_at_s: float) -> None:
        """Note when a place goes, unless one that is a whole window's number behind it was told that already."""
        if self._gone_at_s is not None and place + len(self._gone_at_s) > self._places:
            self._gone_at_s[place % len(self._gone_at_s)] = gone_at_s

    def _leave(self, turn: Turn) -> None:
        """Give a place back; in the middle of the queue it stays empty."""
        self._note(turn.place, turn.not_before_s - self._window_s)
        if turn.place == self._places:
            self._places -= 1
        turn.place = 0
