"""
What happened in a project since the last look: from snapshots of its pipelines and workflows to events, each once.

Pure: a look's result, what was told before and what is of interest go in; events and what was told by now come out.
How a look is taken is in ``survey.py``, what is remembered in ``following.py``.

An event has an id that depends on nothing but what happened, so that whoever is told twice can notice:

- ``pipeline_created`` and ``workflow_created``: once for each id that CircleCI gave.
- ``workflow_finished``: once for each workflow id. A rerun, automatic or by a person, is a workflow of its own.
- ``pipeline_finished``: once for each time the verdict becomes final. A rerun that ends later is a further finishing,
  its id is another: it is made of the newest workflow of each name and how it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha1
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.vendors.circleci.following import LIST_LAG_S, MOST_AHEAD, Interest, Mark, Progress, pruned
from airflow_provider_circle.vendors.circleci.service import pipeline_url, workflow_url
from airflow_provider_circle.vendors.circleci.statuses import PIPELINE_ERRORED, WORKFLOW_TERMINAL
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from airflow_provider_circle.vendors.circleci.verdict import Verdict, VerdictPolicy, judge

__all__ = ["Followed", "Snapshot", "happenings", "quiet_since_s"]

_TOLD_LENGTH = 8
"""Hexadecimal digits that tell the events of one pipeline apart."""

_POLICY = VerdictPolicy()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    What one look saw of a project.

    :param project_slug: the project.
    :param service: where it was looked.
    :param now_s: when, in seconds since the epoch by CircleCI's clock.
    :param since_s: every pipeline created since is among ``pipelines``.
    :param pipelines: as CircleCI sent them, by id.
    :param workflows: all workflows of the pipelines that were looked into, by the pipeline's id.
    :param failed: ids of the pipelines that could not be looked into.
    :param troubles: what could not be looked into, and why.
    """

    project_slug: str
    service: Service = field(repr=False)
    now_s: float
    since_s: float
    pipelines: Mapping[str, JsonObject] = field(repr=False)
    workflows: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict, repr=False)
    failed: frozenset[str] = frozenset()
    troubles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Followed:
    """
    What a snapshot means to somebody.

    :param events: what happened, in order of the pipelines' creation.
    :param progress: what is known now.
    :param let_go: pipelines without an end that are followed no longer, each with the reason.
    """

    events: tuple[JsonObject, ...]
    progress: Progress
    let_go: tuple[str, ...] = ()


def happenings(snapshot: Snapshot, progress: Progress, interest: Interest) -> Followed:
    """
    Tell what happened.

    A snapshot that does not reach back as far as the progress does would leave a gap, and is passed over.
    """
    if snapshot.since_s > progress.floor_s:
        return Followed((), progress)
    begun_s = snapshot.now_s if progress.begun_s is None else progress.begun_s
    marks = dict(progress.marks)
    ahead = sum(not mark.looked_into for mark in marks.values())
    events: list[JsonObject] = []
    newest_s, left_s = progress.floor_s, snapshot.now_s
    for created_s, pipeline in _by_age(snapshot.pipelines.values()):
        pipeline_id = pipeline["id"]
        mark = marks.get(pipeline_id)
        if mark is None and created_s >= progress.floor_s and interest.may_want(pipeline):
            if interest.follows and ahead >= MOST_AHEAD:
                # The floor stays below this one, so that its turn comes.
                left_s = min(left_s, created_s)
                continue
            mark = Mark(created_s)
            ahead += 1
        newest_s = max(newest_s, created_s)
        if mark is None or not interest.may_want(pipeline):
            marks.pop(pipeline_id, None)
            continue
        happened = [event for happened_s, event in _all_events(snapshot, pipeline, interest) if happened_s >= begun_s]
        told = list(mark.told)
        for event in happened:
            digest = _digest(event["id"])[:_TOLD_LENGTH]
            if interest.wants(event) and digest not in told:
                told.append(digest)
                events.append(event)
        marks[pipeline_id] = replace(mark, told=tuple(told))
        if pipeline_id in snapshot.workflows:
            ended_s = _ended_s(pipeline, snapshot.workflows[pipeline_id], snapshot.now_s)
            marks[pipeline_id] = Mark(mark.created_s, ended_s, tuple(told), looked_into=True)
    for pipeline_id in snapshot.failed & marks.keys():
        marks[pipeline_id] = replace(marks[pipeline_id], looked_into=True)
    floor_s = max(progress.floor_s, min(newest_s, left_s) - LIST_LAG_S)
    marks, let_go = pruned(marks, snapshot.workflows, snapshot.now_s, floor_s, follows=interest.follows)
    return Followed(tuple(events), Progress(begun_s, floor_s, marks), let_go)


