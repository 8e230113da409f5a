"""
Pulling a Circle community's members and content into files and tables.

Knows which hook and which streams; how a pull goes is written in ``transfers/base.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow_provider_circle.transfers.base import PullOperator
from airflow_provider_circle.transfers.targets import ToObjectStorage, ToSql

if TYPE_CHECKING:
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.hooks.circle_admin import CircleAdminHook

__all__ = ["CircleAdminPull", "CircleAdminToObjectStorageOperator", "CircleAdminToSqlOperator"]


class CircleAdminPull(PullOperator):
    """
    Base of what pulls from the Circle Admin API.

    :param circle_admin_conn_id: connection of type *Circle community (Admin API)*. (templated)
    """

    template_fields: Sequence[str] = ("circle_admin_conn_id", *PullOperator.template_fields)
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


class CircleAdminToSqlOperator(ToSql, CircleAdminPull):
    """
    Pulls one of the lists of the Circle Admin API.

    Parameters, what is returned and what is raised: ``ToSql`` and ``PullOperator``.
    """
