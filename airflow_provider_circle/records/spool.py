"""
The records of one pull, on local disk: each once, its newest version, in the order they first came.

However many there are, memory stays flat. Knows keys, cursors and windows; not where records come from or land. What a
record says lies in one file, written from front to back; which records there are, in a database beside it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple, Self

from airflow_provider_circle.core.json_text import read_json, write_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.row import Row
from airflow_provider_circle.core.window import Window, seconds_of
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.bodies import Bodies

__all__ = ["Entry", "Spool", "content_hash"]

_CACHE_KIB = 1024
_COLUMNS = ("key", "list", "first_pass", "pass", "moment_s", "born_s", "inside", "begin", "size")
_ROWS_AT_ONCE = 100
"""Records noted in the database by one statement: it may have 999 values in the oldest SQLite that can do this."""
_HASH_BYTES = 16
_KEY_TYPES = (str, int)

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
    begin INTEGER NOT NULL,
    size INTEGER NOT NULL
)
"""
_ON_CONFLICT = """
ON CONFLICT (key) DO UPDATE SET
    pass = excluded.pass,
    list = excluded.list,
    moment_s = CASE WHEN older THEN moment_s ELSE excluded.moment_s END,
    inside = CASE WHEN older THEN inside ELSE excluded.inside END,
    begin = CASE WHEN older THEN begin ELSE excluded.begin END,
    size = CASE WHEN older THEN size ELSE excluded.size END
""".replace("older", "coalesce(excluded.moment_s < moment_s, 0)")


class Entry(NamedTuple):
    """
    One record as it is kept.

    :param key: its key as one text.
    :param body: the record as a line of JSON, in the service's order of attributes.
    """

    key: str
    body: bytes

    @property
    def record(self) -> JsonObject:
        """
        The record.

        :raises UnexpectedReply: a number in it is beyond every float, or has more digits than Python takes; or it is
            nested too deeply.
        """
        try:
            record: JsonObject = read_json(self.body)
        except ValueError:
            raise UnexpectedReply("a record is nested too deeply, or holds a number of too many digits") from None
        return record

    @property
    def content_hash(self) -> str:
        """See :func:`content_hash`."""
        return content_hash(self.record)


