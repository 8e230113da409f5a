"""
How long what is waited for may take: told by the caller, or learned from the project's Insights.

Insights are asked once for all workflows of a project's branch; what they said is kept for all waits of a connection
in this process. An answer that does not come harms no wait: it goes on as if nothing were known. What follows from a
known duration, ``core/polling.py`` knows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import Course, Expectation
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Caller, Wait, Walk, call, read_page
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.vendors.circleci.endpoints.insights import LIST_WORKFLOW_METRICS
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import GET_PIPELINE
from airflow_provider_circle.vendors.circleci.options import checked_duration
from airflow_provider_circle.vendors.circleci.statuses import WORKFLOW_TERMINAL
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from airflow_provider_circle.vendors.circleci.watch import Forecast, Sight

__all__ = ["DurationStore", "forecast_by"]

_FRESH_S = 6 * 3600.0
"""How long an answer is good: metrics are computed once a day."""

_STALE_S = 3600.0
"""How long nobody asks again after an answer that did not come, or knew nothing."""

_PATIENCE_S = 10.0
"""Seconds an answer may take; whoever waits for more than that is better off without it."""

_MOST_BRANCHES = 1000

_Workflows = Mapping[str, Expectation]


class DurationStore:
    """How long workflows take, by project and branch; one for all waits of a connection."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None], tuple[float, _Workflows]] = {}

    def find(self, project_slug: str, branch: str | None, now_s: float) -> _Workflows | None:
        """
        Look for what is known.

        :param branch: ``None`` for the default branch.
        :param now_s: seconds since the epoch.
        :return: by the workflow's name; ``None`` where nobody has asked for a while.
        """
        until_s, durations = self._kept.get((project_slug, branch), (-math.inf, {}))
        return durations if now_s < until_s else None

    def keep(self, project_slug: str, branch: str | None, durations: _Workflows, until_s: float) -> None:
        """
        Keep what is known; the oldest goes where there is no room.

        :param until_s: when to ask again, in seconds since the epoch.
        """
        self._kept.pop((project_slug, branch), None)
        self._kept[project_slug, branch] = until_s, durations
        while len(self._kept) > _MOST_BRANCHES:
            self._kept.pop(next(iter(self._kept)), None)


def forecast_by(expected_duration_s: float | str | None, store: DurationStore) -> Forecast | None:
    """
    Say how to tell when something will end.

    :param expected_duration_s: seconds it takes as a rule, from its creation on; ``insights`` to learn it; ``None``
        when nobody knows.
    :param store: what was learned already.
    :raises ValueError: no such duration.
    """
    duration_s = checked_duration(expected_duration_s)
    if duration_s is None:
        return None
    return _learned(store) if isinstance(duration_s, str) else _told(duration_s)


def _told(duration_s: float) -> Forecast:
    expected = Expectation(duration_s)

    def forecast(_: Caller, sight: Sight) -> Walk[Course | None]:
        yield from ()
        return _course(sight.subject, sight, expected)

    return forecast


def _learned(store: DurationStore) -> Forecast:
    pipelines: dict[str, JsonObject] = {}

    def forecast(caller: Caller, sight: Sight) -> Walk[Course | None]:
        running = [one for one in sight.verdict.workflows if _runs_whole(one)]
        if sight.verdict.kind != "running" or not running:
            return None
        pipeline = sight.subject
        if pipeline_id := pipeline.get("pipeline_id"):
            # A workflow does not say which branch it is of.
            if pipeline_id not in pipelines:
                pipelines[pipeline_id] = yield from _pipeline(caller, pipeline_id)
            pipeline = pipelines[pipeline_id]
        project_slug, branch = _of(pipeline)
        if not project_slug:
            return None
        durations = yield from _durations(caller, store, project_slug, branch)
        courses = [
            course
            for one in running
            if (expected := durations.get(str(one.get("name")))) and (course := _course(one, sight, expected))
        ]
        # The wait is over when the last of them is.
        return max(courses, key=lambda course: course.began_s + course.expected.median_s, default=None)

    return forecast


def _durations(caller: Caller, store: DurationStore, project_slug: str, branch: str | None) -> Walk[_Workflows]:
    now_s = caller.clock()
    known = store.find(project_slug, branch, now_s)
    if known is not None:
        return known
    # Whoever comes while this is being asked goes on without, and finds the answer at the next look.
    store.keep(project_slug, branch, {}, now_s + 2 * _PATIENCE_S)
    query = {} if branch is None else {"branch": branch}
    durations: dict[str, Expectation] = {}
    try:
        page = yield from read_page(
            _hasty(caller), LIST_WORKFLOW_METRICS, path={"project_slug": project_slug}, query=query
        )
    except (CircleError, ValueError) as error:
        yield Wait(0.0, f"waiting without knowing how long workflows usually take: {error}")
    else:
        for item in page.records:
            if expected := _expectation(item):
                durations[str(item.get("name"))] = expected
    store.keep(project_slug, branch, durations, caller.clock() + (_FRESH_S if durations else _STALE_S))
    return durations


def _pipeline(caller: Caller, pipeline_id: str) -> Walk[JsonObject]:
    try:
        return (yield from call(_hasty(caller), GET_PIPELINE, path={"pipeline_id": pipeline_id}))
    except (CircleError, ValueError) as error:
        yield Wait(0.0, f"waiting without knowing how long the workflow usually takes: {error}")
        return {}


def _hasty(caller: Caller) -> Caller:
    """Ask once and not for long: nothing depends on the answer."""
    service = replace(caller.service, timeout_s=min(caller.service.timeout_s, _PATIENCE_S))
    until_s = min(caller.until_s, caller.clock() + _PATIENCE_S)
    return replace(caller, service=service, retry=RetryPolicy(attempts=1), until_s=until_s)


def _expectation(item: JsonObject) -> Expectation | None:
    """Read one workflow's metrics; ``None`` where they tell nothing."""
    metrics = item.get("metrics")
    durations = metrics.get("duration_metrics") if isinstance(metrics, dict) else None
    if not isinstance(durations, dict):
        return None
    median_s: Any = durations.get("median")
    try:
        return Expectation(median_s, durations.get("p95"))
    except ValueError:
        return None


def _course(thing: JsonObject, sight: Sight, expected: Expectation) -> Course | None:
    """Say since when something runs, by our clock; ``None`` before it does, and while a person is waited for."""
    moments = [epoch_s(thing.get(key)) for key in ("started_at", "created_at")]
    began_s = next((moment for moment in moments if moment is not None), None)
    if began_s is None or not sight.begun or sight.verdict.kind != "running":
        return None
    return Course(began_s - sight.ahead_s, expected)


def _runs_whole(workflow: JsonObject) -> bool:
    # Unverified: whether an automatic rerun repeats everything; what repeats less than that takes less time.
    return workflow.get("status") not in WORKFLOW_TERMINAL and not workflow.get("auto_rerun_number")


def _of(pipeline: JsonObject) -> tuple[str | None, str | None]:
    """Name a pipeline's project and branch; that of a tag counts as the default branch's."""
    project_slug, vcs = pipeline.get("project_slug"), pipeline.get("vcs")
    branch = vcs.get("branch") if isinstance(vcs, dict) else None
    return (
        project_slug if isinstance(project_slug, str) and project_slug else None,
        branch if isinstance(branch, str) and branch else None,
    )
