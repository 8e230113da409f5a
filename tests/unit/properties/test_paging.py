"""A list comes out as it is, however it is cut into pages and in whatever order those arrive; and reading it ends."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_circle.core.ahead import ListRequest, pages_ahead
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.paging import CursorPages, DatedPages, NumberedPages, OffsetPages, Paging
from airflow_provider_circle.core.walk import Walk, pages
from airflow_provider_circle.exceptions import UnexpectedReply
from tests.unit.core.branching import Gone, by_chance, go
from tests.unit.walking import LOST, Clock, caller, patient, reply

SOURCE = "https://docs.orbit.example/v3/moons"
MOST_REQUESTS = 500
"""More than any list of these tests needs."""

CURSOR = CursorPages("items", "next", "after")
PROMISED = NumberedPages(records="items", more="more", pages="pages")
COUNTED = NumberedPages(records="items", more="more", count="meta.count", per_page=3)
NUMBERED = NumberedPages(records="items", pages="pages")
UNTIL_EMPTY = NumberedPages()
SHORT_IS_LAST = OffsetPages(most=4)


@dataclass
class Server:
    """
    Lists that are cut into pages, each of its own size.

    :param lists: the pages of each list, by its name.
    :param hint: what it says the number of pages is, where nothing hangs on that.
    :param troubles: numbers of requests that are answered by something that goes away.
    """

    paging: Paging
    lists: dict[str, list[list[JsonObject]]]
    hint: Any = None
    troubles: set[int] = field(default_factory=set)
    requests: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    def __call__(self, path: str, query: dict[str, str]) -> Outcome:
        self.requests += 1
        assert self.requests <= MOST_REQUESTS, "somebody asks for ever"
        if self.requests in self.troubles:
            return LOST if self.requests % 2 else reply(status=503)
        self.asked[path + json.dumps(query)] += 1
        return reply(self._page(self.lists[path.removeprefix("/planets/").removesuffix("/moons")], query))

    def _page(self, cut: list[list[JsonObject]], query: dict[str, str]) -> Any:
        if self.paging is CURSOR:
            number = int(query.get("after", "p0").removeprefix("p"))
            return {"items": cut[number], "next": f"p{number + 1}" if number + 1 < len(cut) else None}
        if self.paging is SHORT_IS_LAST:
            rows = [row for page in cut for row in page]
            begin = int(query.get("offset", "0"))
            return rows[begin : begin + 4]
        number = int(query.get("page", "1"))
        rows = cut[number - 1] if number <= len(cut) else []
        if self.paging is UNTIL_EMPTY:
            return rows
        told = {"more": number < len(cut), "pages": self.hint, "meta": {"count": self.hint}}
        return {"items": rows, **(told if self.paging is not NUMBERED else {"pages": len(cut)})}


def made(paging: Paging, sizes: list[int], name: str = "io") -> list[list[JsonObject]]:
    """Cut a list into pages of these sizes; there is at least one page."""
    if paging in {UNTIL_EMPTY, PROMISED, COUNTED}:
        # Where the number of pages does not say otherwise, an empty one is the end, or beyond it.
        sizes = [size for size in sizes if size]
    rows = [{"id": f"{name} {number}"} for number in range(sum(sizes))]
    ends = accumulate(sizes)
    return [rows[end - size : end] for size, end in zip(sizes, ends, strict=True)] or [[]]


every_paging = st.sampled_from([CURSOR, PROMISED, COUNTED, NUMBERED, UNTIL_EMPTY, SHORT_IS_LAST])
page_sizes = st.lists(st.integers(0, 5), max_size=12)
hints = st.none() | st.integers(-2, 30) | st.sampled_from([True, "3", 2.5])
troubles = st.sets(st.integers(1, 40), max_size=10)


def walked(walk: Walk[None], server: Server, seed: int = 0) -> Gone:
    return go(walk, server, by_chance(seed), Clock())


@given(every_paging, page_sizes, hints, troubles)
def test_a_walk_emits_exactly_the_list(paging: Paging, sizes: list[int], hint: Any, troubles: set[int]) -> None:
    server = Server(paging, {"io": made(paging, sizes)}, hint, troubles)
    endpoint = Endpoint("GET", "/planets/io/moons", SOURCE, pages=paging)

    gone = walked(pages(caller(Clock(), retry=patient(20)), endpoint), server)

    assert gone.records == [row for page in server.lists["io"] for row in page]
    assert set(server.asked.values()) == {1}, "a page was asked for twice"


@given(st.data(), every_paging, st.lists(page_sizes, max_size=4), st.integers(1, 20), st.integers(0, 2**32))
def test_pages_ahead_emit_exactly_the_lists_in_order(
    draw: st.DataObject, paging: Paging, many_sizes: list[list[int]], concurrency: int, seed: int
) -> None:
    names = [f"planet{number}" for number in range(len(many_sizes))]
    cut = {name: made(paging, sizes, name) for name, sizes in zip(names, many_sizes, strict=True)}
    server = Server(paging, cut, draw.draw(hints), draw.draw(troubles))
    endpoint = Endpoint("GET", "/planets/{planet}/moons", SOURCE, pages=paging)
    lists = [ListRequest(name, {"planet": name}) for name in names]

    gone = walked(
        pages_ahead(caller(Clock(), retry=patient(20)), endpoint, lists, concurrency=concurrency), server, seed
    )

    assert [(emit.label, row) for emit in gone.emitted for row in emit.records] == [
        (name, row) for name in names for page in cut[name] for row in page
    ]
    assert (gone.left, gone.most <= concurrency) == (0, True)
    assert set(server.asked.values()) <= {1}, "a page was asked for twice"


# Lists that lead nowhere


@given(
    st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 8)), min_size=1, max_size=9),
    st.integers(1, 4),
    st.integers(0, 2**32),
)
def test_tokens_in_a_circle_are_told(pages_to: list[tuple[int, int | None]], concurrency: int, seed: int) -> None:
    # Each page has some records and names another, maybe itself or one that was read already.
    def answer(_: str, query: dict[str, str]) -> Outcome:
        number = int(query.get("after", "0"))
        size, to = pages_to[number % len(pages_to)]
        return reply(
            {"items": [{"id": f"{number} {row}"} for row in range(size)], "next": None if to is None else str(to)}
        )

    endpoint = Endpoint("GET", "/moons", SOURCE, pages=CURSOR)
    for walk in (
        pages(caller(Clock()), endpoint),
        pages_ahead(caller(Clock()), endpoint, [ListRequest()], concurrency=concurrency),
    ):
        gone = go(walk, answer, by_chance(seed))
        assert len(gone.requests) <= len(pages_to) + 10
        followed, seen = "0", set()
        while followed not in seen and (to := pages_to[int(followed) % len(pages_to)][1]) is not None:
            seen.add(followed)
            followed = str(to)
        assert isinstance(gone.error, UnexpectedReply) == (followed in seen)


@given(st.sampled_from([UNTIL_EMPTY, PROMISED, NUMBERED, SHORT_IS_LAST]), st.integers(0, 9), st.integers(1, 4), hints)
def test_a_server_that_always_sends_the_same_page_is_told(
    paging: Paging, size: int, concurrency: int, hint: Any
) -> None:
    rows = [{"id": number} for number in range(size)]

    def answer(_: str, __: dict[str, str]) -> Outcome:
        told = {"items": rows, "more": True, "pages": hint if paging is PROMISED else 99}
        return reply(rows if paging in {UNTIL_EMPTY, SHORT_IS_LAST} else told)

    endpoint = Endpoint("GET", "/moons", SOURCE, pages=paging)
    for walk in (
        pages(caller(Clock()), endpoint),
        pages_ahead(caller(Clock()), endpoint, [ListRequest()], concurrency=concurrency),
    ):
        gone = go(walk, answer)
        ends_well = not rows or (paging is SHORT_IS_LAST and size < 4)
        # Empty pages are read as far as the server itself says that there are any.
        assert len(gone.requests) <= (100 if not rows else 2 + concurrency)
        if paging in {UNTIL_EMPTY, SHORT_IS_LAST} or rows:
            assert (gone.error is None) == ends_well


# Pages that end somewhere in time

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ages_ms = st.lists(st.integers(0, 20_000) | st.integers(0, 20).map(lambda s: s * 1_000), max_size=40)


@given(ages_ms, st.integers(1, 12), st.sampled_from([1, 1_000]))
def test_dated_pages_miss_nothing_or_say_so(ages_ms: Sequence[int], limit: int, precision_ms: int) -> None:
    moments = sorted((DAY - timedelta(milliseconds=age) for age in ages_ms), reverse=True)
    rows = [{"id": number, "at": moment.isoformat()} for number, moment in enumerate(moments)]
    asked = 0

    def answer(_: str, query: dict[str, str]) -> Outcome:
        nonlocal asked
        asked += 1
        assert asked <= MOST_REQUESTS, "somebody asks for ever"
        if "before" not in query:
            return reply(rows[:limit])
        before = datetime.fromisoformat(query["before"])
        if precision_ms == 1_000:  # as far as this server looks
            before = before.replace(microsecond=0)
        return reply([row for row, moment in zip(rows, moments, strict=True) if moment < before][:limit])

    endpoint = Endpoint("GET", "/moons", SOURCE, pages=DatedPages("at", "before", "limit"))
    gone = go(pages(caller(Clock()), endpoint, query={"limit": str(limit)}), answer)

    crowded = max((sum(abs(one - other) < timedelta(seconds=2) for other in moments) for one in moments), default=0)
    if gone.error is None:
        came = [row["id"] for row in gone.records]
        assert list(dict.fromkeys(came)) == [row["id"] for row in rows]
    else:
        assert isinstance(gone.error, UnexpectedReply)
        assert crowded >= limit, "there was room for all of the same time"


@given(st.lists(st.integers(1, 5), max_size=10), st.integers(1, 6), st.integers(0, 2**32), st.data())
def test_reading_ends_where_it_is_enough(sizes: list[int], concurrency: int, seed: int, draw: st.DataObject) -> None:
    cut = made(COUNTED, sizes)
    last = draw.draw(st.integers(0, len(cut) - 1))
    server = Server(COUNTED, {"io": cut, "eu": made(COUNTED, sizes, "eu")}, hint=sum(sizes))
    endpoint = Endpoint("GET", "/planets/{planet}/moons", SOURCE, pages=COUNTED)

    gone = walked(
        pages_ahead(
            caller(Clock()),
            endpoint,
            [ListRequest(name, {"planet": name}) for name in ("io", "eu")],
            concurrency=concurrency,
            enough=lambda page: page.records == cut[last],
        ),
        server,
        seed,
    )

    ends = cut[: last + 1] if cut[last] else cut
    assert gone.records == [row for page in [*ends, *server.lists["eu"]] for row in page]
    assert gone.left == 0
