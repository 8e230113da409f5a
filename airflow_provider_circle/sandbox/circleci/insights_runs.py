"""
Runs of workflows and jobs, and what can be reckoned from them.

Knows durations, rates and percentiles. Which runs are asked for, and how metrics are written, is said by the routes.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Run", "credits_of", "durations", "mean_time_to_recovery", "percentile", "totals", "trend"]

_CREDITS_PER_MINUTE = 10
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Run:
    """
    One run of a workflow or a job.

    :param stopped_s: ``None`` while it runs.
    """

    name: str
    branch: str
    status: str
    created_s: float
    stopped_s: float | None

    @property
    def duration_s(self) -> float | None:
        """Seconds it took; ``None`` while it runs."""
        return None if self.stopped_s is None else self.stopped_s - self.created_s


def credits_of(duration_s: float | None) -> int:
    """Reckon what a run cost: 10 credits for each minute that began."""
    return math.ceil((duration_s or 0.0) / 60) * _CREDITS_PER_MINUTE


def totals(runs: Sequence[Run], span_s: float) -> dict[str, Any]:
    """Count runs: how many, how they ended, how many a day, what they cost."""
    ended = [run for run in runs if run.stopped_s is not None]
    successful = sum(run.status == "success" for run in ended)
    failed = sum(run.status == "failed" for run in ended)
    return {
        "total_runs": len(runs),
        "successful_runs": successful,
        "failed_runs": failed,
        "success_rate": successful / (successful + failed) if successful + failed else 0.0,
        "throughput": len(runs) / max(1.0, span_s / _DAY_S),
        "total_credits_used": sum(credits_of(run.duration_s) for run in ended),
    }


def durations(runs: Iterable[Run]) -> dict[str, Any]:
    """Reckon how long runs took, in seconds; only nulls where none has ended."""
    took = sorted(run.duration_s for run in runs if run.duration_s is not None)
    if not took:
        return dict.fromkeys(("min", "mean", "median", "p95", "max", "standard_deviation"))
    return {
        "min": round(took[0]),
        "mean": round(statistics.fmean(took)),
        "median": round(statistics.median(took)),
        "p95": round(percentile(took, 0.95)),
        "max": round(took[-1]),
        "standard_deviation": statistics.pstdev(took),
    }


def percentile(ordered: Sequence[float], share: float) -> float:
    """Take the value that this share of the others does not exceed; 0 of none."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else 0.0


def mean_time_to_recovery(runs: Iterable[Run]) -> tuple[int | None, int]:
    """Reckon the mean seconds from a failure to the next success, and count those recoveries."""
    broken_s: float | None = None
    waits: list[float] = []
    for run in sorted((run for run in runs if run.stopped_s is not None), key=lambda run: run.stopped_s or 0.0):
        if run.status == "failed" and broken_s is None:
            broken_s = run.stopped_s
        elif run.status == "success" and broken_s is not None:
            waits.append((run.stopped_s or 0.0) - broken_s)
            broken_s = None
    return (round(statistics.fmean(waits)) if waits else None), len(waits)


def trend(now: float | None, before: float | None) -> float:
    """
    Compare with the span before: 1.0 is no change.

    Unverified: what CircleCI says where there was nothing before; here it is 0.0.
    """
    return (now or 0.0) / before if before else 0.0
