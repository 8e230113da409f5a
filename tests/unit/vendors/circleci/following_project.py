"""Pipelines, workflows and looks at them, for the tests of what happens in a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.following import Interest, Progress
from airflow_provider_circle.vendors.circleci.happenings import Followed, Snapshot, happenings
from tests.unit.vendors.circleci.walking import NOW, SERVICE, stamp

__all__ = ["EVERYTHING", "SLUG", "Watch", "pipeline", "workflow"]

SLUG = "gh/acme/app"
EVERYTHING = Interest(("pipeline_created", "pipeline_finished", "workflow_created", "workflow_finished"))


def pipeline(key: str = "p1", at_s: float = 0.0, state: str = "created", **more: Any) -> JsonObject:
    """Write a pipeline created some seconds after ``NOW``; without ``branch`` it is of main."""
    branch = more.pop("branch", "main")
    return {
        "id": key,
        "number": 7,
        "project_slug": SLUG,
        "state": state,
        "created_at": stamp(at_s),
        "updated_at": stamp(at_s),
        "vcs": {"branch": branch, "revision": "f454a02"},
        **more,
    }


def workflow(
    key: str = "w1", status: str = "running", *, at_s: float = 2.0, stop_s: float | None = None, **more: Any
) -> JsonObject:
    """Write a workflow; its name is its id without what follows a dash."""
    return {
        "id": key,
        "name": key.partition("-")[0],
        "status": status,
        "created_at": stamp(at_s),
        "stopped_at": None if stop_s is None else stamp(stop_s),
        **more,
    }


class Watch:
    """
    A watch from ``NOW`` on, over looks that a test makes up.

    :param interest: what is told; by default all of it.
    """

    def __init__(self, interest: Interest = EVERYTHING, progress: Progress | None = None) -> None:
        self.interest = interest
        self.progress = progress or Progress.beginning(NOW, NOW)
        self.let_go: tuple[str, ...] = ()

    def look(
        self,
        now_s: float,
        pipelines: Sequence[JsonObject] = (),
        workflows: Sequence[JsonObject] | None = None,
        *,
        since_s: float | None = None,
    ) -> list[JsonObject]:
        """
        Take a look some seconds after ``NOW``, and give the events.

        :param workflows: those of the only pipeline; ``None`` when it was not looked into.
        :param since_s: how far back the look reaches, in seconds after ``NOW``; by default as far as it has to.
        """
        followed = self.follow(
            Snapshot(
                SLUG,
                SERVICE,
                NOW + now_s,
                self.progress.floor_s if since_s is None else NOW + since_s,
                {one["id"]: one for one in pipelines},
                {} if workflows is None else {pipelines[0]["id"]: list(workflows)},
            )
        )
        return list(followed.events)

    def follow(self, snapshot: Snapshot) -> Followed:
        followed = happenings(snapshot, self.progress, self.interest)
        self.progress, self.let_go = followed.progress, followed.let_go
        return followed

    def ids(self, *args: Any, **kwargs: Any) -> list[str]:
        """Take a look, and give the ids of the events; of a pipeline's finishing, without what tells them apart."""
        return ["/".join(event["id"].split("/")[:2]) for event in self.look(*args, **kwargs)]
