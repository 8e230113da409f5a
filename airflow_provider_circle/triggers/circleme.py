"""Waiting for CircleMe in the triggerer: for newer cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.triggers.base import SightTrigger

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.watching import Sight

__all__ = ["CircleMeNewCardsTrigger"]


class CircleMeNewCardsTrigger(SightTrigger):
    """
    Waits until there is a card newer than a moment; ``seen`` is ``{"id", "date", "title"}`` of the newest.

    :param circleme_conn_id: connection of type *CircleMe*.
    :param since: ISO 8601 with a zone.
    :param filters: as the stream ``cards`` allows.
    """

    def __init__(
        self, *, circleme_conn_id: str, since: str, filters: Mapping[str, Any] | None = None, **waiting: Any
    ) -> None:
        super().__init__(circleme_conn_id=circleme_conn_id, since=since, filters=dict(filters or {}), **waiting)

    async def sight(self) -> Sight[JsonObject]:
        """Wait for a card."""
        from airflow_provider_circle.hooks.circleme import CircleMeHook

        hook = CircleMeHook(self.subject["circleme_conn_id"], **self.patience)
        since = moment_of("since", self.subject["since"])
        return await hook.wait_for_newer_cards.aio(since, self.schedule, filters=self.subject["filters"], **self.limits)
