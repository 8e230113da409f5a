"""
How a list continues, as data: given a page, which records it holds and how to ask for the next.

Knows JSON shapes, not vendors; the walk decides when to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.row import Row
from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["CursorPages", "DatedPages", "NoPages", "NumberedPages", "OffsetPages", "Page", "Paging", "Trail"]


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page, read.

    :param records: in the server's order: JSON objects, or what whoever reads made of them.
    :param next_query: query parameters to add for the next page; ``None`` when this was the last.
    :param count: how many records all pages hold, as the server says; ``None`` where it does not.
    :param pages: how many pages there seem to be; a hint for reading ahead, never a reason to stop.
    :param server_s: when the server answered, by its own clock, in seconds since the epoch.
    """

    records: list[Any]
    next_query: Mapping[str, str] | None
    count: int | None = None
    pages: int | None = None
    server_s: float | None = None


class Trail:
    """Notices a list that leads nowhere: a page or a token that comes again."""

    __slots__ = ("_before", "_tokens")

    def __init__(self) -> None:
        self._before: list[Any] = []
        self._tokens: set[frozenset[tuple[str, str]]] = set()

    def loops(self, page: Page) -> str:
        """Follow a page; say what is wrong with it, or nothing."""
        if page.next_query is None:
            return ""
        if page.records and page.records == self._before:
            return "sent the same page twice"
        self._before = page.records
        if page.pages is None:
            token = frozenset(page.next_query.items())
            if token in self._tokens:
                return "handed out the same page token twice"
            self._tokens.add(token)
        return ""


class Paging(Protocol):
    """Reads a page of a list."""

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take a decoded reply apart.

        :param asked: the query it answers.
        :raises UnexpectedReply: it is not a page of this kind.
        """


@dataclass(frozen=True, slots=True)
class NoPages:
    """
    The reply is the whole answer: one object, or all rows at once.

    :param records: attribute that holds the rows; empty when the reply is the list, or the only row, itself.
    """

    records: str = ""

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Treat a list as all rows, an object as the only one.

        :raises UnexpectedReply: neither of them, or no list of objects where the rows should be.
        """
        if self.records:
            rows = _rows(reply, self.records)
            return Page(rows, None, count=len(rows))
        rows = reply if isinstance(reply, list) else [reply]
        if not all(isinstance(row, dict) for row in rows):
            raise UnexpectedReply("the reply is neither an object nor a list of objects")
        return Page(rows, None, count=len(rows))


@dataclass(frozen=True, slots=True)
class CursorPages:
    """
    Each page names a token for the next; a missing, null or empty one ends the list.

    :param records: attribute that holds the rows.
    :param cursor: attribute that holds the token.
    :param parameter: query parameter that sends it back.
    """

    records: str
    cursor: str
    parameter: str

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take rows and token out of a page.

        :raises UnexpectedReply: no list of objects where the rows should be, or a token that is no text.
        """
        rows = _rows(reply, self.records)
        token = reply.get(self.cursor)
        if token is not None and not isinstance(token, str):
            raise UnexpectedReply(f"the page's {self.cursor!r} is a {type(token).__name__}, not a text")
        return Page(rows, {self.parameter: token} if token else None)


@dataclass(frozen=True, slots=True)
class NumberedPages:
    """
    Pages counted from 1.

    Where the server says whether there are more, that alone decides; else its number of pages does; else the first
    empty page is the end.

    :param records: attribute that holds the rows; empty when the reply is the list itself.
    :param more: attribute that says whether there is another page.
    :param pages: attribute with the number of pages; dots lead into nested objects, here and in ``count``.
    :param count: attribute with the number of records on all pages.
    :param per_page: records on a full page, to reckon the number of pages from ``count``.
    :param parameter: query parameter for the number.
    """

    records: str = ""
    more: str = ""
    pages: str = ""
    count: str = ""
    per_page: int | None = None
    parameter: str = "page"

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take a page apart.

        :raises UnexpectedReply: no list of objects where the rows should be, or no word on further pages.
        """
        rows = _rows(reply, self.records)
        number = int(asked.get(self.parameter, 1))
        count = _whole(reply, self.count)
        pages = _whole(reply, self.pages)
        hint = -(-count // self.per_page) if pages is None and count is not None and self.per_page else pages
        if self.more:
            more = reply.get(self.more)
            if not isinstance(more, bool):
                raise UnexpectedReply(f"the page does not say under {self.more!r} whether there are more")
            if more and not rows and (hint is None or number > hint):
                raise UnexpectedReply(f"page {number} is empty, beyond the end, and still promises more")
        elif self.pages:
            if pages is None:
                raise UnexpectedReply(f"the page does not say under {self.pages!r} how many there are")
            more = number < pages
        else:
            more = bool(rows)
        return Page(rows, self.query(number + 1) if more else None, count, hint)

    def query(self, number: int) -> dict[str, str]:
        """Say how to ask for a page by its number."""
        return {self.parameter: str(number)}


@dataclass(frozen=True, slots=True)
class OffsetPages:
    """
    Pages asked for by how many records to skip; the reply is the list itself, and a short one is the last.

    :param most: records on a page, at most, as the server has it.
    :param limit: query parameter with the number of records a page may hold; ``most`` where it is not asked for.
    :param offset: query parameter with the number of records to skip.
    """

    most: int
    limit: str = "limit"
    offset: str = "offset"

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take a page apart.

        :raises UnexpectedReply: no list of objects.
        """
        rows = _rows(reply)
        full = bool(rows) and len(rows) >= int(asked.get(self.limit, self.most))
        return Page(rows, {self.offset: str(int(asked.get(self.offset, 0)) + len(rows))} if full else None)


@dataclass(frozen=True, slots=True)
class DatedPages:
    """
    Each page ends somewhere in time, and the next holds what is older.

    Records with equal timestamps at a page's border would get lost, so each page overlaps the one before: the same
    record may come twice.

    :param date: attribute with a record's time.
    :param parameter: query parameter that asks for what is older, exclusively.
    :param limit: query parameter with the number of records a page may hold.
    :param overlap: what the next page repeats; the server may drop what is smaller than a second.
    """

    date: str
    parameter: str
    limit: str
    overlap: timedelta = timedelta(seconds=1)

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Take a page apart.

        :raises UnexpectedReply: records without a date, or more with the same date than a page holds.
        """
        rows = _rows(reply)
        if not rows:
            return Page(rows, None)
        oldest = min(self._moment(row) for row in rows)
        before = (oldest + self.overlap).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if before != asked.get(self.parameter):
            return Page(rows, {self.parameter: before})
        if len(rows) >= int(asked[self.limit]):
            raise UnexpectedReply(f"{len(rows)} records and more are dated {oldest.isoformat()}; they fit on no page")
        return Page(rows, None)

    def _moment(self, row: JsonObject) -> datetime:
        try:
            moment = datetime.fromisoformat(row[self.date])
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            _ = moment + self.overlap
        except (KeyError, TypeError, ValueError, OverflowError):
            raise UnexpectedReply(f"a record has no time under {self.date!r}") from None
        return moment


def _rows(reply: Any, attribute: str = "") -> list[JsonObject]:
    rows = reply
    if attribute:
        rows = reply.get(attribute) if isinstance(reply, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict | Row) for row in rows):
        where = f"under {attribute!r}" if attribute else "for a reply"
        raise UnexpectedReply(f"the page has no list of objects {where}")
    return rows


def _whole(reply: Any, attribute: str) -> int | None:
    """Find a whole number at a dotted place; ``None`` where there is none."""
    value = reply
    for part in attribute.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
