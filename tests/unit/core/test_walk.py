"""A walk asks, waits, asks again and hands records on; fed with replies here, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome, Request, Response
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.paging import CursorPages
from airflow_provider_circle.core.walk import (
    Begin,
    Branch,
    Drop,
    Emit,
    Join,
    Send,
    Wait,
    Walk,
    call,
    collect,
    exchange,
    pages,
    read_page,
    relayed,
)
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
from tests.unit.walking import LOST, NOW_S, TOKEN, UNSENT, Clock, Walked, caller, drive, orbit, patient, reply

SOURCE = "https://docs.orbit.example/v3/moons"
GET_MOON = Endpoint("GET", "/moons/{moon_id}", SOURCE)
ADD_MOON = Endpoint("POST", "/moons", SOURCE)
LIST_MOONS = Endpoint("GET", "/moons", SOURCE, pages=CursorPages("items", "next", "after"))

OK = reply({"id": "io"})


def get(outcomes: list[Outcome], **changes: Any) -> Walked[JsonObject]:
    clock = changes.pop("clock", None) or Clock()
    return drive(call(caller(clock, **changes), GET_MOON, path={"moon_id": "io"}), outcomes, clock)


def post(outcomes: list[Outcome], endpoint: Endpoint = ADD_MOON, **changes: Any) -> Walked[JsonObject]:
    clock = Clock()
    return drive(call(caller(clock, **changes), endpoint, json={"name": "io"}), outcomes, clock)


def listed(outcomes: list[Outcome], query: dict[str, str | int | bool] | None = None, **changes: Any) -> Walked[None]:
    clock = Clock()
    return drive(pages(caller(clock, **changes), LIST_MOONS, query=query), outcomes, clock)


def page(*ids: int, after: str | None = None) -> Response:
    return reply({"items": [{"id": number} for number in ids], "next": after})


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
    walked = get([LOST] * 4 + [OK], jitter=lambda: 1.0)
    assert walked.waits_s == [1.0, 2.0, 4.0, 8.0]


def test_chance_is_drawn_anew_for_each_wait() -> None:
    chances: Iterator[float] = iter([0.0, 1.0])
    assert get([LOST, LOST, OK], jitter=lambda: next(chances)).waits_s == [0.5, 2.0]


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


# Lists


def test_a_list_is_emitted_page_by_page() -> None:
    walked = listed([page(1, 2, after="t"), page(3)])
    assert walked.emitted == [[{"id": 1}, {"id": 2}], [{"id": 3}]]


def test_a_page_is_emitted_before_the_next_is_asked_for() -> None:
    assert listed([page(1, after="t"), page(2)]).done == ["send", "emit", "send", "emit"]


def test_the_token_is_sent_back() -> None:
    walked = listed([page(after="t/1"), page()])
    assert [request.url.partition("?")[2] for request in walked.requests] == ["", "after=t%2F1"]


def test_the_query_goes_with_every_page() -> None:
    walked = listed([page(after="a"), page(after="b"), page()], query={"mine": True})
    assert [request.url.partition("?")[2] for request in walked.requests] == [
        "mine=true",
        "mine=true&after=a",
        "mine=true&after=b",
    ]


def test_an_empty_page_in_the_middle_does_not_end_a_list() -> None:
    assert len(listed([page(1, after="a"), page(after="b"), page(2)]).emitted) == 3


@pytest.mark.parametrize("fault", [LOST, UNSENT, reply(status=502), reply(b"{"), reply({"rows": []})], ids=str)
def test_a_page_that_failed_is_read_again_and_nothing_is_emitted_twice(fault: Outcome) -> None:
    walked = listed([page(1, after="t"), fault, page(2)])
    assert walked.emitted == [[{"id": 1}], [{"id": 2}]]


def test_each_page_has_its_own_attempts() -> None:
    walked = listed([LOST, page(1, after="t"), LOST, page(2)], retry=patient(2))
    assert walked.error is None


def test_a_page_that_is_refused_ends_the_list() -> None:
    walked = listed([page(1, after="t"), reply(status=404)])
    assert (walked.emitted, type(walked.failure)) == ([[{"id": 1}]], NotFound)


@pytest.mark.parametrize(
    "tokens",
    [pytest.param(["a", "a"], id="at once"), pytest.param(["a", "b", "a"], id="in a circle")],
)
def test_a_token_that_comes_back_is_an_error_and_no_loop(tokens: list[str]) -> None:
    walked = listed([page(number, after=token) for number, token in enumerate(tokens)])
    assert "GET /moons handed out the same page token twice" in str(walked.failure)


@pytest.mark.parametrize(
    ("ids", "emitted"),
    [
        pytest.param([[1, 2], [1, 2]], 2, id="at once"),
        pytest.param([[1, 2], [3], [3]], 3, id="later"),
    ],
)
def test_the_same_page_again_is_an_error_and_no_loop(ids: list[list[int]], emitted: int) -> None:
    walked = listed([page(*numbers, after=f"t{place}") for place, numbers in enumerate(ids)])
    assert (len(walked.emitted), str(walked.failure)) == (emitted, "Orbit: GET /moons sent the same page twice")


@pytest.mark.parametrize(
    "outcomes",
    [
        pytest.param([page(1, after="a"), page(1)], id="the last"),
        pytest.param([page(1, after="a"), page(2, after="b"), page(1, after="c"), page(3)], id="not in a row"),
        pytest.param([page(after="a"), page(after="b"), page(1)], id="empty"),
        pytest.param([page(1, 2, after="a"), page(2, 1, after="b"), page(3)], id="in another order"),
    ],
)
def test_a_page_like_another_is_one_unless_it_is_that_of_before_and_promises_more(outcomes: list[Outcome]) -> None:
    assert listed(outcomes).error is None


# Another walk's emissions, changed


def labelled(emitted: Emit) -> Emit:
    return replace(emitted, label="moon")


def test_going_along_changes_what_is_emitted_and_nothing_else() -> None:
    branch, sent = Branch(pages(caller(Clock()), LIST_MOONS)), Send(Request("GET", "/", {}, None, 1.0))
    steps: list[Any] = [sent, Begin(branch), Wait(1.0), Join(branch), Drop(branch)]
    answers: list[Any] = []

    def walk() -> Walk[str]:
        for step in steps:
            answer = yield step
            answers.append(answer)
        yield Emit([{"id": 1}])
        return "done"

    along, seen, answer = relayed(walk(), labelled), [], None
    try:
        while True:
            seen.append(along.send(answer))
            answer = len(seen)
    except StopIteration as end:
        returned = end.value
    assert (seen, answers, returned) == ([*steps, Emit([{"id": 1}], "moon")], [1, 2, 3, 4, 5], "done")


def test_going_along_passes_a_branchs_error_on_to_whoever_joins_it() -> None:
    trouble = NotFound("gone")

    def walk() -> Walk[str]:
        branch = Branch(pages(caller(Clock()), LIST_MOONS))
        yield Begin(branch)
        try:
            yield Join(branch)
        except NotFound as error:
            yield Emit([{"id": 1}])
            return str(error)
        return "nothing"

    along = relayed(walk(), labelled)
    next(along)
    along.send(None)
    assert along.throw(trouble) == Emit([{"id": 1}], "moon")
    with pytest.raises(StopIteration) as end:
        next(along)
    assert end.value.value == "gone"


def test_going_along_fails_with_a_branch_that_is_joined_without_care() -> None:
    closing: list[bool] = []

    def walk() -> Walk[None]:
        try:
            yield Join(Branch(pages(caller(Clock()), LIST_MOONS)))
        finally:
            closing.append(True)

    along, trouble = relayed(walk(), labelled), NotFound("gone")
    next(along)
    with pytest.raises(NotFound) as raised:
        along.throw(trouble)
    assert (raised.value is trouble, closing) == (True, [True])


def test_going_along_only_a_part_closes_the_walk() -> None:
    closing = Closing()
    walk = closing.walk()
    along = relayed(walk, labelled)
    next(along)
    along.close()
    assert closing.closed


# Short lists, gathered


def gathered(outcomes: list[Outcome], **options: Any) -> Walked[list[JsonObject]]:
    clock = Clock()
    return drive(collect(pages(caller(clock), LIST_MOONS), **options), outcomes, clock)


def test_a_short_list_is_gathered() -> None:
    assert gathered([page(1, after="t"), page(2)]).result == [{"id": 1}, {"id": 2}]


def test_a_gathered_list_is_not_emitted() -> None:
    assert gathered([page(1, after="t"), page(2)]).emitted == []


def test_gathering_passes_waits_on() -> None:
    assert gathered([LOST, page(1)]).waits_s == [0.5]


def test_gathering_ends_when_there_is_enough() -> None:
    walked = gathered([page(1, 2, after="t")], enough=lambda rows: len(rows) >= 2)
    assert walked.result == [{"id": 1}, {"id": 2}]


def test_gathering_fails_with_its_list() -> None:
    assert isinstance(gathered([page(1, after="t"), reply(status=404)]).failure, NotFound)


class Closing:
    """A walk that tells whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def walk(self) -> Walk[None]:
        try:
            while True:
                yield Emit([{"id": 1}])
        finally:
            self.closed = True


