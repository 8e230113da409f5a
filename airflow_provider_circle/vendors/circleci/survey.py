"""
Looking around in a project: which pipelines are new, and how those stand that somebody follows.

A look costs a request for each 20 new pipelines, and one for each followed pipeline that is due: at every look while
something goes on there; less often while a job waits for a person, and while it has ended and might be rerun. What a
look means is told in ``happenings.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Emit, Walk, call, collect, consumed, pages
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.exceptions import CircleError, NotFound
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import (
    GET_PIPELINE,
    LIST_PIPELINE_WORKFLOWS,
    LIST_PROJECT_PIPELINES,
)
from airflow_provider_circle.vendors.circleci.happenings import Snapshot, quiet_since_s
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s

__all__ = ["Memory", "Wanted", "next_snapshot", "survey"]

_MOST_LOOKS = 100
"""Pipelines looked into at one look; more are taken in turns."""

_MOST_FAILURES = 3
"""Pipelines in a row that cannot be looked into; after them it is not the pipeline but the service."""

_GONE_S = 600.0
"""Seconds until a pipeline that was not found is asked for again; it may be gone, or not be everywhere yet."""

_SOON_AFTER_S = 60.0
"""Seconds after its end, at least, until a pipeline is asked for reruns for the first time."""

_HELD_SHARE = 0.1
_HELD_MOST_S = 600.0
"""A pipeline that waits for a person is looked into after a tenth of the time it has waited, or ten minutes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a look should find out.

    :param since_s: all pipelines created since, in seconds since the epoch.
    :param follow: ids of pipelines whose workflows matter.
    """

    since_s: float
    follow: Collection[str] = ()


@dataclass(slots=True)
class Memory:
    """
    What one look leaves to the next; it may be lost.

    :ivar pipelines: as CircleCI last sent them, by id.
    :ivar due_s: when to look into a pipeline again, in seconds since the epoch by CircleCI's clock.
    """

    pipelines: dict[str, JsonObject] = field(default_factory=dict)
    due_s: dict[str, float] = field(default_factory=dict)

    def forget_all_but(self, ids: Collection[str]) -> None:
        """Keep what belongs to these pipelines."""
        self.pipelines = {key: pipeline for key, pipeline in self.pipelines.items() if key in ids}
        self.due_s = {key: due_s for key, due_s in self.due_s.items() if key in ids}


def next_snapshot(
    caller: Caller, project_slug: str, memory: Memory, wanted: Callable[[], Wanted], schedule: PollSchedule
) -> Walk[Snapshot]:
    """
    Look, and if the service is down or says nothing that makes sense, look again later.

    :param wanted: asked before each look.
    :param schedule: when to look again.
    :raises CircleError: turned away for good.
    """

    def look(caller: Caller) -> Walk[Sight[Snapshot]]:
        snapshot = yield from survey(caller, project_slug, memory, wanted())
        return Sight(snapshot, snapshot.troubles)

    sight = yield from wait_until(caller, look, schedule, started_s=caller.clock(), deadline_s=None)
    if sight.seen is None:
        raise AssertionError("unreachable: a wait without a deadline ends when something is seen")
    return sight.seen


def survey(caller: Caller, project_slug: str, memory: Memory, wanted: Wanted) -> Walk[Snapshot]:
    """
    Look once.

    A pipeline that cannot be looked into does not spoil the look: it is among the troubles, and has its turn again.

    :raises CircleError: the list of pipelines cannot be had.
    """
    listed, now_s = yield from _listed(caller, project_slug, wanted.since_s)
    memory.pipelines |= listed
    memory.forget_all_but({*listed, *wanted.follow})
    workflows: dict[str, list[JsonObject]] = {}
    failed: dict[str, str] = {}
    failures = 0
    for pipeline_id in _due(memory, wanted.follow, now_s):
        memory.due_s[pipeline_id] = now_s
        try:
            found = yield from collect(pages(caller, LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id}))
            # Once its regular workflows exist, a pipeline's own state says nothing new.
            known = pipeline_id in memory.pipelines and any(workflow.get("tag") != "setup" for workflow in found)
            if not known and pipeline_id not in listed:
                memory.pipelines[pipeline_id] = yield from call(caller, GET_PIPELINE, path={"pipeline_id": pipeline_id})
        except NotFound as error:
            failed[pipeline_id] = f"could not look into pipeline {pipeline_id}: {error}"
            memory.due_s[pipeline_id] = now_s + _GONE_S
            continue
        except CircleError as error:
            failed[pipeline_id] = f"could not look into pipeline {pipeline_id}: {error}"
            failures += 1
            if failures == _MOST_FAILURES:
                break
            continue
        failures = 0
        workflows[pipeline_id] = found
        memory.due_s[pipeline_id] = _next_look_s(memory.pipelines[pipeline_id], found, now_s)
    seen = {key: pipeline for key, pipeline in memory.pipelines.items() if key in listed or key in workflows}
    return Snapshot(
        project_slug,
        caller.service,
        now_s,
        wanted.since_s,
        seen,
        workflows,
        frozenset(failed),
        frozenset(failed.values()),
    )


def _listed(caller: Caller, project_slug: str, since_s: float) -> Walk[tuple[dict[str, JsonObject], float]]:
    """List the pipelines created since a moment, and some older; and say when, by CircleCI's clock."""
    listed: dict[str, JsonObject] = {}
    now_s = math.nan

    def take(emitted: Emit) -> bool:
        nonlocal now_s
        if math.isnan(now_s) and emitted.page is not None and emitted.page.server_s is not None:
            now_s = emitted.page.server_s
        listed.update((row["id"], row) for row in emitted.records if isinstance(row.get("id"), str))
        moments = [epoch_s(row.get("created_at")) for row in emitted.records]
        return any(moment is not None and moment < since_s for moment in moments)

    yield from consumed(pages(caller, LIST_PROJECT_PIPELINES, path={"project_slug": project_slug}), take)
    return listed, caller.clock() if math.isnan(now_s) else now_s


def _due(memory: Memory, follow: Collection[str], now_s: float) -> list[str]:
    """Choose what to look into: what has been due for longest comes first."""
    due = [key for key in follow if memory.due_s.get(key, -math.inf) <= now_s]
    return sorted(due, key=lambda key: memory.due_s.get(key, -math.inf))[:_MOST_LOOKS]


def _next_look_s(pipeline: JsonObject, workflows: Sequence[JsonObject], now_s: float) -> float:
    """Say when to look into a pipeline again."""
    verdict, since_s = quiet_since_s(pipeline, workflows, now_s)
    if since_s is None:
        return now_s
    if any(workflow.get("status") == "on_hold" for workflow in verdict.workflows):
        return now_s + min(_HELD_SHARE * (now_s - since_s), _HELD_MOST_S)
    # After as long again as it has been over: few looks, however long reruns are waited for.
    return now_s + max(_SOON_AFTER_S, now_s - since_s)
