"""
How a list continues, as data: given a page, which records it holds and how to ask for the next.

Knows JSON shapes, not vendors; the walk decides when to ask. Numbered, offset and dated pages come with the services
that need them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["CursorPages", "NoPages", "Page", "Paging"]


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page, read.

    :param records: in the server's order.
    :param next_query: query parameters to add for the next page; ``None`` when this was the last.
    """

    records: list[JsonObject]
    next_query: Mapping[str, str] | None


class Paging(Protocol):
    """Reads a page of a list."""

    def read(self, reply: Any) -> Page:
        """
        Take a decoded reply apart.

        :raises UnexpectedReply: it is not a page of this kind.
        """


@dataclass(frozen=True, slots=True)
class NoPages:
    """The reply is the whole answer: one object, or all rows at once."""

    def read(self, reply: Any) -> Page:
        """
        Treat a list as all rows, an object as the only one.

        :raises UnexpectedReply: neither of them.
        """
        rows = reply if isinstance(reply, list) else [reply]
        if not all(isinstance(row, dict) for row in rows):
            raise UnexpectedReply("the reply is neither an object nor a list of objects")
        return Page(rows, None)


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

    def read(self, reply: Any) -> Page:
        """
        Take rows and token out of a page.

        :raises UnexpectedReply: no list of objects where the rows should be, or a token that is no text.
        """
        rows = reply.get(self.records) if isinstance(reply, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UnexpectedReply(f"the page has no list of objects under {self.records!r}")
        token = reply.get(self.cursor)
        if token is not None and not isinstance(token, str):
            raise UnexpectedReply(f"the page's {self.cursor!r} is a {type(token).__name__}, not a text")
        return Page(rows, {self.parameter: token} if token else None)
