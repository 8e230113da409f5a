"""
Rows merged into a table: staged, compared and committed in one transaction, or not at all.

Knows what inserted, updated, unchanged and deleted mean; what a database calls things is in ``dialects.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import InconsistentRead
from airflow_provider_circle.records.columns import Kind, Rows, cleaned, is_moment_name, iso, survey
from airflow_provider_circle.records.dialects import VALUE, Convert, Database, Refused, staged_column
from airflow_provider_circle.records.lineage import Dataset
from airflow_provider_circle.records.names import (
    CONTENT_HASH,
    DELETED_AT,
    WATERMARKS,
    Place,
    column_names,
    quoted,
    table_named,
)
from airflow_provider_circle.records.spool import content_hash
from airflow_provider_circle.records.watermarks import Watermark

__all__ = ["TableSink"]

_SUPPORTED = ("postgres", "sqlite")
_DELETES = ("keep", "mark", "delete")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that rows land in: what it is called, its type, and how values get there."""

    attribute: str
    name: str
    declared: str
    kind: Kind
    convert: Convert


class TableSink:
    """
    Rows merged into a table of a database that an Airflow connection reaches: PostgreSQL or SQLite.

    Everything is done in one transaction, the watermark included. Two tasks that land in one table do so one after the
    other. A row is inserted when its key is new, updated when its content changed, and left alone when it did not or
    when the table's row has a newer cursor.

    The table is created when it is not there: key columns are its primary key; ``_content_hash`` tells what changed.
    Every attribute has a column of its name; one whose name no column can have (too long, empty, reserved, or like
    another) has a shortened one with a hash. New attributes add columns; one that is always null waits. Whole numbers
    are ``BIGINT``, fractions ``DOUBLE PRECISION``, truth values ``BOOLEAN``, objects and lists ``JSONB``, moments in
    columns named ``*_at`` and the cursor ``TIMESTAMPTZ``, what else there is, and columns of several kinds, ``TEXT``.
    SQLite has text for objects, lists and moments; these all in UTC and of one length, so that their order is right.
    NUL and lone surrogates, which PostgreSQL refuses, become U+FFFD. Other columns of the table are left alone, and so
    is a column whose attribute no record of a pull has.

    :param sql_conn_id: Airflow connection of type ``postgres`` or ``sqlite``.
    :param table: ``name`` or ``schema.name``; the schema must be there. Capital letters stay.
    :param key: attributes that identify a record.
    :param cursor: attribute that says when a record last changed. Text that is no moment cannot be compared: then
        whoever lands last wins.
    :param deletes: what becomes of rows that a complete pull lacks: ``keep`` them, ``mark`` them in ``_deleted_at``
        (the mark goes when the row comes back, which counts as updated), or ``delete`` them.
    """

    def __init__(
        self, *, sql_conn_id: str, table: str, key: Sequence[str], cursor: str | None, deletes: str = "keep"
    ) -> None:
        self._sql_conn_id = sql_conn_id
        self._table = table
        self._key = tuple(key)
        self._cursor = cursor
        self._deletes = deletes
        self.dataset: Dataset | None = None
        """What has landed; nothing before, or where there is no table for want of rows."""

    def check(self) -> None:
        """
        Find mistakes before anything is asked of a service.

        :raises ValueError: a name or option is wrong, or the table has no column for the key.
        """
        if not self._key:
            raise ValueError("key must name at least one attribute")
        if self._deletes not in _DELETES:
            raise ValueError(f"deletes must be one of {', '.join(_DELETES)}, got {self._deletes!r}")
        for attribute in self._key:
            if column_names([attribute], [], str)[attribute] != attribute:
                raise ValueError(f"key {attribute!r} is no name for a column of a table")
        with self._opened() as database:
            existing = database.columns(database.locate(*table_named(self._table)))
            missing = [attribute for attribute in self._key if existing and attribute not in existing]
            if missing:
                raise ValueError(f"table {self._table!r} has no column {', '.join(missing)}, which is in the key")

    def land(
        self,
        spool: Rows,
        *,
        complete: bool,
        watermark: Watermark | None = None,
        began: Watermark | None = None,
    ) -> JsonObject:
        """
        Merge rows into the table and commit, together with the watermark.

        :param complete: the rows are everything there is, so that a row which they lack was deleted. No rows at all
            then mean that all were.
        :param watermark: how far the pull came; a smaller one than before is left out.
        :param began: which rows a complete pull is of, and when it began: rows that changed since are not deleted, and
            a pull that began before one that has landed does not land.
        :return: ``{"table": str, "inserted": int, "updated": int, "unchanged": int, "deleted": int}``.
        :raises ValueError: a value does not fit the column that is there, or the table refuses a row. Nothing changed.
        """
        kinds = survey(spool, self._holds_moments)
        with self._opened() as database:
            database.begin()
            place = database.locate(*table_named(self._table))
            database.lock(place)
            full = None if began is None or not complete else Watermark(f"{began.stream}.full", began.moment)
            if full is not None and (newer := _watermark(database, place, full.stream)) and newer > full.moment:
                raise InconsistentRead(
                    f"a read of everything that began at {newer.isoformat()} has already landed in table "
                    f"{self._table!r}; this one is older, and was not landed"
                )
            counts = self._merged(database, place, spool, kinds, complete, full)
            if full is not None:
                _write_watermark(database, place, full)
            if watermark is not None:
                _write_watermark(database, place, watermark)
            namespace, name = database.named(place)
            columns = database.columns(place)
            database.commit()
        if columns:
            self.dataset = Dataset(namespace, name, columns, rows=counts["inserted"] + counts["updated"])
        return {"table": self._table, **counts}

    def read_watermark(self, stream: str) -> datetime | None:
        """Tell how far a stream has been pulled into this table; ``None`` before the first commit."""
        with self._opened() as database:
            place = database.locate(*table_named(self._table))
            return _watermark(database, place, stream)

    def _holds_moments(self, attribute: str) -> bool:
        return attribute not in self._key and (is_moment_name(attribute) or attribute == self._cursor)

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        from airflow.providers.common.compat.sdk import BaseHook

        connection = BaseHook.get_connection(self._sql_conn_id)
        if connection.conn_type not in _SUPPORTED:
            raise ValueError(
                f"sql_conn_id {self._sql_conn_id!r} must be a connection of type {' or '.join(_SUPPORTED)}, "
                f"got {connection.conn_type!r}"
            )
        database = _database(connection.conn_type, connection.get_hook().get_conn())  # type: ignore[no-untyped-call]
        try:
            yield database
        except Refused as refused:
            raise ValueError(f"table {self._table!r} refused a row, nothing changed: {refused}") from None
        finally:
            database.close()

    def _merged(  # noqa: PLR0917
        self,
        database: Database,
        place: Place,
        spool: Rows,
        kinds: dict[str, Kind],
        complete: bool,
        full: Watermark | None,
    ) -> dict[str, int]:
        counts = dict.fromkeys(("inserted", "updated", "unchanged", "deleted"), 0)
        existing = database.columns(place)
        if not kinds and not (existing and complete):
            return counts
        columns = self._plan(database, kinds, existing)
        self._stage(database, columns, spool)
        self._shape(database, place, columns, existing)
        marks = DELETED_AT in existing or self._deletes == "mark"
        counts["updated"] = database.execute(self._update(database, place, columns, marks))
        counts["inserted"] = database.execute(self._insert(database, place, columns))
        counts["unchanged"] = len(spool) - counts["updated"] - counts["inserted"]
        if complete and self._deletes != "keep":
            changed_since = None if full is None or self._cursor not in database.columns(place) else full.moment
            counts["deleted"] = self._delete(database, place, changed_since)
        return counts

    def _plan(self, database: Database, kinds: dict[str, Kind], existing: dict[str, str]) -> list[_Column]:
        """Find a column for every attribute, the key's first; one that is always null needs none that is not there."""
        attributes = [*self._key, *(attribute for attribute in kinds if attribute not in self._key)]
        columns = []
        for attribute, name in column_names(attributes, existing, database.folded).items():
            kind = kinds.get(attribute, Kind.NULL)
            if attribute in self._key and ((existing and name not in existing) or (kinds and kind == Kind.NULL)):
                raise ValueError(f"table {self._table!r} or a record has no {attribute!r}, which is in the key")
            declared = existing.get(name) if name in existing else database.types.get(kind)
            if declared is None:
                continue
            convert = str if kind == Kind.NULL else database.converter(kind, declared)
            if convert is None and (wider := database.widened(kind, declared)):
                declared, convert = wider, database.converter(kind, wider)
            if convert is None:
                raise ValueError(
                    f"table {self._table!r}: column {name!r} is {existing[name]}, which does not hold a "
                    f"{kind.value}; nothing changed. Change the column's type, or land in another table"
                )
            columns.append(_Column(attribute, name, declared, kind, convert))
        return columns

    def _stage(self, database: Database, columns: list[_Column], spool: Rows) -> None:
        def rows() -> Iterator[list[Any]]:
            wanted = [(column.attribute, column.convert) for column in columns]
            for entry in spool:
                record = cleaned(entry)
                row = [None if (value := record.get(name)) is None else convert(value) for name, convert in wanted]
                row.append(content_hash(record))
                yield row

        types = [*(column.declared for column in columns), database.types[Kind.TEXT]]
        try:
            database.stage(types, len(self._key), rows())
        except Refused as refused:
            if refused.column is None:
                raise ValueError(f"table {self._table!r}: {refused}; nothing changed") from None
            column = columns[refused.column]
            raise ValueError(
                f"table {self._table!r}: column {column.name!r} is {column.declared}, which does not take every "
                f"{column.kind.value} that was read; nothing changed"
            ) from None

    def _shape(self, database: Database, place: Place, columns: list[_Column], existing: dict[str, str]) -> None:
        """Create the table, or add what it lacks."""
        ours = [(CONTENT_HASH, database.types[Kind.TEXT])]
        if self._deletes == "mark":
            ours.append((DELETED_AT, database.types[Kind.MOMENT]))
        wanted = [(column.name, column.declared) for column in columns] + ours
        if not existing:
            lines = [
                f"{quoted(name)} {declared}{' NOT NULL' if number < len(self._key) else ''}"
                for number, (name, declared) in enumerate(wanted)
            ]
            key = ", ".join(quoted(name) for name in self._key)
            database.execute(f"CREATE TABLE {place.sql} ({', '.join(lines)}, PRIMARY KEY ({key}))")
            return
        for name, declared in wanted:
            if name not in existing:
                database.execute(f"ALTER TABLE {place.sql} ADD COLUMN {quoted(name)} {declared}")
            elif name not in {CONTENT_HASH, DELETED_AT} and existing[name] != declared:
                database.widen(place, name, declared)

    def _match(self) -> str:
        return " AND ".join(f"t.{quoted(name)} = s.{staged_column(number)}" for number, name in enumerate(self._key))

    def _update(self, database: Database, place: Place, columns: list[_Column], marks: bool) -> str:
        staged_hash = f"s.{staged_column(len(columns))}"
        sources = {column.name: f"s.{staged_column(number)}" for number, column in enumerate(columns)}
        settings = [f"{quoted(name)} = {source}" for name, source in sources.items() if name not in self._key]
        settings.append(f"{quoted(CONTENT_HASH)} = {staged_hash}")
        changed = f"t.{quoted(CONTENT_HASH)} {database.distinct} {staged_hash}"
        if marks:
            settings.append(f"{quoted(DELETED_AT)} = NULL")
            changed = f"({changed} OR t.{quoted(DELETED_AT)} IS NOT NULL)"
        conditions = [self._match(), changed]
        conditions += [
            f"({sources[column.name]} < t.{quoted(column.name)}) IS NOT TRUE"
            for column in columns
            if column.attribute == self._cursor and database.orders(column.kind, column.declared)
        ]
        return (
            f"UPDATE {place.sql} AS t SET {', '.join(settings)} FROM {database.staged} AS s "  # noqa: S608  names are quoted
            f"WHERE {' AND '.join(conditions)}"
        )

    def _insert(self, database: Database, place: Place, columns: list[_Column]) -> str:
        names = [*(column.name for column in columns), CONTENT_HASH]
        sources = ", ".join(f"s.{staged_column(number)}" for number in range(len(names)))
        return (
            f"INSERT INTO {place.sql} ({', '.join(map(quoted, names))}) SELECT {sources} FROM {database.staged} AS s "  # noqa: S608  names are quoted
            f"WHERE NOT EXISTS (SELECT 1 FROM {place.sql} AS t WHERE {self._match()})"
        )

    def _delete(self, database: Database, place: Place, since: datetime | None) -> int:
        gone = f"NOT EXISTS (SELECT 1 FROM {database.staged} AS s WHERE {self._match()})"  # noqa: S608  names are quoted
        values = []
        if since is not None and self._cursor is not None:
            # What another task landed meanwhile is newer than this read, and not missing from it.
            cursor = f"t.{quoted(self._cursor)}"
            gone += f" AND ({cursor} IS NULL OR {cursor} < {VALUE})"
            values = [iso(since)]
        if self._deletes == "delete":
            return database.execute(f"DELETE FROM {place.sql} AS t WHERE {gone}", *values)  # noqa: S608  names are quoted
        mark = f"UPDATE {place.sql} AS t SET {quoted(DELETED_AT)} = {VALUE}"  # noqa: S608  names are quoted
        unmarked = f"t.{quoted(DELETED_AT)} IS NULL"
        return database.execute(f"{mark} WHERE {unmarked} AND {gone}", iso(datetime.now(UTC)), *values)


