"""
Waiting for builds of CircleCI's API v1.1 that somebody else started.

What to look at and what an end means; how Airflow waits is written in ``sensors/base.py``, when a build has ended in
``vendors/circleci/v1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_provider_circle.operators.building import WaitsForBuild, build_summary, check_build
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.sensors.base import SightSensor
from airflow_provider_circle.vendors.circleci.options import OnEnd
from airflow_provider_circle.vendors.circleci.parameters import checked_number

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.watching import Sight
    from airflow_provider_circle.operators.keywords import SightKeywords

__all__ = ["CircleCIV1BuildSensor"]


class CircleCIV1BuildSensor(WaitsForBuild, SightSensor):
    """
    Waits for a build of CircleCI's API v1.1 to end. One that failed fails the sensor at once.

    Returns ``{"project_slug", "build_num", "url", "status", "lifecycle", "outcome"}``.

    :param build_num: the build's number in its project. (templated)
    :param project_slug: ``gh/<org>/<repo>`` or ``bb/…``; the connection's default project where left out. (templated)
    :param on_canceled: it was canceled: ``fail``, ``skip`` or ``succeed``.
    :param on_not_run: CircleCI will not build it at all: ``fail``, ``skip`` or ``succeed``.
    :param circleci_conn_id: connection of type *CircleCI*; it needs no token for a public project. (templated)

    All other parameters: ``SightSensor``.

    Source: https://circleci.com/docs/api/v1/ (Single Job)
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "project_slug", "build_num")
    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        build_num: int | str,
        project_slug: str | None = None,
        on_canceled: OnEnd = "fail",
        on_not_run: OnEnd = "fail",
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[SightKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.keep_build_options(
            on_canceled=on_canceled,
            on_not_run=on_not_run,
            circleci_conn_id=circleci_conn_id,
            deferrable=self.deferrable,
            poll_interval_s=self.poll_interval_s,
            max_poll_interval_s=self.max_poll_interval_s,
            poll_backoff=self.poll_backoff,
            request_attempts=self.request_attempts,
            request_max_wait_s=self.request_max_wait_s,
        )
        self.build_num = build_num
        self.project_slug = project_slug
        check_build(project_slug, build_num)

    def sight(self, context: Context, now_s: float) -> Sight[JsonObject]:
        """Look at the build once."""
        from airflow_provider_circle.core.watching import Sight

        slug, number = self._build()
        # A wait whose deadline is now is one look.
        ended = self.hook.wait_for_build(number, self.schedule(), slug, started_s=now_s, deadline_s=now_s)
        return Sight(None if ended["state"] == "timed_out" else ended, frozenset({ended["message"]}))

    def waiting_trigger(self, context: Context, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the build."""
        from airflow_provider_circle.triggers.circleci_v1 import CircleCIV1BuildTrigger

        slug, number = self._build()
        return CircleCIV1BuildTrigger(
            circleci_conn_id=self.circleci_conn_id, project_slug=slug, build_num=number, **waiting
        )

    def finish(self, seen: JsonObject) -> JsonObject:
        """Turn how the build ended into how the sensor ends."""
        action = self.action_on(seen["state"])
        message = f"CircleCI: {seen['message']}"
        if action == "skip":
            raise AirflowSkipException(message)
        if action == "fail":
            lines = self.failed_step_lines(seen, self.log.info) if seen["state"] == "failed" else ()
            raise AirflowFailException("\n".join([message, *([seen["url"]] if seen["url"] else []), *lines]))
        return build_summary(seen)

    def _build(self) -> tuple[str, int]:
        return self.hook.project_slug(self.project_slug or None), checked_number("build_num", self.build_num)
