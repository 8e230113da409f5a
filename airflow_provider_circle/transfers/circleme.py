"""
Pulling CircleMe's cards into files and tables.

Knows which hook and which streams; how a pull goes is written in ``transfers/base.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.operators.colors import CIRCLEME
from airflow_provider_circle.transfers.base import PullOperator
from airflow_provider_circle.transfers.targets import ToObjectStorage, ToSql

if TYPE_CHECKING:
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.hooks.circleme import CircleMeHook
    from airflow_provider_circle.operators.keywords import FileKeywords, TableKeywords

__all__ = ["CircleMePull", "CircleMeToObjectStorageOperator", "CircleMeToSqlOperator"]


class CircleMePull(PullOperator):
    """
    Base of what pulls from CircleMe.

    :param circleme_conn_id: connection of type *CircleMe*. (templated)
    """

    template_fields: Sequence[str] = ("circleme_conn_id", *PullOperator.template_fields)
    ui_color = CIRCLEME
    default_concurrency: ClassVar[int] = 1
    empty_means: ClassVar[str] = "No cards: there are none, or the daily limit of new cards is met"

    def __init__(self, *, circleme_conn_id: str = "circleme_default", **kwargs: Any) -> None:
        self.circleme_conn_id = circleme_conn_id
        super().__init__(**kwargs)

    def build_hook(self) -> CircleMeHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleme import CircleMeHook

        return CircleMeHook(self.circleme_conn_id, **self.patience())

    def known_streams(self) -> Mapping[str, Stream]:
        """List the streams that are named in ``vendors/circleme/streams.py``."""
        from airflow_provider_circle.vendors.circleme.streams import STREAMS

        return STREAMS


class CircleMeToObjectStorageOperator(ToObjectStorage, CircleMePull):
    """
    Pulls one of the lists of CircleMe.

    Parameters, what is returned and what is raised: ``ToObjectStorage`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        path: str,
        circleme_conn_id: str = "circleme_default",
        **kwargs: Unpack[FileKeywords],
    ) -> None:
        super().__init__(stream=stream, path=path, circleme_conn_id=circleme_conn_id, **kwargs)


class CircleMeToSqlOperator(ToSql, CircleMePull):
    """
    Pulls one of the lists of CircleMe.

    Parameters, what is returned and what is raised: ``ToSql`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        table: str,
        sql_conn_id: str,
        circleme_conn_id: str = "circleme_default",
        **kwargs: Unpack[TableKeywords],
    ) -> None:
        super().__init__(
            stream=stream, table=table, sql_conn_id=sql_conn_id, circleme_conn_id=circleme_conn_id, **kwargs
        )