def test_a_list_that_is_not_read_to_its_end_is_closed() -> None:
    closing = Closing()
    walk = closing.walk()  # held here, so that nothing but the gathering closes it
    drive(collect(walk, enough=bool), [])
    assert closing.closed


# Failures that claim success


def failure(answer: Any) -> int | None:
    """Read the invented vendor's failures: ``{"failed": 404}``."""
    return answer.get("failed") if isinstance(answer, dict) else None


def get_honestly(outcomes: list[Outcome], **changes: Any) -> Walked[JsonObject]:
    return get(outcomes, service=orbit(read_failure=failure), **changes)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unauthorized),
        (402, SubscriptionExpired),
        (403, Forbidden),
        (404, NotFound),
        (422, Invalid),
    ],
)
@pytest.mark.parametrize("claimed", [200, 201])
def test_a_success_that_means_a_refusal_is_one(claimed: int, status: int, kind: type[CircleError]) -> None:
    walked = get_honestly([reply({"failed": status}, claimed)])
    assert (type(walked.failure), walked.failure.status, walked.done) == (kind, status, ["send"])


def test_a_success_that_means_a_refusal_says_so_in_the_services_words() -> None:
    walked = get_honestly([reply({"failed": 404, "message": "No such moon"}, x_request_id="r1")])
    assert (str(walked.failure), walked.failure.request_id) == (
        "Orbit: GET /v3/moons/io answered 404: No such moon (it does not exist, or the token may not see it)",
        "r1",
    )


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_success_that_means_a_fault_is_asked_again(status: int) -> None:
    assert get_honestly([reply({"failed": status}), OK]).result == {"id": "io"}


