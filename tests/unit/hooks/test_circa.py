"""The Circa hook against a real server on loopback, blocking and awaited."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from inspect import getattr_static
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple, TypeAlias

import pytest

from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.stream import read_stream
from airflow_provider_circle.exceptions import Invalid, NotFound, SubscriptionExpired
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.vendors.circa.streams import STREAMS

Flavour: TypeAlias = Literal["sync", "aio"]

VARIABLE = "AIRFLOW_CONN_CIRCA_DEFAULT"
API = "/circa/api/v1"
EVENT = "RXZlbnQtMQ"
CONTACT = "Q29udGFjdC0x"
COMPANY = "Q29tcGFueS0x"
TEAM = "VGVhbS0x"
UNKNOWN = "Q29udGFjdC05OTk5OTk"
SCHEDULE = PollSchedule(5.0, 5.0, 0.0)
WEEK = {"min": "2020-01-01T00:00:00Z", "max": "2099-01-01T00:00:00Z"}

both = pytest.mark.parametrize("flavour", ["sync", "aio"])


def call(hook: CircaHook, name: str, flavour: Flavour, *args: Any, **options: Any) -> Any:
    """Make a call of the hook to its end; the records of a stream as a list."""
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(CircaHook, name), stream)
    if flavour == "sync":
        return list(bound(*args, **options)) if is_stream else bound(*args, **options)

    async def awaited() -> Any:
        if is_stream:
            return [record async for record in bound.aio(*args, **options)]
        return await bound.aio(*args, **options)

    return asyncio.run(awaited())


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circa_default``; its clock moves when the hook waits."""
    monkeypatch.setenv(VARIABLE, circle_sandbox.circa_connection_json())
    circle_sandbox.set_speed(0)

    async def nap(seconds: float) -> None:
        await asyncio.to_thread(circle_sandbox.advance, seconds)

    monkeypatch.setitem(AwaitingTransport.__init__.__kwdefaults__ or {}, "sleep", nap)
    monkeypatch.setattr(base, "time", SimpleNamespace(time=circle_sandbox.now))
    monkeypatch.setattr(base, "_paces", {})
    return circle_sandbox


@pytest.fixture
def hook(sandbox: Sandbox) -> Iterable[CircaHook]:
    with CircaHook(sleep=sandbox.advance) as opened:
        yield opened


def asked(sandbox: Sandbox) -> list[str]:
    return [f"{request['method']} {request['path'].removeprefix(API)}" for request in sandbox.requests()]


class Row(NamedTuple):
    """
    One call of the hook.

    :param asked: the requests it makes.
    :param tells: a part of its answer.
    :param body: what its last request carries.
    """

    args: tuple[Any, ...]
    asked: list[str]
    tells: Callable[[Any], bool]
    options: dict[str, Any] = {}  # noqa: RUF012  a named tuple's fields are no class variables
    body: Any = None


def has(**attributes: Any) -> Callable[[Any], bool]:
    return lambda answer: attributes.items() <= answer.items()


def rows(count: int) -> Callable[[Any], bool]:
    return lambda answer: len(answer) == count


