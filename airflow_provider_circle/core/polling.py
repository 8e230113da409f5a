"""
When to look next at something that takes its time.

Without history the interval grows with the time already waited: the end is noticed within a small share of the whole
duration, at logarithmic cost. With history, looks are few before the expected end and close around it. Knows neither
what is looked at nor a clock. Form and defaults are the outcome of the study ``benchmarks/schedules.py``.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from airflow_provider_circle.core.patience import MAX_POLL_INTERVAL_S, POLL_BACKOFF, POLL_INTERVAL_S, check_polling

__all__ = ["Course", "Expectation", "PollSchedule"]

_SPREAD = 0.1
"""Share by which intervals vary, so that waits that began together do not stay together."""

_FIRST_CHANCE = 0.27
_NEXT_CHANCE = 0.17
"""How likely the first look at an expected end is to see it, and each one after: the later ones count more."""

_NEAR = 0.1
"""Share of ends that may come while looks are still far apart."""

_P95 = 1.6448536269514722
"""Standard deviations above the median of 95 %."""

_USUAL_SPREAD = 0.25
"""Spread of the logarithm of durations, where only their median is known."""

_LEAST_SPREAD = 0.05
"""No history is as exact as to justify less."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    How long things of a kind take, as far as their past tells: taken for log-normal, as durations mostly are.

    :param median_s: seconds; half of them take no longer.
    :param p95_s: seconds; 95 of 100 take no longer. Left out, half as long again as the median.
    """

    median_s: float
    p95_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no duration, by name."""
        for name, value in (("median_s", self.median_s), ("p95_s", self.p95_s)):
            if (name == "median_s" or value is not None) and not _is_duration(value):
                raise ValueError(f"{name} must be a number of seconds above 0, got {value!r}")

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm of the durations."""
        if self.p95_s is None:
            return _USUAL_SPREAD
        return max(_LEAST_SPREAD, math.log(self.p95_s / self.median_s) / _P95)

    def ended_by(self, ran_s: float) -> float:
        """
        Say how likely the end is by a time.

        :param ran_s: seconds since it began.
        :return: share, from 0 to 1.
        """
        if ran_s <= 0:
            return 0.0
        return 0.5 * math.erfc(-math.log(ran_s / self.median_s) / self.spread / math.sqrt(2.0))

    def likely_s(self, ran_s: float) -> float | None:
        """
        Say by when the end, which has not come yet, is likely enough to be worth a look.

        :param ran_s: seconds since it began.
        :return: seconds since it began; ``None`` once it takes so long that the past says nothing any more.
        """
        ended = self.ended_by(ran_s)
        if ended >= 0.95:
            return None
        chance = _NEXT_CHANCE if self.is_near(ran_s) else _FIRST_CHANCE
        return self.median_s * math.exp(self.spread * _deviations(ended + chance * (1 - ended)))

    def is_near(self, ran_s: float) -> bool:
        """Say whether the end may come any time now, given how long it has run."""
        return self.ended_by(ran_s) >= _NEAR


@dataclass(frozen=True, slots=True)
class Course:
    """
    Something that runs, and how long its kind takes.

    :param began_s: when it began, in seconds since the epoch, by our clock.
    :param expected: how long it is expected to take.
    """

    began_s: float
    expected: Expectation


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """
    Interval = ``poll_interval_s`` + ``poll_backoff`` times time waited, up to a bound.

    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows; 0 keeps it fixed.
    """

    poll_interval_s: float = POLL_INTERVAL_S
    max_poll_interval_s: float = MAX_POLL_INTERVAL_S
    poll_backoff: float = POLL_BACKOFF

    def __post_init__(self) -> None:
        """Refuse settings that make no sense, by name."""
        check_polling(self.poll_interval_s, self.max_poll_interval_s, self.poll_backoff)

    def next_wait_s(self, waited_s: float, jitter: float) -> float:
        """
        Seconds until the next look, when nobody knows how long it takes.

        :param waited_s: seconds since the wait began.
        :param jitter: chance, from 0 to 1.
        """
        return _jittered(self._usual_s(waited_s), jitter)

    def next_wait_expecting_s(self, waited_s: float, jitter: float, expected: Expectation, ran_s: float) -> float:
        """
        Seconds until the next look, when it is known how long it usually takes.

        An early end is noticed within ``max_poll_interval_s`` all the same. From when the end is likely on, looks are
        no further apart than :meth:`next_wait_s` has them; once it is overdue, it is up to that alone.

        :param waited_s: seconds since the wait began.
        :param jitter: chance, from 0 to 1.
        :param ran_s: seconds since what is waited for began.
        """
        return _jittered(self._expecting_s(self._usual_s(waited_s), expected, ran_s), jitter)

    def _usual_s(self, waited_s: float) -> float:
        return min(self.poll_interval_s + self.poll_backoff * max(0.0, waited_s), self.max_poll_interval_s)

    def _expecting_s(self, usual_s: float, expected: Expectation, ran_s: float) -> float:
        likely_s = expected.likely_s(ran_s)
        if likely_s is None:
            return usual_s
        ahead_s = likely_s - ran_s
        if expected.is_near(ran_s):
            return max(self.poll_interval_s, min(ahead_s, usual_s))
        steps = max(1, math.ceil(ahead_s / self.max_poll_interval_s))
        return max(self.poll_interval_s, ahead_s / steps)


def _jittered(interval_s: float, jitter: float) -> float:
    return interval_s * (1 - _SPREAD + 2 * _SPREAD * jitter)


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= sys.float_info.max


def _deviations(share: float) -> float:
    """Standard deviations above the mean below which a share of a normal distribution lies."""
    from statistics import NormalDist  # Costs more to import than this whole module, and is rarely needed.

    return NormalDist().inv_cdf(share)
