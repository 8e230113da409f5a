"""
The records of one pull, on local disk: each once, its newest version, in the order they first came.

However many there are, memory stays flat. Knows keys, cursors and windows; not where records come from or land.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple, Self

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.window import Window, seconds_of
from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["Entry", "Spool"]

_CACHE_KIB = 4096
_HASH_BYTES = 16

_TABLE = """
CREATE TABLE records (
    place INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    list TEXT NOT NULL,
    first_pass INTEGER NOT NULL,
    pass INTEGER NOT NULL,
    moment_s REAL,
    born_s REAL,
    inside INTEGER NOT NULL,
    body TEXT NOT NULL
)
"""
_ADD = """
INSERT INTO records (key, list, first_pass, pass, moment_s, born_s, inside, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
    pass = excluded.pass,
    list = excluded.list,
    moment_s = CASE WHEN older THEN moment_s ELSE excluded.moment_s END,
    inside = CASE WHEN older THEN inside ELSE excluded.inside END,
    body = CASE WHEN older THEN body ELSE excluded.body END
""".replace("older", "coalesce(excluded.moment_s < moment_s, 0)")


class Entry(NamedTuple):
    """
    One record as it is kept.

    :param key: its key as one text.
    :param body: the record as JSON text, in the service's order of attributes.
    """

    key: str
    body: str

    @property
    def record(self) -> JsonObject:
        """The record."""
        record: JsonObject = json.loads(self.body)
        return record

    @property
    def content_hash(self) -> str:
        """32 hexadecimal digits that differ when the content does, whatever the order of attributes."""
        text = json.dumps(self.record, sort_keys=True, separators=(",", ":"))
        return blake2b(text.encode(), digest_size=_HASH_BYTES).hexdigest()


class Spool:
    """
    Keeps records until they are complete.

    :param key: attributes that identify a record.
    :param cursor: attribute that says when it last changed; without one, what comes later is newer.
    :param window: records that changed outside are kept apart: they count as read, and do not land.
    :param created: attribute that says when a record was created, where it has one.
    """

    def __init__(
        self,
        key: Sequence[str],
        cursor: str | None = None,
        window: Window | None = None,
        created: str = "created_at",
    ) -> None:
        self._key = tuple(key)
        self._cursor = cursor
        self._created = created
        self._window = window or Window()
        handle, self._path = tempfile.mkstemp(prefix="circle-", suffix=".spool")
        os.close(handle)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute(_TABLE)
        self._database.execute("BEGIN")
        # Without a name it is gone with the process, killed or not.
        os.unlink(self._path)

    def __enter__(self) -> Self:
        """Use the spool for a while."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it from the disk."""
        self._database.close()

    def add(self, records: Iterable[JsonObject], *, label: str | int = "", pass_number: int = 1) -> None:
        """
        Keep records; of two with the same key the newer.

        :param label: which list they are from.
        :param pass_number: which reading of that list, counted from 1.
        :raises UnexpectedReply: a record without a key.
        """
        self._database.executemany(_ADD, (self._row(record, str(label), pass_number) for record in records))

    def seen(self, pass_number: int | None = None, labels: Iterable[str | int] | None = None) -> dict[str, int]:
        """
        Count the records of each list, those outside the window included.

        :param pass_number: only what this reading saw; ``None`` for all.
        :param labels: only these lists; ``None`` for all.
        """
        counts = "SELECT list, count(*) FROM records WHERE pass = coalesce(?, pass)"
        if labels is None:
            return dict(self._database.execute(f"{counts} GROUP BY list", (pass_number,)))
        lists = json.dumps([str(label) for label in labels])
        counts += " AND list IN (SELECT value FROM json_each(?)) GROUP BY list"
        return dict(self._database.execute(counts, (pass_number, lists)))

    def born_since(self, label: str | int, pass_number: int, since_s: float) -> int | None:
        """
        Count what a reading of a list was the first to see, and that may have been created while it went on.

        :param since_s: when the reading began, in seconds since the epoch.
        :return: ``None`` when some record does not say when it was created.
        """
        counts = (
            "SELECT count(*), count(born_s), total(born_s >= ? AND first_pass = pass) FROM records"
            " WHERE list = ? AND pass = ?"
        )
        (all_, dated, born) = self._database.execute(counts, (since_s, str(label), pass_number)).fetchone()
        return int(born) if all_ == dated else None

    def forget_unseen(self, labels: Iterable[str | int], pass_number: int) -> None:
        """Drop what a reading of some lists did not see any more: it was deleted meanwhile."""
        lists = json.dumps([str(label) for label in labels])
        unseen = "DELETE FROM records WHERE pass < ? AND list IN (SELECT value FROM json_each(?))"
        self._database.execute(unseen, (pass_number, lists))

    def __len__(self) -> int:
        """Count the records that land."""
        (count,) = self._database.execute("SELECT count(*) FROM records WHERE inside").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the records that land, in the order they first came."""
        rows = self._database.cursor().execute("SELECT key, body FROM records WHERE inside ORDER BY place")
        return map(Entry._make, rows)

    def newest_s(self) -> float | None:
        """Tell the newest cursor of what lands, in seconds since the epoch."""
        (newest,) = self._database.execute("SELECT max(moment_s) FROM records WHERE inside").fetchone()
        return None if newest is None else float(newest)

    def _row(self, record: JsonObject, label: str, pass_number: int) -> tuple[Any, ...]:
        moment_s = seconds_of(record.get(self._cursor)) if self._cursor else None
        inside = moment_s is None or self._window.holds(moment_s)
        born_s = seconds_of(record.get(self._created))
        return self._key_of(record), label, pass_number, pass_number, moment_s, born_s, inside, _as_json(record)

    def _key_of(self, record: JsonObject) -> str:
        values = [record.get(attribute) for attribute in self._key]
        if any(not isinstance(value, str | int) or value == "" for value in values):
            raise UnexpectedReply(f"a record has no {' and '.join(self._key)} to tell it from others")
        return _encodable(str(values[0])) if len(values) == 1 else json.dumps(values)


def _as_json(record: JsonObject) -> str:
    try:
        body = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise UnexpectedReply("a record has a number that is beyond every float") from None
    # A lone surrogate, which JSON can hold and UTF-8 cannot, stays an escape.
    return body if body == _encodable(body) else json.dumps(record, separators=(",", ":"))


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
