"""
Reading lists with several pages on their way at once, and handing them on in order.

Knows which page may be asked for before the one ahead of it has come. How many there may be at once, the caller says;
when each may be sent, the pace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from airflow_provider_circle.core.endpoint import Endpoint, Query
from airflow_provider_circle.core.json_text import read_json
from airflow_provider_circle.core.paging import NumberedPages, Page, Paging, Trail
from airflow_provider_circle.core.walk import Begin, Branch, Caller, Drop, Emit, Walk, join, read_page
from airflow_provider_circle.exceptions import NotFound, UnexpectedReply

__all__ = ["Keep", "ListRequest", "pages_ahead"]

Keep: TypeAlias = Callable[[Any, str | int], Any]
"""Makes of a record as it was decoded, told its list's label, what is handed on."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """
    One list to read.

    :param label: tells its records from those of others.
    :param path: a value for every placeholder of the endpoint.
    :param query: parameters of every page.
    """

    label: str | int = ""
    path: Mapping[str, str | int] = field(default_factory=dict)
    query: Query = field(default_factory=dict)


def pages_ahead(
    caller: Caller,
    endpoint: Endpoint,
    lists: Iterable[ListRequest],
    *,
    concurrency: int,
    enough: Callable[[Page], bool] = lambda _: False,
    decode: Callable[[bytes], Any] = read_json,
    keep: Keep | None = None,
    missing_ok: bool = False,
) -> Walk[None]:
    """
    Emit lists one after the other, page by page, in order.

    Numbered pages are asked for ahead as far as the server's own count reaches, and the next lists' first pages as
    long as there is room.

    :param concurrency: how many pages are on their way at most.
    :param enough: told each page; ends the reading of its list.
    :param decode: reads a page's text; raises ValueError where it is no JSON.
    :param keep: makes of each record what is handed on, as soon as its page has come.
    :param missing_ok: a list that does not exist (404) is an empty one.
    :raises UnexpectedReply: a page names a next one that was read already.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, got {concurrency}")
    waiting = iter(lists)
    reading: deque[_List] = deque()
    while True:
        yield from _fill(
            lambda one, asked: _page(caller, endpoint, one, asked, decode=decode, keep=keep),
            endpoint.pages,
            reading,
            waiting,
            concurrency,
        )
        if not reading:
            return
        first = reading[0]
        asked, branch = first.under_way.popleft()
        try:
            page = yield from join(branch)
        except NotFound:
            if not missing_ok:
                raise
            page = Page([], None)
        yield Emit(page.records, first.request.label, page)
        if loop := first.trail.loops(page):
            raise UnexpectedReply(f"{caller.service.name}: {endpoint.method} {endpoint.path} {loop}")
        first.learn(asked, page)
        if page.next_query is None or enough(page):
            for _, unneeded in first.under_way:
                yield Drop(unneeded)
            reading.popleft()


class _List:
    """A list that is being read, and its pages that are under way, in order."""

    __slots__ = ("_known_pages", "_next_number", "_token", "paging", "request", "trail", "under_way")

    def __init__(self, request: ListRequest, paging: Paging) -> None:
        self.request = request
        self.paging = paging
        self.under_way: deque[tuple[Mapping[str, str], Branch[Page]]] = deque()
        self._next_number = self._known_pages = 1
        self._token: Mapping[str, str] | None = {}
        self.trail = Trail()

    def take(self) -> Mapping[str, str] | None:
        """Say how to ask for a page that may be asked for already; ``None`` when there is none yet."""
        if isinstance(self.paging, NumberedPages):
            if self._next_number > self._known_pages:
                return None
            self._next_number += 1
            return self.paging.query(self._next_number - 1)
        taken, self._token = self._token, None
        return taken

    def learn(self, asked: Mapping[str, str], page: Page) -> None:
        """Take from a page what may be asked for next."""
        if page.next_query is None:
            return
        if isinstance(self.paging, NumberedPages):
            self._known_pages = max(page.pages or 0, int(asked[self.paging.parameter]) + 1)
            return
        self._token = page.next_query


_Asking: TypeAlias = Callable[[ListRequest, Mapping[str, str]], Walk[Page]]
"""Asks for a page of a list, told how."""


def _page(
    caller: Caller,
    endpoint: Endpoint,
    of: ListRequest,
    asked: Mapping[str, str],
    *,
    decode: Callable[[bytes], Any],
    keep: Keep | None,
) -> Walk[Page]:
    """Ask for a page, and reduce its records to what is kept: a page may wait for those ahead of it."""
    page = yield from read_page(caller, endpoint, path=of.path, query={**of.query, **asked}, decode=decode)
    return page if keep is None else replace(page, records=[keep(record, of.label) for record in page.records])


def _fill(
    ask: _Asking, paging: Paging, reading: deque[_List], waiting: Iterator[ListRequest], concurrency: int
) -> Walk[None]:
    """Ask for as many pages as may be on their way; those that are needed first come first."""
    room = concurrency - sum(len(one.under_way) for one in reading)
    for one in reading:
        room = yield from _ask(ask, one, room)
    while room > 0 and (request := next(waiting, None)) is not None:
        reading.append(_List(request, paging))
        room = yield from _ask(ask, reading[-1], room)


def _ask(ask: _Asking, one: _List, room: int) -> Walk[int]:
    """Begin pages of one list; return the room that is left."""
    while room > 0 and (asked := one.take()) is not None:
        branch = Branch(ask(one.request, asked))
        one.under_way.append((asked, branch))
        yield Begin(branch)
        room -= 1
    return room
