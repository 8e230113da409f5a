"""Both transports obey a walk alike: they send, wait, hand records out, and close it whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.walk import Emit, Send, Wait, Walk, call, pages
from airflow_provider_circle.exceptions import CircleError, Forbidden, ServiceDown
from tests.unit.transports.asking import ADD_MOON, GET_MOON, LIST_MOONS, LOST, Watched, ask, who
from tests.unit.transports.conftest import Behaviour, Client, Open, Server, answer, cut_body, raw

# Walks, obeyed


FAULTS: list[Any] = [
    *LOST,
    # To http.client, headers that break off are headers that end; the body is missing then.
    pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-", then="close"), id="cut headers"),
    pytest.param(answer(status=500), id="500"),
    pytest.param(answer(status=502), id="502"),
    pytest.param(answer(status=503), id="503"),
    pytest.param(answer(b'{"id": "i'), id="broken JSON"),
    pytest.param(answer(b"<html>Please wait</html>", headers={"Content-Type": "text/html"}), id="HTML"),
    pytest.param(answer(status=429, headers={"Retry-After": "2"}), id="429"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_get_is_sent_again_after_a_fault(client: Client, server: Server, fault: Behaviour) -> None:
    server.will(fault, answer(b'{"id": "io"}'))
    assert client.run(call(who(client, server), GET_MOON)) == {"id": "io"}


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.id != "429"])
def test_post_is_not_sent_again_after_a_fault(client: Client, server: Server, fault: Behaviour) -> None:
    server.will(fault)
    with pytest.raises(CircleError):
        client.run(call(who(client, server), ADD_MOON, json={}))
    assert len(server.seen) == 1


def test_post_answered_503_is_not_sent_again(client: Client, server: Server) -> None:
    server.will(answer(status=503))
    with pytest.raises(ServiceDown):
        client.run(call(who(client, server), ADD_MOON, json={}))
    assert len(server.seen) == 1


def test_post_refused_with_429_is_sent_again(client: Client, server: Server) -> None:
    server.will(answer(status=429), answer(b'{"id": "io"}', 201))
    assert client.run(call(who(client, server), ADD_MOON, json={"name": "io"})) == {"id": "io"}


def test_post_sent_again_is_the_same_request(client: Client, server: Server) -> None:
    server.will(answer(status=429), answer(b"{}", 201))
    client.run(call(who(client, server), ADD_MOON, json={"name": "io"}))
    assert [seen.body for seen in server.seen] == [b'{"name":"io"}'] * 2


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Retry-After": "40"}, id="seconds"),
        pytest.param(
            {"Retry-After": "Fri, 15 Jan 2027 07:00:40 GMT", "Date": "Fri, 15 Jan 2027 07:00:00 GMT"}, id="date"
        ),
    ],
)
def test_the_servers_own_time_is_waited_for(client: Client, server: Server, headers: dict[str, str]) -> None:
    began_s = client.clock()
    server.will(answer(status=429, headers=headers))
    client.run(call(who(client, server), GET_MOON))
    assert client.clock() - began_s == pytest.approx(40.0)


def test_a_wait_that_has_a_reason_is_told(client: Client, server: Server) -> None:
    server.will(answer(b'{"message": "Busy"}', 503))
    client.run(call(who(client, server), GET_MOON))
    (reason,) = client.said
    assert "answered 503: Busy" in reason


def test_a_wait_without_a_reason_is_not_told(client: Client) -> None:
    def walk() -> Walk[str]:
        yield Wait(1.0)
        return "done"

    assert (client.run(walk()), client.said) == ("done", [])


def test_a_wait_of_nothing_is_told_and_not_slept(opened: Open) -> None:
    client = opened(fault=AssertionError("slept"))

    def walk() -> Walk[str]:
        yield Wait(0.0, "look")
        return "done"

    assert (client.run(walk()), client.said) == ("done", ["look"])


def test_a_walk_returns_what_it_returns(client: Client) -> None:
    def walk() -> Walk[int]:
        yield Wait(0.0)
        return 7

    assert client.run(walk()) == 7


def test_a_walk_is_sent_an_outcome_only_after_a_request(client: Client, server: Server) -> None:
    received: list[Outcome | None] = []

    def walk() -> Walk[None]:
        received.append((yield Wait(0.0)))
        received.append((yield Send(ask(server.url + "/"))))
        received.append((yield Wait(1.0)))
        received.append((yield Emit([{"id": 1}])))

    list(client.stream(walk()))
    assert [type(outcome).__name__ for outcome in received] == ["NoneType", "Response", "NoneType", "NoneType"]


def test_a_walk_that_emits_records_must_be_streamed(client: Client) -> None:
    watched = Watched(Emit([{"id": 1}]))
    with pytest.raises(TypeError, match="must be streamed"):
        client.run(watched.walk())


def test_a_walk_that_may_emit_must_be_streamed_even_when_there_is_nothing(client: Client) -> None:
    with pytest.raises(TypeError, match="must be streamed"):
        client.run(Watched(Emit([])).walk())


def test_a_walk_that_should_have_been_streamed_is_closed(client: Client) -> None:
    watched = Watched(Emit([{"id": 1}]))
    with pytest.raises(TypeError):
        client.run(watched.walk())
    assert watched.closed


def test_an_interrupted_wait_is_passed_on(opened: Open) -> None:
    with pytest.raises(ZeroDivisionError):
        opened(fault=ZeroDivisionError()).run(Watched(Wait(1.0)).walk())


def test_an_interrupted_wait_closes_its_walk(opened: Open) -> None:
    watched = Watched(Wait(1.0))
    with pytest.raises(ZeroDivisionError):
        opened(fault=ZeroDivisionError()).run(watched.walk())
    assert watched.closed


def test_an_interrupted_wait_closes_a_stream(opened: Open) -> None:
    watched = Watched(Emit([{"id": 1}]), Wait(1.0))
    with pytest.raises(ZeroDivisionError):
        list(opened(fault=ZeroDivisionError()).stream(watched.walk()))
    assert watched.closed


def test_a_stream_that_is_left_early_closes_its_walk(client: Client) -> None:
    watched = Watched(Emit([{"id": 1}, {"id": 2}]))
    records = client.stream(watched.walk())
    next(records)
    records.close()  # type: ignore[attr-defined]
    assert watched.closed


# Streams


def paged(*pages_: tuple[list[int], str | None]) -> list[Behaviour]:
    return [
        answer(json.dumps({"items": [{"id": number} for number in ids], "next": token}).encode())
        for ids, token in pages_
    ]


def numbers(records: Iterator[JsonObject]) -> list[int]:
    return [record["id"] for record in records]


def test_a_stream_yields_every_record_in_order(client: Client, server: Server) -> None:
    server.will(*paged(([1, 2], "a"), ([], "b"), ([3], None)))
    assert numbers(client.stream(pages(who(client, server), LIST_MOONS))) == [1, 2, 3]


def test_nothing_is_asked_for_before_the_first_record_is_wanted(client: Client, server: Server) -> None:
    records = client.stream(pages(who(client, server), LIST_MOONS))
    assert (server.connections, records is not None) == (0, True)


def test_a_page_is_not_asked_for_before_the_last_one_is_used_up(client: Client, server: Server) -> None:
    server.will(*paged(([1, 2], "a"), ([3], None)))
    records = client.stream(pages(who(client, server), LIST_MOONS))
    asked = [(record["id"], len(server.seen)) for record in records]
    assert asked == [(1, 1), (2, 1), (3, 2)]


def test_a_page_that_fails_is_read_again_and_no_record_comes_twice(client: Client, server: Server) -> None:
    first, second = paged(([1], "a"), ([2], None))
    server.will(first, cut_body(), answer(status=502), second)
    assert numbers(client.stream(pages(who(client, server), LIST_MOONS))) == [1, 2]


def test_records_before_a_failure_are_handed_out(client: Client, server: Server) -> None:
    server.will(*paged(([1, 2], "a")), answer(status=403))
    records = client.stream(pages(who(client, server), LIST_MOONS))
    assert [next(records)["id"], next(records)["id"]] == [1, 2]
    with pytest.raises(Forbidden):
        next(records)
