"""SQLite as a place for rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_circle.records.columns import Kind, as_json, iso, moment
from airflow_provider_circle.records.dialects import STAGED, VALUE, Convert, Database, Refused, staged_column
from airflow_provider_circle.records.names import Place, quoted

__all__ = ["SQLite"]

_BUSY_TIMEOUT_MS = 300_000
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_EXACT_NUMBERS = {Kind.INTEGER, Kind.LONG, Kind.NUMBER}


class SQLite(Database):
    """A connection of ``sqlite3``."""

    types: ClassVar[Mapping[Kind, str]] = {
        Kind.BOOLEAN: "BOOLEAN",
        Kind.INTEGER: "BIGINT",
        Kind.LONG: "BIGINT",
        Kind.NUMBER: "DOUBLE PRECISION",
        Kind.EXACT: "TEXT",
        Kind.MOMENT: "TEXT",
        Kind.TEXT: "TEXT",
        Kind.JSON: "TEXT",
    }
    staged = f"temp.{STAGED}"
    distinct = "IS NOT"

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        connection.isolation_level = None
        connection.row_factory = None
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")

    def begin(self) -> None:
        """Begin as the only writer; others wait."""
        self.execute("BEGIN IMMEDIATE")

    def lock(self, place: Place) -> None:
        """Do nothing: there is one writer at a time."""

    def locate(self, schema: str | None, table: str) -> Place:
        """Take the connection's own database where none is named."""
        databases = {name for _, name, _ in self.fetch("PRAGMA database_list")} - {"temp"}
        if schema is not None and schema not in databases:
            raise ValueError(f"table {table!r} cannot be created: there is no schema {schema!r}")
        return Place(schema or "main", table)

    def named(self, place: Place) -> tuple[str, str]:
        """Name it by the database's file."""
        files = {name: file for _, name, file in self.fetch("PRAGMA database_list")}
        return f"sqlite://{files[place.schema]}", f"{place.schema}.{place.table}"

    def columns(self, place: Place) -> dict[str, str]:
        """Read them from the table's own description."""
        described = self.fetch(f"PRAGMA {quoted(place.schema)}.table_info({quoted(place.table)})")
        return {name: declared for _, name, declared, *_ in described}

    def converter(self, kind: Kind, declared: str) -> Convert | None:
        """Find what makes a value one that SQLite keeps as it is, by the affinity of the column."""
        base = declared.upper()
        if any(word in base for word in ("CHAR", "CLOB", "TEXT")):
            return _moment if kind == Kind.MOMENT else _text
        if base in {"BOOLEAN", "BOOL"}:
            return int if kind == Kind.BOOLEAN else None
        if "INT" in base:
            return _itself if kind in _EXACT_NUMBERS else None
        if any(word in base for word in ("REAL", "FLOA", "DOUB")):
            return float if kind in {Kind.INTEGER, Kind.NUMBER} else None
        return _itself if kind in _EXACT_NUMBERS else _moment if kind == Kind.MOMENT else _text

    def folded(self, name: str) -> str:
        """SQLite tells small and capital letters apart only outside of ASCII."""
        return name.translate(_ASCII_LOWER)

    def orders(self, kind: Kind, declared: str) -> bool:
        """Moments, since they are all written alike, and numbers."""
        return kind == Kind.MOMENT or (kind in _EXACT_NUMBERS and self.converter(kind, declared) is not _text)

    def stage(self, types: Sequence[str], keys: int, rows: Iterable[Sequence[Any]]) -> None:
        """Insert them one by one."""
        names = [staged_column(number) for number in range(len(types))]
        required = [" NOT NULL" if number < keys else "" for number in range(len(types))]
        columns = ", ".join(
            f"{name} {declared}{end}" for name, declared, end in zip(names, types, required, strict=True)
        )
        self.execute(f"CREATE TEMPORARY TABLE {STAGED} ({columns}, PRIMARY KEY ({', '.join(names[:keys])}))")
        marks = ", ".join("?" for _ in names)
        try:
            self._connection.executemany(f"INSERT INTO {self.staged} VALUES ({marks})", rows)  # noqa: S608  names of our own
        except sqlite3.IntegrityError as error:
            raise Refused(str(error)) from None

    def execute(self, statement: str, *values: Any) -> int:
        """Run a statement; SQLite tells what a constraint forbids without the row."""
        try:
            return int(self._connection.execute(statement.replace(VALUE, "?"), values).rowcount)
        except sqlite3.IntegrityError as error:
            raise Refused(str(error)) from None

    def fetch(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        rows: list[tuple[Any, ...]] = self._connection.execute(statement.replace(VALUE, "?"), values).fetchall()
        return rows


def _itself(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)


def _moment(value: Any) -> str | None:
    found = moment(value)
    return iso(found) if found else None
