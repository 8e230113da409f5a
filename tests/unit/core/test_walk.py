"""A walk asks for one object, waits and asks again, until a deadline; fed with replies here, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Outcome, Response
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.walk import Send, Wait, call, exchange
from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    ServiceDown,
    SubscriptionExpired,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from tests.unit.core.moons import GET_MOON, OK, SOURCE, get, post
from tests.unit.walking import LOST, NOW_S, TOKEN, UNSENT, Clock, caller, drive, orbit, patient, reply

# One object


def test_an_answer_is_returned() -> None:
    assert get([OK]).result == {"id": "io"}


def test_an_answer_is_asked_for_once() -> None:
    assert get([OK]).done == ["send"]


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_every_success_counts(status: int) -> None:
    assert post([reply({"id": 1}, status=status)]).result == {"id": 1}


def test_a_reply_without_content_is_an_empty_object() -> None:
    assert post([Response(204, {}, b"")]).result == {}


@pytest.mark.parametrize("status", [204, 205])
@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}], ids=["nothing said", "none said"])
def test_a_status_without_content_is_an_empty_object(status: int, headers: dict[str, str]) -> None:
    outcome = Response(status, headers, b"")
    assert (get([outcome]).result, post([outcome]).result) == ({}, {})


DELETE_MOON = Endpoint("DELETE", "/moons/io", SOURCE)


def test_a_deletion_may_be_answered_with_nothing() -> None:
    assert post([Response(200, {"content-length": "0"}, b"")], DELETE_MOON).result == {}


@pytest.mark.parametrize("headers", [{}, {"content-length": "2"}], ids=["nothing said", "something promised"])
def test_a_deletion_whose_answer_got_lost_is_unexpected(headers: dict[str, str]) -> None:
    outcome = Response(200, headers, b"")
    assert isinstance(post([outcome], DELETE_MOON, retry=patient(1)).failure, UnexpectedReply)


def test_a_deletion_that_says_something_must_say_it_in_json() -> None:
    outcome = Response(200, {"content-length": "0"}, b"gone")
    assert isinstance(post([outcome], DELETE_MOON, retry=patient(1)).failure, UnexpectedReply)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH"])
@pytest.mark.parametrize("status", [200, 201, 202])
def test_nothing_is_no_answer_to_anything_else(method: str, status: int) -> None:
    outcome = Response(status, {"content-length": "0"}, b"")
    walked = post([outcome], Endpoint(method, "/moons/io", SOURCE), retry=patient(1))
    assert str(walked.failure) == f"Orbit: {method} /v3/moons/io: expected JSON, got 0 bytes of no content type"


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("body", ["{}", '{{"mass": {}}}', '{{"mass": [1, {{"kg": {}}}]}}'], ids=["bare", "in", "deep"])
def test_what_python_alone_takes_for_a_number_is_no_json(constant: str, body: str) -> None:
    outcome = reply(body.format(constant).encode(), content_type="application/json")
    error = get([outcome], retry=patient(1)).failure
    assert isinstance(error, UnexpectedReply)
    assert f"expected JSON, got {len(outcome.body)} bytes of application/json" in str(error)


def test_a_text_that_names_no_number_is_a_text() -> None:
    assert get([reply({"name": "NaN", "other": "Infinity"})]).result == {"name": "NaN", "other": "Infinity"}


TRANSIENT: list[Any] = [
    pytest.param(reply(b'{"mass": NaN}'), id="NaN"),
    pytest.param(reply(status=408), id="408"),
    pytest.param(reply(status=500), id="500"),
    pytest.param(reply(status=502), id="502"),
    pytest.param(reply(status=503), id="503"),
    pytest.param(reply(status=504), id="504"),
    pytest.param(LOST, id="lost"),
    pytest.param(reply(b'{"id": "i'), id="cut JSON"),
    pytest.param(reply(b""), id="nothing"),
    pytest.param(reply(b"<html>", content_type="text/html"), id="HTML"),
    pytest.param(reply(b"\xff\xfe\x00"), id="not a text"),
    pytest.param(reply(b"[" * 100_000), id="endless nesting"),
    pytest.param(reply([1]), id="a list"),
    pytest.param(reply(b"null"), id="null"),
]
UNDONE = [
    pytest.param(reply(status=429), id="429"),
    pytest.param(reply(status=429, retry_after="3"), id="429 with a time"),
    pytest.param(UNSENT, id="unsent"),
]


@pytest.mark.parametrize("outcome", [*TRANSIENT, *UNDONE])
def test_get_is_sent_again_after_a_fault(outcome: Outcome) -> None:
    assert get([outcome, OK]).result == {"id": "io"}


@pytest.mark.parametrize("outcome", TRANSIENT)
def test_post_that_may_have_been_done_is_not_sent_again(outcome: Outcome) -> None:
    walked = post([outcome])
    assert (len(walked.requests), isinstance(walked.failure, CircleError)) == (1, True)


@pytest.mark.parametrize("outcome", UNDONE)
def test_post_that_was_certainly_not_done_is_sent_again(outcome: Outcome) -> None:
    assert post([outcome, OK]).result == {"id": "io"}


def test_post_answered_503_is_not_sent_again() -> None:
    assert len(post([reply(status=503)]).requests) == 1


def test_post_answered_503_with_a_time_is_not_sent_again() -> None:
    assert len(post([reply(status=503, retry_after="1")]).requests) == 1


def test_post_refused_with_429_is_sent_again() -> None:
    assert len(post([reply(status=429), OK]).requests) == 2


def test_post_that_does_no_harm_is_sent_again() -> None:
    assert len(post([reply(status=503), OK], Endpoint("POST", "/search", SOURCE, repeatable=True)).requests) == 2


def test_get_that_does_harm_is_not_sent_again() -> None:
    clock = Clock()
    once = Endpoint("GET", "/export", SOURCE, repeatable=False)
    assert len(drive(call(caller(clock), once), [LOST], clock).requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, UnexpectedReply),
        (400, Invalid),
        (401, Unauthorized),
        (402, SubscriptionExpired),
        (403, Forbidden),
        (404, NotFound),
        (422, Invalid),
    ],
)
def test_a_refusal_ends_the_asking(status: int, kind: type[CircleError]) -> None:
    walked = get([reply(status=status)])
    assert (type(walked.failure), walked.done) == (kind, ["send"])


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        pytest.param(reply(status=429), RateLimited, id="429"),
        pytest.param(reply(status=500), ServiceDown, id="500"),
        pytest.param(LOST, Unreachable, id="lost"),
        pytest.param(UNSENT, Unreachable, id="unsent"),
        pytest.param(reply(b"{"), UnexpectedReply, id="garbled"),
    ],
)
def test_a_fault_that_lasts_is_raised_after_the_last_attempt(outcome: Outcome, kind: type[CircleError]) -> None:
    walked = get([outcome] * 3, retry=patient(3))
    assert (type(walked.failure), walked.done) == (kind, ["send", "wait", "send", "wait", "send"])


def test_the_last_fault_is_the_one_raised() -> None:
    assert isinstance(get([LOST, reply(status=500)], retry=patient(2)).failure, ServiceDown)


def test_a_single_attempt_is_the_only_one() -> None:
    assert get([LOST], retry=patient(1)).done == ["send"]


def test_every_attempt_sends_the_same_request() -> None:
    walked = get([LOST, LOST, OK])
    assert walked.requests[0] == walked.requests[1] == walked.requests[2]


def test_waits_double() -> None:
    walked = get([reply(status=503)] * 4 + [OK], jitter=lambda: 1.0)
    assert walked.waits_s == [1.0, 2.0, 4.0, 8.0]


def test_chance_is_drawn_anew_for_each_wait() -> None:
    chances: Iterator[float] = iter([0.0, 1.0])
    assert get([reply(status=503)] * 2 + [OK], jitter=lambda: next(chances)).waits_s == [0.5, 2.0]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"retry_after": "40"}, id="seconds"),
        pytest.param({"retry_after": "Fri, 15 Jan 2027 08:00:40 GMT"}, id="date"),
        pytest.param(
            {"retry_after": "Fri, 15 Jan 2027 07:00:40 GMT", "date": "Fri, 15 Jan 2027 07:00:00 GMT"},
            id="date by the server's clock",
        ),
    ],
)
def test_the_servers_own_time_is_waited_for(status: int, headers: dict[str, str]) -> None:
    walked = get([reply(status=status, **headers), OK])
    assert walked.sent_at_s[1] - walked.sent_at_s[0] == pytest.approx(40.0)


def test_the_servers_own_time_is_waited_for_within_reason() -> None:
    assert sum(get([reply(status=429, retry_after="7200"), OK]).waits_s) == pytest.approx(300.0)


def test_a_wait_says_why_and_which_attempt_it_was() -> None:
    (wait,) = get([reply({"message": "Busy"}, status=503), OK]).waits
    assert wait.reason == (
        "Orbit: GET /v3/moons/io answered 503: Busy (the service is failing); attempt 1 of 5, next in 0.5 s"
    )


def test_an_unreachable_service_is_named() -> None:
    assert str(get([LOST], retry=patient(1)).failure) == "Orbit: GET /v3/moons/io: the connection broke"


@pytest.mark.parametrize("outcome", [LOST, UNSENT], ids=["lost", "unsent"])
def test_an_unreachable_service_tells_whether_the_request_was_sent(outcome: Unreachable) -> None:
    error = post([outcome], retry=patient(1)).failure
    assert isinstance(error, Unreachable)
    assert error.sent is outcome.sent


def test_a_garbled_reply_keeps_its_status() -> None:
    assert get([reply(b"{", status=202)], retry=patient(1)).failure.status == 202


def test_a_garbled_reply_is_described_and_not_shown() -> None:
    error = get([reply(b"<b>private</b>", content_type="text/html; charset=utf-8")], retry=patient(1)).failure
    assert str(error) == "Orbit: GET /v3/moons/io: expected JSON, got 14 bytes of text/html"


@pytest.mark.parametrize("outcome", [*TRANSIENT, *UNDONE, pytest.param(reply(status=404), id="404")])
def test_no_error_shows_the_token(outcome: Outcome) -> None:
    walked = get([outcome], retry=patient(1))
    assert TOKEN not in repr(walked.failure) + str(walked.failure)


def test_a_walk_that_is_sent_no_outcome_complains() -> None:
    walk = call(caller(Clock()), GET_MOON, path={"moon_id": "io"})
    assert isinstance(next(walk), Send)
    with pytest.raises(TypeError, match="NoneType"):
        walk.send(None)


def test_a_reader_sees_the_reply_too() -> None:
    clock = Clock()
    walk = exchange(caller(clock), GET_MOON, lambda _, response: response.headers["date"], path={"moon_id": 1})
    assert drive(walk, [reply({}, date="today")], clock).result == "today"


def test_a_reader_that_finds_a_reply_unexpected_is_asked_again() -> None:
    clock = Clock()

    def named(answer: Any, _: Response) -> str:
        if "name" not in answer:
            raise UnexpectedReply("no name")
        return str(answer["name"])

    walk = exchange(caller(clock), GET_MOON, named, path={"moon_id": 1})
    assert drive(walk, [reply({}), reply({"name": "io"})], clock).result == "io"


# Together with others of the same connection


def test_a_429_slows_the_others_of_the_connection() -> None:
    clock, pace = Clock(), Pace()
    get([reply(status=429, retry_after="60")], clock=clock, pace=pace, retry=patient(1))
    other = get([OK], clock=clock, pace=pace)
    assert other.sent_at_s == [NOW_S + 60]


def test_a_429_slows_the_others_within_reason() -> None:
    clock, pace = Clock(), Pace()
    get([reply(status=429, retry_after="86400")], clock=clock, pace=pace, retry=patient(1))
    assert pace.held_s(clock()) == 300.0


def test_a_429_without_a_time_slows_the_others_for_the_usual_wait() -> None:
    clock, pace = Clock(), Pace()
    walk = call(caller(clock, pace=pace), GET_MOON, path={"moon_id": "io"})
    next(walk)
    step = walk.send(reply(status=429))
    assert (cast("Wait", step).seconds, pace.held_s(clock())) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, 60.0), ({"retry_after": "7"}, 7.0)], ids=["without a time", "with a time"]
)
@pytest.mark.parametrize("attempts", [1, 5])
def test_a_429_slows_all_for_the_services_own_wait(headers: dict[str, str], seconds: float, attempts: int) -> None:
    clock, pace, service = Clock(), Pace(), orbit(limited_wait_s=60.0)
    walk = call(caller(clock, pace=pace, service=service, retry=patient(attempts)), GET_MOON, path={"moon_id": "io"})
    next(walk)
    if attempts == 1:
        with pytest.raises(RateLimited):
            walk.send(reply(status=429, **headers))
    else:
        assert cast("Wait", walk.send(reply(status=429, **headers))).seconds == seconds
    assert pace.held_s(clock()) == seconds


@pytest.mark.parametrize("outcome", [reply(status=503, retry_after="60"), LOST], ids=["503", "lost"])
def test_other_faults_do_not_slow_the_others(outcome: Outcome) -> None:
    clock, pace = Clock(), Pace()
    get([outcome], clock=clock, pace=pace, retry=patient(1))
    assert pace.held_s(clock()) == 0.0


def test_a_request_waits_for_its_turn() -> None:
    clock, pace = Clock(), Pace(60)
    pace.book(clock())
    assert get([OK], clock=clock, pace=pace).sent_at_s == [NOW_S + 1]


def test_a_wait_for_ones_turn_is_not_worth_a_line_in_the_log() -> None:
    clock, pace = Clock(), Pace(60)
    pace.book(clock())
    assert [wait.reason for wait in get([OK], clock=clock, pace=pace).waits] == [""]


def test_a_hold_that_comes_meanwhile_is_waited_for_as_well() -> None:
    clock, pace = Clock(), Pace(60)
    pace.book(clock())
    walk = call(caller(clock, pace=pace), GET_MOON, path={"moon_id": "io"})
    walked = drive(walk, [OK], clock, at_wait=lambda _: pace.hold(NOW_S + 30))
    assert walked.sent_at_s == [NOW_S + 30]


# Until a deadline


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    walked = get([reply(status=503, retry_after="20")], until_s=NOW_S + 19)
    assert (type(walked.failure), walked.done) == (ServiceDown, ["send"])


def test_a_wait_that_ends_with_the_deadline_is_begun() -> None:
    assert get([reply(status=503, retry_after="20"), OK], until_s=NOW_S + 20).result == {"id": "io"}


def test_a_turn_beyond_the_deadline_is_not_waited_for() -> None:
    clock, pace = Clock(), Pace()
    pace.hold(NOW_S + 60)
    walked = get([], clock=clock, pace=pace, until_s=NOW_S + 59)
    assert (type(walked.failure), walked.done) == (RateLimited, [])


def test_being_kept_back_says_for_how_long() -> None:
    clock, pace = Clock(), Pace()
    pace.hold(NOW_S + 60)
    assert "60 s" in str(get([], clock=clock, pace=pace, until_s=NOW_S + 59).failure)


def test_no_attempt_begins_after_the_deadline() -> None:
    walked = get([], until_s=NOW_S - 1)
    assert walked.done == []


# What a wait is for


@pytest.mark.parametrize(
    ("outcome", "limited"),
    [
        pytest.param(reply(status=429), True, id="429"),
        pytest.param(reply(status=429, retry_after="3"), True, id="429 with a time"),
        pytest.param(reply(status=503, retry_after="3"), False, id="503 with a time"),
        pytest.param(LOST, False, id="lost"),
        pytest.param(UNSENT, False, id="unsent"),
        pytest.param(reply(b"{"), False, id="garbled"),
    ],
)
def test_a_wait_for_another_attempt_says_so(outcome: Outcome, limited: bool) -> None:
    wait = get([outcome, OK]).waits[0]
    assert (wait.retry, wait.limited) == (True, limited)


def test_a_wait_for_ones_turn_is_for_a_limit_and_no_other_attempt() -> None:
    clock, pace = Clock(), Pace(60)
    pace.book(clock())
    assert [(wait.retry, wait.limited) for wait in get([OK], clock=clock, pace=pace).waits] == [(False, True)]
