"""A page is read for its records and for the way to the next."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.paging import CursorPages, NoPages
from airflow_provider_circle.exceptions import UnexpectedReply

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


@pytest.mark.parametrize("token", [5, 0, False, ["t"], {"t": 1}], ids=str)
def test_a_token_that_is_no_text_is_unexpected(token: Any) -> None:
    with pytest.raises(UnexpectedReply, match="'next'"):
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
    with pytest.raises(UnexpectedReply):
        NoPages().read(reply, {})