def content_hash(record: JsonObject) -> str:
    """
    Make of a record 32 hexadecimal digits that differ when the content does, whatever the order of attributes.

    :raises UnexpectedReply: it is nested too deeply.
    """
    try:
        text = write_json(record, sort=True)
    except ValueError:
        raise UnexpectedReply("a record is nested too deeply") from None
    return blake2b(text, digest_size=_HASH_BYTES).hexdigest()


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
        self._window = None if window in {None, Window()} else window
        self._pending: list[Any] = []
        handle, self._path = tempfile.mkstemp(prefix="circle-", suffix=".spool")
        os.close(handle)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute(_TABLE)
        self._database.execute("BEGIN")
        # Without a name it is gone with the process, killed or not.
        os.unlink(self._path)
        self._bodies = Bodies()

    def __enter__(self) -> Self:
        """Use the spool for a while."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it from the disk."""
        self._database.close()
        self._bodies.close()

    @property
    def attributes(self) -> list[str]:
        """Name what is looked at of a record."""
        return [*self._key, *([self._cursor] if self._cursor else []), self._created]

    def add(self, records: Iterable[JsonObject | Row], *, label: str | int = "", pass_number: int = 1) -> None:
        """
        Keep records; of two with the same key the newer.

        :param records: rows of at least :attr:`attributes`, or JSON objects.
        :param label: which list they are from.
        :param pass_number: which reading of that list, counted from 1.
        :raises UnexpectedReply: a record without a key, or nested too deeply.
        """
        name, window = str(label), self._window
        for record in records:
            row = record if isinstance(record, Row) else Row.of(record, self.attributes)
            moment_s = seconds_of(row.get(self._cursor)) if self._cursor else None
            inside = moment_s is None or window is None or window.holds(moment_s)
            born_s = seconds_of(row.get(self._created))
            key, begin, size = self._key_of(row), self._bodies.add(row.body), len(row.body)
            self._pending += (key, name, pass_number, pass_number, moment_s, born_s, inside, begin, size)
        while len(self._pending) >= _ROWS_AT_ONCE * len(_COLUMNS):
            self._note(_ROWS_AT_ONCE)

    def seen(self, pass_number: int | None = None, labels: Iterable[str | int] | None = None) -> dict[str, int]:
        """
        Count the records of each list, those outside the window included.

        :param pass_number: only what this reading saw; ``None`` for all.
        :param labels: only these lists; ``None`` for all.
        """
        names = None if labels is None else [str(label) for label in labels]
        if names is not None and len(names) == 1:
            count = "SELECT count(*) FROM records WHERE pass = coalesce(?, pass) AND list = ?"
            (seen_of_one,) = self._noted().execute(count, (pass_number, *names)).fetchone()
            return {names[0]: seen_of_one} if seen_of_one else {}
        seen = "SELECT list FROM records WHERE pass = coalesce(?, pass)"
        values: list[Any] = [pass_number]
        if names is not None:
            seen += " AND list IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(names))
        # Grouping them in SQL would sort them first, and hold a megabyte of them.
        return dict(Counter(label for (label,) in self._noted().execute(seen, values)))

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
        (all_, dated, born) = self._noted().execute(counts, (since_s, str(label), pass_number)).fetchone()
        return int(born) if all_ == dated else None

    def forget_unseen(self, labels: Iterable[str | int], pass_number: int) -> None:
        """Drop what a reading of some lists did not see any more: it was deleted meanwhile."""
        lists = json.dumps([str(label) for label in labels])
        unseen = "DELETE FROM records WHERE pass < ? AND list IN (SELECT value FROM json_each(?))"
        self._noted().execute(unseen, (pass_number, lists))

    def __len__(self) -> int:
        """Count the records that land."""
        (count,) = self._noted().execute("SELECT count(*) FROM records WHERE inside").fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the records that land, in the order they first came."""
        places = self._noted().cursor().execute("SELECT key, begin, size FROM records WHERE inside ORDER BY place")
        return (Entry(key, body) for key, body in self._bodies.read(places))

    def newest_s(self) -> float | None:
        """Tell the newest cursor of what lands, in seconds since the epoch."""
        (newest,) = self._noted().execute("SELECT max(moment_s) FROM records WHERE inside").fetchone()
        return None if newest is None else float(newest)

    def _noted(self) -> sqlite3.Connection:
        """Note in the database what has come since, and hand it out."""
        if self._pending:
            self._note(len(self._pending) // len(_COLUMNS))
        return self._database

    def _note(self, rows: int) -> None:
        """Note the next records in one step: each gives way to other threads, and may have to wait for them."""
        end = rows * len(_COLUMNS)
        self._database.execute(_adding(rows), self._pending[:end])
        del self._pending[:end]

    def _key_of(self, row: Row) -> str:
        if len(self._key) == 1:
            value = row.get(self._key[0])
            if isinstance(value, _KEY_TYPES) and value != "":
                return _encodable(str(value))
        else:
            values = [row.get(attribute) for attribute in self._key]
            if all(isinstance(value, _KEY_TYPES) and value != "" for value in values):
                return json.dumps(values)
        raise UnexpectedReply(f"a record has no {' and '.join(self._key)} to tell it from others")


@cache
def _adding(rows: int) -> str:
    """Word the statement that notes records."""
    one = f"({', '.join('?' for _ in _COLUMNS)})"
    return f"INSERT INTO records ({', '.join(_COLUMNS)}) VALUES {', '.join([one] * rows)} {_ON_CONFLICT}"  # noqa: S608  names of our own


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
