"""
Waiting in the triggerer for an export of CircleCI's usage data to end.

How a wait lives in the triggerer is written in ``triggers/base.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_circle.triggers.base import SightTrigger

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci import CircleCIHook

__all__ = ["CircleCIUsageExportTrigger"]


class CircleCIUsageExportTrigger(SightTrigger):
    """
    Waits for a usage export to end; ``seen`` is how it ended, and ``order`` comes back with the event, good or bad.

    :param circleci_conn_id: connection of type *CircleCI*.
    :param order: what the export is of: ``org_id`` and what the waiting task wants back.
    :param export_id: the export.

    All other parameters: ``SightTrigger``.
    """

    def __init__(self, *, circleci_conn_id: str, order: JsonObject, export_id: str, **waiting: Any) -> None:
        super().__init__(circleci_conn_id=circleci_conn_id, order=order, export_id=export_id, **waiting)

    def hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.subject["circleci_conn_id"], **self.patience)

    async def wait(self) -> JsonObject:
        """Wait for the export."""
        ended = await self.hook().wait_for_usage_export.aio(
            self.subject["order"]["org_id"], self.subject["export_id"], self.schedule, **self.limits
        )
        return {"status": "seen", "seen": ended}

    def told(self, event: JsonObject) -> JsonObject:
        """Hand back what the waiting task needs to go on."""
        return {**event, "order": self.subject["order"]}
