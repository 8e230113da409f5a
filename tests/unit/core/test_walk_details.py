"""What a walk sends, tells and remembers beside the course of things."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.caching import ReplyStore
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Outcome, Response
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.paging import CursorPages, NumberedPages
from airflow_provider_circle.core.walk import Branch, Emit, Join, Send, Wait, Walk, call, collect, pages, read_page
from airflow_provider_circle.exceptions import NotFound, RateLimited, UnexpectedReply, Unreachable
from tests.unit.core.moons import GET_MOON, LIST_MOONS, OK, SOURCE, get
from tests.unit.walking import NOW_S, Clock, caller, drive, orbit, patient, reply

SOON = "Fri, 15 Jan 2027 08:00:30 GMT"
"""Half a minute from now."""


class Heard(Pace):
    """A pace that keeps what it was told."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[Any, ...]] = []

    def accepted(self, now_s: float, sent_s: float) -> None:
        self.told.append(("accepted", now_s, sent_s))

    def refused(self, now_s: float, sent_s: float, wait_s: float, *, is_guess: bool = False) -> None:
        self.told.append(("refused", now_s, sent_s, wait_s, is_guess))

    def used_up(self, now_s: float, wait_s: float) -> None:
        self.told.append(("used_up", now_s, wait_s))


# What is sent


def test_a_call_sends_its_query_and_its_body() -> None:
    clock = Clock()
    walk = call(caller(clock), Endpoint("POST", "/moons", SOURCE), query={"dry": True}, json={"name": "io"})
    (request,) = drive(walk, [OK], clock).requests
    assert (request.url, request.body) == ("https://orbit.example/v3/moons?dry=true", b'{"name":"io"}')


def test_a_list_below_something_is_asked_for_there() -> None:
    clock, endpoint = Clock(), Endpoint("GET", "/{planet}/moons", SOURCE, pages=NumberedPages())
    walked = drive(pages(caller(clock), endpoint, path={"planet": "mars"}), [reply([{"id": 1}]), reply([])], clock)
    assert [request.url for request in walked.requests] == [
        "https://orbit.example/v3/mars/moons",
        "https://orbit.example/v3/mars/moons?page=2",
    ]


def test_a_numbered_page_is_followed_by_the_one_after_it() -> None:
    clock, endpoint = Clock(), Endpoint("GET", "/moons", SOURCE, pages=NumberedPages())
    walk = read_page(caller(clock), endpoint, path=None, query={"page": 7})
    assert drive(walk, [reply([{"id": 1}])], clock).result.next_query == {"page": "8"}


def test_a_page_is_read_by_whom_it_was_said() -> None:
    def decode(text: bytes) -> Any:
        return {"items": [{"text": text.decode()}]}

    clock, endpoint = Clock(), Endpoint("GET", "/moons", SOURCE, pages=CursorPages("items", "next", "after"))
    walk = read_page(caller(clock), endpoint, path=None, query={}, decode=decode)
    assert drive(walk, [reply(b"io")], clock).result.records == [{"text": "io"}]


# Where it is held


@pytest.mark.parametrize(("hold_s", "is_held"), [(0.0, False), (0.5, True), (60.0, True)])
def test_a_request_that_waited_for_a_socket_is_told_whether_it_is_held(hold_s: float, is_held: bool) -> None:
    asking = caller(Clock())
    step = next(call(asking, GET_MOON, path={"moon_id": "io"}))
    assert isinstance(step, Send)
    asking.pace.hold(NOW_S + hold_s)
    assert step.is_held() is is_held


# What is told


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        pytest.param(Response(200, {"x-request-id": "r1"}, b"{"), (200, "r1"), id="garbled"),
        pytest.param(Response(201, {"x-request-id": "r2"}, b"", overlong=True), (201, "r2"), id="too long"),
        pytest.param(Response(300, {"x-request-id": "r3"}, b"{}"), (300, None), id="redirected"),
    ],
)
def test_what_is_unexpected_keeps_status_and_request_id(answered: Response, told: tuple[int, str | None]) -> None:
    error = get([answered], retry=patient(1)).failure
    assert (type(error), error.status, error.request_id) == (UnexpectedReply, *told)


def test_a_redirect_that_is_too_long_is_a_redirect() -> None:
    assert "was redirected" in str(get([Response(300, {}, b"", overlong=True)], retry=patient(1)).failure)


def test_a_success_that_means_429_may_say_until_when() -> None:
    error = get([reply(retry_after=SOON)], service=orbit(read_failure=lambda _: 429), retry=patient(1)).failure
    assert (type(error), error.retry_after_s) == (RateLimited, 30.0)


def test_what_is_no_object_is_told_by_its_kind() -> None:
    assert str(get([reply([])], retry=patient(1)).failure) == "Orbit: GET /v3/moons/io: expected an object, got a list"


