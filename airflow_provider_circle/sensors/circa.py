"""Waiting for Circa: until contacts have changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

from airflow_provider_circle.operators.colors import CIRCA
from airflow_provider_circle.sensors.base import NewsSensor

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.watching import Sight
    from airflow_provider_circle.operators.keywords import NewsKeywords

__all__ = ["CircaContactsChangedSensor"]


class CircaContactsChangedSensor(NewsSensor):
    """
    Waits until contacts have changed in Circa since a moment.

    Returns ``{"id", "updated_at"}`` of one that did.

    :param circa_conn_id: connection of type *Circa*. (templated)

    All other parameters: ``NewsSensor``.
    """

    template_fields: Sequence[str] = ("circa_conn_id", "since")
    ui_color = CIRCA

    def __init__(self, *, circa_conn_id: str = "circa_default", **kwargs: Unpack[NewsKeywords]) -> None:
        super().__init__(**kwargs)
        self.circa_conn_id = circa_conn_id

    def look(self, since: datetime, now_s: float) -> Sight[JsonObject]:
        """Look for changed contacts."""
        from airflow_provider_circle.hooks.circa import CircaHook

        with CircaHook(
            self.circa_conn_id, request_attempts=self.request_attempts, request_max_wait_s=self.request_max_wait_s
        ) as hook:
            return hook.wait_for_changed_contacts(since, self.schedule(), started_s=now_s, deadline_s=now_s)

    def trigger(self, since: str, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for a change."""
        from airflow_provider_circle.triggers.circa import CircaContactsChangedTrigger

        return CircaContactsChangedTrigger(circa_conn_id=self.circa_conn_id, since=since, **waiting)
