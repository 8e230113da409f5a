"""What the stand-in answers when asked for pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.rows import BEGIN, END, LISTS
from benchmarks.standin.circa import contact, contacts
from benchmarks.standin.circle_admin import member, members
from benchmarks.standin.lists import Listed

_CONTACTS, _MEMBERS = contacts(60), members(210)
_CONTACT_ATTRIBUTES = (
    "id first_name last_name email contact_type company title owner website office_phone mobile_phone address "
    "city state postal_index country twitter linkedin description hot_lead email_opt_in sync_status custom_fields "
    "created_at updated_at created_by updated_by created_method"
)


def _page(listed: Listed, target: str) -> dict[str, Any]:
    reply = listed.answer(b"GET", target.encode())
    assert reply is not None
    page: dict[str, Any] = json.loads(reply.body)
    return page


def _contacts(query: str) -> dict[str, Any]:
    return _page(_CONTACTS, f"/api/v1/contacts{query}")


def _members(query: str) -> dict[str, Any]:
    return _page(_MEMBERS, f"/api/admin/v2/community_members{query}")


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        pytest.param("", 1, 25, id="no number"),
        pytest.param("?page=1", 1, 25, id="first"),
        pytest.param("?updated_at%5Bmin%5D=2026-06-01T00%3A00%3A00Z&page=2", 26, 25, id="middle, behind a filter"),
        pytest.param("?page=3", 51, 10, id="last"),
    ],
)
def test_page_holds_its_rows(query: str, first: int, count: int) -> None:
    assert _contacts(query)["data"] == [contact(number) for number in range(first, first + count)]


def test_page_beyond_the_end_is_empty() -> None:
    assert _contacts("?page=4")["data"] == []


def test_contacts_say_how_many_pages_there_are() -> None:
    assert _contacts("?page=2")["pagination"] == {
        "current_page": 2, "total_pages": 3, "per_page": 25, "total_entries": 60,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "more", "rows"),
    [
        pytest.param(1, True, 100, id="first"),
        pytest.param(2, True, 100, id="middle"),
        pytest.param(3, False, 10, id="last"),
    ],
)
def test_members_say_whether_there_are_more(number: int, more: bool, rows: int) -> None:
    page = _members(f"?per_page=100&status=all&page={number}")
    told = {name: value for name, value in page.items() if name != "records"}
    assert told == {"page": number, "per_page": 100, "has_next_page": more, "count": 210, "page_count": rows}


def test_members_are_numbered_through() -> None:
    ids = [row["id"] for number in (1, 2, 3) for row in _members(f"?page={number}")["records"]]
    assert ids == list(range(1_000_001, 1_000_211))


@pytest.mark.parametrize(
    ("method", "target"),
    [
        pytest.param(b"GET", b"/api/v1/events", id="another list"),
        pytest.param(b"POST", b"/api/v1/contacts", id="another method"),
    ],
)
def test_what_is_not_the_list_is_left_to_others(method: bytes, target: bytes) -> None:
    assert _CONTACTS.answer(method, target) is None


def test_contact_has_every_attribute_of_the_documents() -> None:
    assert list(contact(1)) == _CONTACT_ATTRIBUTES.split()


@pytest.mark.parametrize("make", [contact, member])
def test_row_is_the_same_each_time(make: Any) -> None:
    assert make(7) == make(7)


@pytest.mark.parametrize("make", [contact, member])
def test_later_edition_is_the_same_row_changed(make: Any) -> None:
    before, after = make(7), make(7, 1)
    assert after["id"] == before["id"]
    assert after["updated_at"] > before["updated_at"]


@pytest.mark.parametrize("edition", [0, 1])
def test_contacts_were_changed_in_the_window_that_is_pulled(edition: int) -> None:
    assert all(BEGIN[:19] <= contact(number, edition)["updated_at"][:19] < END[:19] for number in range(1, 200))


@pytest.mark.parametrize(("name", "answer"), [("contacts", _contacts), ("members", _members)])
def test_peers_find_the_end_of_the_list(name: str, answer: Any) -> None:
    assert [LISTS[name].more(answer(f"?page={number}")) for number in (1, 2, 3)] == [True, True, False]
