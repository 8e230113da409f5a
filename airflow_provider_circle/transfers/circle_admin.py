"""
Pulling a Circle community's members and content into files and tables.

Knows which hook and which streams; how a pull goes is written in ``transfers/base.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from airflow_provider_circle.operators.colors import CIRCLE_ADMIN
from airflow_provider_circle.transfers.base import PullOperator
from airflow_provider_circle.transfers.targets import ToObjectStorage, ToSql

if TYPE_CHECKING:
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
    from airflow_provider_circle.operators.keywords import FileKeywords, TableKeywords

__all__ = ["CircleAdminPull", "CircleAdminToObjectStorageOperator", "CircleAdminToSqlOperator"]


class CircleAdminPull(PullOperator):
    """
    Base of what pulls from the Circle Admin API.

    :param circle_admin_conn_id: connection of type *Circle community (Admin API)*. (templated)
    """

    template_fields: Sequence[str] = ("circle_admin_conn_id", *PullOperator.template_fields)
    ui_color = CIRCLE_ADMIN
    default_concurrency: ClassVar[int] = 4

    def __init__(self, *, circle_admin_conn_id: str = "circle_admin_default", **kwargs: Any) -> None:
        self.circle_admin_conn_id = circle_admin_conn_id
        super().__init__(**kwargs)

    def build_hook(self) -> CircleAdminHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circle_admin import CircleAdminHook

        return CircleAdminHook(self.circle_admin_conn_id, **self.patience())

    def known_streams(self) -> Mapping[str, Stream]:
        """List the streams that are named in ``vendors/circle_admin/streams.py``."""
        from airflow_provider_circle.vendors.circle_admin.streams import STREAMS

        return STREAMS

    def streams(self, hook: CircleHook) -> Mapping[str, Stream]:
        """List the streams of the API's version that the connection names."""
        streams: Mapping[str, Stream] = cast("CircleAdminHook", hook).streams
        return streams


class CircleAdminToObjectStorageOperator(ToObjectStorage, CircleAdminPull):
    """
    Pulls one of the lists of the Circle Admin API.

    Parameters, what is returned and what is raised: ``ToObjectStorage`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        path: str,
        circle_admin_conn_id: str = "circle_admin_default",
        **kwargs: Unpack[FileKeywords],
    ) -> None:
        super().__init__(stream=stream, path=path, circle_admin_conn_id=circle_admin_conn_id, **kwargs)


class CircleAdminToSqlOperator(ToSql, CircleAdminPull):
    """
    Pulls one of the lists of the Circle Admin API.

    Parameters, what is returned and what is raised: ``ToSql`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        table: str,
        sql_conn_id: str,
        circle_admin_conn_id: str = "circle_admin_default",
        **kwargs: Unpack[TableKeywords],
    ) -> None:
        super().__init__(
            stream=stream, table=table, sql_conn_id=sql_conn_id, circle_admin_conn_id=circle_admin_conn_id, **kwargs
        )
