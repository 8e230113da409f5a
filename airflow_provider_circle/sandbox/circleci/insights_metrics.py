"""
How metrics of runs are written.

Knows the JSON of metrics, trends and timeseries. Which runs they are of is said by the routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from airflow_provider_circle.sandbox.circleci.insights_runs import (
    Run,
    credits_of,
    durations,
    mean_time_to_recovery,
    percentile,
    totals,
    trend,
)
from airflow_provider_circle.sandbox.circleci.model import Workflow
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["by_name", "named", "narrow", "recovery", "run_of", "step", "wide", "window"]

JsonObject = dict[str, Any]

_DAY_S = 86_400.0


def run_of(workflow: Workflow, now_s: float) -> Run:
    """Take a workflow as a run."""
    return Run(
        workflow.name,
        workflow.pipeline.branch or "",
        workflow.status(now_s),
        workflow.created_at,
        workflow.stopped_at(now_s),
    )


def by_name(runs: Sequence[Run]) -> Iterator[tuple[str, list[Run]]]:
    """Group runs by their name."""
    for name in sorted({run.name for run in runs}):
        yield name, named(runs, name)


def named(runs: Iterable[Run], name: str, branch: str | None = None) -> list[Run]:
    """Keep the runs of a name, and of a branch."""
    return [run for run in runs if run.name == name and branch in (None, run.branch)]


def window(runs: Sequence[Run]) -> JsonObject:
    """Write the first and the last run of a span, which is what bounds its metrics."""
    moments = [run.created_s for run in runs]
    return {"window_start": timestamp(min(moments)), "window_end": timestamp(max(moments))}


def recovery(runs: Sequence[Run], span_s: float) -> JsonObject:
    """Write how fast failures were overcome."""
    mean_s, count = mean_time_to_recovery(runs)
    return {"mttr": mean_s, "total_recoveries": round(count / max(1.0, span_s / _DAY_S))}


def wide(runs: Sequence[Run], before: Sequence[Run], span_s: float) -> JsonObject:
    """Write the metrics and trends of a project or an organization."""
    now, past = ({**totals(of, span_s), "total_duration_secs": _seconds(of)} for of in (runs, before))
    return _compared(
        now, past, ("total_runs", "total_duration_secs", "total_credits_used", "success_rate", "throughput")
    )


def narrow(runs: Sequence[Run], before: Sequence[Run], span_s: float) -> JsonObject:
    """Write the metrics and trends of a workflow or a branch."""
    now, past = ({**totals(of, span_s), "p95_duration_secs": _p95(of)} for of in (runs, before))
    return _compared(now, past, ("total_credits_used", "p95_duration_secs", "total_runs", "success_rate"))


def _compared(now: JsonObject, past: JsonObject, names: Sequence[str]) -> JsonObject:
    return {
        "metrics": {name: now[name] for name in names},
        "trends": {name: trend(now[name], past[name]) for name in names},
    }


def _seconds(runs: Iterable[Run]) -> int:
    return round(sum(run.duration_s or 0.0 for run in runs))


def _p95(runs: Iterable[Run]) -> float:
    return percentile(sorted(run.duration_s for run in runs if run.duration_s is not None), 0.95)


def step(at_s: float, name: str, runs: Sequence[Run], step_s: float) -> JsonObject:
    """Write the metrics of a job in one step of a timeseries."""
    metrics, spent = totals(runs, step_s), durations(runs)
    ended = [run for run in runs if run.stopped_s is not None]
    cost = sorted(credits_of(run.duration_s) for run in ended)
    return {
        "name": name,
        "timestamp": timestamp(at_s),
        "min_started_at": timestamp(min(run.created_s for run in runs)),
        "max_ended_at": timestamp(max([run.stopped_s or 0.0 for run in ended] or [run.created_s for run in runs])),
        "metrics": {
            **{one: value for one, value in metrics.items() if one != "success_rate"},
            "median_credits_used": cost[len(cost) // 2] if cost else 0,
            "duration_metrics": {
                **{one: spent[one] for one in ("min", "median", "max", "p95")},
                "total": _seconds(runs),
            },
        },
    }
