"""
The filters and sorts that several lists share.

Knows how values of query parameters are read. Which list has which is said by the resources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.refusals import missing, refused
from airflow_provider_circle.sandbox.circle_admin.resource import Filter, Sort
from airflow_provider_circle.sandbox.circle_admin.store import Row

__all__ = [
    "BY_NAME_OR_AGE",
    "SORTS",
    "at_least",
    "at_most",
    "by_word",
    "containing",
    "equal",
    "in_parent",
    "one_of",
    "read_flag",
    "read_number",
    "read_seconds",
    "status",
]

Predicate = Callable[[Row], bool]


def read_number(text: Any) -> int:
    """Read an id the way the vendor's framework does: what is no number is 0, and 0 is nobody."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return 0


def read_flag(text: str) -> bool:
    """Read a boolean of a query."""
    return text.lower() in ("true", "1")


def read_seconds(text: str) -> float | None:
    """Read a date or a time as seconds since 1970; ``None`` when it is neither."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def equal(field: str, read: Callable[[str], Any] = str) -> Filter:
    """Keep rows in which a field has the value."""

    def make(values: Sequence[str], _: Community) -> Predicate:
        wanted = read(values[0])
        return lambda row: bool(row.fields.get(field) == wanted)

    return Filter(make)


def one_of(field: str, read: Callable[[str], Any] = read_number) -> Filter:
    """Keep rows in which a field (or the id) has one of the values, which may be separated by commas."""

    def make(values: Sequence[str], _: Community) -> Predicate:
        wanted = {read(part) for value in values for part in value.split(",") if part}
        return lambda row: (row.id if field == "id" else row.fields.get(field)) in wanted

    return Filter(make)


def containing(*fields: str) -> Filter:
    """Keep rows in which one of these fields contains the text, in any case of letters."""

    def make(values: Sequence[str], _: Community) -> Predicate:
        wanted = values[0].casefold()
        return lambda row: any(wanted in str(row.fields.get(field, "")).casefold() for field in fields)

    return Filter(make)


def in_parent(field: str, table: str, what: str, *, required: bool = False) -> Filter:
    """
    Keep rows that belong to a row of another table.

    :param what: the vendor's word for the other row when it is missing.
    :param required: whether the list is refused without the parameter.
    """

    def make(values: Sequence[str], community: Community) -> Predicate:
        wanted = read_number(values[0])
        if community.tables[table].get(wanted) is None:
            raise missing(what)
        return lambda row: bool(row.fields.get(field) == wanted)

    return Filter(make, default="" if required else None)


def status(words: Mapping[str, Predicate], default: str, *, strict: bool = False) -> Filter:
    """
    Keep rows by a word.

    :param strict: whether an unknown word is refused; it counts as the default otherwise.
    """

    def make(values: Sequence[str], _: Community) -> Predicate:
        if strict and values[0] not in words:
            raise refused(400, f"Invalid status. Valid statuses are: {', '.join(words)}", {})
        return words.get(values[0], words[default])

    return Filter(make, default)


def by_word(field: str, words: Sequence[str], default: str, *, absent: str = "", strict: bool = False) -> Filter:
    """
    Keep rows by the word in a field; ``all`` keeps all of them.

    :param absent: the word of rows without the field.
    """

    def having(word: str) -> Predicate:
        return lambda row: bool((row.fields.get(field) or absent) == word)

    return status({**{word: having(word) for word in words}, "all": lambda _: True}, default, strict=strict)


def at_least(key: Callable[[Row], float], read: Callable[[str], float | None] = read_seconds) -> Filter:
    """Keep rows in which something is not below the value; a value that cannot be read keeps all."""

    def make(values: Sequence[str], _: Community) -> Predicate:
        limit = read(values[0])
        return lambda row: limit is None or key(row) >= limit

    return Filter(make)


def at_most(key: Callable[[Row], float], read: Callable[[str], float | None] = read_seconds) -> Filter:
    """
    Keep rows in which something is not above the value; a value that cannot be read keeps all.

    A date without a time means its whole day.
    """

    def make(values: Sequence[str], _: Community) -> Predicate:
        limit = read(values[0])
        if limit is not None and read is read_seconds and len(values[0]) == len("2026-01-22"):
            limit += 86_400 - 0.001
        return lambda row: limit is None or key(row) <= limit

    return Filter(make)


def _name(row: Row) -> str:
    return str(row.fields.get("name", "")).casefold()


SORTS: dict[str, Sort] = {
    "latest": Sort(lambda row: row.created_s, reverse=True),
    "oldest": Sort(lambda row: row.created_s),
    "alphabetical": Sort(_name),
    "likes": Sort(lambda row: row.fields.get("likes_count", 0), reverse=True),
    "latest_updated": Sort(lambda row: row.updated_s, reverse=True),
    "oldest_updated": Sort(lambda row: row.updated_s),
}
"""The orders of posts."""

BY_NAME_OR_AGE: dict[str, Sort] = {
    "oldest": SORTS["oldest"],
    "newest": SORTS["latest"],
    "alphabetical": SORTS["alphabetical"],
    "alphabetical_desc": Sort(_name, reverse=True),
}
"""The orders of tags, topics, sections and lessons."""
