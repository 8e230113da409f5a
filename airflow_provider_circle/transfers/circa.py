"""
Pulling Circa's events and contacts into files and tables.

Knows which hook and which streams; how a pull goes is written in ``transfers/base.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.operators.colors import CIRCA
from airflow_provider_circle.transfers.base import PullOperator
from airflow_provider_circle.transfers.targets import ToObjectStorage, ToSql

if TYPE_CHECKING:
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.hooks.circa import CircaHook
    from airflow_provider_circle.operators.keywords import FileKeywords, TableKeywords

__all__ = ["CircaPull", "CircaToObjectStorageOperator", "CircaToSqlOperator"]


class CircaPull(PullOperator):
    """
    Base of what pulls from Circa.

    :param circa_conn_id: connection of type *Circa*. (templated)
    """

    template_fields: Sequence[str] = ("circa_conn_id", *PullOperator.template_fields)
    ui_color = CIRCA
    default_concurrency: ClassVar[int] = 8

    def __init__(self, *, circa_conn_id: str = "circa_default", **kwargs: Any) -> None:
        self.circa_conn_id = circa_conn_id
        super().__init__(**kwargs)

    def build_hook(self) -> CircaHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circa import CircaHook

        return CircaHook(self.circa_conn_id, **self.patience())

    def known_streams(self) -> Mapping[str, Stream]:
        """List the streams that are named in ``vendors/circa/streams.py``."""
        from airflow_provider_circle.vendors.circa.streams import STREAMS

        return STREAMS


class CircaToObjectStorageOperator(ToObjectStorage, CircaPull):
    """
    Pulls one of the lists of Circa.

    Parameters, what is returned and what is raised: ``ToObjectStorage`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        path: str,
        circa_conn_id: str = "circa_default",
        **kwargs: Unpack[FileKeywords],
    ) -> None:
        super().__init__(stream=stream, path=path, circa_conn_id=circa_conn_id, **kwargs)


class CircaToSqlOperator(ToSql, CircaPull):
    """
    Pulls one of the lists of Circa.

    Parameters, what is returned and what is raised: ``ToSql`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        table: str,
        sql_conn_id: str,
        circa_conn_id: str = "circa_default",
        **kwargs: Unpack[TableKeywords],
    ) -> None:
        super().__init__(stream=stream, table=table, sql_conn_id=sql_conn_id, circa_conn_id=circa_conn_id, **kwargs)
