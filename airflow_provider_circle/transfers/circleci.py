"""
Pulling what a CircleCI project did into files and tables.

Knows which hook, which streams and which project; how a pull goes is written in ``transfers/base.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.transfers.base import PullOperator
from airflow_provider_circle.transfers.targets import ToObjectStorage, ToSql
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

if TYPE_CHECKING:
    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.hooks.circleci import CircleCIHook
    from airflow_provider_circle.operators.keywords import FileKeywords, TableKeywords

__all__ = ["CircleCIPull", "CircleCIToObjectStorageOperator", "CircleCIToSqlOperator"]


class CircleCIPull(PullOperator):
    """
    Base of what pulls from CircleCI.

    Windows are of the time when things began: CircleCI lists nothing by the time of a change. Workflows and jobs land
    as they stand when the task runs; give ``lookback_s`` as long as they may take, and a later run brings their end.

    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :param project_slug: such as ``gh/organization/repository``; the connection's default project where left out. Not
        needed for the workflows and jobs of ``parent_ids``. (templated)
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "project_slug", *PullOperator.template_fields)
    ui_color = CIRCLECI
    # CircleCI throttles bursts, and publishes no limit.
    default_concurrency: ClassVar[int] = 4
    empty_means: ClassVar[str] = "No records: there are none, or CircleCI no longer keeps them (Insights: 90 days)"

    def __init__(
        self, *, circleci_conn_id: str = "circleci_default", project_slug: str | None = None, **kwargs: Any
    ) -> None:
        self.circleci_conn_id = circleci_conn_id
        self.project_slug = project_slug
        super().__init__(**kwargs)
        if isinstance(project_slug, str) and not is_template(project_slug):
            project_slug_of(project_slug)

    def build_hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.circleci_conn_id, **self.patience())

    def known_streams(self) -> Mapping[str, Stream]:
        """List the streams that are named in ``vendors/circleci/streams.py``."""
        from airflow_provider_circle.vendors.circleci.streams import STREAMS

        return STREAMS

    def scope(self, hook: CircleHook) -> Mapping[str, str]:
        """Say of which project."""
        return {"project_slug": cast("CircleCIHook", hook).project_slug(self.project_slug)}


class CircleCIToObjectStorageOperator(ToObjectStorage, CircleCIPull):
    """
    Pulls one of the lists of a CircleCI project.

    Parameters, what is returned and what is raised: ``CircleCIPull``, ``ToObjectStorage`` and ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        path: str,
        project_slug: str | None = None,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[FileKeywords],
    ) -> None:
        super().__init__(
            stream=stream, path=path, project_slug=project_slug, circleci_conn_id=circleci_conn_id, **kwargs
        )


class CircleCIToSqlOperator(ToSql, CircleCIPull):
    """
    Pulls one of the lists of a CircleCI project.

    Parameters, what is returned and what is raised: ``CircleCIPull``, ``ToSql`` and ``PullOperator``. Projects may
    share a table, unless ``deletes`` is given: what one of them lacks would count as deleted.
    """

    def __init__(
        self,
        *,
        stream: str,
        table: str,
        sql_conn_id: str,
        project_slug: str | None = None,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Unpack[TableKeywords],
    ) -> None:
        super().__init__(
            stream=stream,
            table=table,
            sql_conn_id=sql_conn_id,
            project_slug=project_slug,
            circleci_conn_id=circleci_conn_id,
            **kwargs,
        )
