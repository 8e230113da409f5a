"""
Rows as one file on any storage that Airflow reaches.

Knows what is told about a file; how rows become bytes and how bytes replace a file whole is left to others.
"""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.records.columns import Rows
from airflow_provider_circle.records.formats import format_of
from airflow_provider_circle.records.lineage import Dataset, file_at
from airflow_provider_circle.records.storage import StoredFile

__all__ = ["FileSink"]


class FileSink:
    """
    Rows as one file on any ``ObjectStoragePath``: JSON lines, CSV or Parquet.

    A reader sees the old file or the new one, never half of it, and the same rows give the same bytes, packed by the
    same zlib-ng. No rows are a file, too, so that they can be told from a run that did not happen: JSON lines and CSV
    are then empty (CSV has no header either, since no column is known), and Parquet has no column.

    JSON lines hold each record as the service sent it. CSV (RFC 4180, UTF-8, with a header) and Parquet have a column
    for each attribute, in order of first appearance; objects and lists are JSON texts. Parquet keeps whole numbers,
    fractions, truth values and, in columns named ``*_at``, moments as what they are; a column of several kinds is text,
    as is one that is always null. In CSV null and the empty text look the same, and a text that a spreadsheet would
    run as a formula gets an apostrophe before it (``'=1+1``); telephone numbers and numbers do not. A lone surrogate,
    which UTF-8 cannot hold, becomes U+FFFD in CSV and Parquet.

    :param path: the file's; a plain path is local.
    :param conn_id: Airflow connection to the storage; may also stand in the path as ``scheme://conn_id@…``.
    :param file_format: ``jsonl``, ``jsonl.gz``, ``csv``, ``csv.gz`` or ``parquet``; by default what the name ends in.
    """

    def __init__(self, path: str, *, conn_id: str | None = None, file_format: str | None = None) -> None:
        self._file = StoredFile(path, conn_id)
        self._file_format = file_format
        self.dataset: Dataset | None = None
        """What has landed; nothing before."""

    def check(self) -> None:
        """
        Find mistakes before anything is asked of a service.

        :raises ValueError: no such format, or the file cannot be written.
        """
        format_of(self._file.name, self._file_format)
        self._file.check()

    @property
    def uri(self) -> str:
        """Where the rows land, without a connection or credentials."""
        return self._file.uri

    def land(self, spool: Rows) -> JsonObject:
        """
        Write the file, replacing the one that is there.

        :return: ``{"uri": str, "format": str, "bytes": int}``.
        :raises ValueError: no such format.
        """
        form = format_of(self._file.name, self._file_format)
        with self._file.replacing() as file:
            columns = form.write(spool, file)
            size_bytes = file.tell()
        self.dataset = file_at(self.uri, columns=columns, rows=len(spool), size_bytes=size_bytes)
        return {"uri": self.uri, "format": form.name, "bytes": size_bytes}
