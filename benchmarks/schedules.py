"""
The study that chose when waits look, without history and with it.

The schedules are the product's own (``core/polling.py``), beside fixed intervals and the best that any could do. How
waits are simulated is written in ``looking.py``.
"""

from __future__ import annotations

import math
import statistics
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeAlias

from airflow_provider_circle.core.polling import Expectation, PollSchedule
from benchmarks.looking import (
    MIDDLE,
    Looks,
    Next,
    around,
    drawn,
    just_after,
    log_normal,
    looks_at,
    looks_at_moments,
    moments,
    optimum,
)
from benchmarks.runs import Goal, Study, Table, script

__all__ = ["study"]

_MINUTE_S = 60.0
_SIGMA = 0.9
"""Spread of durations without history. With this one, and the mean share as what lateness costs, the optimum comes to
what the goals were set by: 0.060 and 0.43 at 13.3 looks, the one at the beginning counted."""

_KNOWN_SIGMA = 0.25
_OPTIMAL_LOOKS = 13.3

_Row: TypeAlias = Sequence[str | float | None]

_COLUMNS = ("looks", "share p50", "share p99", "lag p50 s", "lag p99 s")


def study(short: bool) -> Study:
    """Compare schedules, without history and with it."""
    count = 6_000 if short else 40_000
    plain, known = _without_history(count), _with_history(count)
    return Study(
        "schedules",
        [plain[0], _shapes(count // 4), _long(), _neighbours(count // 2), known[0]],
        [*plain[1], *known[1]],
        [
            "Simulated: log-normal durations where nothing else is said; sigma is the spread of their logarithm.",
            f"The goals without history are of sigma {_SIGMA:g}: its optimum is the one they name.",
            "A look is one request; the one that reads a pipeline's own state is two.",
            "A deferred task looks once in the worker besides, unless expected_duration_s says that it is too early.",
            "Learning costs one request per branch, process and six hours; a workflow's branch one more per wait.",
            "'just after a look': each end comes a moment after a look, one of the first twenty.",
        ],
    )


def _without_history(count: int) -> tuple[Table, list[Goal]]:
    durations_s = drawn(log_normal(_MINUTE_S, _SIGMA), count)
    ours = looks_at(durations_s, _plain(PollSchedule()))
    best = _optimum_of(_OPTIMAL_LOOKS, durations_s)
    rows: list[_Row] = [
        ("optimum (dynamic programming)", *best.row),
        (f"this provider ({_named(PollSchedule())})", *ours.row),
        ("before this study (10 s or 0.1 of the time waited)", *looks_at(durations_s, _growing(10.0, 0.1)).row),
        ("2 s or 0.1 of the time waited", *looks_at(durations_s, _growing(2.0, 0.1)).row),
    ]
    rows += [(f"every {every_s:g} s", *looks_at(durations_s, _every(every_s)).row) for every_s in (5.0, 10.0, 60.0)]
    title = f"Waits without history: durations around a minute, sigma {_SIGMA:g}, {count:,} waits"
    return Table(title, ("schedule", *_COLUMNS), rows), [
        Goal("looks a wait, without history", ours.polls, 13.5, "at most"),
        Goal("lag as a share of the duration, median", ours.share_p50, 0.065, "at most"),
        Goal("lag as a share of the duration, 99th percentile", ours.share_p99, 0.45, "at most"),
        Goal("looks per look of a fixed 10 s, worst beyond 10 minutes", _worst_beyond(600.0), 1.0, "at most"),
    ]


def _with_history(count: int) -> tuple[Table, list[Goal]]:
    schedule, half_as_long_again = PollSchedule(), _MINUTE_S * math.exp(1.645 * _KNOWN_SIGMA)
    right = drawn(log_normal(_MINUTE_S, _KNOWN_SIGMA), count)
    told = Expectation(_MINUTE_S)
    some = right[: count // 4]
    failing = drawn(lambda c: c.uniform(1, 40) if c.random() < 0.2 else around(c, _MINUTE_S, _KNOWN_SIGMA), count // 4)
    cases: list[tuple[str, Sequence[float], Expectation]] = [
        ("expected_duration_s=60", right, told),
        ("learned: median 60, p95 90.5", right, Expectation(_MINUTE_S, half_as_long_again)),
        *((f"told {factor:g} times too long", some, Expectation(_MINUTE_S * factor)) for factor in (0.1, 0.5, 2, 10)),
        ("one in five fails early", failing, told),
        ("takes 1.5 times as long since yesterday", [1.5 * one for one in some], told),
        ("wider than told: sigma 1", drawn(log_normal(_MINUTE_S, 1.0), count // 4), told),
        ("fails at once (2 s)", [2.0] * 200, told),
        ("stuck for an hour", [3600.0] * 20, told),
        ("just after a look", just_after(_expecting(schedule, told), len(some)), told),
        ("around ten minutes, as told", [10 * one for one in some], Expectation(10 * _MINUTE_S)),
        ("around an hour, as told", [60 * one for one in some[:2000]], Expectation(60 * _MINUTE_S)),
    ]
    figures = [
        (name, ends, looks_at(ends, _expecting(schedule, e), first_s=_first(schedule, e))) for name, ends, e in cases
    ]
    without = [looks_at(ends, _plain(schedule)) for _, ends, _ in cases]
    best = _optimum_known(right)
    rows: list[_Row] = [
        ("optimum, the look at the beginning counted", *best.row, None, None),
        ("every 5 s", *looks_at(right, _every(5.0)).row, None, None),
    ]
    for (name, _, with_it), bare in zip(figures, without, strict=True):
        rows.append((name, *with_it.row, bare.polls, bare.lag_p50_s))
    more, later_s = _worst_expectation(schedule)
    title = f"Waits that know the project: durations around a minute, sigma {_KNOWN_SIGMA:g}, {count:,} waits"
    columns = ("durations, expectation", *_COLUMNS, "looks without", "lag p50 without")
    return Table(title, columns, rows), [
        Goal("looks a wait, duration known", figures[0][2].polls, 5.0, "at most"),
        Goal("median lag, duration known", figures[0][2].lag_p50_s, 3.0, "at most", "s"),
        Goal("looks a wait, duration learned", figures[1][2].polls, 5.0, "at most"),
        Goal("median lag, duration learned", figures[1][2].lag_p50_s, 3.0, "at most", "s"),
        Goal("looks more than without, whatever is told", more, 3.0, "at most"),
        Goal("later than without, whatever is told", later_s, schedule.max_poll_interval_s, "at most", "s"),
    ]


def _shapes(count: int) -> Table:
    """The defaults, over durations of many shapes."""
    ours = _plain(PollSchedule())
    shapes: list[tuple[str, Sequence[float]]] = [
        *(
            (f"sigma {sigma:g} around a minute", drawn(log_normal(_MINUTE_S, sigma), count))
            for sigma in (0.5, 0.7, 1.2, 1.5)
        ),
        *(
            (f"sigma {_SIGMA:g} around {median_s:g} s", drawn(log_normal(median_s, _SIGMA), count // divisor))
            for median_s, divisor in ((20.0, 1), (600.0, 2), (3600.0, 8))
        ),
        ("exponential, mean a minute", drawn(lambda chance: chance.expovariate(1 / _MINUTE_S), count)),
        ("uniform, up to two minutes", drawn(lambda chance: chance.uniform(0, 2 * _MINUTE_S), count)),
        ("half around 10 s, half around 5 min", drawn(lambda c: around(c, c.choice((10.0, 300.0)), 0.2), count)),
        ("constant: a minute", [_MINUTE_S] * count),
        ("just after a look", just_after(ours, count)),
    ]
    rows: list[_Row] = [(name, *looks_at(ends, ours).row, looks_at(ends, _every(10.0)).polls) for name, ends in shapes]
    return Table("The defaults over other durations", ("durations", *_COLUMNS, "looks every 10 s"), rows)


def _long() -> Table:
    rows: list[_Row] = []
    for minutes in (1, 5, 10, 20, 60, 360):
        looks = [looks_at([60.0 * minutes + 0.1] * 20, one).polls for one in (_plain(PollSchedule()), _every(10.0))]
        rows.append((f"{minutes} min", *looks, looks[0] / looks[1]))
    return Table("Looks at something long", ("takes", "this provider", "every 10 s", "ratio"), rows)


def _neighbours(count: int) -> Table:
    """Settings and forms beside the chosen ones."""
    durations_s = drawn(log_normal(_MINUTE_S, _SIGMA), count)
    rows: list[_Row] = []
    for interval_s, share in ((4.0, 0.055), (4.6, 0.045), (4.6, 0.055), (4.6, 0.065), (5.2, 0.055)):
        schedule = PollSchedule(interval_s, 60.0, share)
        rows.append((f"sum: {_named(schedule)}", *looks_at(durations_s, _plain(schedule)).row))
    for interval_s, share in ((5.0, 0.1), (5.0, 0.12), (5.5, 0.1), (5.5, 0.11), (6.0, 0.1)):
        rows.append(
            (f"greater of {interval_s:g} s and {share:g}", *looks_at(durations_s, _growing(interval_s, share)).row)
        )
    return Table("Beside the defaults: none meets all three goals but the sum as chosen", ("schedule", *_COLUMNS), rows)


def _plain(schedule: PollSchedule) -> Next:
    return schedule.next_wait_s


def _growing(interval_s: float, share: float) -> Next:
    """The greater of an interval and a share of the time waited, a minute at most, jittered as ours."""
    return lambda waited_s, chance: min(max(interval_s, share * waited_s), 60.0) * (0.9 + 0.2 * chance)


def _every(interval_s: float) -> Next:
    return lambda _waited_s, _chance: interval_s


def _expecting(schedule: PollSchedule, expected: Expectation) -> Next:
    def next_s(waited_s: float, chance: float) -> float:
        return schedule.next_wait_expecting_s(waited_s, chance, expected, waited_s)

    return next_s


def _unjittered(next_s: Next) -> Callable[[float], float]:
    return lambda waited_s: next_s(waited_s, MIDDLE)


def _first(schedule: PollSchedule, expected: Expectation) -> Callable[[float], float]:
    """When an operator looks first at what it has just started."""
    return lambda chance: min(
        schedule.next_wait_s(0.0, chance), schedule.next_wait_expecting_s(0.0, chance, expected, 0.0)
    )


def _optimum_of(looks: float, durations_s: Sequence[float]) -> Looks:
    """The best for the mean share, at a number of looks."""
    low, high = 10.0, 1000.0
    for _ in range(9):
        price = math.sqrt(low * high)
        best = looks_at_moments(optimum(_ended_by(_SIGMA), _per_share(price), _end_s(_SIGMA)), durations_s)
        low, high = (low, price) if best.polls > looks else (price, high)
    return best


def _per_share(price: float) -> Callable[[float], float]:
    return lambda duration_s: price / duration_s


def _optimum_known(durations_s: Sequence[float]) -> Looks:
    """The best for the mean lag in seconds, at five looks."""
    return looks_at_moments(optimum(_ended_by(_KNOWN_SIGMA), lambda _: 1.1, _end_s(_KNOWN_SIGMA)), durations_s)


def _ended_by(sigma: float) -> Callable[[float], float]:
    return lambda at_s: statistics.NormalDist().cdf(math.log(at_s / _MINUTE_S) / sigma) if at_s > 0 else 0.0


def _end_s(sigma: float) -> float:
    return _MINUTE_S * math.exp(4.5 * sigma)


def _worst_beyond(duration_s: float) -> float:
    """Our looks per look every 10 s, where that is most, for anything longer than a time."""
    ours, at_s, worst, schedule = 1, 0.0, 0.0, PollSchedule()
    while at_s < 6 * 3600:
        if at_s >= duration_s:
            # An end right after this look costs one more of ours; the other's are at multiples of 10 s.
            worst = max(worst, (ours + 1) / (math.floor(at_s / 10.0) + 2))
        at_s += schedule.next_wait_s(at_s, MIDDLE)
        ours += 1
    return worst


def _worst_expectation(schedule: PollSchedule) -> tuple[float, float]:
    """
    Try expectations against every possible end.

    :return: how many looks more than without, and how many seconds later, at worst.
    """
    more, later_s = 0, 0.0
    bare = moments(_unjittered(_plain(schedule)), 60_000.0)
    for median_s in (1, 3, 6, 10, 15, 25, 40, 60, 90, 150, 300, 600, 1800, 3600):
        for sigma in (0.05, 0.15, 0.25, 0.5, 0.7, 1.0, 1.5):
            expected = Expectation(median_s, median_s * math.exp(1.645 * sigma))
            next_s = _expecting(schedule, expected)
            ours = moments(_unjittered(next_s), min(20.0 * median_s + 600.0, 30_000.0))
            for number, (before_s, at_s) in enumerate(zip([0.0, *ours], ours, strict=False)):
                # Just after a look is where an end is noticed latest, and at a look where looks are most.
                later_s = max(later_s, at_s - bare[bisect_left(bare, before_s + 1e-9)])
                more = max(more, number - bisect_left(bare, at_s))
    return float(more), later_s


def _named(schedule: PollSchedule) -> str:
    return f"{schedule.poll_interval_s:g} s and {schedule.poll_backoff:g} of the time waited"


if __name__ == "__main__":
    sys.exit(script(study))
