"""
Waits under a service's limit, and after a refusal: whether everybody gets a turn, and how often a request is refused.

Knows the scenarios and what is to hold; ``peers/limits_ours.py`` plays them through in simulated time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.environments import OWN
from benchmarks.runs import Child, Goal, Table, run

__all__ = ["LIMIT", "RETRY_AFTER_S", "WAITS", "goals_of", "limits", "unfairness"]

WAITS = 1000
LIMIT = 300
"""Requests a minute."""

RETRY_AFTER_S = 30

_SAYS = {"told": "the connection says it", "untold": "the connection does not say it"}
_MOST_INTERVAL_S = 66.0
"""What a schedule leaves between two looks at most, chance included."""

_MOST_UNFAIRNESS = 2.0
"""Twice its share: a wait looks, sleeps for its interval, and then queues behind everybody else once."""


def unfairness(looks: Sequence[Sequence[float]], per_minute: float, interval_s: float = _MOST_INTERVAL_S) -> float:
    """
    Say how long the most neglected wait went without a look, compared with its share.

    Its share is the time in which every wait that had not ended could have been looked at once, or the schedule's own
    interval where that is longer.

    :param looks: of each wait, when it was looked at, in seconds since all began; the last is its end.
    :param per_minute: looks that the service allows.
    """
    ends = sorted(times[-1] for times in looks)
    worst = 0.0
    for times in looks:
        since_s = 0.0
        for look_s in times:
            waiting = len(ends) - bisect_left(ends, since_s)
            worst = max(worst, (look_s - since_s) / max(interval_s, waiting * 60.0 / per_minute))
            since_s = look_s
    return worst


def limits(environment: Mapping[str, str]) -> tuple[list[Table], list[Goal]]:
    """
    Play all scenarios through.

    :param environment: variables of the child process.
    """
    played = run(Child("limits", ("-m", "benchmarks.peers.limits_ours", *_SAYS, "refusal", "none"), OWN, environment))
    under = {_SAYS[name]: _seen(played.extra[name]) for name in _SAYS}
    refusal, none = played.extra["refusal"], played.extra["none"]
    rows = [
        (name, seen["requests"], seen["refused"], seen["share"] * 100, seen["unfairness"], seen["lasted_s"] / 60)
        for name, seen in under.items()
    ]
    columns = ("", "requests", "429s", "429s %", "longest gap x share", "minutes")
    after = [
        (title, none[name], refusal[name])
        for name, title in (("refused", "the connection that was refused"), ("other", "another connection"))
    ]
    tables = [
        Table(f"{WAITS:,} waits under a limit of {LIMIT} requests a minute, simulated", columns, rows),
        Table(
            f"100 waits each; one 429 with Retry-After: {RETRY_AFTER_S}, simulated",
            ("requests until Retry-After", "without the 429", "with it"),
            after,
        ),
    ]
    return tables, goals_of(under, refusal, none)


def goals_of(
    under: Mapping[str, Mapping[str, float]], refusal: Mapping[str, int], none: Mapping[str, int]
) -> list[Goal]:
    """
    Hold what was seen against what is asked.

    :param under: what was seen under the limit, by what the connection says.
    :param refusal: requests of two connections after a 429 of one of them.
    :param none: the same without the 429.
    """
    goals = []
    for name, seen in under.items():
        where = f"{WAITS:,} waits under a limit; {name}"
        goals += [
            Goal(f"{where}: ended otherwise than they should have", seen["wrong"], 0, "at most"),
            Goal(f"{where}: 429s", seen["share"] * 100, 1.0, "at most", "%"),
            Goal(
                f"{where}: longest gap, as a multiple of the fair share",
                seen["unfairness"],
                _MOST_UNFAIRNESS,
                "at most",
            ),
        ]
    return [
        *goals,
        Goal("a 429: requests of its connection until Retry-After", refusal["refused"], 0, "at most"),
        Goal(
            "a 429: requests of another connection / without it",
            refusal["other"] / none["other"],
            0.9,
            "at least",
        ),
    ]


def _seen(seen: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **seen,
        "share": seen["refused"] / seen["requests"],
        "wrong": WAITS - seen["right"],
        "unfairness": unfairness(seen["looks"], LIMIT),
    }
