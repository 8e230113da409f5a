"""A page is read for its records and for the way to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_circle.core.paging import CursorPages, DatedPages, NoPages, NumberedPages, OffsetPages, Page
from airflow_provider_circle.exceptions import UnexpectedReply
from tests.unit.zones import far_from_greenwich

CURSOR = CursorPages(records="items", cursor="next", parameter="after")


def test_records_keep_the_servers_order() -> None:
    assert CURSOR.read({"items": [{"id": 2}, {"id": 1}]}, {}).records == [{"id": 2}, {"id": 1}]


def test_a_token_asks_for_the_next_page() -> None:
    assert CURSOR.read({"items": [], "next": "t1"}, {}).next_query == {"after": "t1"}


@pytest.mark.parametrize("end", [{}, {"next": None}, {"next": ""}], ids=["missing", "null", "empty"])
def test_without_a_token_the_list_ends(end: dict[str, Any]) -> None:
    assert CURSOR.read({"items": [{"id": 1}], **end}, {}).next_query is None


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    assert CURSOR.read({"items": [], "next": "t1"}, {}).next_query is not None


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param({}, id="no rows"),
        pytest.param({"items": None}, id="null"),
        pytest.param({"items": {"id": 1}}, id="an object"),
        pytest.param({"items": "rows"}, id="a text"),
        pytest.param({"items": [{"id": 1}, 2]}, id="a row that is a number"),
        pytest.param({"items": [None]}, id="a row that is null"),
        pytest.param([{"id": 1}], id="a bare list"),
        pytest.param("items", id="a bare text"),
        pytest.param(None, id="a bare null"),
    ],
)
def test_what_is_no_page_is_unexpected(reply: Any) -> None:
    with pytest.raises(UnexpectedReply, match="'items'"):
        CURSOR.read(reply, {})


@pytest.mark.parametrize(
    ("token", "kind"), [(5, "int"), (0, "int"), (False, "bool"), (["t"], "list"), ({"t": 1}, "dict")]
)
def test_a_token_that_is_no_text_is_unexpected(token: Any, kind: str) -> None:
    with pytest.raises(UnexpectedReply, match=f"'next' is a {kind}, not a text"):
        CURSOR.read({"items": [], "next": token}, {})


def test_a_complaint_about_a_page_shows_none_of_it() -> None:
    with pytest.raises(UnexpectedReply) as complaint:
        CURSOR.read({"items": ["private@person.example"]}, {})
    assert "private" not in str(complaint.value)


def test_an_unpaged_list_is_all_rows() -> None:
    page = NoPages().read([{"id": 1}, {"id": 2}], {})
    assert (page.records, page.next_query) == ([{"id": 1}, {"id": 2}], None)


def test_an_unpaged_object_is_the_only_row() -> None:
    page = NoPages().read({"id": 1}, {})
    assert (page.records, page.next_query) == ([{"id": 1}], None)


@pytest.mark.parametrize("reply", [None, "down", 5, [1], [{"id": 1}, None]], ids=str)
def test_an_unpaged_reply_without_objects_is_unexpected(reply: Any) -> None:
    with pytest.raises(UnexpectedReply, match=r"^the reply is neither an object nor a list of objects$"):
        NoPages().read(reply, {})


# Pages by number


def numbered(reply: Any, page: int | None = None, **settings: Any) -> Page:
    """Read a numbered page; asked for without a number it is the first."""
    return NumberedPages(**settings).read(reply, {} if page is None else {"page": str(page)})


def filled(rows: int, **rest: Any) -> dict[str, Any]:
    return {"items": [{"id": number} for number in range(rows)], **rest}


MORE: dict[str, Any] = {"records": "items", "more": "more"}
TOTAL: dict[str, Any] = {"records": "items", "pages": "paging.pages"}


@pytest.mark.parametrize(
    ("settings", "reply", "page", "following"),
    [
        pytest.param(MORE, filled(2, more=True), None, "2", id="more, first page"),
        pytest.param(MORE, filled(2, more=True), 7, "8", id="more, later page"),
        pytest.param(MORE, filled(2, more=False), 1, None, id="no more"),
        pytest.param(
            {**MORE, "pages": "pages"}, filled(0, more=True, pages=1), 1, "2", id="more after an empty page that counts"
        ),
        pytest.param(MORE, filled(0, more=False), 1, None, id="no more after an empty page"),
        pytest.param({**MORE, "pages": "pages"}, filled(2, more=True, pages=1), 1, "2", id="more, whatever the pages"),
        pytest.param({**MORE, "pages": "pages"}, filled(2, more=True, pages=0), 9, "10", id="more, beyond the pages"),
        pytest.param({**MORE, "pages": "pages"}, filled(2, more=False, pages=9), 1, None, id="no more, despite pages"),
        pytest.param(
            {**MORE, "count": "n", "per_page": 2}, filled(2, more=True, n=2), 1, "2", id="more, despite count"
        ),
        pytest.param(
            {**MORE, "count": "n", "per_page": 2}, filled(2, more=False, n=99), 1, None, id="no more, but count"
        ),
        pytest.param(TOTAL, filled(2, paging={"pages": 3}), None, "2", id="first of three"),
        pytest.param(TOTAL, filled(2, paging={"pages": 3}), 2, "3", id="second of three"),
        pytest.param(TOTAL, filled(2, paging={"pages": 3}), 3, None, id="last of three"),
        pytest.param(TOTAL, filled(2, paging={"pages": 3}), 4, None, id="beyond the last"),
        pytest.param(TOTAL, filled(0, paging={"pages": 3}), 2, "3", id="an empty one of three"),
        pytest.param(TOTAL, filled(0, paging={"pages": 0}), 1, None, id="none at all"),
        pytest.param({"records": "items"}, filled(1), 1, "2", id="rows"),
        pytest.param({"records": "items"}, filled(0), 5, None, id="no rows"),
        pytest.param({}, [{"id": 1}], 3, "4", id="a bare list of rows"),
        pytest.param({}, [], 1, None, id="an empty bare list"),
        pytest.param({"count": "n", "per_page": 2}, [{"id": 1}], 1, "2", id="a bare list cannot count"),
    ],
)
def test_a_numbered_page_names_the_next_or_ends_the_list(
    settings: dict[str, Any], reply: Any, page: int | None, following: str | None
) -> None:
    assert numbered(reply, page, **settings).next_query == (None if following is None else {"page": following})


def test_a_number_given_as_a_number_is_counted_on() -> None:
    page = NumberedPages().read([{"id": 1}], {"page": 3})
    assert page.next_query == {"page": "4"}


def test_the_parameter_for_the_number_has_the_name_it_was_given() -> None:
    page = NumberedPages(parameter="p").read([{"id": 1}], {"p": "3", "page": "9"})
    assert page.next_query == {"p": "4"}


@pytest.mark.parametrize(
    ("settings", "reply", "count", "pages"),
    [
        pytest.param({}, [{"id": 1}], None, None, id="nothing said"),
        pytest.param({"records": "items"}, filled(1, n=7), None, None, id="not looked for"),
        pytest.param({"count": "n"}, [{"id": 1}], None, None, id="a bare list"),
        pytest.param({**MORE, "count": "n"}, filled(1, more=False, n=7), 7, None, id="count"),
        pytest.param({**MORE, "count": "n", "per_page": 3}, filled(1, more=True, n=7), 7, 3, id="count, not even"),
        pytest.param({**MORE, "count": "n", "per_page": 3}, filled(1, more=True, n=6), 6, 2, id="count, even"),
        pytest.param({**MORE, "count": "n", "per_page": 3}, filled(0, more=False, n=0), 0, 0, id="count of none"),
        pytest.param({**MORE, "pages": "p"}, filled(1, more=True, p=4), None, 4, id="pages"),
        pytest.param(
            {**MORE, "pages": "p", "count": "n", "per_page": 3}, filled(1, more=True, p=4, n=99), 99, 4, id="both"
        ),
        pytest.param(
            {**MORE, "pages": "p", "count": "n", "per_page": 3},
            filled(1, more=True, p=None, n=9),
            9,
            3,
            id="null pages",
        ),
        pytest.param({**TOTAL, "count": "paging.n"}, filled(1, paging={"pages": 2, "n": 30}), 30, 2, id="nested"),
        pytest.param({**MORE, "count": "a.b.c"}, filled(1, more=True, a={"b": {"c": 5}}), 5, None, id="deeply nested"),
        pytest.param({**MORE, "count": "a.b"}, filled(1, more=True, a=[5]), None, None, id="nested in a list"),
        pytest.param({**MORE, "count": "n"}, filled(1, more=True, n=True), None, None, id="true is no count"),
        pytest.param({**MORE, "count": "n"}, filled(1, more=True, n="7"), None, None, id="a text is no count"),
        pytest.param({**MORE, "count": "n"}, filled(1, more=True, n=7.0), None, None, id="a fraction is no count"),
        pytest.param({**MORE, "count": "n"}, filled(1, more=True, n=-1), None, None, id="less than none is no count"),
        pytest.param({**MORE, "pages": "p"}, filled(1, more=True, p=-1), None, None, id="less than no pages"),
    ],
)
def test_a_numbered_page_says_how_many_there_are(
    settings: dict[str, Any], reply: Any, count: int | None, pages: int | None
) -> None:
    page = numbered(reply, 1, **settings)
    assert (page.count, page.pages) == (count, pages)


def test_a_count_beyond_every_float_is_a_count() -> None:
    page = numbered(filled(1, more=True, n=10**400), 1, **MORE, count="n", per_page=100)
    assert page.pages == 10**398


@pytest.mark.parametrize(
    ("settings", "reply", "message"),
    [
        pytest.param(MORE, filled(1), "'more'", id="no word on more"),
        pytest.param(MORE, filled(1, more=None), "'more'", id="null for more"),
        pytest.param(MORE, filled(1, more="true"), "'more'", id="a text for more"),
        pytest.param(MORE, filled(1, more=1), "'more'", id="a number for more"),
        pytest.param(TOTAL, filled(1), "'paging.pages'", id="no pages"),
        pytest.param(TOTAL, filled(1, paging=None), "'paging.pages'", id="null where pages are nested"),
        pytest.param(TOTAL, filled(1, paging={"pages": "3"}), "'paging.pages'", id="a text for pages"),
        pytest.param(TOTAL, filled(1, paging={"pages": True}), "'paging.pages'", id="true for pages"),
        pytest.param(TOTAL, filled(1, paging={"pages": -1}), "'paging.pages'", id="less than no pages"),
        pytest.param(MORE, [{"id": 1}], "'items'", id="a bare list"),
        pytest.param(MORE, {"more": False}, "'items'", id="no rows"),
        pytest.param(MORE, {"items": [1], "more": False}, "'items'", id="a row that is a number"),
        pytest.param({}, {"items": []}, "for a reply$", id="an object instead of a list"),
        pytest.param({}, None, "for a reply$", id="null instead of a list"),
        pytest.param({}, [[]], "for a reply$", id="a row that is a list"),
    ],
)
def test_what_is_no_numbered_page_is_unexpected(settings: dict[str, Any], reply: Any, message: str) -> None:
    with pytest.raises(UnexpectedReply, match=message):
        numbered(reply, 1, **settings)


@pytest.mark.parametrize(
    ("settings", "reply", "page"),
    [
        pytest.param({"count": "n", "per_page": 2}, filled(0, more=True, n=4), 3, id="beyond what the count makes"),
        pytest.param({"count": "n", "per_page": 2}, filled(0, more=True, n=0), 1, id="of none"),
        pytest.param({"pages": "p"}, filled(0, more=True, p=2), 3, id="beyond the pages"),
        pytest.param({}, filled(0, more=True), 1, id="nothing counts"),
        pytest.param({}, filled(0, more=True), 7, id="nothing counts, later"),
        pytest.param({"count": "n", "per_page": 2}, filled(0, more=True), 2, id="no count"),
        pytest.param({"count": "n", "per_page": 2}, filled(0, more=True, n=None), 2, id="null for a count"),
        pytest.param({"count": "n"}, filled(0, more=True, n=99), 2, id="a count of no pages"),
    ],
)
def test_an_empty_page_that_promises_more_and_is_not_known_to_lie_before_the_end_is_unexpected(
    settings: dict[str, Any], reply: Any, page: int
) -> None:
    with pytest.raises(UnexpectedReply, match=f"page {page} is empty"):
        numbered(reply, page, **MORE, **settings)


@pytest.mark.parametrize(
    ("rows", "page"), [pytest.param(0, 2, id="empty, within"), pytest.param(1, 3, id="rows, beyond the end")]
)
def test_a_promise_of_more_is_believed_unless_the_page_is_empty_and_beyond_the_end(rows: int, page: int) -> None:
    assert numbered(filled(rows, more=True, n=4), page, **MORE, count="n", per_page=2).next_query is not None


# Pages by date


DATED = DatedPages(date="date", parameter="before", limit="limit")


def cards(*dates: str) -> list[dict[str, str]]:
    return [{"date": date} for date in dates]


@pytest.mark.parametrize(
    ("dates", "before"),
    [
        pytest.param(["2026-03-02T10:00:05Z", "2026-03-02T10:00:00Z"], "2026-03-02T10:00:01.000Z", id="newest first"),
        pytest.param(["2026-03-02T10:00:00Z", "2026-03-02T10:00:05Z"], "2026-03-02T10:00:01.000Z", id="oldest first"),
        pytest.param(["2026-03-02T10:00:00.250Z"], "2026-03-02T10:00:01.250Z", id="milliseconds"),
        pytest.param(["2026-03-02T12:00:00+02:00"], "2026-03-02T10:00:01.000Z", id="another zone"),
        pytest.param(["2026-03-02T11:30:00+02:00", "2026-03-02T10:00:00Z"], "2026-03-02T09:30:01.000Z", id="two zones"),
        pytest.param(["2026-03-02T10:00:00"], "2026-03-02T10:00:01.000Z", id="no zone is UTC"),
        pytest.param(["2025-12-31T23:59:59Z"], "2026-01-01T00:00:00.000Z", id="over the year's end"),
    ],
)
def test_the_next_dated_page_repeats_a_second_of_this_one(dates: list[str], before: str) -> None:
    assert DATED.read(cards(*dates), {"limit": 50}).next_query == {"before": before}


@far_from_greenwich()
@pytest.mark.parametrize("date", ["2026-03-02T10:00:00", "2026-03-02T12:00:00+02:00"], ids=["no zone", "another zone"])
def test_dates_are_read_alike_wherever_they_are_read(date: str) -> None:
    assert DATED.read(cards(date), {}).next_query == {"before": "2026-03-02T10:00:01.000Z"}


def test_the_overlap_is_as_long_as_it_was_set() -> None:
    paging = DatedPages("date", "before", "limit", overlap=timedelta(minutes=1))
    assert paging.read(cards("2026-03-02T10:00:00Z"), {}).next_query == {"before": "2026-03-02T10:01:00.000Z"}


STUCK = {"before": "2026-03-02T10:00:01.000Z"}


@pytest.mark.parametrize("limit", [2, "2", 50])
def test_an_empty_dated_page_is_the_end(limit: str | int) -> None:
    assert DATED.read([], {**STUCK, "limit": limit}).next_query is None


@pytest.mark.parametrize("limit", [2, "2", 50])
def test_a_dated_page_that_gets_no_further_and_has_room_is_the_end(limit: str | int) -> None:
    assert DATED.read(cards("2026-03-02T10:00:00Z"), {**STUCK, "limit": limit}).next_query is None


@pytest.mark.parametrize("limit", [2, "2", 1])
def test_a_full_dated_page_that_gets_no_further_is_unexpected(limit: str | int) -> None:
    with pytest.raises(UnexpectedReply, match="2 records and more are dated 2026-03-02T10:00:00"):
        DATED.read(cards("2026-03-02T10:00:00Z", "2026-03-02T10:00:00.900Z"), {**STUCK, "limit": limit})


def test_a_full_dated_page_that_gets_further_goes_on() -> None:
    page = DATED.read(cards("2026-03-02T10:00:00Z", "2026-03-02T09:59:59Z"), {**STUCK, "limit": 2})
    assert page.next_query == {"before": "2026-03-02T10:00:00.000Z"}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([{"id": 1}], id="missing"),
        pytest.param([{"date": None}], id="null"),
        pytest.param([{"date": 1_772_445_600}], id="a number"),
        pytest.param([{"date": "yesterday"}], id="no time"),
        pytest.param([{"date": ""}], id="empty"),
        pytest.param([{"date": "2026-03-02T10:00:00Z"}, {"id": 1}], id="missing in one"),
        pytest.param([{"date": "9999-12-31T23:59:59Z"}], id="at the end of all time"),
        pytest.param([{"date": "0001-01-01T00:00:00+05:00"}], id="before all time"),
    ],
)
def test_a_record_without_a_usable_date_is_unexpected(reply: Any) -> None:
    with pytest.raises(UnexpectedReply, match="'date'"):
        DATED.read(reply, {"limit": 50})


@pytest.mark.parametrize("reply", [None, {}, {"date": "2026-03-02T10:00:00Z"}, "cards", [1]], ids=str)
def test_what_is_no_dated_page_is_unexpected(reply: Any) -> None:
    with pytest.raises(UnexpectedReply, match="list of objects"):
        DATED.read(reply, {"limit": 50})


def test_a_complaint_about_a_date_shows_no_other_attribute() -> None:
    with pytest.raises(UnexpectedReply) as complaint:
        DATED.read([{"date": "x", "email": "private@person.example"}], {})
    assert "private" not in str(complaint.value)


@pytest.mark.parametrize(("reply", "count"), [([], 0), ([{"id": 1}, {"id": 2}], 2), ({"id": 1}, 1)], ids=str)
def test_an_unpaged_reply_counts_its_rows(reply: Any, count: int) -> None:
    assert NoPages().read(reply, {}).count == count


@pytest.mark.parametrize(
    ("count", "asked", "following"),
    [
        pytest.param(3, {}, {"offset": "3"}, id="a full page"),
        pytest.param(2, {}, None, id="a short page"),
        pytest.param(0, {}, None, id="an empty page"),
        pytest.param(3, {"offset": "6"}, {"offset": "9"}, id="a full page further on"),
        pytest.param(3, {"offset": 6}, {"offset": "9"}, id="an offset given as a number"),
        pytest.param(2, {"limit": 2}, {"offset": "2"}, id="a smaller page that is full"),
        pytest.param(1, {"limit": "2", "offset": "4"}, None, id="a smaller page that is short"),
        pytest.param(5, {}, {"offset": "5"}, id="more than asked for"),
        pytest.param(0, {"limit": 0}, None, id="no records wanted"),
    ],
)
def test_an_offset_page_that_is_full_has_a_next(
    count: int, asked: dict[str, Any], following: dict[str, str] | None
) -> None:
    assert OffsetPages(most=3).read([{"id": n} for n in range(count)], asked).next_query == following


def test_an_offset_page_calls_its_parameters_as_it_was_told() -> None:
    page = OffsetPages(most=9, limit="size", offset="skip").read([{"id": 1}], {"size": 1, "skip": 4, "limit": 9})
    assert page.next_query == {"skip": "5"}


@pytest.mark.parametrize("reply", [{}, {"items": []}, None, "rows", [1], [None]], ids=repr)
def test_what_is_no_list_is_no_offset_page(reply: Any) -> None:
    with pytest.raises(UnexpectedReply, match="no list of objects"):
        OffsetPages(most=3).read(reply, {})


def test_all_rows_at_once_may_be_under_an_attribute() -> None:
    assert NoPages(records="tests").read({"tests": [{"id": 1}], "more": 1}, {}) == Page([{"id": 1}], None, count=1)


@pytest.mark.parametrize("reply", [{}, {"tests": None}, [{"id": 1}]], ids=repr)
def test_rows_that_are_not_under_their_attribute_are_unexpected(reply: Any) -> None:
    with pytest.raises(UnexpectedReply, match="'tests'"):
        NoPages(records="tests").read(reply, {})
