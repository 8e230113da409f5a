"""
What was deployed where, as it follows from the pipelines.

A project is one component. A pipeline that succeeds deploys a version of it to staging, and to production, too, when it
ran for the branch main or for a tag. A rollback is a pipeline as well: the earlier version is live once it succeeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from airflow_provider_circle.sandbox.circleci.model import Pipeline, Workflow
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.slugs import Organization, Project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.trigger import Trigger

__all__ = ["Component", "Deployments", "Environment", "Rollback", "Version"]

_STAGING, _PRODUCTION = "staging", "production"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an organization deploys to."""

    organization: Organization
    name: str
    created_at: float

    @property
    def id(self) -> str:
        """UUID of the environment."""
        return str(uuid5(NAMESPACE_URL, f"{self.organization.slug}/environment/{self.name}"))


@dataclass(frozen=True, slots=True)
class Version:
    """
    A version of a component in an environment.

    :param workflow: what deployed it first.
    :param at_s: when it was deployed last, in virtual seconds since 1970.
    """

    name: str
    environment: Environment
    workflow: Workflow
    at_s: float
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """What a project deploys; its versions, the newest deployment first."""

    project: Project
    versions: tuple[Version, ...]

    @property
    def id(self) -> str:
        """UUID of the component."""
        return str(uuid5(NAMESPACE_URL, f"{self.project.slug}/component"))


@dataclass(frozen=True, slots=True)
class Rollback:
    """The way back to an earlier version, by the names of all that is meant."""

    component: str
    environment: str
    current: str
    target: str


class Deployments:
    """Components, versions and environments at the present moment."""

    def __init__(self, state: CircleCIState) -> None:
        self._state = state
        self.reset()

    def reset(self) -> None:
        """Forget all rollbacks; all else follows from the pipelines."""
        self._rollbacks: list[tuple[Pipeline, Rollback]] = []

    def components(self) -> list[Component]:
        """List all components, the one that was deployed first first."""
        projects = dict.fromkeys(pipeline.project for pipeline in self._state.pipelines)
        found = [Component(project, tuple(self._versions(project))) for project in projects]
        return sorted((each for each in found if each.versions), key=lambda each: each.versions[-1].at_s)

    def component(self, component_id: str) -> Component:
        """
        Find a component by its id.

        :raises Refused: 404.
        """
        for component in self.components():
            if component.id == component_id.lower():
                return component
        raise not_found("Component")

    def environments(self) -> list[Environment]:
        """List the environments to which something was deployed."""
        found: dict[str, Environment] = {}
        for component in self.components():
            for version in reversed(component.versions):
                found.setdefault(version.environment.id, version.environment)
        return list(found.values())

    def environment(self, environment_id: str) -> Environment:
        """
        Find an environment by its id.

        :raises Refused: 404.
        """
        for environment in self.environments():
            if environment.id == environment_id.lower():
                return environment
        raise not_found("Environment")

    def roll_back(self, project_id: str, back: Rollback, trigger: Trigger) -> Pipeline:
        """
        Start the pipeline after which an earlier version is live.

        :raises Refused: 404, there is no such thing; 409, another version is live, or a rollback is under way.
        """
        found = next((each for each in self.components() if each.project.id == project_id.lower()), None)
        if found is None:
            raise not_found("Project")
        if found.project.name != back.component:
            raise not_found("Component")
        versions = {each.name: each for each in found.versions if each.environment.name == back.environment}
        if not versions:
            raise not_found("Environment")
        if back.target not in versions:
            raise not_found("Target version")
        if back.current not in versions or not versions[back.current].is_live:
            raise Refused(409, f"Version {back.current} is not live")
        if any(
            pipeline.project == found.project and other.environment == back.environment and self._runs(pipeline)
            for pipeline, other in self._rollbacks
        ):
            raise Refused(409, "Another rollback is under way")
        pipeline = self._state.create(found.project, trigger)
        if pipeline is None:
            raise Refused(400, "The rollback pipeline was not triggered")
        self._rollbacks.append((pipeline, back))
        return pipeline

    def _versions(self, project: Project) -> list[Version]:
        going_back = {pipeline.id: back for pipeline, back in self._rollbacks}
        deployed: dict[tuple[str, str], Version] = {}
        for pipeline, workflow, at_s in sorted(self._succeeded(project), key=lambda each: each[2]):
            back = going_back.get(pipeline.id)
            if back is not None:
                place = (back.environment, back.target)
                if place in deployed:  # What was rolled back to may be running again.
                    deployed[place] = replace(deployed[place], at_s=at_s)
                continue
            for name in (_STAGING, _PRODUCTION) if pipeline.tag or pipeline.branch == "main" else (_STAGING,):
                environment = Environment(project.organization, name, at_s)
                version = pipeline.tag or f"1.0.{pipeline.number}"
                deployed[name, version] = Version(version, environment, workflow, at_s)
        newest_last = sorted(deployed.values(), key=lambda each: each.at_s)
        live = {version.environment.name: version for version in newest_last}
        return [replace(each, is_live=live[each.environment.name] is each) for each in reversed(newest_last)]

    def _succeeded(self, project: Project) -> Iterator[tuple[Pipeline, Workflow, float]]:
        now_s = self._state.now()
        for pipeline in self._state.pipelines:
            newest = {workflow.name: workflow for workflow in reversed(pipeline.visible_workflows(now_s))}
            real = [workflow for workflow in newest.values() if not workflow.setup]
            if (
                pipeline.project == project
                and real
                and all(each.status(now_s) == "success" for each in newest.values())
            ):
                ended = max(real, key=lambda each: each.stopped_at(now_s) or 0.0)
                yield pipeline, ended, ended.stopped_at(now_s) or now_s

    def _runs(self, pipeline: Pipeline) -> bool:
        now_s = self._state.now()
        workflows = pipeline.visible_workflows(now_s)
        return not workflows or not all(each.is_over(now_s) for each in workflows)
