"""PostgreSQL as a place for rows: over psycopg 2 or 3, whichever Airflow's hook brings."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from hashlib import blake2b
from typing import Any, ClassVar

from airflow_provider_circle.records.columns import Kind, as_json, moment
from airflow_provider_circle.records.dialects import STAGED, VALUE, Convert, Database, Refused, staged_column
from airflow_provider_circle.records.names import Place, quoted

__all__ = ["PostgreSQL"]

_CHUNK_BYTES = 2**16
_NULL = "\x02"
"""What stands for null in COPY: not the usual ``\\N``, so that a row without a backslash has nothing escaped."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", _NULL: f"\\{_NULL}"})
_MODIFIER = re.compile(r"\([^)]*\)")
_STAGED_COLUMN = re.compile(rf"{STAGED}, line \d+, column c(\d+)\b")
_TEXTS = {"text", "character varying", "character", "citext"}
_INTEGERS = {"smallint", "integer", "bigint"}
_DOUBLES = {"double precision"}
_MOMENTS = {"timestamp with time zone", "timestamp without time zone"}
_DATA_EXCEPTION, _CONSTRAINT_VIOLATION = "22", "23"
"""Classes of SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_SCHEMA = f"SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = {VALUE}"  # noqa: S608  no name in it
_LOCATE = f"""
SELECT n.nspname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = pg_catalog.to_regclass({VALUE})
"""  # noqa: S608  no name in it
_COLUMNS = f"""
SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass({VALUE}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""  # noqa: S608  no name in it


class PostgreSQL(Database):
    """A connection of psycopg 2 or 3."""

    types: ClassVar[Mapping[Kind, str]] = {
        Kind.BOOLEAN: "boolean",
        Kind.INTEGER: "bigint",
        Kind.LONG: "bigint",
        Kind.NUMBER: "double precision",
        Kind.EXACT: "numeric",
        Kind.MOMENT: "timestamp with time zone",
        Kind.TEXT: "text",
        Kind.JSON: "jsonb",
    }
    staged = f"pg_temp.{STAGED}"
    distinct = "IS DISTINCT FROM"

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._is_psycopg_3 = hasattr(connection, "row_factory")
        # The Airflow connection may ask for cursors that make dictionaries.
        if self._is_psycopg_3:
            import psycopg
            from psycopg.rows import tuple_row

            connection.row_factory = tuple_row
            self._error: type[Exception] = psycopg.Error
        else:
            import psycopg2
            from psycopg2.extensions import cursor

            connection.cursor_factory = cursor
            self._error = psycopg2.Error
        connection.autocommit = False  # the Airflow connection may ask for it

    def begin(self) -> None:
        """Begin; what others commit while we wait for a lock must be seen."""
        self.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def lock(self, place: Place) -> None:
        """Take a lock that only landings know: it keeps out neither readers nor other writers."""
        name = "circle\0" + place.sql
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        self.fetch(f"SELECT pg_catalog.pg_advisory_xact_lock({VALUE})", key)

    def locate(self, schema: str | None, table: str) -> Place:
        """Look the table up as the connection's search path has it."""
        if schema is None:
            found = self.fetch(_LOCATE, quoted(table)) or self.fetch("SELECT current_schema()")
        else:
            found = self.fetch(_SCHEMA, schema)
        if not found or found[0][0] is None:
            missing = f"schema {schema!r}" if schema else "schema in the connection's search path"
            raise ValueError(f"table {table!r} cannot be created: there is no {missing}")
        return Place(str(found[0][0]), table)

    def named(self, place: Place) -> tuple[str, str]:
        """Name it by the server that answers: the Airflow connection may leave that to the environment."""
        info = self._connection.info
        host = "localhost" if not info.host or info.host.startswith("/") else info.host.lower()
        authority = f"[{host}]:{info.port}" if ":" in host else f"{host}:{info.port}"
        return f"postgres://{authority}", f"{info.dbname}.{place.schema}.{place.table}"

    def columns(self, place: Place) -> dict[str, str]:
        """Read them from the catalog."""
        return dict(self.fetch(_COLUMNS, place.sql))

    def converter(self, kind: Kind, declared: str) -> Convert | None:
        """Find what writes a value as PostgreSQL reads it."""
        base = _MODIFIER.sub("", declared)
        if base in _TEXTS:
            return _text
        if base in {"json", "jsonb"}:
            return as_json
        fitting: list[tuple[set[str], set[Kind], Convert]] = [
            (_INTEGERS, {Kind.INTEGER, Kind.LONG}, str),
            (_DOUBLES, {Kind.INTEGER, Kind.NUMBER}, repr),
            ({"numeric"}, {Kind.INTEGER, Kind.LONG, Kind.NUMBER, Kind.EXACT}, repr),
            ({"boolean"}, {Kind.BOOLEAN}, as_json),
            (_MOMENTS, {Kind.MOMENT}, _moment),
        ]
        for known, kinds, convert in fitting:
            if base in known:
                return convert if kind in kinds else None
        return _text  # a type of the user's own, such as uuid or an enumeration: the database judges

    def widened(self, kind: Kind, declared: str) -> str | None:
        """Whole numbers can become numbers of any size and precision."""
        return "numeric" if declared in _INTEGERS and kind in {Kind.NUMBER, Kind.EXACT} else None

    def widen(self, place: Place, column: str, declared: str) -> None:
        """Change the column's type; the table is written anew."""
        self.execute(f"ALTER TABLE {place.sql} ALTER COLUMN {quoted(column)} TYPE {declared}")

    def orders(self, kind: Kind, declared: str) -> bool:
        """Everything but text, which would be compared letter by letter."""
        return kind != Kind.NULL and _MODIFIER.sub("", declared) not in {*_TEXTS, "json", "jsonb"}

    def stage(self, types: Sequence[str], keys: int, rows: Iterable[Sequence[Any]]) -> None:
        """Stream them with COPY."""
        columns = ", ".join(f"{staged_column(number)} {declared}" for number, declared in enumerate(types))
        key = ", ".join(staged_column(number) for number in range(keys))
        self.execute(f"CREATE TEMPORARY TABLE {STAGED} ({columns}) ON COMMIT DROP")
        copy = f"COPY {self.staged} FROM STDIN (NULL '{_NULL}')"
        with self._cursor() as cursor:
            try:
                if self._is_psycopg_3:
                    with cursor.copy(copy) as target:
                        for chunk in _chunks(rows):
                            target.write(chunk)
                else:
                    _copy_from(cursor, copy, _Stream(_chunks(rows)))
            except self._error as error:
                raise _refusal(error) from None
        self.execute(f"ALTER TABLE {self.staged} ADD PRIMARY KEY ({key})")
        # Rows are looked up by key alone, and to sample JSON takes seconds.
        self.execute(f"ANALYZE {self.staged} ({key})")

    def execute(self, statement: str, *values: Any) -> int:
        """Run a statement; what a constraint forbids is told without the row."""
        with self._cursor() as cursor:
            try:
                cursor.execute(*_bound(statement, values))
            except self._error as error:
                raise _refusal(error) from None
            return int(cursor.rowcount)

    def fetch(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""
        with self._cursor() as cursor:
            cursor.execute(*_bound(statement, values))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _cursor(self) -> Any:
        return self._connection.cursor()


def _bound(statement: str, values: Sequence[Any]) -> tuple[Any, ...]:
    # Without values a driver leaves percent signs, which names may hold, alone.
    return (statement.replace("%", "%%").replace(VALUE, "%s"), values) if values else (statement,)


def _refusal(error: Exception) -> Exception:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    diagnosis = getattr(error, "diag", None)
    if state.startswith(_CONSTRAINT_VIOLATION):
        return Refused(str(getattr(diagnosis, "message_primary", "") or "a constraint forbids it"))
    if state.startswith(_DATA_EXCEPTION):
        column = _STAGED_COLUMN.search(getattr(diagnosis, "context", None) or "")
        return Refused("a value does not fit its column", int(column[1]) if column else None)
    return error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)


def _moment(value: Any) -> str | None:
    if value[-1] == "Z" and "," not in value:
        return str(value)  # as PostgreSQL reads it, too
    found = moment(value)
    return found.astimezone(UTC).isoformat() if found else None


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write rows in the text format of COPY, many at a time."""
    lines: list[str] = []
    size = 0
    for row in rows:
        line = _line(row)
        lines.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield ("\n".join(lines) + "\n").encode()
            lines, size = [], 0
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def _line(row: Sequence[str | None]) -> str:
    line = "\t".join([_NULL if value is None else value for value in row])
    is_plain = "\\" not in line and "\n" not in line and "\r" not in line and line.count("\t") == len(row) - 1
    if is_plain and (_NULL not in line or line.count(_NULL) == row.count(None)):
        return line
    return "\t".join([_NULL if value is None else value.translate(_ESCAPES) for value in row])


def _copy_from(cursor: Any, copy: str, stream: _Stream) -> None:
    """Stream with psycopg 2, which makes an error of the database of whatever goes wrong with the rows."""
    try:
        cursor.copy_expert(copy, stream)
    except Exception:
        if stream.failure is not None:
            raise stream.failure from None
        raise


class _Stream(io.RawIOBase):
    """
    Chunks as a file, as psycopg 2 wants it.

    :ivar failure: why there were no more chunks.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._rest = b""
        self.failure: Exception | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Read on; at the end, nothing."""
        if not self._rest:
            try:
                self._rest = next(self._chunks, b"")
            except Exception as error:
                self.failure = error
                raise
        part, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return part
