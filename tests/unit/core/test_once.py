"""What must not happen twice is looked for before it is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.once import found_later, send_once
from airflow_provider_circle.core.walk import Caller, Wait, Walk, call
from airflow_provider_circle.exceptions import CircleError, Forbidden, ServiceDown, Unreachable
from tests.unit.walking import LOST, NOW_S, UNSENT, Clock, caller, drive, patient, reply

LAUNCH = Endpoint("POST", "/probes", "https://docs.orbit.example/v3/probes")
CREATED = reply({"id": "p1"}, status=201)

Find = Callable[[float], Walk[JsonObject | None]]


def launch(who: Caller, find: Find) -> Walk[JsonObject]:
    return send_once(who, lambda: call(who, LAUNCH, json={}), find)


class Looks:
    """Looks that find what they are told, one after the other, and remember since when they looked."""

    def __init__(self, *finds: JsonObject | None) -> None:
        self._finds: Iterator[JsonObject | None] = iter(finds)
        self.since_s: list[float] = []

    def __call__(self, began_s: float) -> Walk[JsonObject | None]:
        self.since_s.append(began_s)
        yield Wait(0.0)
        return next(self._finds)


UNKNOWN = [
    pytest.param(LOST, id="lost"),
    pytest.param(reply(status=500), id="500"),
    pytest.param(reply(status=503), id="503"),
    pytest.param(reply(b"{", status=201), id="cut reply"),
    pytest.param(reply(b"<html>", status=200), id="a page of a proxy"),
]


def test_an_answer_is_not_looked_for() -> None:
    looks, clock = Looks(), Clock()
    walked = drive(launch(caller(clock), looks), [CREATED], clock)
    assert (walked.result, looks.since_s) == ({"id": "p1"}, [])


@pytest.mark.parametrize("outcome", UNKNOWN)
def test_what_was_found_is_not_sent_again(outcome: Outcome) -> None:
    clock = Clock()
    walked = drive(launch(caller(clock), Looks({"id": "p0"})), [outcome], clock)
    assert (walked.result, len(walked.requests)) == ({"id": "p0"}, 1)


@pytest.mark.parametrize("outcome", UNKNOWN)
def test_what_was_not_found_is_sent_again(outcome: Outcome) -> None:
    clock = Clock()
    walked = drive(launch(caller(clock), Looks(None, None, None)), [outcome, CREATED], clock)
    assert (walked.result, len(walked.requests)) == ({"id": "p1"}, 2)


def test_a_find_at_the_last_look_counts() -> None:
    clock = Clock()
    walked = drive(launch(caller(clock), Looks(None, None, {"id": "p0"})), [LOST], clock)
    assert walked.result == {"id": "p0"}


def test_looks_come_2_5_and_10_seconds_apart() -> None:
    clock = Clock()
    walked = drive(launch(caller(clock), Looks(None, None, None)), [LOST, CREATED], clock)
    assert [wait.seconds for wait in walked.waits if wait.seconds] == [2.0, 5.0, 10.0]


def test_the_log_says_that_the_reply_was_lost() -> None:
    clock = Clock()
    walked = drive(launch(caller(clock), Looks({"id": "p0"})), [LOST], clock)
    assert "may have been done all the same" in walked.waits[0].reason


def test_looks_reach_back_to_when_sending_began() -> None:
    looks, clock = Looks({"id": "p0"}), Clock()
    drive(launch(caller(clock), looks), [LOST], clock)
    assert looks.since_s == [NOW_S]


def test_looks_after_a_second_loss_reach_back_to_the_first_sending() -> None:
    # Else what the first request did, and the list shows late, is neither adopted nor noticed.
    looks, clock = Looks(None, None, None, {"id": "p0"}), Clock()
    drive(launch(caller(clock), looks), [LOST, LOST], clock)
    assert looks.since_s[-1] == NOW_S


@pytest.mark.parametrize("outcome", [UNSENT, reply(status=429, retry_after="1")], ids=["unsent", "429"])
def test_what_was_certainly_not_done_is_sent_again_without_a_look(outcome: Outcome) -> None:
    looks, clock = Looks(), Clock()
    walked = drive(launch(caller(clock), looks), [outcome, CREATED], clock)
    assert (walked.result, looks.since_s) == ({"id": "p1"}, [])


def test_what_could_never_be_sent_is_not_looked_for() -> None:
    looks, clock = Looks(), Clock()
    walked = drive(launch(caller(clock, retry=patient(2)), looks), [UNSENT, UNSENT], clock)
    assert (type(walked.failure), looks.since_s) == (Unreachable, [])


def test_a_refusal_is_not_looked_for() -> None:
    looks, clock = Looks(), Clock()
    walked = drive(launch(caller(clock), looks), [reply(status=403)], clock)
    assert (type(walked.failure), looks.since_s) == (Forbidden, [])


def test_a_request_whose_every_reply_is_lost_is_given_up() -> None:
    clock = Clock()
    walked = drive(launch(caller(clock, retry=patient(2)), Looks(*[None] * 6)), [LOST, reply(status=502)], clock)
    assert (type(walked.failure), len(walked.requests)) == (ServiceDown, 2)


def test_the_last_loss_is_looked_for_too() -> None:
    clock = Clock()
    looks = Looks(None, None, None, None, None, {"id": "p0"})
    assert drive(launch(caller(clock, retry=patient(2)), looks), [LOST, LOST], clock).result == {"id": "p0"}


def test_a_look_that_fails_is_not_taken_for_no_find() -> None:
    clock = Clock()

    def find(_: float) -> Walk[JsonObject | None]:
        yield Wait(0.0)
        raise Forbidden("may not list")

    walked = drive(launch(caller(clock), find), [LOST], clock)
    assert (type(walked.failure), len(walked.requests)) == (Forbidden, 1)


def test_several_finds_stop_the_sending() -> None:
    clock = Clock()

    def find(_: float) -> Walk[JsonObject | None]:
        yield Wait(0.0)
        raise CircleError("several")

    assert str(drive(launch(caller(clock), find), [LOST], clock).failure) == "several"


def test_the_first_find_ends_the_looking() -> None:
    looks = Looks(None, {"id": "p0"})
    walked = drive(found_later(looks, 5.0), [])
    assert (walked.result, looks.since_s) == ({"id": "p0"}, [5.0, 5.0])


def test_an_empty_find_is_a_find() -> None:
    assert drive(found_later(Looks({}), 5.0), []).result == {}


def test_after_an_empty_find_nothing_is_sent_again() -> None:
    clock = Clock()
    assert drive(launch(caller(clock), Looks({})), [LOST], clock).result == {}


def test_nothing_found_is_nothing() -> None:
    assert drive(found_later(Looks(None, None, None), 5.0), []).result is None
