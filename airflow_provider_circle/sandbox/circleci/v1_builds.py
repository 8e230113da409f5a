"""
Builds: what the API v1.1 makes of the jobs of v2, and those that were started through v1.1 itself.

Knows the words of v1.1 and the JSON of a build, its steps included. What happens when is the job's timeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import Any

from airflow_provider_circle.sandbox.circleci.model import Job, Workflow
from airflow_provider_circle.sandbox.circleci.replies import USER
from airflow_provider_circle.sandbox.circleci.slugs import Project
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["STEPS", "Build", "details", "revision_of", "sign", "step_status", "summary"]

JsonObject = dict[str, Any]

STEPS = ("Spin up environment", "Checkout code", "Run")
"""Of every build; the last one does what the job is there for, and fails with it."""

_OUTCOMES = frozenset({"success", "failed", "canceled", "timedout", "infrastructure_fail", "no_tests"})
_NOT_RUN = frozenset({"not_run", "error", "unauthorized"})
_SHALLOW = frozenset(
    {
        *("vcs_url", "build_url", "build_num", "branch", "vcs_revision", "vcs_tag", "why", "dont_build", "subject"),
        *("usage_queued_at", "queued_at", "start_time", "stop_time", "build_time_millis", "username", "reponame"),
        *("lifecycle", "outcome", "status", "user", "workflows"),
    }
)


@dataclass(slots=True)
class Build:
    """
    A build: a job of v2 as v1.1 sees it, or one without a workflow.

    :param listed_at: lists show the build from this second on; by its number it is found at once.
    :param canceled_at: when somebody asked for its end.
    """

    project: Project
    job: Job
    created_at: float
    listed_at: float
    branch: str | None
    tag: str | None
    revision: str
    why: str
    workflow: Workflow | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    retry_of: int | None = None
    duration_s: float = 0.0
    canceled_at: float | None = None

    @property
    def number(self) -> int:
        """Its ``build_num``."""
        return self.job.number

    def words(self, now_s: float) -> tuple[str, str, str | None]:
        """Give ``lifecycle``, ``status`` and ``outcome``."""
        status = self.job.status(now_s)
        if status in _OUTCOMES:
            return "finished", status, status
        if self.canceled_at is not None:
            # What is told between the request and the end.
            return self._lifecycle(status), "canceled", "canceled"
        if status in _NOT_RUN:
            return "not_run", "not_run", None
        # A build that is scheduled has not run yet; that is no end.
        return self._lifecycle(status), "not_run" if status == "queued" else status, None

    def is_over(self, now_s: float) -> bool:
        """Say whether nothing more happens to it."""
        return self.words(now_s)[0] in {"finished", "not_run"}

    def _lifecycle(self, status: str) -> str:
        return "scheduled" if status == "queued" else status


def revision_of(seed: str) -> str:
    """Make a commit's hash up."""
    return sha1(seed.encode(), usedforsecurity=False).hexdigest()


def summary(build: Build, now_s: float, *, shallow: bool = False) -> JsonObject:
    """Write a build as the lists show it."""
    lifecycle, status, outcome = build.words(now_s)
    started_at = build.job.started_at(now_s)
    stopped_at = build.job.stopped_at(now_s) if lifecycle == "finished" else None
    ran_s = None if started_at is None or stopped_at is None else stopped_at - started_at
    project, organization = build.project, build.project.organization
    written: JsonObject = {
        "vcs_url": project.vcs_url,
        "vcs_type": project.provider_name.lower(),
        "username": organization.name,
        "reponame": project.name,
        "build_url": f"https://circleci.com/{project.slug}/{build.number}",
        "build_num": build.number,
        "branch": build.branch,
        "vcs_tag": build.tag,
        "vcs_revision": build.revision,
        "committer_name": USER["name"],
        "committer_email": "sandbox-user@example.com",
        "subject": "A commit of the sandbox",
        "body": "",
        "why": build.why,
        "dont_build": "ci-skip" if lifecycle == "not_run" else None,
        "usage_queued_at": timestamp(build.created_at),
        "queued_at": None if started_at is None else timestamp(build.created_at),
        "start_time": None if started_at is None else timestamp(started_at),
        "stop_time": None if stopped_at is None else timestamp(stopped_at),
        "build_time_millis": None if ran_s is None else round(ran_s * 1000),
        "lifecycle": lifecycle,
        "status": status,
        "outcome": outcome,
        "canceled": outcome == "canceled",
        "failed": True if outcome == "failed" else None,
        "timedout": outcome == "timedout",
        "retry_of": build.retry_of,
        "previous": None if build.retry_of is None else {"build_num": build.retry_of},
        "build_parameters": build.parameters or None,
        "parallel": 1,
        "platform": "2.0",
        "user": {"is_user": True, "login": USER["login"], "name": USER["name"], "avatar_url": USER["avatar_url"]},
        "workflows": None,
    }
    if build.workflow is not None:
        written["workflows"] = {
            "job_name": build.job.name,
            "job_id": build.job.id,
            "workflow_id": build.workflow.id,
            "workflow_name": build.workflow.name,
        }
    return {name: value for name, value in written.items() if name in _SHALLOW} if shallow else written


def details(build: Build, now_s: float, output_base: str, ssh_users: list[JsonObject]) -> JsonObject:
    """
    Write a build in full.

    :param output_base: where the outputs of steps are served.
    """
    begun = build.job.started_at(now_s) is not None
    steps = [_step(build, index, now_s, output_base) for index in range(len(STEPS))] if begun else []
    return {**summary(build, now_s), "steps": steps, "ssh_users": ssh_users, "messages": [], "all_commit_details": []}


def step_status(build: Build, index: int, now_s: float) -> str:
    """Say how a step went: those before the last are over at once, and well."""
    _, status, _ = build.words(now_s)
    return status if index == len(STEPS) - 1 else "success"


def sign(project: Project, number: int, index: int) -> str:
    """Sign the address of a step's output; whoever has the signature may read it."""
    return sha256(f"sandbox:{project.slug}/{number}/{index}".encode()).hexdigest()


def _step(build: Build, index: int, now_s: float, output_base: str) -> JsonObject:
    name = STEPS[index] if index < len(STEPS) - 1 else f"Run {build.job.name}"
    status = step_status(build, index, now_s)
    started_at = build.job.started_at(now_s)
    stopped_at = build.job.stopped_at(now_s)
    over = status in _OUTCOMES
    path = f"{build.project.slug}/{build.number}/{index}"
    action: JsonObject = {
        "name": name,
        "type": "infrastructure" if index == 0 else "test",
        "index": 0,
        "step": index,
        "parallel": True,
        "bash_command": None if index < len(STEPS) - 1 else f"make {build.job.name}",
        "status": status,
        "exit_code": {"success": 0, "failed": 2}.get(status),
        "failed": True if status == "failed" else None,
        "timedout": True if status == "timedout" else None,
        "canceled": True if status == "canceled" else None,
        "infrastructure_fail": True if status == "infrastructure_fail" else None,
        "background": False,
        "start_time": None if started_at is None else timestamp(started_at),
        "end_time": None if stopped_at is None or not over else timestamp(stopped_at),
        "has_output": over,
        "truncated": False,
        "messages": [],
    }
    if over:
        action["output_url"] = f"{output_base}/{path}?signature={sign(build.project, build.number, index)}"
    return {"name": name, "actions": [action]}
