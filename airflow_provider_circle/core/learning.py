"""
What rate a service that tells nobody its limit seems to allow, learned from what it accepts and refuses.

A refusal alone says little: some come once and mean nothing. What was under way with it tells more. Where that was
accepted, the refusal was an isolated one, and no rate is learned from it. Where it was refused as well, a limit was
met, and what was accepted in the minute before is about what the service allows. From there the rate grows slowly as
long as it is accepted, and falls when it is not.

Knows when requests were sent and what came of them; who is kept back, and how long a refusal holds, the pace knows.
"""

from __future__ import annotations

import math

__all__ = ["LearnedRate"]

_MINUTE_S = 60.0
_BELOW_ACCEPTED = 0.9
"""Share of what was accepted in the minute before the first refusal that is asked for afterwards."""

_BELOW_REFUSED = 0.85
"""Share of a learned rate that is left when it is refused."""

_GROWTH = 0.0005
"""Share by which a rate grows with each accepted request: about 325 are accepted before it is where it was refused."""

_FIRST_RATE = 1.0
"""Requests a second that are tried after the first refusal, however few were seen accepted. Doubled soon if too low."""

_LEAST_COUNT = 8
"""Accepted requests in which a first rate is doubled that few led to: they tell little."""

_TELLING_COUNT = 300
"""Requests accepted in a minute that tell a limit well: a first rate is doubled in no fewer."""

_MOST_IN_VAIN = 30
_LEAST_RATE = 1 / 60
_MOST_RATE = 500.0
"""Requests a second. Faster is as good as no limit."""

_FEW = 3.0
"""Single refusals, each within a minute of the one before, that are taken for a limit."""

_FEW_IN = 33.0
"""Accepted requests that make up for a single refusal."""


class LearnedRate:
    """
    A rate that a service was seen to accept.

    :ivar per_s: requests a second; infinite while nothing suggests a limit.
    :ivar in_vain: how often in a row a wait was over and nothing was accepted then; up to 30.
    """

    __slots__ = (
        "_accepted",
        "_accepted_before",
        "_alone",
        "_before",
        "_growth",
        "_judged",
        "_minute_s",
        "_passed",
        "_refused",
        "_refused_at_s",
        "_refused_sent_s",
        "_since",
        "in_vain",
        "per_s",
    )

    def __init__(self) -> None:
        self.per_s = self._before = math.inf
        self._growth = 0.0
        self._minute_s = -math.inf
        self._accepted = self._accepted_before = 0
        self._refused_sent_s = self._refused_at_s = -math.inf
        self._refused = self._passed = self._since = 0
        self._judged = True
        self._alone = 0.0
        self.in_vain = -1

    def accepted(self, now_s: float, sent_s: float, *, bound: bool) -> None:
        """
        Note a request that the service did not refuse for its number, whatever else it answered.

        :param sent_s: when it was sent.
        :param bound: the rate is what requests wait for at present; one that nobody meets is not seen accepted.
        """
        if not 0 <= now_s - self._minute_s < _MINUTE_S:
            self._turn_minute(now_s)
        self._accepted += 1
        if self._refused_sent_s < sent_s <= self._refused_at_s:
            self._passed += 1
            if self._judged and self._refused and self._passed >= self._refused:
                self._judged, self.per_s = False, self._before
            return
        self._since += 1
        if self._alone:
            self._alone = max(0.0, self._alone - 1 / _FEW_IN)
        if bound and self.per_s < math.inf:
            self.per_s *= 1 + self._growth / max(1, self._refused)
            if self.per_s > _MOST_RATE:
                self.per_s = math.inf

    def refused(self, now_s: float, sent_s: float) -> None:
        """
        Note a request that was refused with 429.

        :param sent_s: when it was sent.
        """
        if sent_s <= self._refused_at_s:
            # Under way already when the refusal before it came: it is the same one.
            self._refused += 1
        else:
            accepted, self._since = self._since, 0
            self.in_vain = 0 if accepted else min(self.in_vain + 1, _MOST_IN_VAIN)
            if now_s - self._refused_at_s > _MINUTE_S:
                self._alone = 0.0
            self._begin(now_s, sent_s)
            self._refused = 1
            self._alone += 1
            if self.per_s < math.inf:
                # Where nothing was accepted in between, the wait was too short, not the rate too high.
                self._judged = True
                if accepted:
                    self._fall(now_s)
        if not self._judged and self._refused > self._passed and (self._refused > 1 or self._alone >= _FEW):
            self._judged = True
            self._fall(now_s)

    def used_up(self, now_s: float) -> None:
        """Note that the service said, ahead of a refusal, that it will accept hardly any more for now."""
        if self.per_s == math.inf:
            self._begin(now_s, now_s)
            self._judged = True
            self._fall(now_s)

    def _begin(self, now_s: float, sent_s: float) -> None:
        self._refused_sent_s, self._refused_at_s = sent_s, now_s
        self._refused = self._passed = 0
        self._before, self._judged = self.per_s, False

    def _fall(self, now_s: float) -> None:
        seen = self._accepted_per_s(now_s)
        if self.per_s == math.inf:
            count = seen * _MINUTE_S
            self._growth = math.log(2) / max(count * min(1.0, count / _TELLING_COUNT), _LEAST_COUNT)
            self.per_s = max(seen * _BELOW_ACCEPTED, _FIRST_RATE)
        else:
            self._growth = _GROWTH
            self.per_s = max(_BELOW_REFUSED * min(self.per_s, max(seen, self.per_s / 2)), _LEAST_RATE)
        self._alone = 0.0

    def _accepted_per_s(self, now_s: float) -> float:
        """Requests accepted in the last minute, by the second; those of the minute before taken as even."""
        if not 0 <= now_s - self._minute_s < _MINUTE_S:
            self._turn_minute(now_s)
        rest = 1 - (now_s - self._minute_s) / _MINUTE_S
        return (self._accepted + self._accepted_before * rest) / _MINUTE_S

    def _turn_minute(self, now_s: float) -> None:
        follows = _MINUTE_S <= now_s - self._minute_s < 2 * _MINUTE_S
        self._accepted_before = self._accepted if follows else 0
        self._minute_s = self._minute_s + _MINUTE_S if follows else now_s
        self._accepted = 0
