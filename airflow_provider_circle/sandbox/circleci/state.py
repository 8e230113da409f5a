"""
Everything the service remembers.

Knows which pipelines there are, how to find them and their parts, and what a new one will do. How it goes on from there
is the model's business.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from airflow_provider_circle.sandbox.circleci.model import Job, Pipeline, Workflow
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.scenarios import SCENARIOS, Quirk, Scenario
from airflow_provider_circle.sandbox.circleci.slugs import Project
from airflow_provider_circle.sandbox.circleci.trigger import Trigger
from airflow_provider_circle.sandbox.clock import VirtualClock

__all__ = [
    "DURATION_PARAMETER",
    "RERUN_PARAMETER",
    "SCENARIO_PARAMETER",
    "CircleCIState",
    "Defaults",
    "read_duration",
    "read_scenario",
]

SCENARIO_PARAMETER = "sandbox_scenario"
DURATION_PARAMETER = "sandbox_duration_s"
RERUN_PARAMETER = "sandbox_rerun"

_RERUN_ENDINGS = ("success", "failed")


@dataclass(slots=True)
class Defaults:
    """What pipelines do when their parameters do not say; ``None`` leaves it to the wider defaults."""

    scenario: str | None = None
    duration_s: float | None = None


class CircleCIState:
    """
    The pipelines of all projects, in the order of their creation.

    :ivar hide_s: new pipelines are missing from lists for this many virtual seconds.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget all pipelines and defaults."""
        self.hide_s = 0.0
        self.pipelines: list[Pipeline] = []
        self._common = Defaults("success", 20.0)
        self._defaults: defaultdict[str, Defaults] = defaultdict(Defaults)
        self._pipeline_numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._job_numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._clock.now()

    def defaults(self, project: Project | None) -> Defaults:
        """Give the defaults of a project, or those of all, to be read or changed."""
        return self._common if project is None else self._defaults[project.slug]

    def job_numbers(self, project: Project) -> Iterator[int]:
        """Give the numbers for the next jobs of a project."""
        return self._job_numbers[project.slug]

    def create(self, project: Project, trigger: Trigger) -> Pipeline | None:
        """
        Start a pipeline.

        :return: ``None`` when its scenario is that nothing is triggered.
        :raises Refused: 400, a parameter for the sandbox has no meaning.
        """
        scenario, duration_s = self._choose(project, trigger)
        ending = trigger.parameters.get(RERUN_PARAMETER, "success")
        if ending not in _RERUN_ENDINGS:
            raise Refused(400, f"{RERUN_PARAMETER} must be one of {', '.join(_RERUN_ENDINGS)}")
        if scenario.quirk is Quirk.NOT_TRIGGERED:
            return None
        now_s = self.now()
        pipeline = Pipeline(
            project,
            next(self._pipeline_numbers[project.slug]),
            scenario,
            duration_s,
            created_at=now_s,
            listed_at=now_s + self.hide_s,
            branch=trigger.branch or (None if trigger.tag else "main"),
            tag=trigger.tag,
            parameters=trigger.parameters,
            rerun_ending=str(ending),
        )
        pipeline.follow(scenario.plan(duration_s), self.job_numbers(project))
        self.pipelines.append(pipeline)
        return pipeline

    def listed(self, project: Project | None = None, branch: str | None = None) -> list[Pipeline]:
        """List the pipelines that lists already show, newest first."""
        now_s = self.now()
        return [
            pipeline
            for pipeline in reversed(self.pipelines)
            if pipeline.listed_at <= now_s
            and (project is None or pipeline.project == project)
            and (branch is None or pipeline.branch == branch)
        ]

    def pipeline(self, pipeline_id: str) -> Pipeline:
        """
        Find a pipeline by its id.

        :raises Refused: 404.
        """
        for pipeline in self.pipelines:
            if pipeline.id == pipeline_id:
                return pipeline
        raise not_found("Pipeline")

    def numbered(self, project: Project, number: str) -> Pipeline:
        """
        Find a pipeline by its number in the project.

        :raises Refused: 404.
        """
        for pipeline in self.pipelines:
            if pipeline.project == project and str(pipeline.number) == number:
                return pipeline
        raise not_found("Pipeline")

    def continuable(self, key: str) -> Pipeline:
        """
        Find the pipeline that waits for this continuation key.

        :raises Refused: 400, unknown or already spent.
        """
        for pipeline in self.pipelines:
            if pipeline.continuation_key == key:
                return pipeline
        raise Refused(400, "The continuation key is unknown or was already used")

    def workflow(self, workflow_id: str) -> Workflow:
        """
        Find a workflow that has appeared.

        :raises Refused: 404, unknown, not there yet, or its details are gone.
        """
        now_s = self.now()
        for pipeline in self.pipelines:
            for workflow in pipeline.workflows:
                if workflow.id == workflow_id and workflow.exists(now_s) and not workflow.retained_out:
                    return workflow
        raise not_found("Workflow")

    def job(self, job_id: str) -> tuple[Workflow, Job]:
        """
        Find a job of a workflow that has appeared.

        :raises Refused: 404.
        """
        for workflow, job in self._jobs():
            if job.id == job_id:
                return workflow, job
        raise not_found("Job")

    def numbered_job(self, project: Project, number: str) -> tuple[Workflow, Job]:
        """
        Find a job by its number in the project.

        :raises Refused: 404, unknown, an approval, or a job that never ran.
        """
        now_s = self.now()
        for workflow, job in self._jobs():
            if workflow.pipeline.project == project and str(job.number) == number and job.has_run(now_s):
                return workflow, job
        raise not_found("Job")

    def _jobs(self) -> Iterator[tuple[Workflow, Job]]:
        now_s = self.now()
        for pipeline in self.pipelines:
            for workflow in pipeline.workflows:
                if workflow.exists(now_s):
                    yield from ((workflow, job) for job in workflow.jobs)

    def _choose(self, project: Project, trigger: Trigger) -> tuple[Scenario, float]:
        special, parameters = self._defaults[project.slug], trigger.parameters
        try:
            scenario = read_scenario(parameters.get(SCENARIO_PARAMETER, special.scenario or self._common.scenario))
            duration_s = read_duration(
                parameters.get(DURATION_PARAMETER, special.duration_s or self._common.duration_s)
            )
        except ValueError as error:
            raise Refused(400, str(error)) from error
        return scenario, duration_s


def read_scenario(name: Any) -> Scenario:
    """
    Find a scenario.

    :raises ValueError: names all there are.
    """
    if not isinstance(name, str) or name not in SCENARIOS:
        raise ValueError(f"There is no scenario {name!r}; known are {', '.join(sorted(SCENARIOS))}")
    return SCENARIOS[name]


def read_duration(value: Any) -> float:
    """
    Read a duration in seconds from a number or a numeric string.

    :raises ValueError: not a finite number above 0.
    """
    try:
        duration_s = float(value)
    except (TypeError, ValueError):
        duration_s = math.nan
    if isinstance(value, bool) or not 0 < duration_s < math.inf:
        raise ValueError(f"A duration must be a number of seconds above 0, got {value!r}")
    return duration_s
