"""
Names of tables and columns: which are acceptable, how they are quoted, and what an attribute's column is called.

The only place where a name becomes SQL. Knows nothing of what is in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import NamedTuple

from airflow_provider_circle.records.columns import clean

__all__ = ["CONTENT_HASH", "DELETED_AT", "WATERMARKS", "Place", "column_names", "quoted", "table_named"]

CONTENT_HASH = "_content_hash"
"""Column that tells whether a row is unchanged."""
DELETED_AT = "_deleted_at"
"""Column that says since when a row is known to be gone."""
WATERMARKS = "circle_watermarks"
"""Table beside the rows that keeps how far they have been pulled."""

_MOST_BYTES = 63
"""Of a name in PostgreSQL, https://www.postgresql.org/docs/current/limits.html; longer ones it cuts silently."""
_HASH_BYTES = 4
_TAKEN = {CONTENT_HASH, DELETED_AT, "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
"""Ours, and those that every table of PostgreSQL has."""


class Place(NamedTuple):
    """Where a table is."""

    schema: str
    table: str

    @property
    def sql(self) -> str:
        """Its name in a statement."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"


def quoted(name: str) -> str:
    """
    Write a name into a statement, whatever is in it.

    :raises ValueError: no database can have such a name, or would silently shorten it.
    """
    if not _acceptable(name):
        raise ValueError(
            f"{name!r} is no name for a table or column: it takes 1 to {_MOST_BYTES} bytes, none of them NUL"
        )
    return '"' + name.replace('"', '""') + '"'


def table_named(table: str) -> tuple[str | None, str]:
    """
    Split a table's name into schema, if there is one, and table.

    :raises ValueError: it is no name.
    """
    schema, dot, name = table.rpartition(".")
    for part in (*([schema] if dot else []), name):
        if not _acceptable(part) or "." in part:
            raise ValueError(f"table must be a name or schema.name, each of 1 to {_MOST_BYTES} bytes, got {table!r}")
    if name.lower() == WATERMARKS or name.lower().startswith("sqlite_"):
        raise ValueError(f"table must not be {name!r}: that name has another use")
    return (schema if dot else None), name


def column_names(attributes: Iterable[str], existing: Iterable[str], folded: Callable[[str], str]) -> dict[str, str]:
    """
    Name the columns of attributes, each its own.

    A column is called what the attribute is called. Where that is no name, is taken or differs from another column only
    in what the database does not tell apart, a part of it and eight digits of its hash make the name.

    :param existing: the columns that the table has.
    :param folded: makes names equal that the database takes for equal.
    """
    there = {folded(name): name for name in existing}
    taken: set[str] = {folded(name) for name in _TAKEN}
    names = {}
    for attribute in attributes:
        name = attribute
        fold = folded(name)
        if not _acceptable(name) or clean(name) != name or fold in taken or there.get(fold, name) != name:
            name = _hashed(attribute)
            fold = folded(name)
        taken.add(fold)
        names[attribute] = name
    return names


def _acceptable(name: str) -> bool:
    try:
        return "\0" not in name and 1 <= len(name.encode()) <= _MOST_BYTES
    except UnicodeEncodeError:
        return False


def _hashed(attribute: str) -> str:
    digits = blake2b(attribute.encode(errors="surrogatepass"), digest_size=_HASH_BYTES).hexdigest()
    start = clean(attribute).encode()[: _MOST_BYTES - len(digits) - 1]
    return f"{start.decode(errors='ignore')}_{digits}"
