"""
Waiting in the triggerer for a build of CircleCI's API v1.1.

What a build's end is, ``vendors/circleci/v1`` knows; how a wait lives in the triggerer is written in
``triggers/base.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_circle.triggers.base import SightTrigger

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook

__all__ = ["CircleCIV1BuildTrigger"]


class CircleCIV1BuildTrigger(SightTrigger):
    """
    Waits for a build to end.

    ``seen`` is ``{"state", "project_slug", "build_num", "status", "lifecycle", "outcome", "url", "message"}``, also
    when the deadline has passed; ``handed_back`` is in every event.

    :param circleci_conn_id: connection of type *CircleCI*.
    :param project_slug: the build's project.
    :param build_num: the build's number in its project.
    :param cancel_on_kill: cancel the build when a person marks or clears the task (Airflow 3.3 or newer).
    :param hand_back: comes back in the event; what the waiting task needs to go on.

    All other parameters: ``SightTrigger``.
    """

    run_key = "build_num"

    def __init__(
        self,
        *,
        circleci_conn_id: str,
        project_slug: str,
        build_num: int,
        cancel_on_kill: bool = False,
        hand_back: JsonObject | None = None,
        **waiting: Any,
    ) -> None:
        super().__init__(
            circleci_conn_id=circleci_conn_id,
            project_slug=project_slug,
            build_num=build_num,
            cancel_on_kill=cancel_on_kill,
            hand_back=hand_back,
            **waiting,
        )

    async def wait(self) -> JsonObject:
        """Wait, and tell how it ended."""
        ended = await self.hook().wait_for_build.aio(
            self.subject["build_num"], self.schedule, self.subject["project_slug"], **self.limits
        )
        status = "timed_out" if ended["state"] == "timed_out" else "seen"
        return {"status": status, "message": ended["message"], "seen": ended}

    def told(self, event: JsonObject) -> JsonObject:
        """Hand back what the waiting task needs to go on."""
        return {**event, "handed_back": self.subject["hand_back"]}

    async def cancel(self) -> None:
        """Cancel the build."""
        build_num, project_slug = self.subject["build_num"], self.subject["project_slug"]
        await self.hook().cancel_build.aio(build_num, project_slug)
        self.log.info("Canceled build %s of %s", build_num, project_slug)

    def hook(self) -> CircleCIV1Hook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook

        return CircleCIV1Hook(self.subject["circleci_conn_id"], **self.patience)
