"""
How far a stream has been pulled, and how that is kept in a folder of files.

Tables keep theirs beside the rows, see ``tables.py``. What a watermark means for the next window is left to others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from airflow_provider_circle.records.storage import StoredFile, StoredFolder

__all__ = ["FileWatermark", "Watermark"]


@dataclass(frozen=True, slots=True)
class Watermark:
    """
    The newest moment of a stream that has been committed.

    :param stream: the stream's name.
    :param moment: aware.
    :raises ValueError: the moment names no zone.
    """

    stream: str
    moment: datetime

    def __post_init__(self) -> None:
        """Refuse a moment that could mean several."""
        if self.moment.tzinfo is None:
            raise ValueError(f"the watermark's moment must name its time zone, got {self.moment.isoformat()}")


class FileWatermark:
    """
    Watermarks in a folder, one small JSON file per stream: ``_circle_watermark_<stream>.json``.

    Two tasks that write one watermark of an object store at the same moment may leave the smaller; on a disk the
    larger stays.

    :param folder_path: on any ``ObjectStoragePath``.
    :param conn_id: Airflow connection to the storage.
    """

    def __init__(self, folder_path: str, conn_id: str | None = None) -> None:
        self._folder = StoredFolder(folder_path, conn_id, "state_path")

    def check(self, stream: str) -> None:
        """
        Find mistakes before anything is asked of a service.

        :raises ValueError: the folder cannot be written to.
        """
        self._file(stream).check()

    def read(self, stream: str) -> datetime | None:
        """
        Tell a stream's watermark; ``None`` before the first.

        :raises ValueError: the file holds something else.
        """
        return _moment_in(self._file(stream))

    def write(self, watermark: Watermark) -> None:
        """
        Move a stream's watermark, never back.

        :raises ValueError: the file holds something else.
        """
        file = self._file(watermark.stream)
        with file.replacing() as target:
            moment = max(filter(None, (_moment_in(file), watermark.moment)))
            text = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
            target.write(json.dumps({"stream": watermark.stream, "moment": text}).encode() + b"\n")

    def _file(self, stream: str) -> StoredFile:
        return self._folder.file(f"_circle_watermark_{quote(stream, safe='')}.json")


def _moment_in(file: StoredFile) -> datetime | None:
    content = file.read()
    if content is None:
        return None
    try:
        moment = datetime.fromisoformat(json.loads(content)["moment"])
    except (ValueError, KeyError, TypeError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{file.uri} holds no watermark: remove it to pull from the beginning")
    return moment