def test_a_success_that_keeps_meaning_a_fault_is_raised_after_the_last_attempt() -> None:
    walked = get_honestly([reply({"failed": 503})] * 3, retry=patient(3))
    assert (type(walked.failure), walked.failure.status) == (ServiceDown, 503)


def test_a_success_that_means_429_slows_the_others() -> None:
    clock, pace = Clock(), Pace()
    get_honestly([reply({"failed": 429}, retry_after="60")], clock=clock, pace=pace, retry=patient(1))
    assert pace.held_s(clock()) == 60.0


@pytest.mark.parametrize(("status", "sent"), [(503, 1), (429, 2)])
def test_post_answered_with_a_success_that_means_a_fault_is_treated_like_the_fault(status: int, sent: int) -> None:
    outcomes: list[Outcome] = [reply({"failed": status}), *[OK] * (sent - 1)]
    assert len(post(outcomes, service=orbit(read_failure=failure)).requests) == sent


def test_a_success_that_means_success_is_one() -> None:
    assert get_honestly([reply({"failed": None})]).result == {"failed": None}


def test_a_page_that_means_a_refusal_ends_the_list() -> None:
    walked = listed([page(1, after="t"), reply({"failed": 401})], service=orbit(read_failure=failure))
    assert (walked.emitted, type(walked.failure)) == ([[{"id": 1}]], Unauthorized)


def test_a_garbled_success_is_not_searched_for_a_failure() -> None:
    searched: list[Any] = []
    get([reply(b"{"), OK], service=orbit(read_failure=searched.append))
    assert searched == [{"id": "io"}]


def test_a_refusal_is_not_searched_for_another() -> None:
    walked = get_honestly([reply({"failed": 503}, 404)])
    assert (type(walked.failure), walked.failure.status) == (NotFound, 404)


def test_a_failure_that_cannot_be_read_is_asked_again() -> None:
    def confused(_: Any) -> int | None:
        raise UnexpectedReply("neither good nor bad")

    error = get([OK] * 2, service=orbit(read_failure=confused), retry=patient(2)).failure
    assert str(error) == "Orbit: GET /v3/moons/io: neither good nor bad"


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


def test_the_services_query_goes_with_every_page() -> None:
    walked = listed([page(after="a"), page()], service=orbit(query={"community_id": "7"}))
    assert [request.url.partition("?")[2] for request in walked.requests] == [
        "community_id=7",
        "community_id=7&after=a",
    ]


@pytest.mark.parametrize(
    ("date", "server_s"),
    [
        pytest.param({"date": "Fri, 15 Jan 2027 07:00:00 GMT"}, NOW_S - 3600, id="its own"),
        pytest.param({}, None, id="none"),
        pytest.param({"date": "today"}, None, id="no date"),
    ],
)
def test_a_page_carries_the_servers_clock(date: dict[str, Any], server_s: float | None) -> None:
    clock = Clock()
    walk = read_page(caller(clock), LIST_MOONS, path=None, query={})
    assert drive(walk, [reply({"items": []}, **date)], clock).result.server_s == server_s


def test_what_is_emitted_carries_its_page() -> None:
    walk = pages(caller(Clock()), LIST_MOONS)
    next(walk)
    step = cast("Emit", walk.send(page(1, after="t")))
    assert (step.page and step.page.next_query, step.label) == ({"after": "t"}, "")
