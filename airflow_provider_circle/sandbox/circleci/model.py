"""
Pipelines, workflows and jobs, and what a person may do to them.

Knows how things stand at a given moment; every method is told the time. Plans come from the scenarios, JSON is written
by the replies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.scenarios import (
    JobPlan,
    Plan,
    Quirk,
    Scenario,
    WorkflowPlan,
    chain,
    plan_single,
)
from airflow_provider_circle.sandbox.circleci.slugs import Project
from airflow_provider_circle.sandbox.circleci.timeline import Change, Timeline

__all__ = ["Job", "Pipeline", "Workflow"]

_TAKES_EFFECT_AFTER_S = 1.0
_CONTINUES_AFTER_S = 3.0
_CONTINUABLE_FOR_S = 6 * 3600.0

_TERMINAL = frozenset({"success", "failed", "error", "canceled", "unauthorized", "not_run"})
_JOB_RUNS = frozenset({"running", "on_hold"})
_NEVER_STARTED = frozenset({"blocked", "not_run", "unauthorized"})


def _new_id() -> str:
    return str(uuid4())


@dataclass(slots=True)
class Job:
    """A job of a workflow; ``number`` is shown once it has started."""

    name: str
    number: int
    timeline: Timeline
    after: Job | None
    approval: bool = False
    id: str = field(default_factory=_new_id)
    approval_request_id: str = field(default_factory=_new_id)
    approved_by: str | None = None
    canceled_by: str | None = None
    given_tests: list[dict[str, Any]] | None = None

    def status(self, now_s: float) -> str:
        """Give the status; a job that does not exist yet is blocked."""
        return self.timeline.status(now_s) or "blocked"

    def started_at(self, now_s: float) -> float | None:
        """Give when the job began to run, or to wait for a person."""
        return self.timeline.first(_JOB_RUNS, now_s)

    def stopped_at(self, now_s: float) -> float | None:
        """Give when the job reached its end."""
        return self.timeline.first(_TERMINAL, now_s)

    def has_run(self, now_s: float) -> bool:
        """Say whether there are details of a run: never for an approval."""
        return not self.approval and self.started_at(now_s) is not None

    def cancel(self, at_s: float, user_id: str) -> None:
        """Stop the job, or do not start it at all."""
        if self.stopped_at(at_s) is not None:
            return
        if self.status(at_s) in _NEVER_STARTED:
            self.timeline.rewrite((at_s, "not_run"))
        else:
            self.timeline.rewrite((at_s, "canceled"))
            self.canceled_by = user_id


@dataclass(slots=True)
class Workflow:
    """A workflow of a pipeline; it exists from the beginning of its timeline on."""

    pipeline: Pipeline
    name: str
    timeline: Timeline
    jobs: list[Job]
    setup: bool = False
    auto_rerun_number: int | None = None
    max_auto_reruns: int | None = None
    retained_out: bool = False
    id: str = field(default_factory=_new_id)
    canceled_by: str | None = None

    @property
    def created_at(self) -> float:
        """When the workflow appears."""
        return self.timeline.begins_at

    def exists(self, now_s: float) -> bool:
        """Say whether the workflow has appeared."""
        return self.created_at <= now_s

    def status(self, now_s: float) -> str:
        """Give the status of a workflow that exists."""
        return self.timeline.status(now_s) or "not_run"

    def is_over(self, now_s: float) -> bool:
        """Say whether the status is a terminal one."""
        return self.status(now_s) in _TERMINAL

    def stopped_at(self, now_s: float) -> float | None:
        """Give when the workflow reached its end."""
        return self.timeline.first(_TERMINAL, now_s)

    def cancel(self, now_s: float, user_id: str) -> None:
        """Cancel what still runs a second from now; a workflow that is over by then stays as it is."""
        at_s = now_s + _TAKES_EFFECT_AFTER_S
        if self.is_over(at_s):
            return
        self.timeline.rewrite((at_s, "canceled"))
        self.canceled_by = user_id
        for job in self.jobs:
            job.cancel(at_s, user_id)
        self.pipeline.drop_successors(self, now_s)

    def approve(self, approval_request_id: str, now_s: float, user_id: str) -> None:
        """
        Let an approval job succeed, and the jobs after it run.

        :raises Refused: no such request, it does not wait for an approval yet, or no longer does.
        """
        job = next((job for job in self.jobs if job.approval and job.approval_request_id == approval_request_id), None)
        if job is None:
            raise not_found("Approval request")
        if job.status(now_s) != "on_hold":
            raise Refused(400, f"Job {job.name} is not waiting for an approval; it is {job.status(now_s)}")
        job.timeline.rewrite((now_s, "success"))
        job.approved_by = user_id
        waiting = self.jobs[self.jobs.index(job) + 1 :]
        ends_s = now_s + self.pipeline.duration_s / 2
        share_s = (ends_s - now_s) / len(waiting)
        for index, successor in enumerate(waiting):
            starts_s = now_s + index * share_s
            successor.timeline.rewrite((starts_s, "running"), (starts_s + share_s, "success"))
        self.timeline.rewrite((now_s, "running"), (ends_s, "success"))


@dataclass(slots=True)
class Pipeline:
    """
    A pipeline and everything that is planned for it.

    :param listed_at: lists show the pipeline from this second on; by its id it is found at once.
    :param rerun_ending: how the reruns a person asks for will end.
    """

    project: Project
    number: int
    scenario: Scenario
    duration_s: float
    created_at: float
    listed_at: float
    branch: str | None = None
    tag: str | None = None
    parameters: dict[str, str | int | bool] = field(default_factory=dict)
    rerun_ending: str = "success"
    id: str = field(default_factory=_new_id)
    continuation_key: str | None = None
    errors: tuple[tuple[str, str], ...] = ()
    states: Timeline = field(init=False)
    workflows: list[Workflow] = field(default_factory=list)

    def follow(self, plan: Plan, job_numbers: Iterator[int]) -> None:
        """Take over a plan, from the creation of the pipeline on."""
        self.states = Timeline(_shifted(plan.states, self.created_at))
        self.errors = plan.errors
        self.continuation_key = _new_id() if plan.continuable else None
        for workflow in plan.workflows:
            self._add(workflow, self.created_at, job_numbers)

    def has(self, quirk: Quirk) -> bool:
        """Say whether the replies about this pipeline deviate in this way."""
        return self.scenario.quirk is quirk

    def state(self, now_s: float) -> str:
        """Give the state of the pipeline itself, which says nothing about success."""
        return self.states.status(now_s) or "pending"

    def visible_workflows(self, now_s: float) -> list[Workflow]:
        """List the workflows that have appeared, newest first."""
        existing = [workflow for workflow in self.workflows if workflow.exists(now_s)]
        return sorted(existing, key=lambda workflow: workflow.created_at, reverse=True)

    def drop_successors(self, workflow: Workflow, now_s: float) -> None:
        """Forget the planned workflows that would only have come after this one."""
        self.workflows = [
            other
            for other in self.workflows
            if other.exists(now_s) or not (workflow.setup or other.name == workflow.name)
        ]

    def rerun(self, workflow: Workflow, first: Job | None, now_s: float, job_numbers: Iterator[int]) -> str:
        """
        Run a finished workflow again, as a new one of the same name that appears a second from now.

        An approval is not asked for again.

        :param first: the jobs before this one keep their result; ``None`` runs all.
        :return: id of the new workflow.
        :raises Refused: the workflow is not over yet.
        """
        if not workflow.is_over(now_s):
            raise Refused(400, f"Workflow {workflow.name} is not finished but {workflow.status(now_s)}")
        kept = workflow.jobs[: workflow.jobs.index(first)] if first else []
        names = [job.name for job in workflow.jobs[len(kept) :]]
        plan = WorkflowPlan(
            workflow.name,
            ((0.0, "running"), (self.duration_s, self.rerun_ending)),
            (
                *(JobPlan(job.name, ((0.0, job.status(now_s)),)) for job in kept),
                *chain(0.0, self.duration_s, names, self.rerun_ending),
            ),
        )
        again = self._add(plan, now_s + _TAKES_EFFECT_AFTER_S, job_numbers)
        for before, job in zip(kept, again.jobs, strict=False):
            job.number = before.number
        return again.id

    def continue_setup(self, now_s: float, job_numbers: Iterator[int]) -> None:
        """
        Let the real workflow follow the setup workflow; the continuation key is spent.

        :raises Refused: more than six hours have passed.
        """
        if now_s > self.created_at + _CONTINUABLE_FOR_S:
            raise Refused(400, "The continuation key has expired")
        self.continuation_key = None
        self.states.rewrite((now_s, "created"))
        self._add(plan_single(0.0, self.duration_s), now_s + _CONTINUES_AFTER_S, job_numbers)

    def _add(self, plan: WorkflowPlan, begins_s: float, job_numbers: Iterator[int]) -> Workflow:
        jobs: list[Job] = []
        for job in plan.jobs:
            timeline = Timeline(_shifted(job.changes, begins_s))
            jobs.append(Job(job.name, next(job_numbers), timeline, jobs[-1] if jobs else None, job.approval))
        workflow = Workflow(
            self,
            plan.name,
            Timeline(_shifted(plan.changes, begins_s)),
            jobs,
            plan.setup,
            plan.auto_rerun_number,
            plan.max_auto_reruns,
            plan.retained_out,
        )
        self.workflows.append(workflow)
        return workflow


def _shifted(changes: Iterable[Change], by_s: float) -> list[Change]:
    return [(at_s + by_s, status) for at_s, status in changes]
