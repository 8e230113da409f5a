"""
Waiting for an end: look, judge, sleep, until it is over or the deadline has passed.

What an end is, the verdict knows; when to look next, the schedule. A fault while looking is no end, only a reason to
look again; being turned away (401, 403, 404) is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from airflow_provider_circle.core import watching
from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.polling import Course, PollSchedule
from airflow_provider_circle.core.retry import date_s
from airflow_provider_circle.core.walk import Caller, Wait, Walk, collect, exchange, pages
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleci.act import approve_held
from airflow_provider_circle.vendors.circleci.endpoints.jobs import GET_JOB
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import GET_PIPELINE, LIST_PIPELINE_WORKFLOWS
from airflow_provider_circle.vendors.circleci.endpoints.workflows import GET_WORKFLOW
from airflow_provider_circle.vendors.circleci.verdict import (
    Verdict,
    VerdictPolicy,
    judge,
    judge_job,
    judge_workflow,
)

__all__ = [
    "Forecast",
    "Look",
    "Record",
    "Sight",
    "Watched",
    "look_at_job",
    "look_at_pipeline",
    "look_at_workflow",
    "watch",
]


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What one look saw.

    :param subject: the pipeline, workflow or job, as CircleCI sent it.
    :param begun: whether any of it has appeared; what is refused never does.
    :param ahead_s: by how much CircleCI's clock is ahead of ours.
    """

    subject: JsonObject = field(repr=False)
    verdict: Verdict
    begun: bool = True
    ahead_s: float = field(default=0.0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Watched:
    """
    What a wait came to.

    :param sight: the last look; ``None`` when none got through.
    :param timed_out: the deadline passed first.
    :param trouble: why the last look failed, if it did.
    :param course: since when it runs and how long that takes as a rule, where that is known.
    """

    sight: Sight | None
    timed_out: bool = False
    trouble: str = ""
    course: Course | None = None


Look: TypeAlias = Callable[[Caller, JsonObject | None], Walk[Sight]]
"""Looks once, given what the last look saw of the subject."""

Forecast: TypeAlias = Callable[[Caller, Sight], Walk[Course | None]]
"""Tells, given what was seen, since when it runs and how long that takes as a rule; see ``durations.py``."""

Record: TypeAlias = Callable[[Caller, Sight], Walk[None]]
"""Keeps a view of what was seen and is no end yet; raises nothing. See ``recording.py``."""


def look_at_pipeline(pipeline_id: str, policy: VerdictPolicy) -> Look:
    """Look at a pipeline and all its workflows; approve what is held, if that is the policy."""
    ahead_s = 0.0

    def look(caller: Caller, known: JsonObject | None) -> Walk[Sight]:
        nonlocal ahead_s
        workflows = yield from collect(pages(caller, LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id}))
        pipeline = known
        # Once its regular workflows exist, a pipeline's own state says nothing new.
        if pipeline is None or all(workflow.get("tag") == "setup" for workflow in workflows):
            pipeline, server_s = yield from exchange(caller, GET_PIPELINE, _dated, path={"pipeline_id": pipeline_id})
            # Grace periods are counted on the server's clock, so that ours may be wrong.
            ahead_s = 0.0 if server_s is None else server_s - caller.clock()
        verdict = judge(pipeline, workflows, caller.clock() + ahead_s, policy)
        if verdict.action == "approve":
            names = yield from approve_held(caller, verdict.workflows)
            if names:
                yield Wait(0.0, f"approved {', '.join(names)}")
        return Sight(pipeline, verdict, bool(workflows), ahead_s)

    return look


def look_at_workflow(workflow_id: str, policy: VerdictPolicy) -> Look:
    """Look at a workflow; once it ended without success, at its reruns as well."""

    def look(caller: Caller, _: JsonObject | None) -> Walk[Sight]:
        workflow, server_s = yield from exchange(caller, GET_WORKFLOW, _dated, path={"workflow_id": workflow_id})
        ahead_s = 0.0 if server_s is None else server_s - caller.clock()
        verdict = judge_workflow([workflow], caller.clock(), policy)
        pipeline_id = workflow.get("pipeline_id")
        if verdict.kind in {"failed", "canceled", "never_ran"} and pipeline_id:
            others = yield from collect(pages(caller, LIST_PIPELINE_WORKFLOWS, path={"pipeline_id": pipeline_id}))
            alike = [w for w in others if (w.get("name"), w.get("tag")) == (workflow.get("name"), workflow.get("tag"))]
            verdict = judge_workflow([*alike, workflow], caller.clock(), policy)
        return Sight(verdict.workflows[0] if verdict.workflows else workflow, verdict, ahead_s=ahead_s)

    return look


def look_at_job(project_slug: str, job_number: int, policy: VerdictPolicy) -> Look:
    """Look at a job. Approval jobs, and jobs that never ran, answer 404."""

    def look(caller: Caller, _: JsonObject | None) -> Walk[Sight]:
        path: dict[str, str | int] = {"project_slug": project_slug, "job_number": job_number}
        job, server_s = yield from exchange(caller, GET_JOB, _dated, path=path)
        ahead_s = 0.0 if server_s is None else server_s - caller.clock()
        return Sight(job, judge_job(job, policy), ahead_s=ahead_s)

    return look


def watch(
    caller: Caller,
    look: Look,
    schedule: PollSchedule,
    *,
    started_s: float,
    deadline_s: float | None,
    look_from_s: float | None = None,
    forecast: Forecast | None = None,
    record: Record | None = None,
) -> Walk[Watched]:
    """
    Look until it is over.

    :param started_s: when the wait began, in seconds since the epoch; intervals grow from there, restarts or not.
    :param deadline_s: when to give up, in seconds since the epoch. One more look is taken after it.
    :param look_from_s: when the first look is worth it, in seconds since the epoch; ``None`` for at once.
    :param forecast: tells how long it will take, where that can be known.
    :param record: keeps a view of how it goes.
    :raises CircleError: turned away for good.
    """
    last: Sight | None = None

    def look_again(caller: Caller) -> Walk[watching.Sight[Sight]]:
        nonlocal last
        last = yield from look(caller, last.subject if last else None)
        if last.verdict.final:
            return watching.Sight(last, _news(last))
        course = (yield from forecast(caller, last)) if forecast else None
        if record is not None:
            yield from record(caller, last)
        return watching.Sight(None, _news(last), course=course)

    end = yield from watching.wait_until(
        caller, look_again, schedule, started_s=started_s, deadline_s=deadline_s, look_from_s=look_from_s
    )
    return Watched(last, timed_out=end.seen is None, trouble=end.trouble, course=end.course)


def _dated(reply: Any, response: Response) -> tuple[JsonObject, float | None]:
    if not isinstance(reply, dict):
        raise UnexpectedReply(f"expected an object, got a {type(reply).__name__}")
    return reply, date_s(response.headers.get("date"))


def _news(sight: Sight) -> frozenset[str]:
    unknown = {
        f"status {word!r} is new to this provider and not taken for an end" for word in sight.verdict.unknown_statuses
    }
    return frozenset({f"{sight.verdict.kind}: {sight.verdict.message}", *unknown})
