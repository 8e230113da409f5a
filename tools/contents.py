"""
What lies in folders and databases, as pieces of bytes to be looked through.

Knows how content hides from a search of plain files: in gzip, in Parquet, in a database's compressed values. Knows
nothing of what is looked for.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

__all__ = ["MOST_SPANNED", "Piece", "Searched", "in_database", "in_folder"]

MOST_SPANNED = 4096
"""A text of at most so many bytes never falls between two pieces."""

_CHUNK_BYTES = 1 << 20
_PACKED_CHUNK_BYTES = 1 << 16
_ANY_HEADER = zlib.MAX_WBITS | 32
_GZIP, _ZLIB, _SQLITE, _PARQUET = b"\x1f\x8b", b"\x78", b"SQLite format 3\0", b"PAR1"
_UNDECODED = "surrogateescape"
_SYSTEM_SCHEMAS = ("information_schema", "pg_")


@dataclass(frozen=True, slots=True)
class Piece:
    """
    Some bytes, and where they are.

    :param place: a file, or a column of a table.
    :param offset: of the first byte in the file, unpacked where the place says so.
    :param row: number of the table's row, from 0; ``None`` in a file.
    """

    place: str
    content: bytes
    offset: int = 0
    row: int | None = None

    def where(self, at: int) -> str:
        """Say where in the place one of the bytes is."""
        return f"byte {self.offset + at}" if self.row is None else f"row {self.row}"


@dataclass(slots=True)
class Searched:
    """
    How much was looked through.

    :param bytes: of files, as they are and unpacked, and of values in tables.
    :param unread: what claims to be a database or Parquet and could not be read as such: place and reason.
    """

    files: int = 0
    bytes: int = 0
    tables: int = 0
    rows: int = 0
    unread: list[str] = field(default_factory=list)


def in_folder(folder: Path, searched: Searched) -> Iterator[Piece]:
    """
    Read all files below a folder, whatever they are; a file that is gone by then is left out, like a link.

    :param folder: or one file.
    :param searched: is added to.
    """
    for path in _files(folder):
        try:
            with path.open("rb") as file:
                searched.files += 1
                head = file.read(len(_SQLITE))
                file.seek(0)
                yield from _counted(_chunks(str(path), _parts(file)), searched)
                if head.startswith(_GZIP):
                    file.seek(0)
                    yield from _counted(_chunks(f"{path} (unpacked)", _unpacked(file)), searched)
        except FileNotFoundError:
            continue
        if head.startswith(_PARQUET):
            yield from _counted(_parquet(path, searched), searched)
        elif head == _SQLITE:
            yield from _counted(_sqlite(path, searched), searched)


def in_database(url: str, place: str, searched: Searched) -> Iterator[Piece]:
    """
    Read all rows of all tables through SQL, since long values may lie compressed on disk.

    :param url: as SQLAlchemy takes it.
    :param place: what to call the database.
    :param searched: is added to.
    """
    with _disposed(create_engine(url, poolclass=NullPool)) as engine:
        yield from _counted(_tables(engine, place, searched), searched)


def _counted(pieces: Iterable[Piece], searched: Searched) -> Iterator[Piece]:
    for piece in pieces:
        searched.bytes += len(piece.content)
        yield piece


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _chunks(place: str, parts: Iterable[bytes]) -> Iterator[Piece]:
    """Let each piece begin with the end of the one before."""
    before, offset = b"", 0
    for part in parts:
        content = before + part
        yield Piece(place, content, offset)
        before = content[-MOST_SPANNED:]
        offset += len(content) - len(before)


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(_CHUNK_BYTES):
        yield part


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """Unpack as much gzip as there is: a file may be half written, in several parts, or end in something else."""
    unpacking, packed = zlib.decompressobj(_ANY_HEADER), b""
    while packed := packed or file.read(_PACKED_CHUNK_BYTES):
        try:
            yield unpacking.decompress(packed)
        except zlib.error:
            return
        packed = unpacking.unused_data
        if unpacking.eof:
            unpacking = zlib.decompressobj(_ANY_HEADER)


def _parquet(path: Path, searched: Searched) -> Iterator[Piece]:
    from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]  # it brings no types

    try:
        with parquet.ParquetFile(path) as file:
            searched.tables += 1
            row = 0
            for batch in file.iter_batches():
                for name, column in zip(batch.schema.names, batch.columns, strict=True):
                    for number, value in enumerate(column.to_pylist(), row):
                        yield from _value(f"{path} {name}", number, value)
                row += batch.num_rows
                searched.rows += batch.num_rows
    except (ArrowException, OSError) as error:
        searched.unread.append(f"{path}: {error}")


def _sqlite(path: Path, searched: Searched) -> Iterator[Piece]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        connection.text_factory = lambda raw: raw.decode(errors=_UNDECODED)
        return connection

    try:
        with _disposed(create_engine("sqlite://", creator=connect, poolclass=NullPool)) as engine:
            yield from _tables(engine, str(path), searched)
    except Exception as error:  # noqa: BLE001  it was read as plain bytes already; the caller sees that it was no more
        searched.unread.append(f"{path}: {error}")


def _tables(engine: Engine, place: str, searched: Searched) -> Iterator[Piece]:
    inspector = inspect(engine)
    quote = engine.dialect.identifier_preparer.quote
    for schema in inspector.get_schema_names():
        if schema.startswith(_SYSTEM_SCHEMAS):
            continue
        for table in inspector.get_table_names(schema):
            searched.tables += 1
            everything = text(f"SELECT * FROM {quote(schema)}.{quote(table)}")  # noqa: S608  names of real tables
            with engine.connect() as connection:
                rows = connection.execution_options(stream_results=True).execute(everything)
                columns = list(rows.keys())
                for number, row in enumerate(rows):
                    searched.rows += 1
                    for column, value in zip(columns, row, strict=True):
                        yield from _value(f"{place} {table}.{column}", number, value)


def _value(place: str, row: int, value: Any) -> Iterator[Piece]:
    """Write a value as bytes, and once more unpacked where it is packed."""
    match value:
        case None | bool() | int() | float():
            return
        case str():
            yield Piece(place, value.encode(errors=_UNDECODED), row=row)
        case bytes() | memoryview():
            content = bytes(value)
            yield Piece(place, content, row=row)
            if content.startswith((_GZIP, _ZLIB)):
                yield from _inflated(f"{place} (unpacked)", row, content)
        case dict() | list():
            written = json.dumps(value, ensure_ascii=False, default=str)
            yield Piece(place, written.encode(errors=_UNDECODED), row=row)
        case _:
            yield Piece(place, str(value).encode(errors=_UNDECODED), row=row)


def _inflated(place: str, row: int, content: bytes) -> Iterator[Piece]:
    try:
        yield Piece(place, zlib.decompressobj(_ANY_HEADER).decompress(content), row=row)
    except zlib.error:
        return


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()
