"""The CircleMe hook against a real server on loopback, blocking and awaited."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime
from inspect import getattr_static
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

import pytest

from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.stream import read_stream
from airflow_provider_circle.exceptions import (
    Forbidden,
    NotFound,
    ServiceDown,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.base import stream
from airflow_provider_circle.hooks.circleme import CircleMeHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.vendors.circleme.streams import STREAMS

Flavour: TypeAlias = Literal["sync", "aio"]

VARIABLE = "AIRFLOW_CONN_CIRCLEME_DEFAULT"

both = pytest.mark.parametrize("flavour", ["sync", "aio"])


def call(hook: CircleMeHook, name: str, flavour: Flavour, *args: Any, **options: Any) -> Any:
    """Make a call of the hook to its end; the records of a stream as a list."""
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(CircleMeHook, name), stream)
    if flavour == "sync":
        return list(bound(*args, **options)) if is_stream else bound(*args, **options)

    async def awaited() -> Any:
        if is_stream:
            return [record async for record in bound.aio(*args, **options)]
        return await bound.aio(*args, **options)

    return asyncio.run(awaited())


@pytest.fixture
def naps() -> list[float]:
    """How long the hook waited, each time."""
    return []


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> Sandbox:
    """The sandbox behind ``circleme_default``; its clock moves when the hook waits."""
    monkeypatch.setenv(VARIABLE, circle_sandbox.circleme_connection_json())
    circle_sandbox.set_speed(0)

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        await asyncio.to_thread(circle_sandbox.advance, seconds)

    monkeypatch.setitem(AwaitingTransport.__init__.__kwdefaults__ or {}, "sleep", nap)
    monkeypatch.setattr(base, "time", SimpleNamespace(time=circle_sandbox.now))
    monkeypatch.setattr(base, "_paces", {})
    return circle_sandbox


@pytest.fixture
def hook(sandbox: Sandbox, naps: list[float]) -> Iterable[CircleMeHook]:
    def nap(seconds: float) -> None:
        naps.append(seconds)
        sandbox.advance(seconds)

    with CircleMeHook(sleep=nap) as opened:
        yield opened


def connect(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({"conn_type": "circleme", **fields}))


@both
def test_interests_are_listed_and_read(hook: CircleMeHook, flavour: Flavour) -> None:
    ids = call(hook, "list_interest_ids", flavour)
    interest = call(hook, "get_interest", flavour, ids[0])

    assert (str(interest["item_id"]), {"name", "description", "thumbnail"} <= interest.keys()) == (ids[0], True)


@both
def test_all_cards_are_listed_newest_first_and_once(hook: CircleMeHook, sandbox: Sandbox, flavour: Flavour) -> None:
    cards = call(hook, "list_cards", flavour)

    assert [card["id"] for card in cards] == [card["id"] for card in sandbox.circleme_cards()]


@both
def test_cards_since_a_moment_are_listed(hook: CircleMeHook, sandbox: Sandbox, flavour: Flavour) -> None:
    known = sandbox.circleme_cards()
    since = known[70]["date"]
    cards = call(hook, "list_cards", flavour, since=since)

    assert {card["id"] for card in cards} == {card["id"] for card in known if card["date"] >= since}


@both
def test_cards_before_a_moment_are_listed(hook: CircleMeHook, sandbox: Sandbox, flavour: Flavour) -> None:
    known = sandbox.circleme_cards()
    before = datetime.fromisoformat(known[150]["date"])
    cards = call(hook, "list_cards", flavour, before=before)

    assert {card["id"] for card in cards} == {
        card["id"] for card in known if datetime.fromisoformat(card["date"]) < before
    }


def test_many_cards_of_one_second_are_listed_once(hook: CircleMeHook, sandbox: Sandbox) -> None:
    sandbox.circleme_populate(cards=120, equal_timestamps=40)

    assert len([card["id"] for card in hook.list_cards()]) == 120


def test_cards_of_a_language_and_an_interest_are_listed(hook: CircleMeHook, sandbox: Sandbox) -> None:
    interest = sandbox.circleme_cards("italian")[0]["item_id"]
    cards = list(hook.list_cards(lang="italian", item_ids=[interest]))

    assert {card["id"] for card in cards} == {
        card["id"] for card in sandbox.circleme_cards("italian") if card["item_id"] == interest
    }


@both
def test_new_cards_are_taken_until_there_are_none(hook: CircleMeHook, sandbox: Sandbox, flavour: Flavour) -> None:
    taken = [len(call(hook, "take_new_cards", flavour)) for _ in range(3)]

    assert (taken, len(sandbox.circleme_handed_out())) == ([50, 50, 0], 100)


def test_an_empty_reply_tells_both_reasons(hook: CircleMeHook, sandbox: Sandbox, capsys: Any, caplog: Any) -> None:
    caplog.set_level("INFO")
    sandbox.circleme_daily_limit(0)
    hook.take_new_cards()
    written = capsys.readouterr()

    assert "there are none, or the daily limit of new cards is met" in written.out + written.err + caplog.text


@both
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "reset_after"}, Unreachable),
        ({"kind": "cut"}, (Unreachable, UnexpectedReply)),
        ({"kind": "malformed"}, UnexpectedReply),
        ({"kind": "status_after", "status": 500}, ServiceDown),
    ],
    ids=["reset", "cut", "malformed", "500"],
)
def test_new_cards_whose_reply_is_lost_are_not_taken_again(
    hook: CircleMeHook, sandbox: Sandbox, fault: dict[str, Any], error: Any, flavour: Flavour
) -> None:
    sandbox.add_fault(**fault, path="/feed$")

    with pytest.raises(error):
        call(hook, "take_new_cards", flavour)
    assert (len(sandbox.requests()), len(sandbox.circleme_handed_out())) == (1, 50)


@both
def test_requests_keep_to_thirty_a_minute_unasked(
    hook: CircleMeHook, sandbox: Sandbox, naps: list[float], flavour: Flavour
) -> None:
    ids = hook.list_interest_ids()
    for _ in range(33):
        call(hook, "get_interest", flavour, ids[0])

    assert {request["status"] for request in sandbox.requests()} == {200}
    assert sum(naps) == pytest.approx(33 * 2.0, abs=0.5)


def test_the_connection_may_set_another_pace(
    sandbox: Sandbox, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(
        monkeypatch, host=sandbox.circleme_host, password=sandbox.token, extra=json.dumps({"requests_per_minute": 6})
    )
    with CircleMeHook(sleep=naps.append) as hook:
        hook.list_interest_ids()
        hook.list_interest_ids()

    assert naps == [pytest.approx(10.0)]


@pytest.mark.parametrize(("item_id", "error"), [("1", NotFound), ("../feed", NotFound)])
def test_an_unknown_interest_is_told(hook: CircleMeHook, item_id: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        hook.get_interest(item_id)


def test_an_interest_of_somebody_else_is_forbidden(hook: CircleMeHook) -> None:
    from airflow_provider_circle.sandbox.circleme.cards import FOREIGN

    with pytest.raises(Forbidden, match="not assigned"):
        hook.get_interest(next(iter(FOREIGN)))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"since": "2017-05-10T01:18:04"}, "since must be a time with its zone"),
        ({"before": 7}, "before must be a time with its zone"),
        ({"lang": "german"}, "must be one of english, italian, got 'german'"),
        ({"item_ids": ["x"]}, "must be a list of interest ids"),
        ({"item_ids": []}, "must be a list of interest ids"),
        ({"since": "2017-05-10", "before": "2017-05-09"}, "must end after it begins"),
    ],
)
def test_a_mistake_is_told_before_anything_is_sent(
    hook: CircleMeHook, sandbox: Sandbox, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        list(hook.list_cards(**options))
    assert sandbox.requests() == []


def test_no_interests_are_not_all_interests_when_new_cards_are_used_up(hook: CircleMeHook, sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="must be a list of interest ids"):
        hook.take_new_cards(item_ids=[])
    assert (sandbox.requests(), sandbox.circleme_handed_out()) == ([], [])


@both
def test_a_wait_for_newer_cards_ends_with_one_and_takes_none(
    hook: CircleMeHook, sandbox: Sandbox, flavour: Flavour
) -> None:
    since = datetime.fromisoformat(sandbox.circleme_cards()[0]["date"])
    schedule = PollSchedule(5.0, 5.0, 0.0)
    limits = {"filters": {}, "started_s": sandbox.now(), "deadline_s": sandbox.now() + 12}
    nothing = call(hook, "wait_for_newer_cards", flavour, since, schedule, **limits)
    (added,) = sandbox.circleme_add()
    limits |= {"deadline_s": sandbox.now() + 12}
    newer = call(hook, "wait_for_newer_cards", flavour, since, schedule, **limits)

    assert (nothing.seen, newer.seen["id"], sandbox.circleme_handed_out()) == (None, added, [])


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_read_whole_and_its_key_tells_records_apart(hook: CircleMeHook, name: str) -> None:
    transport, caller = hook.blocking()
    parents = hook.list_interest_ids() if STREAMS[name].parent else []
    records = list(transport.stream(read_stream(caller, STREAMS[name], parents=parents)))
    keys = {tuple(record[part] for part in STREAMS[name].key) for record in records}

    assert len(keys) == {"items": 5, "interests": 5, "cards": 200}[name]


# The connection


def test_a_working_connection_tells_the_interests(hook: CircleMeHook) -> None:
    count = len(hook.list_interest_ids())

    assert hook.test_connection() == (True, f"Connected to CircleMe: {count} interests")


def test_a_wrong_token_is_told_and_not_shown(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, host=sandbox.circleme_host, password="tell-nobody-4711")
    works, message = CircleMeHook().test_connection()

    assert (works, "Invalid access token" in message, "4711" in message) == (False, True, False)
    with pytest.raises(Unauthorized):
        CircleMeHook().list_interest_ids()


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 429}, {"kind": "status", "status": 500}])
def test_a_broken_connection_is_tried_once(hook: CircleMeHook, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.add_fault(**fault)

    assert (hook.test_connection()[0], len(sandbox.requests())) == (False, 1)


@pytest.mark.parametrize("fields", [{}, {"host": ""}, {"host": "  "}])
def test_a_connection_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any]) -> None:
    connect(monkeypatch, password="x", **fields)
    works, message = CircleMeHook().test_connection()

    assert (works, message.startswith("connection 'circleme_default': host is missing; ")) == (False, True)


@pytest.mark.parametrize(
    "host", ["https://feed.example", "https://feed.example/api", "https://feed.example/api/v1", "https://f.example/x/"]
)
def test_the_address_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    connect(monkeypatch, host=host, password="x")
    hook = CircleMeHook()

    assert hook.service(hook.settings).base_url == host.rstrip("/")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("conn_name_attr", "circleme_conn_id"),
        ("default_conn_name", "circleme_default"),
        ("conn_type", "circleme"),
        ("hook_name", "CircleMe"),
        ("default_requests_per_minute", 30),
        ("streams", STREAMS),
    ],
)
def test_the_hook_names_itself(attribute: str, value: Any) -> None:
    assert getattr(CircleMeHook, attribute) == value
