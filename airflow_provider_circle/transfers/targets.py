"""What the operators of all services say about their target: a file, or a table."""

from __future__ import annotations

from typing import Any

from airflow_provider_circle.operators.words import Deletes, FileFormat
from airflow_provider_circle.transfers.base import PullOperator

__all__ = ["ToObjectStorage", "ToSql"]


class ToObjectStorage(PullOperator):
    """
    Pulls a list into a file: JSON lines, CSV or Parquet, on a disk or in a bucket.

    The file appears whole or not at all, and a rerun of the same window replaces it.

    :param stream: name of the list. (templated)
    :param path: where the file goes, such as ``s3://bucket/contacts/{{ ds }}.jsonl.gz``. A path that ends with ``/`` is
        a folder, in which each window, connection, project, filter and choice of parents gets a file of its own;
        ``watermark`` needs one. (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param file_format: ``jsonl``, ``jsonl.gz``, ``csv``, ``csv.gz`` or ``parquet``; by the path's ending where left
        out.
    :param state_path: folder for what later runs begin from: the watermark, and what ``changes_only`` compares with.
        (templated)
    :param changes_only: of a full read, write only what differs from the one before, each record with ``_change``:
        ``inserted``, ``updated`` or ``deleted``.

    All other parameters, what is returned and what is raised: ``PullOperator``.
    """

    def __init__(
        self,
        *,
        stream: str,
        path: str,
        object_storage_conn_id: str | None = None,
        file_format: FileFormat | None = None,
        state_path: str | None = None,
        changes_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            stream=stream,
            path=path,
            object_storage_conn_id=object_storage_conn_id,
            file_format=file_format,
            state_path=state_path,
            changes_only=changes_only,
            **kwargs,
        )


class ToSql(PullOperator):
    """
    Pulls a list into a table, merged by key in one transaction.

    New attributes become columns, nested values JSON. Where records say when they changed, an older version never
    replaces a newer one, and a full read that began earlier never lands over a later one.

    :param stream: name of the list. (templated)
    :param table: ``table`` or ``schema.table``; created where it does not exist. (templated)
    :param sql_conn_id: connection of a PostgreSQL or SQLite database. (templated)
    :param deletes: what becomes of rows that a full read did not find: ``keep``, ``mark`` in ``_deleted_at``, or
        ``delete``.

    All other parameters, what is returned and what is raised: ``PullOperator``.
    """

    def __init__(self, *, stream: str, table: str, sql_conn_id: str, deletes: Deletes = "keep", **kwargs: Any) -> None:
        super().__init__(stream=stream, table=table, sql_conn_id=sql_conn_id, deletes=deletes, **kwargs)
