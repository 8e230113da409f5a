"""A reply is good for as long as the server said, and not a moment longer."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from airflow_provider_circle.core.caching import ReplyStore
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.core.walk import call, collect, pages
from airflow_provider_circle.exceptions import CircleError
from tests.unit.walking import LOST, NOW_S, Clock, caller, drive, reply

MOON = Request("GET", "https://orbit.example/v3/moons/1", {}, None, 30.0)


def asked_for(url: str, method: str = "GET") -> Request:
    return Request(method, url, {}, None, 30.0)


def answered(
    cache_control: str | None = "max-age=60", /, status: int = 200, body: bytes = b"{}", **headers: str
) -> Response:
    said = {} if cache_control is None else {"cache-control": cache_control}
    return Response(status, {**said, **headers}, body)


def kept_at(response: Response, later_s: float, *, took_s: float = 0.0, request: Request = MOON) -> bool:
    """Whether a reply answers again, seconds after it came."""
    store = ReplyStore()
    store.keep(request, response, asked_s=NOW_S - took_s, now_s=NOW_S)
    return store.find(request, NOW_S + later_s) is not None


def test_a_fresh_reply_answers_again() -> None:
    store, response = ReplyStore(), answered()
    store.keep(MOON, response, asked_s=NOW_S, now_s=NOW_S)

    assert store.find(MOON, NOW_S + 59.9) is response


def test_a_reply_is_stale_when_its_time_is_up() -> None:
    assert not kept_at(answered(), 60.0)


@pytest.mark.parametrize(
    "said",
    [
        "max-age=60",
        "MAX-AGE=60",
        "private, max-age=60",
        "public, max-age=60",
        'private="set-cookie, x-secret", max-age=60',
        "max-age=60, must-revalidate",
        "max-age=60, s-maxage=0",
        'max-age="60"',
        "max-age = 60",
        "extension, max-age=60,",
        "max-age=60, ,",
        "max-age=1",
        "stale-while-revalidate=5,max-age=60",
    ],
)
def test_a_reply_that_may_be_kept_is(said: str) -> None:
    assert kept_at(answered(said), 0.9)


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "public",
        "s-maxage=60",
        "no-store",
        "no-store, max-age=60",
        "max-age=60, NO-STORE",
        "max-age=60, no-cache",
        'no-cache="x-moon", max-age=60',
        "no-cache",
        "max-age=0",
        "max-age=-60",
        "max-age=6e1",
        "max-age=sixty",
        "max-age",
        "max-age=",
        "max-age=60, max-age=0",
        'max-age=60, "broken',
        'max-age=60, x="never closed',
        "max-age=60; no-store",
        "x-max-age=60",
        "max-age=²",
        "max-age=X60",
        "max-age=60,,X",
    ],
)
def test_a_reply_that_may_not_be_kept_is_not(said: str | None) -> None:
    assert not kept_at(answered(said), 0.0)


@pytest.mark.parametrize("status", [201, 203, 204, 206, 301, 304, 404, 500])
def test_only_an_ordinary_success_is_kept(status: int) -> None:
    assert not kept_at(answered(status=status), 0.0)


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE"])
def test_only_what_was_read_is_kept(method: str) -> None:
    assert not kept_at(answered(), 0.0, request=asked_for(MOON.url, method))


def test_another_method_at_the_same_address_is_not_answered() -> None:
    store = ReplyStore()
    store.keep(MOON, answered(), asked_s=NOW_S, now_s=NOW_S)

    assert store.find(asked_for(MOON.url, "DELETE"), NOW_S) is None


def test_another_address_is_not_answered() -> None:
    store = ReplyStore()
    store.keep(MOON, answered(), asked_s=NOW_S, now_s=NOW_S)

    assert store.find(asked_for(MOON.url + "?limit=1"), NOW_S) is None


def test_a_reply_that_varies_with_everything_is_not_kept() -> None:
    assert not kept_at(answered(vary="*"), 0.0)


def test_a_reply_that_varies_with_a_header_is_kept() -> None:
    assert kept_at(answered(vary="Accept"), 30)


@pytest.mark.parametrize(
    ("headers", "took_s", "fresh_s"),
    [
        pytest.param({}, 0.0, 60.0, id="new"),
        pytest.param({"age": "20"}, 0.0, 40.0, id="aged on its way"),
        pytest.param({"age": "60"}, 0.0, 0.0, id="grown old on its way"),
        pytest.param({"age": "20, 5"}, 0.0, 40.0, id="aged twice"),
        pytest.param({"age": "old"}, 0.0, 60.0, id="an age that is none"),
        pytest.param({"age": "-20"}, 0.0, 60.0, id="an age below 0"),
        pytest.param({}, 15.0, 45.0, id="slow"),
        pytest.param({"age": "20"}, 15.0, 25.0, id="aged and slow"),
        pytest.param({"date": formatdate(NOW_S - 25, usegmt=True)}, 0.0, 35.0, id="dated back"),
        pytest.param({"date": formatdate(NOW_S - 25, usegmt=True), "age": "30"}, 0.0, 30.0, id="the greater age"),
        pytest.param({"date": formatdate(NOW_S + 600, usegmt=True)}, 0.0, 60.0, id="a clock ahead of ours"),
        pytest.param({"date": "yesterday"}, 0.0, 60.0, id="a date that is none"),
    ],
)
def test_a_reply_ages(headers: dict[str, Any], took_s: float, fresh_s: float) -> None:
    response = answered(**headers)

    assert (
        kept_at(response, fresh_s - 0.5, took_s=took_s),
        kept_at(response, fresh_s + 0.5, took_s=took_s),
    ) == (fresh_s > 0, False)


def test_an_endless_age_is_no_overflow() -> None:
    assert kept_at(answered(f"max-age={'9' * 400}"), 2.0**30)


def test_a_clock_set_back_makes_nothing_good_again() -> None:
    assert not kept_at(answered(), -1.0)


def test_a_clock_set_back_meanwhile_makes_nothing_good_for_longer() -> None:
    assert not kept_at(answered(date=formatdate(NOW_S + 600, usegmt=True)), 60.0, took_s=-30.0)


def test_a_newer_reply_takes_the_place_of_an_older() -> None:
    store, newer = ReplyStore(), answered(body=b"newer")
    store.keep(MOON, answered(body=b"older"), asked_s=NOW_S, now_s=NOW_S)
    store.keep(MOON, newer, asked_s=NOW_S + 1, now_s=NOW_S + 1)

    assert store.find(MOON, NOW_S + 2) is newer


def filled(store: ReplyStore, *bodies: bytes) -> list[int]:
    """Keep replies, one after the other; which of them are still there."""
    requests = [asked_for(f"https://orbit.example/{number}") for number in range(len(bodies))]
    for request, body in zip(requests, bodies, strict=True):
        store.keep(request, answered(body=body), asked_s=NOW_S, now_s=NOW_S)
    return [number for number, request in enumerate(requests) if store.find(request, NOW_S)]


def test_the_oldest_goes_when_there_are_too_many() -> None:
    assert filled(ReplyStore(most_replies=2), b"", b"", b"") == [1, 2]


def test_the_oldest_go_when_they_hold_too_much() -> None:
    assert filled(ReplyStore(most_bytes=10), b"1234", b"1234", b"123456") == [1, 2]


def test_one_that_holds_too_much_by_itself_is_not_kept_and_drives_nothing_out() -> None:
    assert filled(ReplyStore(most_bytes=10), b"1234", b"x" * 11) == [0]


def test_what_was_dropped_makes_room() -> None:
    store = ReplyStore(most_bytes=10)
    store.keep(MOON, answered(body=b"x" * 10), asked_s=NOW_S - 90, now_s=NOW_S - 90)
    assert store.find(MOON, NOW_S) is None

    assert filled(store, b"12345", b"12345") == [0, 1]


def test_a_change_makes_everything_unknown() -> None:
    store = ReplyStore()
    store.keep(MOON, answered(), asked_s=NOW_S, now_s=NOW_S)
    store.forget(NOW_S + 1)

    assert store.find(MOON, NOW_S + 2) is None


def test_a_change_makes_all_room_free() -> None:
    store = ReplyStore(most_bytes=10)
    store.keep(MOON, answered(body=b"x" * 10), asked_s=NOW_S - 2, now_s=NOW_S - 2)
    store.forget(NOW_S - 1)

    assert filled(store, b"x" * 10) == [0]


@pytest.mark.parametrize("before_s", [0.0, 1.0])
def test_a_reply_asked_for_before_a_change_is_not_kept_after_it(before_s: float) -> None:
    store = ReplyStore()
    store.forget(NOW_S)
    store.keep(MOON, answered(), asked_s=NOW_S - before_s, now_s=NOW_S + 1)

    assert store.find(MOON, NOW_S + 2) is None


# The walk that asks it.

READ = Endpoint("GET", "/moons/{moon}", "tests")
CHANGE = Endpoint("POST", "/moons/{moon}", "tests")
LIST = Endpoint("GET", "/moons", "tests")

GOOD = reply({"n": 1}, cache_control="max-age=60")


def walked(store: ReplyStore | None, clock: Clock, *outcomes: Any, endpoint: Endpoint = READ) -> Any:
    asking = caller(clock, store=store)
    return drive(call(asking, endpoint, path={"moon": "1"}), outcomes, clock)


def test_no_request_leaves_while_a_reply_is_fresh() -> None:
    store, clock = ReplyStore(), Clock()
    walked(store, clock, GOOD)
    again = walked(store, clock)

    assert (again.done, again.result) == ([], {"n": 1})


def test_a_request_leaves_when_the_reply_is_stale() -> None:
    store, clock = ReplyStore(), Clock()
    walked(store, clock, GOOD)
    clock.sleep(60)

    assert walked(store, clock, reply({"n": 2})).result == {"n": 2}


def test_without_a_store_every_request_leaves() -> None:
    clock = Clock()
    walked(None, clock, GOOD)

    assert walked(None, clock, GOOD).done == ["send"]


def test_a_change_is_followed_by_a_new_look() -> None:
    store, clock = ReplyStore(), Clock()
    walked(store, clock, GOOD)
    walked(store, clock, reply({}), endpoint=CHANGE)
    clock.sleep(1)

    assert walked(store, clock, GOOD).done == ["send"]


def test_a_change_whose_reply_is_lost_is_followed_by_a_new_look_as_well() -> None:
    store, clock = ReplyStore(), Clock()
    walked(store, clock, GOOD)
    assert isinstance(walked(store, clock, LOST, endpoint=CHANGE).error, CircleError)
    clock.sleep(1)

    assert walked(store, clock, GOOD).done == ["send"]


def test_pages_of_a_list_are_kept_too() -> None:
    store, clock = ReplyStore(), Clock()
    asking = caller(clock, store=store)
    drive(collect(pages(asking, LIST)), [reply([{"id": 1}], cache_control="max-age=60")], clock)

    assert drive(collect(pages(asking, LIST)), [], clock).result == [{"id": 1}]


def test_a_kept_reply_that_turns_out_garbled_is_asked_for_anew() -> None:
    store, clock = ReplyStore(), Clock()
    broken = Response(200, {"cache-control": "max-age=60"}, b'{"n": ')
    again = walked(store, clock, broken, reply({"n": 3}))

    assert again.result == {"n": 3}


def test_a_garbled_reply_that_was_kept_is_not_taken_for_the_answer_for_good() -> None:
    store, clock = ReplyStore(), Clock()
    store.keep(MOON, Response(200, {"cache-control": "max-age=60"}, b'{"n": '), asked_s=NOW_S, now_s=NOW_S)

    assert walked(store, clock, reply({"n": 3})).result == {"n": 3}


def test_a_kept_reply_takes_no_turn_in_the_queue() -> None:
    store, clock = ReplyStore(), Clock()
    walked(store, clock, GOOD)
    asking = caller(clock, store=store)
    asking.pace.hold(clock() + 30)

    assert drive(call(asking, READ, path={"moon": "1"}), [], clock).done == []


def test_a_reply_that_was_too_long_is_not_kept() -> None:
    assert not kept_at(Response(200, {"cache-control": "max-age=60"}, b"", overlong=True), 0.0)


@pytest.mark.parametrize(
    "said",
    ["a" + " " * 60_000 + "b", "a=" + " " * 60_000 + ";", 'a="' + "\\x" * 30_000, "a" * 60_000 + ";"],
    ids=["blanks", "blanks_before_a_value", "escapes", "name"],
)
def test_a_header_of_any_length_is_read_in_one_go(said: str) -> None:
    assert not kept_at(answered(f"max-age=60, {said}"), 0.0)