CALLS: dict[str, Row] = {
    "list_teams": Row((), ["GET /teams"], lambda teams: all(team["id"] for team in teams)),
    "get_team": Row((TEAM,), [f"GET /teams/{TEAM}"], has(id=TEAM)),
    "list_events": Row((), ["GET /events"], rows(5)),
    "get_event": Row((EVENT,), [f"GET /events/{EVENT}"], has(id=EVENT)),
    "create_event": Row(
        ({"name": "Expo", "status": "COMMITTED", "team_id": TEAM},),
        ["POST /events"],
        has(name="Expo", status="COMMITTED"),
        body={"name": "Expo", "status": "COMMITTED", "team_id": TEAM},
    ),
    "update_event": Row(
        (EVENT, {"status": "POSTPONED"}),
        [f"PATCH /events/{EVENT}"],
        has(status="POSTPONED"),
        body={"status": "POSTPONED"},
    ),
    "delete_event": Row((EVENT,), [f"DELETE /events/{EVENT}"], rows(0)),
    "list_event_staff": Row((EVENT,), [f"GET /events/{EVENT}/staff"], rows(2)),
    "list_event_expenses": Row((EVENT,), [f"GET /events/{EVENT}/expenses"], rows(3)),
    "list_event_contacts": Row((EVENT,), [f"GET /events/{EVENT}/contacts"] * 2, rows(40)),
    "get_event_contact": Row(
        (EVENT, "Q29udGFjdC0y"), [f"GET /events/{EVENT}/contacts/Q29udGFjdC0y"], has(id="Q29udGFjdC0y")
    ),
    "add_contact_to_event": Row(
        (EVENT, CONTACT),
        [f"GET /events/{EVENT}/contacts/{CONTACT}", f"POST /events/{EVENT}/contacts"],
        has(added=True),
        body={"contact_id": CONTACT},
    ),
    "update_event_contact": Row(
        (EVENT, "Q29udGFjdC0y", {"attendance_status": "ATTENDED"}),
        [f"PATCH /events/{EVENT}/contacts/Q29udGFjdC0y"],
        has(check_in_status="ATTENDED"),
        body={"attendance_status": "ATTENDED"},
    ),
    "remove_contact_from_event": Row(
        (EVENT, "Q29udGFjdC0y"), [f"DELETE /events/{EVENT}/contacts/Q29udGFjdC0y"], rows(0)
    ),
    "start_export": Row((EVENT,), [f"POST /events/{EVENT}/contacts/exports"], has(status="pending")),
    "list_contacts": Row((), ["GET /contacts"] * 5, rows(120), {"updated_at": WEEK, "created_at": WEEK}),
    "get_contact": Row((CONTACT,), [f"GET /contacts/{CONTACT}"], has(id=CONTACT)),
    "create_contact": Row(
        ({"email": "ada@example.com"},),
        ["POST /contacts"],
        has(email="ada@example.com"),
        body={"email": "ada@example.com"},
    ),
    "update_contact": Row(
        (CONTACT, {"company": "Acme"}),
        [f"PATCH /contacts/{CONTACT}"],
        lambda contact: contact["company"]["name"] == "Acme",
        body={"company": "Acme"},
    ),
    "delete_contact": Row((CONTACT,), [f"DELETE /contacts/{CONTACT}"], rows(0)),
    "find_contact": Row(("nobody@example.com",), ["GET /contacts"], lambda found: found is None),
    "upsert_contact": Row(
        ({"email": "ada@example.com"},),
        ["GET /contacts", "POST /contacts"],
        has(action="created"),
        body={"email": "ada@example.com"},
    ),
    "list_companies": Row((), ["GET /companies"], rows(12)),
    "get_company": Row((COMPANY,), [f"GET /companies/{COMPANY}"], has(id=COMPANY)),
    "create_company": Row(({"name": "Acme"},), ["POST /companies"], has(name="Acme"), body={"name": "Acme"}),
    "update_company": Row(
        (COMPANY, {"city": "Oslo"}), [f"PATCH /companies/{COMPANY}"], has(city="Oslo"), body={"city": "Oslo"}
    ),
    "delete_company": Row((COMPANY,), [f"DELETE /companies/{COMPANY}"], rows(0)),
    "list_company_contacts": Row(
        (COMPANY,),
        [f"GET /companies/{COMPANY}/contacts"],
        lambda contacts: {contact["company"]["id"] for contact in contacts} == {COMPANY},
    ),
    "list_fields": Row(("Contact",), ["GET /fields"], lambda fields: all(f["fields_for"] == "Contact" for f in fields)),
    "get_field": Row(
        ("Q3VzdG9tRmllbGRUeXBlLTE",), ["GET /fields/Q3VzdG9tRmllbGRUeXBlLTE"], has(id="Q3VzdG9tRmllbGRUeXBlLTE")
    ),
}


@both
@pytest.mark.parametrize(("name", "row"), CALLS.items(), ids=CALLS)
def test_a_call_asks_and_answers(hook: CircaHook, sandbox: Sandbox, name: str, row: Row, flavour: Flavour) -> None:
    answer = call(hook, name, flavour, *row.args, **row.options)

    assert (asked(sandbox), sandbox.requests()[-1]["body"]) == (row.asked, row.body)
    assert row.tells(answer), answer


def test_every_call_is_in_the_table() -> None:
    inherited = set(dir(base.CircleHook))
    calls = {
        name
        for name in set(dir(CircaHook)) - inherited
        if isinstance(getattr_static(CircaHook, name), operation | stream)
    }

    assert calls - CALLS.keys() == {"wait_for_changed_contacts", "wait_for_export", "get_export", "delete_export"}