def _database(conn_type: str, connection: Any) -> Database:
    if conn_type == "sqlite":
        from airflow_provider_circle.records.sqlite import SQLite

        return SQLite(connection)
    from airflow_provider_circle.records.postgresql import PostgreSQL

    return PostgreSQL(connection)


def _watermark(database: Database, place: Place, stream: str) -> datetime | None:
    kept = Place(place.schema, WATERMARKS)
    if not database.columns(kept):
        return None
    found = database.fetch(
        f"SELECT moment FROM {kept.sql} WHERE target = {VALUE} AND stream = {VALUE}",  # noqa: S608  name is quoted
        place.table,
        stream,
    )
    if not found:
        return None
    (moment,) = found[0]
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def _write_watermark(database: Database, place: Place, watermark: Watermark) -> None:
    kept = Place(place.schema, WATERMARKS)
    text, moment = database.types[Kind.TEXT], database.types[Kind.MOMENT]
    if not database.columns(kept):
        database.lock(kept)  # IF NOT EXISTS alone does not keep two from creating it at once
        database.execute(
            f"CREATE TABLE IF NOT EXISTS {kept.sql} (target {text} NOT NULL, stream {text} NOT NULL, "
            f"moment {moment} NOT NULL, PRIMARY KEY (target, stream))"
        )
    database.execute(
        f"INSERT INTO {kept.sql} AS kept (target, stream, moment) VALUES ({VALUE}, {VALUE}, {VALUE}) "  # noqa: S608  name is quoted
        "ON CONFLICT (target, stream) DO UPDATE SET moment = excluded.moment WHERE kept.moment < excluded.moment",
        place.table,
        watermark.stream,
        iso(watermark.moment),
    )
