"""Changes behind Circa's API: at once, and while lists are read."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import InProcess

EVENT = "RXZlbnQtMQ"
STREAMS = ["/contacts", "/companies", "/events", f"/events/{EVENT}/contacts"]


def truth(sandbox: InProcess, stream: str = "/contacts") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in sandbox.control("GET", f"/circa{stream}")["items"]}


def test_generated_rows_are_always_the_same(sandbox: InProcess) -> None:
    wanted = {"contacts": 30, "events": 2, "contacts_per_event": 7, "companies": 3, "since_s": 1000, "until_s": 4000}
    seen = []
    for _ in range(2):
        sandbox.control("POST", "/circa/populate", wanted)
        seen.append([truth(sandbox, stream) for stream in STREAMS])
        sandbox.control("POST", "/circa/delete", {"count": 5})
    assert seen[0] == seen[1]
    assert [len(rows) for rows in seen[0]] == [30, 3, 2, 7]
    times = [row["updated_at"] for row in seen[0][0].values()]
    assert (times[0], times[1], times[-1]) == ("1970-01-01T00:16:40Z", "1970-01-01T00:18:20Z", "1970-01-01T01:05:00Z")


def test_truth_is_what_the_lists_say(sandbox: InProcess) -> None:
    for stream in STREAMS:
        assert sandbox.circa_pages(stream) == list(truth(sandbox, stream).values())


@pytest.mark.parametrize("fields", ["id,updated_at", "id,email"])
def test_truth_can_be_told_in_part(sandbox: InProcess, fields: str) -> None:
    names = fields.split(",")
    rows = sandbox.control("GET", "/circa/contacts", query={"fields": fields})["items"]
    assert rows == [{name: row[name] for name in names} for row in truth(sandbox).values()]


@pytest.mark.parametrize("choice", [{"count": 4}, {"ids": ["Q29udGFjdC0x", "Q29udGFjdC0y"]}, {}])
def test_edited_rows_are_dated_now(sandbox: InProcess, choice: dict[str, Any]) -> None:
    before = truth(sandbox)
    edited = sandbox.control("POST", "/circa/edit", choice)["ids"]
    changed = {opaque: row for opaque, row in truth(sandbox).items() if row != before[opaque]}
    assert sorted(changed) == sorted(edited)
    assert len(edited) == choice.get("count", len(choice.get("ids", "1")))
    assert {row["updated_at"] for row in changed.values()} == {"2027-01-15T08:00:00Z"}


def test_edit_reaches_other_kinds_of_rows_by_their_ids(sandbox: InProcess) -> None:
    ids = [EVENT, "Q29tcGFueS0x"]
    assert sandbox.control("POST", "/circa/edit", {"ids": ids})["ids"] == ids
    assert sandbox.circa_get(f"/events/{EVENT}")["description"] == "Edited 1"
    assert sandbox.circa_get("/companies/Q29tcGFueS0x")["description"] == "Edited 2"


def test_added_and_deleted_rows_come_and_go(sandbox: InProcess) -> None:
    before = truth(sandbox).keys()
    added = sandbox.control("POST", "/circa/add", {"count": 2})["ids"]
    deleted = sandbox.control("POST", "/circa/delete", {"count": 3})["ids"]
    assert truth(sandbox).keys() == (before | set(added)) - set(deleted)
    stones = sandbox.control("GET", "/circa/deleted")["items"]
    assert [stone["id"] for stone in stones if stone["resource_type"] == "Contact"] == deleted


def test_contacts_join_and_leave_an_event_behind_the_api(sandbox: InProcess) -> None:
    stream = f"/events/{EVENT}/contacts"
    before = truth(sandbox, stream).keys()
    added = sandbox.control("POST", "/circa/add", {"count": 2, "event_id": EVENT})["ids"]
    gone = sandbox.control("POST", "/circa/delete", {"count": 3, "event_id": EVENT})["ids"]
    assert truth(sandbox, stream).keys() == (before | set(added)) - set(gone)
    assert truth(sandbox).keys() >= set(gone) | set(added)


@pytest.mark.parametrize("stream", STREAMS)
def test_churn_changes_the_rows_being_read_as_often_as_told(sandbox: InProcess, stream: str) -> None:
    before = truth(sandbox, stream)
    sandbox.control("POST", "/circa/churn", {"every": 2, "edits": 2, "adds": 1, "deletes": 1, "times": 1})
    after = []
    for _ in range(4):
        sandbox.circa_get(stream)
        after.append(truth(sandbox, stream))
    assert after[0] == before
    assert after[1] == after[3]
    assert len(after[1].keys() - before.keys()) == len(before.keys() - after[1].keys()) == 1
    assert any(row != before[opaque] for opaque, row in after[1].items() if opaque in before)


def test_churn_hits_rows_that_the_list_finds(sandbox: InProcess) -> None:
    path = "/companies/Q29tcGFueS0x/contacts"
    query = {"updated_at[min]": "2027-01-10T00:00:00Z", "updated_at[max]": "2027-01-12T00:00:00Z"}
    found = {row["id"] for row in sandbox.circa_pages(path, **query)}
    sandbox.control("POST", "/circa/churn", {"every": 1, "adds": 0, "times": 1})
    before = truth(sandbox)
    sandbox.circa_get(path, **query)
    after = truth(sandbox)
    hit = {opaque for opaque in before if after.get(opaque) != before[opaque]}
    assert hit
    assert hit <= found
    assert {row["id"] for row in sandbox.circa_pages(path, **query)} == found - hit


def test_churn_hides_rows_from_who_reads_once(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circa/churn", {"every": 1, "edits": 0, "adds": 0, "deletes": 1, "times": 3})
    read = {row["id"] for row in sandbox.circa_pages("/contacts")}
    assert truth(sandbox).keys() - read != set()


def test_churn_with_a_seed_repeats(sandbox: InProcess) -> None:
    seen = []
    for _ in range(2):
        sandbox.control("POST", "/reset")
        sandbox.control("POST", "/circa/churn", {"every": 1, "seed": 7})
        sandbox.circa_pages("/contacts")
        seen.append(truth(sandbox))
    assert seen[0] == seen[1]


def test_read_with_churn_ends_up_with_the_truth_when_repeated_by_window(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circa/churn", {"every": 1, "adds": 0, "deletes": 0, "edits": 3, "times": 4})
    sandbox.control("POST", "/circa/quirks", {"order": "updated_at"})
    sandbox.circa_pages("/contacts")
    assert sandbox.circa_pages("/contacts") == sorted(
        truth(sandbox).values(), key=lambda row: (row["updated_at"], int(row["email"].partition(".")[0]))
    )


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("populate", {"contacts": -1}),
        ("populate", {"contacts": 10, "contacts_per_event": 11}),
        ("populate", {"since_s": 10, "until_s": 5}),
        ("populate", {"nonsense": 1}),
        ("edit", {"ids": ["nonsense"]}),
        ("edit", {"ids": "Q29udGFjdC0x"}),
        ("edit", {"ids": ["VGVhbS0x"]}),
        ("edit", {"count": 1000}),
        ("edit", {"count": 1, "event_id": "RXZlbnQtOTk"}),
        ("edit", {"ids": [], "count": 1}),
        ("delete", {"ids": ["Q29udGFjdC0x", "Q29udGFjdC0x"]}),
        ("add", {"count": "many"}),
        ("churn", {"every": 0}),
        ("quirks", {"order": "random"}),
        ("quirks", {"bounds": "half"}),
        ("quirks", {"ignore_updated_at_for": ["/nonsense"]}),
        ("quirks", {"ignore_updated_at_for": "/contacts"}),
        ("quirks", {"page_size": 0}),
        ("limits", {"requests_per_minute": "few"}),
        ("expire", {"expired": "yes"}),
        ("exports", {"duration_s": -1}),
    ],
    ids=str,
)
def test_control_that_makes_no_sense_is_refused(sandbox: InProcess, name: str, body: dict[str, Any]) -> None:
    before = truth(sandbox)
    reply = sandbox.call("POST", f"/_sandbox/circa/{name}", body)
    assert (reply.status, list(reply.json())) == (400, ["message"])
    assert truth(sandbox) == before
