"""
What changed between two full readings of a stream, for services that cannot be asked for changes.

Knows the states of earlier runs: which records there were, and a hash of each. When a run happens and where its rows
land is left to others.
"""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from airflow_provider_circle.core.json_text import write_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.records.columns import Rows, as_json
from airflow_provider_circle.records.packing import packed
from airflow_provider_circle.records.spool import Entry
from airflow_provider_circle.records.storage import StoredFile, StoredFolder

__all__ = ["CHANGE", "Changes", "SnapshotStore"]

CHANGE = "_change"
"""Attribute that says what became of a record: ``inserted``, ``updated`` or ``deleted``."""

_CACHE_KIB = 4096
_STAMP = re.compile(r"\d{8}T\d{6}(\.\d{1,6})?Z", re.ASCII)
_TABLES = """
CREATE TABLE before (
    place INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    identity TEXT NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE now (place INTEGER PRIMARY KEY, change TEXT NOT NULL);
"""
_FATE = "SELECT CASE WHEN hash = ? THEN 'unchanged' ELSE 'updated' END FROM before WHERE key = ?"


class Changes:
    """
    The records that changed, in the reading's order, and after them the deleted, in the order they once came.

    A record has :data:`CHANGE` as its first attribute; of a deleted one only the key is known.

    :param spool: the new reading; it must stay as it is.
    :param before: key, hash and key attributes, as JSON, of every record that there was.
    """

    def __init__(self, spool: Rows, before: Iterator[tuple[str, str, str]]) -> None:
        self._spool = spool
        self._database = sqlite3.connect("", isolation_level=None)  # on disk, and gone when closed
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO before (key, hash, identity) VALUES (?, ?, ?)", before)
        self._database.executemany("INSERT INTO now (change) VALUES (?)", ((self._fate(entry),) for entry in spool))
        self.counts = {"inserted": 0, "updated": 0, "unchanged": 0}
        self.counts.update(self._database.execute("SELECT change, count(*) FROM now GROUP BY change"))
        (deleted,) = self._database.execute("SELECT count(*) FROM before WHERE NOT seen").fetchone()
        self.counts["deleted"] = int(deleted)

    def close(self) -> None:
        """Remove from the disk what there was before; only the counts stay."""
        self._database.close()

    def __len__(self) -> int:
        """Count the records that changed."""
        return sum(self.counts.values()) - self.counts["unchanged"]

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the records that changed."""
        fates = self._database.cursor().execute("SELECT change FROM now ORDER BY place")
        for entry, (change,) in zip(self._spool, fates, strict=True):
            if change != "unchanged":
                yield _told(entry.key, change, entry.record)
        deleted = self._database.cursor().execute("SELECT key, identity FROM before WHERE NOT seen ORDER BY place")
        for key, identity in deleted:
            yield _told(key, "deleted", json.loads(identity))

    def _fate(self, entry: Entry) -> str:
        found = self._database.execute(_FATE, (entry.content_hash, entry.key)).fetchone()
        if found is None:
            return "inserted"
        self._database.execute("UPDATE before SET seen = 1 WHERE key = ?", (entry.key,))
        return str(found[0])


class SnapshotStore:
    """
    The states of a stream at each run, one small file per run in a folder.

    A run is compared with the newest state before its own, so a rerun replaces its own state and tells its own changes
    anew. A run that is repeated after later ones tells what they told, too: it reads what there is today. Only the
    newest states are kept. A run whose predecessor is no longer there is refused: compared with nothing, or with
    something older, it would tell changes that were told before.

    :param folder: on any ``ObjectStoragePath``.
    :param stream: the stream's name.
    :param conn_id: Airflow connection to the storage.
    :param keep: how many states stay.
    """

    def __init__(self, folder: str, stream: str, *, conn_id: str | None = None, keep: int = 30) -> None:
        self._folder = StoredFolder(folder, conn_id, "snapshots")
        self._prefix = f"_circle_snapshot_{quote(stream, safe='')}_"
        self._keep = keep
        self._key: tuple[str, ...] | None = None

    def check(self) -> None:
        """
        Find mistakes before anything is asked of a service.

        :raises ValueError: the folder cannot be written to, or too few states are kept to run anything again.
        """
        if self._keep < 2:
            raise ValueError(f"keep must be at least 2, the newest state and the one before, got {self._keep}")
        self._folder.file(f"{self._prefix}check").check()

    def changes(self, spool: Rows, stamp: str, key: Sequence[str]) -> Changes:
        """
        Compare a full reading with the newest state before it.

        :param spool: everything there is.
        :param stamp: the run's moment in UTC, such as ``20260928T143000Z``.
        :param key: attributes that identify a record.
        :raises ValueError: no such stamp, a damaged state, one with another key, or one that is no longer there.
        """
        self._key = tuple(key)
        own = _order(_checked(stamp))
        base = next((earlier for earlier in reversed(self._stamps()) if _order(earlier) < own), None)
        pruned = self._pruned()
        if pruned and (base is None or _order(base) < _order(pruned)):
            raise ValueError(
                f"the state before {stamp} is no longer there: the newest {self._keep} are kept, not {pruned}. "
                "Keep more, or remove all files of the stream to begin anew"
            )
        return Changes(spool, self._read(base) if base else iter(()))

    def commit(self, spool: Rows, stamp: str) -> None:
        """
        Keep the state of a run whose changes have landed, and remove the oldest.

        :param spool: what :meth:`changes` was given.
        :param stamp: the same as there.
        :raises ValueError: :meth:`changes` was not asked, so that the key is unknown.
        """
        if self._key is None:
            raise ValueError("changes() must come before commit(): it is told the key")
        with self._file(_checked(stamp)).replacing() as file, packed(file) as lines:
            lines.write(_line({"key": self._key}))
            for entry in spool:
                record = entry.record
                identity = {attribute: record[attribute] for attribute in self._key}
                lines.write(_line([entry.key, entry.content_hash, identity]))
        self._prune()

    def _file(self, stamp: str) -> StoredFile:
        return self._folder.file(f"{self._prefix}{stamp}.jsonl.gz")

    @property
    def _marker(self) -> StoredFile:
        return self._folder.file(f"{self._prefix}removed.json")

    def _stamps(self) -> list[str]:
        """List the stamps of all states, the oldest first."""
        names = (name.removeprefix(self._prefix) for name in self._folder.names() if name.startswith(self._prefix))
        stamps = (name.removesuffix(".jsonl.gz") for name in names if name.endswith(".jsonl.gz"))
        return sorted(filter(_STAMP.fullmatch, stamps), key=_order)

    def _pruned(self) -> str | None:
        """Tell the newest stamp whose state was removed."""
        content = self._marker.read()
        return None if content is None else str(json.loads(content)["removed"])

    def _prune(self) -> None:
        removed = self._stamps()[: -self._keep]
        if not removed:
            return
        # The marker comes first: a run must never take a state for missing that was in fact removed.
        newest = max(filter(None, (self._pruned(), removed[-1])), key=_order)
        with self._marker.replacing() as file:
            file.write(_line({"removed": newest}))
        for stamp in removed:
            self._file(stamp).remove()

    def _read(self, stamp: str) -> Iterator[tuple[str, str, str]]:
        file = self._file(stamp)
        try:
            with file.reading() as content, gzip.GzipFile(fileobj=content) as lines:
                key = tuple(json.loads(next(lines, b"{}")).get("key", ()))
                if key != self._key:
                    raise ValueError(f"{file.uri} is of records with the key {key}, these have {self._key}")
                for line in lines:
                    entry_key, content_hash, identity = json.loads(line)
                    yield entry_key, content_hash, as_json(identity)
        except (EOFError, gzip.BadGzipFile, zlib.error, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{file.uri} is damaged: remove it, or put it back") from error


def _order(stamp: str) -> str:
    return stamp.removesuffix("Z")  # so that a fraction comes after none


def _checked(stamp: str) -> str:
    if not _STAMP.fullmatch(stamp):
        raise ValueError(f"stamp must be a moment such as 20260928T143000Z, got {stamp!r}")
    return stamp


def _told(key: str, change: str, record: JsonObject) -> Entry:
    return Entry(key, write_json({CHANGE: change} | {name: value for name, value in record.items() if name != CHANGE}))


def _line(value: Any) -> bytes:
    return write_json(value) + b"\n"
