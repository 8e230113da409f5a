"""
What the operators that land records and files tell Airflow: the events of asset outlets, and lineage.

What OpenLineage wants to hear is written in ``records/lineage.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_circle.operators.calling import CallingOperator

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.records.lineage import Dataset

__all__ = ["LandingOperator"]


class LandingOperator(CallingOperator):
    """
    Base of the operators that land something.

    What is returned goes into the metadata of the task's asset outlets, too. OpenLineage hears what was read and what
    has landed, of a task that failed likewise.

    All parameters: ``CallingOperator``.
    """

    _read: tuple[Dataset, ...] = ()
    _landed: tuple[Dataset, ...] = ()

    def note_read(self, hook: CircleHook, name: str, *, rows: int | None = None) -> None:
        """
        Remember the list that was read.

        :param name: of the list, and before it, where there are several, whose it is.
        """
        from airflow_provider_circle.records.lineage import list_of

        self._read = (list_of(hook.conn_type, hook.settings.host, name, conn_id=hook.conn_id, rows=rows),)

    def note_landed(self, *datasets: Dataset) -> None:
        """Remember what has landed, as soon as it has."""
        self._landed += datasets

    def tell_assets(self, context: Any, told: JsonObject) -> None:
        """Say in the metadata of the task's asset outlets what was done."""
        from airflow.providers.common.compat.sdk import Asset

        events = context.get("outlet_events")
        for outlet in self.outlets if events is not None else []:
            if isinstance(outlet, Asset):
                events[outlet].extra.update(told)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any] | None:
        """
        Answer Airflow's OpenLineage provider, which asks in the process that ran the task.

        :return: ``None`` while nothing has landed, or without the extra ``openlineage``.
        """
        from airflow_provider_circle.records.lineage import as_openlineage

        if not self._landed:
            return None
        try:
            return as_openlineage(self._read, self._landed)
        except ImportError as error:
            self.log.debug("No lineage is told: %s", error)
            return None
