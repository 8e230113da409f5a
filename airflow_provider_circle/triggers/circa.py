"""Waiting for Circa in the triggerer: for an export to end, for contacts to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.triggers.base import SightTrigger

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.watching import Sight
    from airflow_provider_circle.hooks.circa import CircaHook

__all__ = ["CircaContactsChangedTrigger", "CircaExportTrigger"]


class _CircaTrigger(SightTrigger):
    """
    A wait for something in Circa.

    :param circa_conn_id: connection of type *Circa*.
    """

    def __init__(self, *, circa_conn_id: str, **waiting: Any) -> None:
        super().__init__(circa_conn_id=circa_conn_id, **waiting)

    def hook(self) -> CircaHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circa import CircaHook

        return CircaHook(self.subject["circa_conn_id"], **self.patience)


class CircaExportTrigger(_CircaTrigger):
    """
    Waits for an export of an event's contacts to end; ``seen`` is how it ended.

    :param event_id: the event.
    :param export_id: the export.
    """

    def __init__(self, *, event_id: str, export_id: str, **waiting: Any) -> None:
        super().__init__(event_id=event_id, export_id=export_id, **waiting)

    async def wait(self) -> JsonObject:
        """Wait for the export."""
        ended = await self.hook().wait_for_export.aio(
            self.subject["event_id"], self.subject["export_id"], self.schedule, **self.limits
        )
        return {"status": "seen", "seen": ended}


class CircaContactsChangedTrigger(_CircaTrigger):
    """
    Waits until contacts have changed; ``seen`` is ``{"id", "updated_at"}`` of one.

    :param since: ISO 8601 with a zone: changes at or after this moment count.
    """

    def __init__(self, *, since: str, **waiting: Any) -> None:
        super().__init__(since=since, **waiting)

    async def sight(self) -> Sight[JsonObject]:
        """Wait for a change."""
        since = moment_of("since", self.subject["since"])
        return await self.hook().wait_for_changed_contacts.aio(since, self.schedule, **self.limits)
