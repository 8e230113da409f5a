from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.stream import read_stream
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circa.service import circa_v1
from airflow_provider_circle.vendors.circa.streams import STREAMS
from tests.unit.vendors.answering import Answering, Asked, reply

CIRCA = circa_v1("https://app.circa.co", "secret-key")
WINDOW = Window(datetime(2027, 1, 14, tzinfo=UTC), datetime(2027, 1, 15, 12, 30, 0, 500_000, tzinfo=UTC))
LISTS = {
    "teams": "/teams",
    "events": "/events",
    "contacts": "/contacts",
    "companies": "/companies",
    "event_contacts": "/events/p1/contacts",
    "event_staff": "/events/p1/staff",
    "event_expenses": "/events/p1/expenses",
    "company_contacts": "/companies/p1/contacts",
    "event_fields": "/fields",
    "company_fields": "/fields",
    "contact_fields": "/fields",
}
WINDOWED = {"events", "contacts", "companies", "event_contacts"}


def page(rows: list[JsonObject], number: int = 1, pages: int = 1, count: int | None = None) -> Response:
    pagination = {
        "current_page": number,
        "total_pages": pages,
        "per_page": 25,
        "total_entries": len(rows) if count is None else count,
    }
    return reply({"data": rows, "pagination": pagination})


def read(stream: str, answer: Any = None, **options: Any) -> Answering:
    circa = Answering(CIRCA, answer or (lambda _: page([{"id": "x"}])))
    parents = ["p1"] if STREAMS[stream].parent else []
    circa.run(read_stream(circa.caller, STREAMS[stream], parents=parents, **options))
    return circa


def test_every_list_is_known_by_its_name() -> None:
    assert {name: stream.name for name, stream in STREAMS.items()} == {name: name for name in LISTS}


@pytest.mark.parametrize(("stream", "path"), LISTS.items())
def test_a_stream_is_read_from_its_path(stream: str, path: str) -> None:
    assert read(stream).routes == [f"GET {path}"]


@pytest.mark.parametrize("stream", sorted(WINDOWED))
def test_a_window_is_asked_for_with_both_ends_in_utc(stream: str) -> None:
    (asked,) = read(stream, window=WINDOW).asked

    assert {name: value for name, value in asked.query.items() if name != "page"} == {
        "updated_at[min]": "2027-01-13T23:59:59Z",
        "updated_at[max]": "2027-01-15T12:30:01Z",
    }


@pytest.mark.parametrize("stream", sorted(WINDOWED))
def test_a_window_is_of_the_time_of_the_last_change(stream: str) -> None:
    assert STREAMS[stream].cursor == "updated_at"


@pytest.mark.parametrize("stream", sorted(LISTS.keys() - WINDOWED))
def test_what_has_no_time_of_change_is_read_as_a_whole(stream: str) -> None:
    (asked,) = read(stream, window=WINDOW).asked

    assert not any("updated_at" in name for name in asked.query)


@pytest.mark.parametrize("stream", sorted(WINDOWED))
def test_a_list_can_be_narrowed_by_the_time_of_creation(stream: str) -> None:
    created = {"min": "2027-01-01T00:00:00Z", "max": "2027-01-02T00:00:00Z"}
    (asked,) = read(stream, filters={"created_at": created}).asked

    assert (asked.query["created_at[min]"], asked.query["created_at[max]"]) == (created["min"], created["max"])


@pytest.mark.parametrize("stream", sorted(WINDOWED))
def test_a_list_is_read_as_a_whole_without_bounds_and_at_once(stream: str) -> None:
    circa = read(stream)
    (asked,) = circa.asked

    assert not any("updated_at" in name for name in asked.query)
    assert [row["id"] for row in circa.rows] == ["x"]


def test_a_filter_that_no_document_names_is_refused() -> None:
    with pytest.raises(ValueError, match="contacts cannot be narrowed by 'email'; known are created_at"):
        read("contacts", filters={"email": "a@b.c"})


@pytest.mark.parametrize(
    ("stream", "kind"), [("event_fields", "Event"), ("company_fields", "Company"), ("contact_fields", "Contact")]
)
def test_fields_are_asked_for_by_what_they_are_for(stream: str, kind: str) -> None:
    (asked,) = read(stream).asked

    assert asked.query == {"fields_for": kind}


def test_fields_come_without_pagination() -> None:
    circa = read("event_fields", lambda _: reply({"data": [{"id": "a"}, {"id": "b"}]}))

    assert [row["id"] for row in circa.rows] == ["a", "b"]


@pytest.mark.parametrize("content", [[], {"fields": []}, {"data": {}}, {"data": ["a"]}])
def test_fields_that_are_none_are_refused(content: Any) -> None:
    with pytest.raises(UnexpectedReply):
        read("event_fields", lambda _: reply(content))


@pytest.mark.parametrize(
    ("stream", "attribute"),
    [
        ("event_contacts", "event_id"),
        ("event_staff", "event_id"),
        ("event_expenses", "event_id"),
        ("company_contacts", "company_id"),
    ],
)
def test_a_child_knows_its_parent_and_is_told_apart_by_it(stream: str, attribute: str) -> None:
    assert (read(stream).rows, STREAMS[stream].key) == ([{"id": "x", attribute: "p1"}], (attribute, "id"))


def test_a_list_is_read_to_its_last_page_and_counted() -> None:
    def answer(asked: Asked) -> Response:
        number = int(asked.query.get("page", 1))
        return page([{"id": f"{number}"}], number, pages=3, count=3)

    circa = read("contacts", answer)

    assert ([row["id"] for row in circa.rows], [emit.page and emit.page.count for emit in circa.emitted]) == (
        ["1", "2", "3"],
        [3, 3, 3],
    )


def test_an_empty_list_has_no_pages() -> None:
    assert read("contacts", lambda _: page([], pages=0)).rows == []


def test_a_list_without_pagination_is_refused() -> None:
    with pytest.raises(UnexpectedReply, match=r"pagination\.total_pages"):
        read("contacts", lambda _: reply({"data": []}))


def test_unknown_attributes_stay() -> None:
    assert read("teams", lambda _: page([{"id": "x", "mascot": {"name": "Bo"}}])).rows == [
        {"id": "x", "mascot": {"name": "Bo"}}
    ]
