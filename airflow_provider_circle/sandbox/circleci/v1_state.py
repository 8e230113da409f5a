"""
What the API v1.1 remembers beside the pipelines of v2: builds of its own, followed projects, keys, who is public.

Knows how a build is found, started, run again and stopped. How it is written, the builds know.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from itertools import count
from typing import Any

from airflow_provider_circle.sandbox.circleci.model import Job
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.replies import USER
from airflow_provider_circle.sandbox.circleci.slugs import Project
from airflow_provider_circle.sandbox.circleci.state import (
    DURATION_PARAMETER,
    RERUN_PARAMETER,
    SCENARIO_PARAMETER,
    CircleCIState,
    read_duration,
    read_scenario,
)
from airflow_provider_circle.sandbox.circleci.timeline import Timeline
from airflow_provider_circle.sandbox.circleci.v1_builds import Build, JsonObject, revision_of
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["V1State"]

_STOPS_AFTER_S = 1.0
_MEANS_RUNNING = frozenset({"on_hold", "failing"})
_SHORT_OF_SUCCESS = frozenset({"error", "unauthorized"})


class V1State:
    """
    Builds, and what only v1.1 knows.

    :param state: the pipelines, whose jobs are builds here.
    """

    def __init__(self, state: CircleCIState) -> None:
        self._state = state
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.public: set[str] = set()
        self.followed: list[Project] = []
        self._own: list[Build] = []
        self._ssh_users: dict[tuple[str, int], list[JsonObject]] = {}
        self._ssh_keys: set[tuple[str, str, str]] = set()
        self._checkout_keys: dict[str, dict[str, JsonObject]] = {}
        self._issued = count(1)

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._state.now()

    def builds(self, project: Project | None = None) -> list[Build]:
        """List the builds that lists already show, newest first."""
        now_s = self.now()
        found = [
            build for build in self._all() if build.listed_at <= now_s and (project is None or build.project == project)
        ]
        return sorted(found, key=lambda build: (build.created_at, build.number), reverse=True)

    def build(self, project: Project, number: str) -> Build:
        """
        Find a build.

        :raises Refused: 404, none of this number, or a job that has not run.
        """
        for build in self._all():
            if build.project == project and str(build.number) == number:
                return build
        raise not_found("Build")

    def start(
        self,
        project: Project,
        *,
        branch: str | None,
        tag: str | None = None,
        revision: str | None = None,
        parameters: dict[str, str] | None = None,
        why: str = "edit",
    ) -> Build:
        """
        Start a build without a workflow.

        :raises Refused: 400, a parameter for the sandbox has no meaning.
        """
        given = parameters or {}
        special, common = self._state.defaults(project), self._state.defaults(None)
        try:
            scenario = read_scenario(given.get(SCENARIO_PARAMETER, special.scenario or common.scenario))
            duration_s = read_duration(given.get(DURATION_PARAMETER, special.duration_s or common.duration_s))
        except ValueError as error:
            raise Refused(400, str(error)) from error
        workflows = scenario.plan(duration_s).workflows
        # A build is one job: the last workflow's course, or none at all.
        course = workflows[-1].changes if workflows else ((duration_s / 4, "not_run"),)
        changes = [(0.0, "not_running"), *((at_s, _word(status)) for at_s, status in course)]
        return self._add(
            project,
            changes,
            branch=branch,
            tag=tag,
            revision=revision,
            why=why,
            parameters=given,
            duration_s=duration_s,
        )

    def retry(self, build: Build) -> Build:
        """Run a build again, as a new one; it succeeds unless its parameters say otherwise."""
        duration_s = build.duration_s or 20.0
        ending = build.parameters.get(RERUN_PARAMETER, "success")
        changes = [(0.0, "not_running"), (duration_s / 10, "running"), (duration_s, ending)]
        return self._add(
            build.project,
            changes,
            branch=build.branch,
            tag=build.tag,
            revision=build.revision,
            why="retry",
            parameters=build.parameters,
            retry_of=build.number,
            duration_s=duration_s,
        )

    def cancel(self, build: Build) -> None:
        """Stop a build a second from now; one that is over stays as it is."""
        now_s = self.now()
        if build.is_over(now_s):
            return
        build.canceled_at = now_s
        if build.workflow is not None:
            build.workflow.cancel(now_s, USER["id"])
        else:
            build.job.timeline.rewrite((now_s + _STOPS_AFTER_S, "canceled"))

    def ssh_users(self, build: Build) -> list[JsonObject]:
        """Say who may log in to a build; to be changed by the caller."""
        return self._ssh_users.setdefault((build.project.slug, build.number), [])

    def add_ssh_key(self, project: Project, hostname: str, private_key: str) -> None:
        """
        Keep a key's fingerprint.

        :raises Refused: 400, no private key.
        """
        if "PRIVATE KEY-----" not in private_key:
            raise Refused(400, "the private key is not valid")
        digest = md5(private_key.encode(), usedforsecurity=False).hexdigest()
        self._ssh_keys.add((project.slug, hostname, _fingerprint(digest)))

    def ssh_keys(self, project: Project) -> list[JsonObject]:
        """List what v1.1 itself never lists."""
        mine = sorted(key for key in self._ssh_keys if key[0] == project.slug)
        return [{"hostname": hostname, "fingerprint": fingerprint} for _, hostname, fingerprint in mine]

    def drop_ssh_key(self, project: Project, hostname: str, fingerprint: str) -> None:
        """
        Forget a key.

        :raises Refused: 404.
        """
        if (project.slug, hostname, fingerprint) not in self._ssh_keys:
            raise not_found("SSH key")
        self._ssh_keys.remove((project.slug, hostname, fingerprint))

    def checkout_keys(self, project: Project) -> dict[str, JsonObject]:
        """Give a project's checkout keys by fingerprint; to be changed by the caller."""
        return self._checkout_keys.setdefault(project.slug, {})

    def issue_checkout_key(self, project: Project, kind: str) -> JsonObject:
        """Make a checkout key up."""
        number = next(self._issued)
        fingerprint = _fingerprint(md5(f"{project.slug}{number}".encode(), usedforsecurity=False).hexdigest())
        keys = self.checkout_keys(project)
        for other in keys.values():
            other["preferred"] = False
        keys[fingerprint] = {
            "public_key": f"ssh-rsa sandbox-{number}",
            "type": kind,
            "fingerprint": fingerprint,
            "preferred": True,
            "time": timestamp(self.now()),
        }
        return keys[fingerprint]

    def _all(self) -> Iterator[Build]:
        now_s = self.now()
        yield from self._own
        for pipeline in self._state.pipelines:
            for workflow in pipeline.workflows:
                for job in workflow.jobs if workflow.exists(now_s) else ():
                    if job.has_run(now_s):
                        yield Build(
                            pipeline.project,
                            job,
                            created_at=workflow.created_at,
                            listed_at=pipeline.listed_at,
                            branch=pipeline.branch,
                            tag=pipeline.tag,
                            revision=revision_of(pipeline.id),
                            why="github",
                            workflow=workflow,
                            duration_s=pipeline.duration_s,
                        )

    def _add(self, project: Project, changes: list[tuple[float, str]], *, revision: str | None, **about: Any) -> Build:
        now_s, number = self.now(), next(self._state.job_numbers(project))
        build = Build(
            project,
            Job("build", number, Timeline((now_s + at_s, status) for at_s, status in changes), None),
            created_at=now_s,
            listed_at=now_s + self._state.hide_s,
            revision=revision or revision_of(f"{project.slug}/{number}"),
            **about,
        )
        self._own.append(build)
        return build


def _word(status: str) -> str:
    if status in _MEANS_RUNNING:
        return "running"
    return "not_run" if status in _SHORT_OF_SUCCESS else status


def _fingerprint(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
