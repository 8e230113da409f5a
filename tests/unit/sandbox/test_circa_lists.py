"""Reading from Circa: who is let in, lists, pages and filters."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import CIRCA, TOKEN, InProcess

EVENT = "RXZlbnQtMQ"
COMPANY = "Q29tcGFueS0x"
ROW_S = 60


@pytest.fixture
def minutes(sandbox: InProcess) -> InProcess:
    """A hundred contacts, one a minute."""
    begin_s = sandbox.real_time.seconds
    period = {"since_s": begin_s, "until_s": begin_s + 100 * ROW_S}
    sandbox.control("POST", "/circa/populate", {"contacts": 100, "contacts_per_event": 100, **period})
    return sandbox


def time(sandbox: InProcess, minute: float) -> str:
    return datetime.fromtimestamp(sandbox.real_time.seconds + minute * ROW_S, UTC).isoformat().replace("+00:00", "Z")


def number(row: dict[str, Any]) -> int:
    """The number in an id."""
    return int(urlsafe_b64decode(row["id"] + "==").decode().partition("-")[2])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
    ids=["none", "wrong", "another scheme", "right"],
)
def test_only_a_bearer_of_the_key_is_let_in(sandbox: InProcess, headers: dict[str, str], status: int) -> None:
    assert sandbox.circa("GET", "/teams", headers=headers).status == status


@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("/teams", 3),
        ("/events", 5),
        ("/companies", 12),
        ("/contacts", 120),
        (f"/events/{EVENT}/contacts", 40),
        (f"/events/{EVENT}/staff", 2),
        (f"/events/{EVENT}/expenses", 3),
        (f"/companies/{COMPANY}/contacts", 10),
    ],
)
def test_list_has_pages_of_25_and_every_row_once(sandbox: InProcess, path: str, total: int) -> None:
    first = sandbox.circa_get(path, per_page="100")
    pages = -(-total // 25)
    assert first["pagination"] == {
        "current_page": 1,
        "total_pages": pages,
        "per_page": 25,
        "total_entries": total,
    }
    assert len(first["data"]) == min(total, 25)
    rows = sandbox.circa_pages(path)
    assert len({row["id"] for row in rows}) == len(rows) == total


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/teams", "Team"),
        ("/events", "Event"),
        ("/companies", "Company"),
        ("/contacts", "Contact"),
        (f"/events/{EVENT}/contacts", "Contact"),
    ],
)
def test_row_of_a_list_is_found_by_its_id(sandbox: InProcess, path: str, kind: str) -> None:
    row = sandbox.circa_get(path)["data"][0]
    assert urlsafe_b64decode(row["id"] + "==").startswith(f"{kind}-".encode())
    assert sandbox.circa_get(f"{path}/{row['id']}") == row


def test_fields_come_without_pages(sandbox: InProcess) -> None:
    reply = sandbox.circa_get("/fields", fields_for="Company")
    assert list(reply) == ["data"]
    (field,) = reply["data"]
    assert (field["id"], field["fields_for"]) == ("Q3VzdG9tRmllbGRUeXBlLTY", "Company")
    assert sandbox.circa_get(f"/fields/{field['id']}") == field


@pytest.mark.parametrize(
    "path",
    [
        "/nonsense",
        "/contacts/nonsense",
        "/contacts/Q29udGFjdC0x=",
        "/contacts/Q29udGFjdC0xMDAw",
        f"/contacts/{EVENT}",
        "/events/RXZlbnQtMTAwMA/contacts",
        f"/events/{EVENT}/contacts/Q29udGFjdC0x",
        f"/events/{EVENT}/contacts/exports/RXhwb3J0LTE",
    ],
)
def test_unknown_thing_is_not_found(sandbox: InProcess, path: str) -> None:
    reply = sandbox.circa("GET", path)
    assert (reply.status, list(reply.json())) == (404, ["error"])


@pytest.mark.parametrize("name", ["updated_at", "created_at"])
@pytest.mark.parametrize(
    ("window", "bounds", "found"),
    [
        ((10, 13), "closed", [11, 12, 13, 14]),
        ((10, 13), "open", [12, 13]),
        ((9.5, 13.5), "open", [11, 12, 13, 14]),
        ((13, 13), "closed", [14]),
        ((13, 10), "closed", []),
        ((-5, 0), "closed", [1]),
    ],
)
def test_filter_finds_rows_within_its_bounds(
    minutes: InProcess, name: str, window: tuple[float, float], bounds: str, found: list[int]
) -> None:
    minutes.control("POST", "/circa/quirks", {"bounds": bounds})
    query = {f"{name}[{end}]": time(minutes, minute) for end, minute in zip(("min", "max"), window, strict=True)}
    for path in ("/contacts", f"/events/{EVENT}/contacts"):
        assert [number(row) for row in minutes.circa_pages(path, **query)] == found


def test_filters_are_combined(minutes: InProcess) -> None:
    minutes.control("POST", "/circa/edit", {"ids": ["Q29udGFjdC0xMg", "Q29udGFjdC01MA"]})
    query = {"created_at[min]": time(minutes, 10), "created_at[max]": time(minutes, 13)}
    query |= {"updated_at[min]": time(minutes, 0), "updated_at[max]": time(minutes, 1)}
    assert [number(row) for row in minutes.circa_pages("/contacts", **query)] == [12]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"updated_at[min]": "yesterday", "updated_at[max]": "2020-09-28"}, {"updated_at": 2}),
        (
            {"updated_at[min]": "2020-09-28T14:30:00+00:00", "updated_at[max]": "2020-09-28T14:30:00Z"},
            {"updated_at": 1},
        ),
        ({"updated_at[min]": "2020-02-30T14:30:00Z", "updated_at[max]": "2020-09-28T14:30:00Z"}, {"updated_at": 1}),
        ({"updated_at[min]": "2020-09-28T14:30:00Z"}, {"updated_at": 1}),
        ({"updated_at[max]": "2020-09-28T14:30:00Z", "created_at[max]": "x"}, {"updated_at": 1, "created_at": 2}),
        ({"page": "0"}, {"page": 1}),
        ({"page": "last"}, {"page": 1}),
    ],
    ids=str,
)
def test_parameter_that_makes_no_sense_is_refused(
    sandbox: InProcess, query: dict[str, str], errors: dict[str, int]
) -> None:
    reply = sandbox.circa("GET", "/contacts", query=query)
    assert reply.status == 422
    assert {name: len(messages) for name, messages in reply.json()["errors"].items()} == errors


def test_fields_of_nothing_are_refused(sandbox: InProcess) -> None:
    reply = sandbox.circa("GET", "/fields", query={"fields_for": "Team"})
    assert (reply.status, list(reply.json()["errors"])) == (422, ["fields_for"])


def test_page_beyond_the_end_is_empty(sandbox: InProcess) -> None:
    reply = sandbox.circa_get("/contacts", page="7")
    assert (reply["data"], reply["pagination"]["total_entries"]) == ([], 120)


@pytest.mark.parametrize("text", ["1.bjorn@example.com", "1.BJORN@"])
def test_search_by_email_finds_more_than_the_exact_address(sandbox: InProcess, text: str) -> None:
    found = [row["email"] for row in sandbox.circa_get("/contacts", email=text)["data"]]
    assert found[:3] == ["1.bjorn@example.com", "21.bjorn@example.com", "41.bjorn@example.com"]
    assert len(found) == 6


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("id", [1, 2, 99, 100]),
        ("updated_at", [3, 4, 2, 1]),
        ("updated_at_desc", [1, 2, 4, 3]),
    ],
)
def test_order_of_lists_can_be_chosen(minutes: InProcess, order: str, found: list[int]) -> None:
    minutes.wait(100 * ROW_S)
    minutes.control("POST", "/circa/edit", {"ids": ["Q29udGFjdC0y"]})
    minutes.wait(1)
    minutes.control("POST", "/circa/edit", {"ids": ["Q29udGFjdC0x"]})
    minutes.control("POST", "/circa/quirks", {"order": order})
    rows = [number(row) for row in minutes.circa_pages("/contacts")]
    assert [*rows[:2], *rows[-2:]] == found


def test_list_can_ignore_the_filter(minutes: InProcess) -> None:
    minutes.control("POST", "/circa/quirks", {"ignore_updated_at_for": ["/events/{event_id}/contacts"]})
    query = {"updated_at[min]": time(minutes, 10), "updated_at[max]": time(minutes, 13)}
    assert len(minutes.circa_pages(f"/events/{EVENT}/contacts", **query)) == 100
    assert len(minutes.circa_pages("/contacts", **query)) == 4


def test_expired_subscription_must_be_paid(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circa/expire", {"expired": True})
    assert sandbox.circa("GET", "/contacts").status == 402
    assert sandbox.circa("GET", "/contacts", headers={}).status == 401
    sandbox.control("POST", "/circa/expire", {"expired": False})
    assert sandbox.circa("GET", "/contacts").status == 200


@pytest.mark.parametrize("retry_after", [None, "7"])
def test_limit_says_when_to_come_back_only_if_told_to(sandbox: InProcess, retry_after: str | None) -> None:
    sandbox.control("POST", "/circa/limits", {"requests_per_minute": 2, "retry_after": retry_after})
    replies = [sandbox.circa("GET", "/teams") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].headers.get("retry-after") == retry_after
    sandbox.wait(60)
    assert sandbox.circa("GET", "/teams").status == 200


def test_contact_has_what_the_service_shows(sandbox: InProcess) -> None:
    contact = sandbox.circa_get(f"/events/{EVENT}/contacts")["data"][0]
    assert list(contact["company"]) == ["id", "name"]
    assert list(contact["sync_status"]) == ["status"]
    assert list(contact["created_by"]) == ["id", "first_name", "last_name", "email"]
    assert {"registration_status", "check_in_status", "custom_fields", "hot_lead", "created_method"} < contact.keys()
    assert "attendance_status" not in contact


def test_path_outside_the_api_is_not_found(sandbox: InProcess) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert sandbox.call("GET", CIRCA.removesuffix("v1") + "v2/teams", headers=headers).status == 404