@both
def test_an_export_is_started_waited_for_and_deleted(hook: CircaHook, sandbox: Sandbox, flavour: Flavour) -> None:
    started = call(hook, "start_export", flavour, EVENT)
    waited = call(
        hook,
        "wait_for_export",
        flavour,
        EVENT,
        started["id"],
        SCHEDULE,
        started_s=sandbox.now(),
        deadline_s=sandbox.now() + 600,
    )
    export = call(hook, "get_export", flavour, EVENT, started["id"])
    call(hook, "delete_export", flavour, EVENT, started["id"])

    assert (waited["state"], export["download_url"].startswith("http")) == ("completed", True)
    with pytest.raises(NotFound):
        hook.get_export(EVENT, started["id"])


@both
def test_an_export_that_fails_is_told(hook: CircaHook, sandbox: Sandbox, flavour: Flavour) -> None:
    sandbox.circa_exports(fails=1)
    started = hook.start_export(EVENT)

    waited = call(
        hook, "wait_for_export", flavour, EVENT, started["id"], SCHEDULE, started_s=sandbox.now(), deadline_s=None
    )

    assert (waited["state"], waited["status"]) == ("failed", "failed")


@both
def test_a_contact_is_created_then_updated_then_left_alone(hook: CircaHook, sandbox: Sandbox, flavour: Flavour) -> None:
    contact = {"email": "Ada@example.com", "first_name": "Ada", "company": "Engines", "owner": None}
    done = [
        call(hook, "upsert_contact", flavour, wanted)
        for wanted in (contact, {**contact, "email": "ada@EXAMPLE.com", "title": "Countess"}, contact)
    ]

    assert [each["action"] for each in done] == ["created", "updated", "unchanged"]
    assert len({each["contact"]["id"] for each in done}) == 1


@both
@pytest.mark.parametrize("fault", [{"kind": "reset_after"}, {"kind": "status_after", "status": 500}, {"kind": "cut"}])
def test_a_lost_reply_creates_no_second_contact(
    hook: CircaHook, sandbox: Sandbox, fault: dict[str, Any], flavour: Flavour
) -> None:
    before = len(sandbox.circa_contacts(["id"]))
    sandbox.add_fault(**fault, method="POST", path="/contacts$", times=1)

    done = call(hook, "upsert_contact", flavour, {"email": "ada@example.com"})

    assert (done["action"], len(sandbox.circa_contacts(["id"])) - before) == ("created", 1)


@both
def test_a_wait_for_changed_contacts_ends_with_a_change(hook: CircaHook, sandbox: Sandbox, flavour: Flavour) -> None:
    sandbox.advance(3600)
    since = datetime.fromtimestamp(sandbox.now(), UTC)
    limits = {"started_s": sandbox.now(), "deadline_s": sandbox.now() + 60}
    nothing = call(hook, "wait_for_changed_contacts", flavour, since, SCHEDULE, **limits)
    sandbox.circa_edit(count=2)
    limits = {"started_s": sandbox.now(), "deadline_s": sandbox.now() + 60}
    something = call(hook, "wait_for_changed_contacts", flavour, since, SCHEDULE, **limits)

    seen = something.seen
    assert nothing.seen is None
    assert {"id": seen["id"], "updated_at": seen["updated_at"]} == seen
    assert datetime.fromisoformat(seen["updated_at"]) >= since


def test_a_contact_that_is_in_the_event_is_not_added_again(hook: CircaHook, sandbox: Sandbox) -> None:
    hook.add_contact_to_event(EVENT, CONTACT)

    assert hook.add_contact_to_event(EVENT, CONTACT)["added"] is False


def test_a_refusal_names_every_field(hook: CircaHook) -> None:
    with pytest.raises(Invalid, match=r"team_id: .*owner: |owner: .*team_id: "):
        hook.create_event({"name": "x", "status": "COMMITTED", "team_id": "nope", "owner": "x@y.z"})


