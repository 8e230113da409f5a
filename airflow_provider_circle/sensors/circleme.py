"""Waiting for CircleMe: until there are newer cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.operators.colors import CIRCLEME
from airflow_provider_circle.sensors.base import NewsSensor

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.watching import Sight
    from airflow_provider_circle.operators.keywords import NewsKeywords

__all__ = ["CircleMeNewCardsSensor"]


class CircleMeNewCardsSensor(NewsSensor):
    """
    Waits until CircleMe has a card newer than a moment; looking uses up no new card.

    Returns ``{"id", "date", "title"}`` of the newest card.

    :param filters: ``lang``, ``item_ids``. (templated)
    :param circleme_conn_id: connection of type *CircleMe*. (templated)

    All other parameters: ``NewsSensor``.
    """

    template_fields: Sequence[str] = ("circleme_conn_id", "since", "filters")
    template_fields_renderers: ClassVar[dict[str, str]] = {"filters": "json"}
    ui_color = CIRCLEME

    def __init__(
        self,
        *,
        filters: Mapping[str, Any] | None = None,
        circleme_conn_id: str = "circleme_default",
        **kwargs: Unpack[NewsKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.circleme_conn_id = circleme_conn_id

    def look(self, since: datetime, now_s: float) -> Sight[JsonObject]:
        """Look for a newer card."""
        from airflow_provider_circle.hooks.circleme import CircleMeHook

        with CircleMeHook(
            self.circleme_conn_id, request_attempts=self.request_attempts, request_max_wait_s=self.request_max_wait_s
        ) as hook:
            return hook.wait_for_newer_cards(
                since, self.schedule(), filters=self.filters or {}, started_s=now_s, deadline_s=now_s
            )

    def trigger(self, since: str, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for a newer card."""
        from airflow_provider_circle.triggers.circleme import CircleMeNewCardsTrigger

        return CircleMeNewCardsTrigger(
            circleme_conn_id=self.circleme_conn_id, since=since, filters=self.filters, **waiting
        )