def quiet_since_s(pipeline: JsonObject, workflows: Sequence[JsonObject], now_s: float) -> tuple[Verdict, float | None]:
    """
    Judge a pipeline, and say since when nothing happens there by itself.

    :return: the verdict, and seconds since the epoch; ``None`` while something is going on.
    """
    verdict = judge(pipeline, workflows, now_s, _POLICY)
    if not verdict.final and verdict.kind != "held":
        return verdict, None
    moments = [epoch_s(workflow.get(key)) for workflow in verdict.workflows for key in ("created_at", "stopped_at")]
    if not verdict.workflows:
        moments = [epoch_s(pipeline.get(key)) for key in ("created_at", "updated_at")]
        if pipeline.get("state") != PIPELINE_ERRORED:
            moments = [moment + _POLICY.no_workflow_grace_s for moment in moments if moment is not None]
    return verdict, max((moment for moment in moments if moment is not None), default=now_s)


def _by_age(pipelines: Iterable[JsonObject]) -> list[tuple[float, JsonObject]]:
    """Sort pipelines, the oldest first; one without an id or a date is no pipeline that could be followed."""
    dated = [(epoch_s(pipeline.get("created_at")), pipeline) for pipeline in pipelines if pipeline.get("id")]
    return sorted(((at_s, pipeline) for at_s, pipeline in dated if at_s is not None), key=lambda pair: pair[0])


def _all_events(snapshot: Snapshot, pipeline: JsonObject, interest: Interest) -> Iterator[tuple[float, JsonObject]]:
    """List everything of the kinds wanted that ever happened to a pipeline, as far as it can be seen, and when."""
    now_s, kinds = snapshot.now_s, interest.events

    def at_s(thing: JsonObject, key: str) -> float:
        moment_s = epoch_s(thing.get(key))
        return now_s if moment_s is None else moment_s

    if "pipeline_created" in kinds:
        yield at_s(pipeline, "created_at"), _event(snapshot, "pipeline_created", pipeline, status=pipeline.get("state"))
    workflows = snapshot.workflows.get(pipeline["id"])
    if workflows is None:
        return
    for workflow in workflows:
        if not workflow.get("id"):  # CircleCI forgets old workflows; their id is null.
            continue
        if "workflow_created" in kinds:
            yield at_s(workflow, "created_at"), _event(snapshot, "workflow_created", pipeline, workflow)
        if "workflow_finished" in kinds and workflow.get("status") in WORKFLOW_TERMINAL:
            yield at_s(workflow, "stopped_at"), _event(snapshot, "workflow_finished", pipeline, workflow)
    verdict, since_s = quiet_since_s(pipeline, workflows, now_s)
    if "pipeline_finished" in kinds and verdict.final:
        stops = [workflow["stopped_at"] for workflow in verdict.workflows if epoch_s(workflow.get("stopped_at"))]
        stopped_at = max(stops, key=lambda stop: epoch_s(stop) or 0.0, default=None)
        finished = _event(snapshot, "pipeline_finished", pipeline, status=verdict.kind, stopped_at=stopped_at)
        ending = sorted(f"{workflow.get('id')} {workflow.get('status')}" for workflow in verdict.workflows)
        finished["id"] += f"/{_digest(' '.join([verdict.kind, *ending]))}"
        yield now_s if since_s is None else since_s, finished


def _event(
    snapshot: Snapshot, kind: str, pipeline: JsonObject, workflow: JsonObject | None = None, **known: Any
) -> JsonObject:
    """Write an event: JSON, the same attributes in every kind."""
    found = pipeline.get("vcs")
    vcs = found if isinstance(found, dict) else {}
    slug = pipeline.get("project_slug") or snapshot.project_slug
    subject = pipeline if workflow is None else workflow
    if workflow is None:
        url = pipeline_url(snapshot.service, slug, pipeline.get("number"))
    else:
        place = {"project_slug": slug, "pipeline_number": pipeline.get("number"), "id": workflow["id"]}
        url = workflow_url(snapshot.service, place)
    return {
        "id": f"{kind}/{subject['id']}",
        "event": kind,
        "project_slug": slug,
        "pipeline_id": pipeline["id"],
        "pipeline_number": pipeline.get("number"),
        "branch": vcs.get("branch"),
        "tag": vcs.get("tag"),
        "revision": vcs.get("revision"),
        "workflow_id": workflow["id"] if workflow else None,
        "workflow_name": workflow.get("name") if workflow else None,
        "setup": workflow.get("tag") == "setup" if workflow else None,
        "auto_rerun_number": workflow.get("auto_rerun_number") if workflow else None,
        "status": workflow.get("status") if workflow else None,
        "created_at": subject.get("created_at"),
        "stopped_at": workflow.get("stopped_at") if workflow else None,
        "url": url,
        **known,
    }


def _ended_s(pipeline: JsonObject, workflows: Sequence[JsonObject], now_s: float) -> float | None:
    """Say when everything of a pipeline had ended; a job that waits for a person is no end, whatever the rest says."""
    verdict, since_s = quiet_since_s(pipeline, workflows, now_s)
    if not verdict.final or any(workflow.get("status") not in WORKFLOW_TERMINAL for workflow in verdict.workflows):
        return None
    return since_s


def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()[:12]