def test_an_expired_subscription_is_not_asked_again(hook: CircaHook, sandbox: Sandbox) -> None:
    sandbox.circa_expire()

    with pytest.raises(SubscriptionExpired, match="renew"):
        hook.get_event(EVENT)
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("name", "args", "complaint"),
    [
        ("create_event", ({"name": "x"},), r"event\['status'\] is required"),
        ("update_contact", (CONTACT, {"owner": {"id": "x"}}), r"contact\['owner'\] must be the e-mail"),
        ("upsert_contact", ({"first_name": "Ada"},), r"contact\['email'\] is required"),
        ("find_contact", ("ada",), r"contact\['email'\] must be an e-mail"),
        ("list_fields", ("Team",), "fields_for must be one of Event, Company, Contact, got 'Team'"),
        ("get_contact", ("",), "contact_id must be a non-empty identifier"),
        ("get_event", ("..",), "event_id must be a non-empty identifier"),
    ],
)
def test_a_mistake_is_told_before_anything_is_sent(
    hook: CircaHook, sandbox: Sandbox, name: str, args: tuple[Any, ...], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        call(hook, name, "sync", *args)
    assert sandbox.requests() == []


@pytest.mark.parametrize("name", ["list_events", "list_contacts", "list_companies"])
@pytest.mark.parametrize("of", ["updated_at", "created_at"])
def test_a_range_of_time_needs_both_ends(hook: CircaHook, name: str, of: str) -> None:
    with pytest.raises(ValueError, match=f"{of} must have both of min and max, got min"):
        call(hook, name, "sync", **{of: {"min": "2027-01-01T00:00:00Z"}})


def test_a_range_of_time_is_sent_in_utc(hook: CircaHook, sandbox: Sandbox) -> None:
    list(hook.list_events(updated_at={"min": "2027-01-01T01:00:00+01:00", "max": "2027-01-02"}))

    assert sandbox.requests()[0]["query"] == {
        "updated_at[min]": "2027-01-01T00:00:00Z",
        "updated_at[max]": "2027-01-02T00:00:00Z",
    }


COUNTS = {
    "teams": 3,
    "events": 5,
    "contacts": 120,
    "companies": 12,
    "event_contacts": 40,
    "event_staff": 2,
    "event_expenses": 3,
    "company_contacts": 10,
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_read_whole_and_its_key_tells_records_apart(hook: CircaHook, name: str) -> None:
    transport, caller = hook.blocking()
    described = STREAMS[name]
    parents = [] if described.parent is None else [EVENT if described.parent.stream == "events" else COMPANY]
    records = list(transport.stream(read_stream(caller, described, parents=parents)))

    assert len({tuple(record[part] for part in described.key) for record in records}) == len(records) > 0
    assert len(records) == COUNTS.get(name, len(records))


# The connection's test


def test_a_working_connection_tells_the_teams(hook: CircaHook, sandbox: Sandbox) -> None:
    names = [team["name"] for team in hook.list_teams()]

    assert hook.test_connection() == (True, f"Connected to Circa: {len(names)} teams, among them {names[0]}")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "status", "status": 401}, "401"),
        ({"kind": "status", "status": 402}, "renew the account's subscription"),
        ({"kind": "status", "status": 500}, "500"),
        ({"kind": "html"}, "Circa: GET /circa/api/v1/teams"),
    ],
)
def test_a_broken_connection_says_why_after_one_attempt(
    hook: CircaHook, sandbox: Sandbox, fault: dict[str, Any], told: str
) -> None:
    sandbox.add_fault(**fault)
    works, message = hook.test_connection()

    assert (works, told in message, len(sandbox.requests())) == (False, True, 1)


def test_a_wrong_key_is_told_and_not_shown(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        VARIABLE, json.dumps({"conn_type": "circa", "host": sandbox.circa_host, "password": "tell-nobody-4711"})
    )
    works, message = CircaHook().test_connection()

    assert (works, "check the connection's token" in message, "4711" in message) == (False, True, False)


def test_an_unusable_connection_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({"conn_type": "circa", "host": "http://app.circa.co", "password": "x"}))

    assert CircaHook().test_connection() == (
        False,
        "connection 'circa_default': host must begin with https://, so that the token does not travel in the clear",
    )


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("conn_name_attr", "circa_conn_id"),
        ("default_conn_name", "circa_default"),
        ("conn_type", "circa"),
        ("hook_name", "Circa"),
        ("default_host", "https://app.circa.co"),
        ("streams", STREAMS),
    ],
)
def test_the_hook_names_itself(attribute: str, value: Any) -> None:
    assert getattr(CircaHook, attribute) == value