def test_a_walk_that_is_sent_anything_else_says_what_it_was() -> None:
    walk = call(caller(Clock()), GET_MOON, path={"moon_id": "io"})
    next(walk)
    with pytest.raises(TypeError, match=r"^a walk must be sent the outcome of its request, got str$"):
        walk.send("200")


def test_a_request_whose_time_has_run_out_was_not_sent() -> None:
    error = get([], until_s=NOW_S - 1).failure
    assert isinstance(error, Unreachable)
    assert (error.sent, str(error)) == (False, "Orbit: GET /v3/moons/io was not sent: its time had run out")


def test_a_request_that_is_kept_back_tells_its_task_for_how_long() -> None:
    pace = Pace()
    pace.hold(NOW_S + 60)
    assert get([], pace=pace, until_s=NOW_S + 59).failure.retry_after_s == 60.0


# What the pace is told


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        pytest.param(OK, [("accepted", NOW_S, NOW_S)], id="a success"),
        pytest.param(reply(status=404), [("accepted", NOW_S, NOW_S)], id="a refusal"),
        pytest.param(reply(status=430), [("accepted", NOW_S, NOW_S)], id="another refusal"),
        pytest.param(reply(status=429, retry_after="7"), [("refused", NOW_S, NOW_S, 7.0, False)], id="429 with a time"),
        pytest.param(reply(status=429, retry_after="0"), [("refused", NOW_S, NOW_S, 0.0, False)], id="429 and no time"),
        pytest.param(reply(status=429), [("refused", NOW_S, NOW_S, 0.0, True)], id="429 alone"),
        pytest.param(
            reply({}, ratelimit_limit="900", ratelimit_remaining="0", ratelimit_reset="30"),
            [("accepted", NOW_S, NOW_S), ("used_up", NOW_S, 30.0)],
            id="nothing left",
        ),
        pytest.param(
            reply({}, ratelimit_limit="900", ratelimit_remaining="0", ratelimit_reset="3000"),
            [("accepted", NOW_S, NOW_S), ("used_up", NOW_S, 300.0)],
            id="nothing left for long",
        ),
    ],
)
def test_the_pace_hears_what_became_of_a_request(outcome: Outcome, told: list[tuple[Any, ...]]) -> None:
    pace = Heard()
    get([outcome], pace=pace, retry=patient(1))
    assert pace.told == told


def test_a_kept_reply_that_means_429_is_a_refusal_of_now() -> None:
    pace, store = Heard(), ReplyStore()
    get([reply({"busy": True}, cache_control="max-age=60")], store=store)
    busy = orbit(read_failure=lambda answer: 429 if answer.get("busy") else None)
    get([OK], pace=pace, store=store, service=busy, clock=Clock(NOW_S + 1))
    assert pace.told[0][:3] == ("refused", NOW_S + 1, NOW_S + 1)


def test_a_services_own_wait_after_a_429_is_spread_like_one_it_demanded() -> None:
    walked = get([reply(status=429), OK], service=orbit(limited_wait_s=60.0), jitter=lambda: 1.0)
    assert walked.waits_s == [61.0]


# Who was refused keeps the place


def test_a_refused_request_goes_first_when_its_wait_is_over() -> None:
    assert get([reply(status=429, retry_after="10"), OK], pace=Pace(60)).sent_at_s == [NOW_S, NOW_S + 10]


def test_a_refused_request_whose_turn_comes_too_late_is_refused_for_good() -> None:
    walked = get([reply(status=429, retry_after="5")], pace=Pace(1), until_s=NOW_S + 20)
    assert (str(walked.failure), walked.waits) == ("Orbit: GET /v3/moons/io answered 429 (too many requests)", [])


def test_a_refused_request_whose_turn_comes_with_the_deadline_goes() -> None:
    walked = get([reply(status=429, retry_after="10"), OK], until_s=NOW_S + 10)
    assert walked.result == {"id": "io"}


def test_a_turn_that_comes_with_the_deadline_is_waited_for() -> None:
    pace = Pace()
    pace.hold(NOW_S + 60)
    assert get([OK], pace=pace, until_s=NOW_S + 60).sent_at_s == [NOW_S + 60]


def test_a_clock_that_stands_still_keeps_nobody_waiting_twice() -> None:
    asking = caller(Clock())
    asking.pace.hold(NOW_S + 10)
    walk = call(asking, GET_MOON, path={"moon_id": "io"})
    assert next(walk) == Wait(10.0, limited=True)
    assert isinstance(walk.send(None), Send)


# Branches of what is gathered


def test_gathering_passes_a_branchs_error_on_to_whoever_joins_it() -> None:
    def walk() -> Walk[None]:
        try:
            yield Join(Branch(pages(caller(Clock()), LIST_MOONS)))
        except NotFound as error:
            yield Emit([{"id": str(error)}])

    gathering = collect(walk())
    next(gathering)
    with pytest.raises(StopIteration) as end:
        gathering.throw(NotFound("gone"))
    assert end.value.value == [{"id": "gone"}]
