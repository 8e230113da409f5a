"""
Waits simulated: durations of many shapes, the looks a schedule takes at them, the best that any schedule could do.

Seeded, without a network or a clock. Looks are counted as the product takes them: one when the wait begins, one after
each interval. Which schedules are compared is written in ``schedules.py``.
"""

from __future__ import annotations

import math
import random
import statistics
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "MIDDLE",
    "Draw",
    "Looks",
    "Next",
    "around",
    "drawn",
    "just_after",
    "log_normal",
    "looks_at",
    "looks_at_moments",
    "moments",
    "optimum",
]

_DURATIONS_SEED, _CHANCES_SEED = 5, 6
"""Two, so that when something ends has nothing to do with when it is looked at."""

MIDDLE = 0.5
"""The jitter that changes nothing."""

Draw: TypeAlias = Callable[[random.Random], float]
"""Draws a duration, in seconds."""

Next: TypeAlias = Callable[[float, float], float]
"""Seconds to the next look, given the seconds waited and a chance."""


@dataclass(frozen=True, slots=True)
class Looks:
    """
    What a schedule came to, over many waits.

    :param polls: looks a wait, on average.
    :param share_p50: by how much later than it came the end was noticed, as a share of the duration; median.
    :param share_p99: of 99 in 100 no more than this.
    :param lag_p50_s: the same in seconds.
    :param lag_p99_s: of 99 in 100 no more than this.
    """

    polls: float
    share_p50: float
    share_p99: float
    lag_p50_s: float
    lag_p99_s: float

    @property
    def row(self) -> tuple[float, ...]:
        """The figures, as a table has them."""
        return (self.polls, self.share_p50, self.share_p99, self.lag_p50_s, self.lag_p99_s)


def looks_at(durations_s: Sequence[float], next_s: Next, *, first_s: Callable[[float], float] | None = None) -> Looks:
    """
    Wait for each of many ends.

    :param next_s: the schedule.
    :param first_s: when the first look is taken, given a chance; at once where left out.
    """
    chance = random.Random(_CHANCES_SEED)  # noqa: S311  drawn alike each time
    looks, lags = [], []
    for duration_s in durations_s:
        at_s, count = (0.0 if first_s is None else first_s(chance.random())), 1
        while at_s < duration_s:
            at_s += next_s(at_s, chance.random())
            count += 1
        looks.append(count)
        lags.append(at_s - duration_s)
    return _summed_up(durations_s, looks, lags)


def optimum(ended_by: Callable[[float], float], weight: Callable[[float], float], end_s: float) -> list[float]:
    """
    Find the moments to look at which looks and lateness together cost least.

    :param ended_by: share of ends that have come by a time.
    :param weight: what a second of lateness costs, in looks, for an end at a time.
    :param end_s: by when everything has ended.
    :return: seconds, the beginning left out.
    """
    grid = [0.0]
    while grid[-1] < end_s:
        grid.append(grid[-1] + max(0.5, 0.004 * grid[-1]))
    ended = [ended_by(at_s) for at_s in grid[:-1]] + [1.0]
    weights, firsts = [0.0], [0.0]
    for before, after in zip(range(len(grid) - 1), range(1, len(grid)), strict=True):
        middle_s = (grid[before] + grid[after]) / 2
        mass = (ended[after] - ended[before]) * weight(middle_s)
        weights.append(weights[-1] + mass)
        firsts.append(firsts[-1] + mass * middle_s)
    cost, then = [0.0] * len(grid), [0] * len(grid)
    for here in range(len(grid) - 2, -1, -1):
        best = math.inf
        for there in range(here + 1, len(grid)):
            late = grid[there] * (weights[there] - weights[here]) - (firsts[there] - firsts[here])
            if late > best:
                break
            if late + cost[there] < best:
                best, then[here] = late + cost[there], there
        cost[here] = 1 - ended[here] + best
    found, here = [], 0
    while here < len(grid) - 1:
        here = then[here]
        found.append(grid[here])
    return found


def looks_at_moments(moments_s: Sequence[float], durations_s: Sequence[float]) -> Looks:
    """Look at fixed moments, and at the beginning."""
    ends = [one for one in durations_s if one <= moments_s[-1]]
    places = [bisect_left(moments_s, one) for one in ends]
    lags = [moments_s[place] - one for place, one in zip(places, ends, strict=True)]
    return _summed_up(ends, [place + 2 for place in places], lags)


def moments(next_s: Callable[[float], float], end_s: float) -> list[float]:
    """
    Say when a schedule looks.

    :param next_s: seconds to the next look, given the seconds waited.
    :param end_s: no look is begun after this.
    """
    found, at_s = [], 0.0
    while at_s < end_s:
        at_s += next_s(at_s)
        found.append(at_s)
    return found


def just_after(next_s: Next, count: int) -> list[float]:
    """End a moment after one of the first twenty looks; that of the middle jitter."""
    looks = [0.0]
    while len(looks) < 20:
        looks.append(looks[-1] + next_s(looks[-1], MIDDLE))
    chance = random.Random(_DURATIONS_SEED)  # noqa: S311  drawn alike each time
    return [chance.choice(looks[1:]) + 0.01 for _ in range(count)]


def _summed_up(durations_s: Sequence[float], looks: Sequence[int], lags: Sequence[float]) -> Looks:
    shares = sorted(lag / duration_s for lag, duration_s in zip(lags, durations_s, strict=True))
    lags = sorted(lags)
    median, most = len(lags) // 2, int(0.99 * len(lags))
    return Looks(statistics.fmean(looks), shares[median], shares[most], lags[median], lags[most])


def drawn(draw: Draw, count: int) -> list[float]:
    """Draw durations, the same each time."""
    chance = random.Random(_DURATIONS_SEED)  # noqa: S311  drawn alike each time
    return [draw(chance) for _ in range(count)]


def log_normal(median_s: float, sigma: float) -> Draw:
    """
    Durations as pipelines have them.

    :param sigma: spread of their logarithm.
    """
    return lambda chance: around(chance, median_s, sigma)


def around(chance: random.Random, median_s: float, sigma: float) -> float:
    """Draw one log-normal duration."""
    return median_s * math.exp(chance.gauss(0.0, sigma))
