"""What a record of a stream is told besides what the service says: whose it is, and what was asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.paging import NoPages
from airflow_provider_circle.core.stream import FINGERPRINT, Between, OfParents, Parent, Stream, read_stream, text
from airflow_provider_circle.core.window import Window
from tests.unit.core.branching import Gone, go
from tests.unit.core.test_stream import HIGH, LOW, iso, utc
from tests.unit.walking import Clock, caller, reply

SOURCE = "https://docs.orbit.example/v3/moons"
OF_STAR = Endpoint("GET", "/stars/{star:path}/moons", SOURCE, pages=NoPages(records="items"))
OF_PLANET = Endpoint("GET", "/stars/{star:path}/planets/{planet}/moons", SOURCE, pages=NoPages(records="items"))


def moons(endpoint: Endpoint = OF_STAR, **changes: Any) -> Stream:
    return Stream("moons", endpoint, **{"scope": ("star",), **changes})


def read(stream: Stream, *records: JsonObject, **options: Any) -> Gone:
    def answer(path: str, query: dict[str, str]) -> Outcome:
        return reply({"items": [dict(record) for record in records]})

    clock = Clock()
    return go(read_stream(caller(clock), stream, **{"scope": {"star": "a/sun"}, **options}), answer, clock=clock)


def test_scope_goes_into_the_path() -> None:
    assert read(moons()).requests == ["/stars/a/sun/moons"]


def test_scope_without_a_place_in_the_path_is_a_parameter() -> None:
    plain = Endpoint("GET", "/moons", SOURCE, pages=NoPages(records="items"))

    assert read(moons(plain)).requests == ["/moons?star=a%2Fsun"]


def test_scope_and_parent_both_go_into_the_path() -> None:
    stream = moons(OF_PLANET, parent=Parent("planets", "planet", "planet"))

    assert read(stream, parents=["x", "y"]).requests == [
        "/stars/a/sun/planets/x/moons",
        "/stars/a/sun/planets/y/moons",
    ]


def test_scope_that_a_stream_does_not_ask_for_is_not_sent() -> None:
    assert read(moons(), scope={"star": "sun", "galaxy": "g"}).requests == ["/stars/sun/moons"]


@pytest.mark.parametrize("scope", [None, {}, {"star": ""}, {"galaxy": "g"}])
def test_missing_scope_is_named_before_anything_is_asked_for(scope: dict[str, str] | None) -> None:
    with pytest.raises(ValueError, match="star is missing: moons cannot be read without"):
        next(read_stream(caller(Clock()), moons(), scope=scope))


def test_record_is_told_what_was_asked_for() -> None:
    stream = moons(filters={"colour": text("c")}, stamps=("star", "colour"))

    assert read(stream, {"id": 1}, filters={"colour": "red"}).records == [{"id": 1, "star": "a/sun", "colour": "red"}]


def test_record_that_says_it_itself_is_believed() -> None:
    assert read(moons(stamps=("star",)), {"id": 1, "star": "moon"}).records == [{"id": 1, "star": "moon"}]


def test_default_of_a_filter_is_asked_for_and_told() -> None:
    stream = moons(filters={"colour": text("c")}, defaults={"colour": "any"}, stamps=("colour",))

    gone = read(stream, {"id": 1})

    assert (gone.requests, gone.records) == (["/stars/a/sun/moons?c=any"], [{"id": 1, "colour": "any"}])


def test_filter_goes_before_its_default() -> None:
    stream = moons(filters={"colour": text("c")}, defaults={"colour": "any"})

    assert read(stream, filters={"colour": "red"}).requests == ["/stars/a/sun/moons?c=red"]


def test_fingerprint_stands_for_attributes_that_may_be_missing() -> None:
    stream = moons(fingerprint=("a", "b"))
    records: list[JsonObject] = [{"a": 1}, {"a": 1, "b": None, "c": 3}, {"b": 1}, {"a": "1"}, {"a": 1, "b": "x"}]

    marks = [record[FINGERPRINT] for record in read(stream, *records).records]

    assert marks[0] == marks[1]
    assert len(set(marks[1:])) == 4
    assert {len(mark) for mark in marks} == {32}


def test_fingerprint_is_the_same_tomorrow() -> None:
    (record,) = read(moons(fingerprint=("a", "b")), {"a": 1, "b": "x"}).records

    assert record[FINGERPRINT] == "84894334a33485e239e85f4d0c3a0d71"


def test_records_without_a_key_are_left_out_and_counted() -> None:
    stream = moons(key=("id", "part"), nameless=True)
    records: list[JsonObject] = [{"id": 1, "part": 0}, {"id": None, "part": 1}, {"id": 2}, {"id": 3, "part": 3}]

    gone = read(stream, *records)

    assert [record["id"] for record in gone.records] == [1, 3]
    assert [wait.reason for wait in gone.waits] == ["2 of the moons have no id and part any more: left out"]


def test_where_every_record_has_its_key_nothing_is_said() -> None:
    gone = read(moons(nameless=True), {"id": 1}, {"id": 2})

    assert ([record["id"] for record in gone.records], gone.waits) == ([1, 2], [])


def test_records_without_a_key_are_kept_where_none_is_expected() -> None:
    assert read(moons(), {"id": None}).records == [{"id": None}]


def test_window_of_the_parents_is_not_asked_for() -> None:
    stream = moons(OF_PLANET, parent=Parent("planets", "planet", "planet"), window=OfParents())

    assert read(stream, parents=["x"], window=Window(LOW, HIGH)).requests == ["/stars/a/sun/planets/x/moons"]


KEEPS = timedelta(days=90)


@pytest.mark.parametrize(
    ("window", "asked"),
    [
        pytest.param(None, "", id="everything"),
        pytest.param(Window(LOW, HIGH), "?a=2026-03-01T23:59:59Z&b=2026-03-03T00:00:01Z", id="short"),
        pytest.param(Window(None, HIGH), "?a=2025-12-03T00:00:01Z&b=2026-03-03T00:00:01Z", id="no_beginning"),
        pytest.param(
            Window(utc("2020-01-01T00:00:00"), HIGH), "?a=2025-12-03T00:00:01Z&b=2026-03-03T00:00:01Z", id="long"
        ),
        pytest.param(Window(utc("2020-01-01T00:00:00")), "?a=2026-10-17T08:00:00Z", id="no_end"),
        pytest.param(Window(utc("2027-01-01T00:00:00")), "?a=2026-12-31T23:59:59Z", id="no_end_and_short"),
    ],
)
def test_longer_window_than_a_service_keeps_is_cut_at_its_beginning(window: Window | None, asked: str) -> None:
    stream = moons(cursor="at", window=Between("a", "b", iso, keeps=KEEPS))

    (request,) = read(stream, window=window).requests

    assert request.replace("%3A", ":") == f"/stars/a/sun/moons{asked}"


def test_rows_hold_what_they_were_told() -> None:
    stream = moons(OF_PLANET, parent=Parent("planets", "planet", "planet"), stamps=("star",), fingerprint=("a",))
    objects = read(stream, {"id": 1, "a": 2}, parents=["x"]).records

    row: Any
    (row,) = read(stream, {"id": 1, "a": 2}, parents=["x"], attributes=["id", "planet"]).records

    assert (json.loads(row.body), row.get("id"), row.get("planet")) == (objects[0], 1, "x")


def test_rows_without_a_key_are_left_out_and_counted() -> None:
    stream = moons(nameless=True)

    gone = read(stream, {"id": 1}, {"id": None}, attributes=["id"])

    assert [row.get("id") for row in gone.records] == [1]
