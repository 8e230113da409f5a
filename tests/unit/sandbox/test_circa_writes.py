"""Writing to Circa, what is refused, and export jobs."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from .conftest import TOKEN, InProcess

EVENT = "RXZlbnQtMQ"
MEMBERS = f"/events/{EVENT}/contacts"
TEAM = "VGVhbS0x"
OWNER = "ines@circa-sandbox.example"


def contact_outside(sandbox: InProcess) -> str:
    """The id of a contact that is not in the event."""
    inside = {row["id"] for row in sandbox.control("GET", f"/circa{MEMBERS}")["items"]}
    return next(str(row["id"]) for row in sandbox.control("GET", "/circa/contacts")["items"] if row["id"] not in inside)


@pytest.mark.parametrize(
    ("path", "wanted", "shown"),
    [
        ("/events", {"name": "Expo", "status": "SKIPPING", "team_id": TEAM}, {"name": "Expo", "status": "SKIPPING"}),
        (
            "/contacts",
            {"email": "a@b.example", "company": "Company 3 & Co.", "owner": OWNER, "hot_lead": True, "x": 1},
            {"email": "a@b.example", "hot_lead": True, "first_name": None, "created_method": "API"},
        ),
        ("/companies", {"name": "Acme", "city": "Wien"}, {"name": "Acme", "city": "Wien"}),
    ],
)
def test_row_is_created_now(sandbox: InProcess, path: str, wanted: dict[str, Any], shown: dict[str, Any]) -> None:
    reply = sandbox.circa("POST", path, wanted)
    assert reply.status == 201
    row = reply.json()
    assert {name: row[name] for name in shown} == shown
    assert row["created_at"] == row["updated_at"] == "2027-01-15T08:00:00Z"
    assert "x" not in row
    assert sandbox.circa_get(f"{path}/{row['id']}") == row
    assert sandbox.circa_pages(path)[-1] == row


def test_company_is_a_name_and_owner_an_address_when_written(sandbox: InProcess) -> None:
    known = sandbox.circa("POST", "/contacts", {"company": "Company 3 & Co.", "owner": OWNER}).json()
    assert known["company"] == {"id": "Q29tcGFueS0z", "name": "Company 3 & Co."}
    assert (known["owner"]["id"], known["owner"]["email"]) == ("VXNlci0x", OWNER)
    new = sandbox.circa("POST", "/contacts", {"company": "Newcomer"}).json()
    assert sandbox.circa_get(f"/companies/{new['company']['id']}")["name"] == "Newcomer"


def test_same_address_makes_a_second_contact(sandbox: InProcess) -> None:
    first, second = (sandbox.circa("POST", "/contacts", {"email": "a@b.example"}).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert len(sandbox.circa_get("/contacts", email="a@b.example")["data"]) == 2


@pytest.mark.parametrize(
    ("path", "wanted", "wrong"),
    [
        ("/events", {}, ["name", "status", "team_id"]),
        ("/events", {"name": " ", "status": "committed", "team_id": EVENT}, ["name", "status", "team_id"]),
        (
            "/events",
            {"name": "Expo", "status": "SKIPPING", "team_id": TEAM, "start_date": "1.5.2026", "budget": "1", "city": 1},
            ["budget", "city", "start_date"],
        ),
        ("/companies", {}, ["name"]),
        (
            "/contacts",
            {"email": "nobody", "owner": "a@b", "hot_lead": "yes", "company": 1, "custom_fields": [{"id": EVENT}]},
            ["company", "custom_fields", "email", "hot_lead", "owner"],
        ),
        (MEMBERS, {}, ["contact_id"]),
        (MEMBERS, {"contact_id": EVENT, "registration_status": 1}, ["contact_id", "registration_status"]),
    ],
)
def test_everything_wrong_is_told_at_once(
    sandbox: InProcess, path: str, wanted: dict[str, Any], wrong: list[str]
) -> None:
    before = len(sandbox.circa_pages(path))
    reply = sandbox.circa("POST", path, wanted)
    assert (reply.status, sorted(reply.json()["errors"])) == (422, wrong)
    assert all(isinstance(message, str) for messages in reply.json()["errors"].values() for message in messages)
    assert len(sandbox.circa_pages(path)) == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_body_that_is_no_object_is_refused(sandbox: InProcess, body: bytes) -> None:
    assert sandbox.circa("POST", "/contacts", body).status == 400


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/events/RXZlbnQtMg", {"status": "CANCELLED"}),
        ("/contacts/Q29udGFjdC0y", {"title": "Boss", "company": None}),
        ("/companies/Q29tcGFueS0y", {"name": "Renamed"}),
    ],
)
def test_written_row_is_updated_now_and_else_unchanged(sandbox: InProcess, path: str, wanted: dict[str, Any]) -> None:
    before = sandbox.circa_get(path)
    reply = sandbox.circa("PATCH", path, wanted)
    assert (reply.status, reply.json()) == (200, {**before, **wanted, "updated_at": "2027-01-15T08:00:00Z"})
    assert sandbox.circa_get(path) == reply.json()


def test_one_custom_field_is_written_alone(sandbox: InProcess) -> None:
    before = sandbox.circa_get("/contacts/Q29udGFjdC0x")["custom_fields"]
    entry = {"id": before[1]["id"], "value": {"min": 1, "max": 2}}
    after = sandbox.circa("PATCH", "/contacts/Q29udGFjdC0x", {"custom_fields": [entry]}).json()["custom_fields"]
    assert after == [before[0], {**before[1], **entry}, before[2]]


def test_edited_contact_changes_in_its_events(sandbox: InProcess) -> None:
    contact = sandbox.circa_get(MEMBERS)["data"][0]["id"]
    sandbox.circa("PATCH", f"/contacts/{contact}", {"title": "Boss"})
    row = sandbox.circa_get(f"{MEMBERS}/{contact}")
    assert (row["title"], row["updated_at"]) == ("Boss", "2027-01-15T08:00:00Z")


@pytest.mark.parametrize("path", ["/events/RXZlbnQtMg", "/contacts/Q29udGFjdC0y", "/companies/Q29tcGFueS0y"])
def test_deleted_row_is_gone_and_on_record(sandbox: InProcess, path: str) -> None:
    assert sandbox.circa("DELETE", path).status == 200
    assert [sandbox.circa(method, path, {}).status for method in ("GET", "PATCH", "DELETE")] == [404, 404, 404]
    assert sandbox.control("GET", "/circa/deleted")["items"][0]["id"] == path.rpartition("/")[2]


def test_deleted_contact_leaves_its_events(sandbox: InProcess) -> None:
    contact = sandbox.circa_get(MEMBERS)["data"][0]["id"]
    sandbox.circa("DELETE", f"/contacts/{contact}")
    assert contact not in [row["id"] for row in sandbox.circa_pages(MEMBERS)]
    stones = sandbox.control("GET", "/circa/deleted")["items"]
    assert (stones[0]["resource_type"], stones[0]["id"]) == ("Contact", contact)
    assert {"resource_type": "EventContact", "parent_type": "Event", "parent_id": EVENT}.items() <= stones[1].items()


def test_contact_joins_and_leaves_an_event(sandbox: InProcess) -> None:
    contact = contact_outside(sandbox)
    joined = sandbox.circa("POST", MEMBERS, {"contact_id": contact, "attendance_status": "LATE"})
    assert (joined.status, joined.json()["id"], joined.json()["check_in_status"]) == (201, contact, "LATE")
    assert sandbox.circa("POST", MEMBERS, {"contact_id": contact}).status == 422
    path = f"{MEMBERS}/{contact}"
    assert sandbox.circa("PATCH", path, {"attendance_status": "LEFT"}).json()["check_in_status"] == "LEFT"
    assert sandbox.circa("PATCH", path, {"attendance_status": 1}).status == 422
    assert sandbox.circa("DELETE", path).status == 200
    assert sandbox.circa("GET", path).status == 404
    assert sandbox.circa("GET", f"/contacts/{contact}").status == 200


def order(sandbox: InProcess) -> str:
    reply = sandbox.circa("POST", f"{MEMBERS}/exports")
    assert reply.status == 201
    return f"{MEMBERS}/exports/{reply.json()['id']}"


def test_export_takes_its_time(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circa/exports", {"duration_s": 100})
    path, statuses = order(sandbox), []
    for seconds in (0, 39, 1, 59, 1):
        sandbox.wait(seconds)
        job = sandbox.circa_get(path)
        statuses.append((job["status"], job["download_url"] is not None))
    assert statuses == [
        ("pending", False),
        ("pending", False),
        ("processing", False),
        ("processing", False),
        ("completed", True),
    ]


def test_export_fails_as_often_as_told(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circa/exports", {"duration_s": 0, "fails": 1})
    assert [sandbox.circa_get(order(sandbox))["status"] for _ in range(2)] == ["failed", "completed"]


def download(sandbox: InProcess, **headers: str) -> Any:
    sandbox.control("POST", "/circa/exports", {"duration_s": 0})
    parts = urlsplit(sandbox.circa_get(order(sandbox))["download_url"])
    assert parts.scheme == "http"
    return sandbox.call("GET", parts.path, query=dict(parse_qsl(parts.query)), headers=headers)


def test_export_holds_the_contacts_of_the_event(sandbox: InProcess) -> None:
    reply = download(sandbox)
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    truth = sandbox.control("GET", f"/circa{MEMBERS}")["items"]
    assert reply.headers["content-type"].startswith("text/csv")
    assert [row["id"] for row in rows] == [row["id"] for row in truth]
    assert rows[0]["last_name"] == truth[0]["last_name"]
    assert rows[0]["company"] == truth[0]["company"]["name"]


def test_download_refuses_the_key_of_the_api(sandbox: InProcess) -> None:
    assert download(sandbox, Authorization=f"Bearer {TOKEN}").status == 403
    assert sandbox.control("GET", "/circa/exports")["refused_downloads"] == 1


def test_download_refuses_what_was_not_signed(sandbox: InProcess) -> None:
    export = order(sandbox).rpartition("/")[2]
    sandbox.wait(100)
    assert sandbox.call("GET", f"/circa/downloads/{export}").status == 403


def test_deleted_export_is_gone(sandbox: InProcess) -> None:
    path = order(sandbox)
    assert sandbox.circa("DELETE", path).status == 200
    assert sandbox.circa("GET", path).status == 404
