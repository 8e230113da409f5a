"""
Asset events for what happens in a CircleCI project, for ``AssetWatcher`` (Airflow 3.0 or newer).

A watcher here knows what it is interested in and how far it came; the poll it shares with the project's other watchers
is in ``circleci_poll.py``, what happened is told in ``vendors/circleci/happenings.py``.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import TriggerEvent

from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.vendors.circleci.following import Interest, Progress
from airflow_provider_circle.vendors.circleci.happenings import happenings
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

if TYPE_CHECKING:
    from airflow.triggers.base import BaseEventTrigger

    from airflow_provider_circle.triggers.circleci_poll import Look, ProjectPoll, Seat

    _HAS_WATCHERS = True
else:
    try:
        from airflow.triggers.base import BaseEventTrigger

        _HAS_WATCHERS = True
    except ImportError:  # Airflow before 3.0 knows no asset watchers.
        from airflow.triggers.base import BaseTrigger as BaseEventTrigger

        _HAS_WATCHERS = False

__all__ = ["CircleCIPipelineEventTrigger"]

_log = logging.getLogger(__name__)

_SHARES_STREAMS = hasattr(BaseEventTrigger, "create_shared_stream_producer")
"""Airflow 3.3 or newer: watchers share a poll, and have a place to store how far they came."""


class CircleCIPipelineEventTrigger(BaseEventTrigger):
    """
    Makes asset events of what happens to a project's pipelines and workflows.

    For example::

        finished = Asset(
            "acme_app_builds",
            watchers=[AssetWatcher(name="circleci", trigger=CircleCIPipelineEventTrigger(project_slug="gh/acme/app"))],
        )
        with DAG("after_build", schedule=finished): ...

    A run finds under ``triggering_asset_events[finished][…].extra["payload"]`` what happened: ``{"id", "event",
    "project_slug", "pipeline_id", "pipeline_number", "branch", "tag", "revision", "workflow_id", "workflow_name",
    "setup", "auto_rerun_number", "status", "created_at", "stopped_at", "url"}``; what does not apply is ``None``.

    ``workflow_finished`` comes once for each workflow, so for each rerun, too. ``pipeline_finished`` comes when all
    workflows of a pipeline have ended and no automatic rerun is to follow; again, with another id, when a later rerun
    has ended. Reruns in a pipeline that had ended are looked for during a day, and are noticed at the latest after as
    long again as it has been over.

    **Airflow 3.3 or newer.** All watchers of a project in one triggerer share one poll. Each stores its progress with
    its asset, so a restart of the triggerer goes on where it stopped. No event is lost. An event can come twice in one
    case: the triggerer is killed after Airflow has stored the event, and before Airflow has told so and the progress is
    stored, about a second later (measured: 0.9 to 1.1 s). Airflow has no transaction around both. The ``id`` is the
    same both times. What happened while all DAGs of the asset were paused is told when one is unpaused. A watcher whose
    filters are changed is a new watcher and begins anew.

    **Airflow 3.0 to 3.2.** Each watcher polls for itself, and begins anew when the triggerer restarts: what happens
    meanwhile is not told.

    :param project_slug: ``gh/<organization>/<repository>``, ``bb/…`` or ``circleci/<organization id>/<project id>``.
    :param events: some of ``pipeline_created``, ``pipeline_finished``, ``workflow_created``, ``workflow_finished``.
    :param branch: only pipelines of this branch.
    :param workflow_names: only these workflows; events of pipelines are not affected.
    :param statuses: only these endings: ``success``, ``failed``, ``error``, ``canceled``, ``unauthorized`` and
        ``not_run`` of workflows; ``succeeded``, ``failed``, ``canceled`` and ``never_ran`` of pipelines.
    :param start: what happened since is told, ISO 8601 with a zone; by default the watch begins with its first look.
        Pipelines that were created up to six hours earlier are followed, too. Airflow 3.3 or newer.
    :param circleci_conn_id: connection of type *CircleCI*.
    :param poll_interval_s: seconds between two looks.
    :raises ValueError: an argument makes no sense, and why.
    :raises ImportError: this Airflow knows no asset watchers.
    """

    def __init__(
        self,
        *,
        project_slug: str,
        events: Sequence[str] = ("workflow_finished",),
        branch: str | None = None,
        workflow_names: Sequence[str] = (),
        statuses: Sequence[str] = (),
        start: datetime | str | None = None,
        circleci_conn_id: str = "circleci_default",
        poll_interval_s: float = 30.0,
    ) -> None:
        if not _HAS_WATCHERS:
            raise ImportError("CircleCIPipelineEventTrigger needs Airflow 3.0 or newer; this one has no asset watchers")
        super().__init__()  # type: ignore[no-untyped-call]
        if start is not None and not _SHARES_STREAMS:
            raise ValueError("start needs Airflow 3.3 or newer; before, all since then would come at each restart")
        PollSchedule(poll_interval_s, poll_interval_s)
        self.project_slug = project_slug_of(project_slug)
        self.interest = Interest(events, branch, workflow_names, statuses)
        self.start = None if start is None else moment_of("start", start).astimezone(UTC)
        self.circleci_conn_id = circleci_conn_id
        self.poll_interval_s = float(poll_interval_s)
        self._kept: Progress | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Say how to build this trigger again; equal watchers say the same, in whatever order they were written."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "project_slug": self.project_slug,
            "events": sorted(set(self.interest.events)),
            "branch": self.interest.branch,
            "workflow_names": sorted(set(self.interest.workflow_names)),
            "statuses": sorted(set(self.interest.statuses)),
            "start": None if self.start is None else self.start.isoformat(),
            "circleci_conn_id": self.circleci_conn_id,
            "poll_interval_s": self.poll_interval_s,
        }

    def shared_stream_key(self) -> Hashable | None:
        """Share the poll with all watchers of the project."""
        return (type(self).__qualname__, self.circleci_conn_id, self.project_slug, self.poll_interval_s)

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> ProjectPoll:
        """Build the poll, for any of its watchers."""
        from airflow_provider_circle.triggers.circleci_poll import seats_of

        watcher = cls(**kwargs)
        return watcher.poll(seats_of(watcher.shared_stream_key()))

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Look]) -> AsyncGenerator[TriggerEvent, None]:
        """Tell what happened, and what was not told before the last restart."""
        from airflow_provider_circle.triggers.circleci_poll import seats_of

        self._kept = await self._stored()
        seats = seats_of(self.shared_stream_key())
        async with aclosing(self._told(shared_stream, seats, self._kept or self._beginning())) as events:
            async for event in events:
                yield event

    async def run(self) -> AsyncGenerator[TriggerEvent, None]:
        """Tell what happens from now on; Airflow 3.0 to 3.2."""
        _log.warning(
            "This Airflow stores nothing for watchers: what happens in CircleCI project %s while no triggerer runs is "
            "not told; from Airflow 3.3 on it is",
            self.project_slug,
        )
        seats: list[Seat] = []
        async with (
            aclosing(self.poll(seats).looks()) as looks,
            aclosing(self._told(looks, seats, self._beginning())) as events,
        ):
            async for event in events:
                yield event

    async def keep(self, progress: Progress) -> None:
        """Store how far the watch came."""
        if progress != self._kept:
            for store in self._stores():
                await store.aset(self._key(), progress.as_json())
            self._kept = progress

    def poll(self, seats: list[Seat]) -> ProjectPoll:
        """Build a poll for this watcher and all others at the same place."""
        from airflow_provider_circle.triggers.circleci_poll import ProjectPoll

        return ProjectPoll(
            seats,
            project_slug=self.project_slug,
            circleci_conn_id=self.circleci_conn_id,
            poll_interval_s=self.poll_interval_s,
        )

    async def _told(
        self, looks: AsyncIterator[Look], seats: list[Seat], progress: Progress
    ) -> AsyncGenerator[TriggerEvent, None]:
        from airflow_provider_circle.triggers.circleci_poll import Seat

        seat = Seat(progress, self.interest.follows)
        seats.append(seat)
        try:
            async for look in looks:
                followed = happenings(look.snapshot, seat.progress, self.interest)
                for event in followed.events:
                    yield TriggerEvent(event)  # type: ignore[no-untyped-call]
                for reason in followed.let_go:
                    _log.warning("No longer following in CircleCI project %s: %s", self.project_slug, reason)
                seat.progress = look.progress[self] = followed.progress
        finally:
            seats.remove(seat)

    def _beginning(self) -> Progress:
        return Progress.beginning(time.time(), self.start.timestamp() if self.start else None)

    def _key(self) -> str:
        """Name the entry in the asset's store; an asset may have several watchers, and they must not share it."""
        arguments = {name: value for name, value in self.serialize()[1].items() if name != "poll_interval_s"}
        digest = sha1(json.dumps(arguments, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        return f"circleci_events_{digest[:16]}"

    def _stores(self) -> list[Any]:
        """
        List the stores of all assets this trigger makes events for.

        Airflow runs one trigger for all assets whose watchers are equal, and its accessor then wants to be told which
        asset is meant; that, no trigger is told.
        """
        accessors = getattr(self, "asset_state_store", None)
        if accessors is None:
            return []
        return [*accessors._by_name.values(), *accessors._by_uri.values()]  # noqa: SLF001

    async def _stored(self) -> Progress | None:
        """Read how far the watch came, by whichever asset it got furthest; an asset may have joined later."""
        written = [await store.aget(self._key()) for store in self._stores()]
        return max((Progress.from_json(one) for one in written if one), key=lambda one: one.floor_s, default=None)
