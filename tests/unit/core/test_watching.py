"""Looking until there is something to see: deadlines, and faults that are borne."""

from __future__ import annotations

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.polling import Course, Expectation, PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.exceptions import CircleError, Unauthorized
from tests.unit.walking import LOST, NOW_S, UNSENT, Clock, Walked, caller, drive, reply

MOON = Endpoint("GET", "/moons/io", "https://docs.orbit.example/v3/moons")
EVERY_10_S = PollSchedule(10.0, 10.0, 0.0)
DARK, SHINES = reply({"shines": False}), reply({"shines": True})


def look(caller: Caller) -> Walk[Sight[JsonObject]]:
    moon = yield from call(caller, MOON)
    return Sight(moon, frozenset({"it shines"})) if moon.get("shines") else Sight(None, frozenset({"it is dark"}))


def waited(
    *outcomes: Outcome, deadline_s: float | None = NOW_S + 3600, attempts: int = 1, schedule: PollSchedule = EVERY_10_S
) -> Walked[Sight[JsonObject]]:
    clock = Clock()
    patient = caller(clock, retry=RetryPolicy(attempts=attempts))
    return drive(wait_until(patient, look, schedule, started_s=NOW_S, deadline_s=deadline_s), outcomes, clock)


def test_what_is_there_is_seen_at_once() -> None:
    walked = waited(SHINES)

    assert walked.result.seen == {"shines": True}
    assert walked.waits == []


def test_looks_follow_the_schedule() -> None:
    walked = waited(DARK, DARK, SHINES, schedule=PollSchedule(10.0, 100.0, 2.0))

    assert walked.result.seen
    assert walked.waits_s == [pytest.approx(wait) for wait in (9.0, 25.2)]


def test_news_is_said_when_it_changes() -> None:
    walked = waited(DARK, DARK, LOST, DARK, SHINES)

    assert [bool(wait.reason) for wait in walked.waits] == [True, False, True, True]
    assert walked.waits[0].reason == "it is dark"
    assert walked.waits[2].reason.startswith("could not look: ")


def test_news_is_told_in_order() -> None:
    assert str(Sight(None, frozenset({"it is dark", "it is cold", "it rains"}))) == "it is cold; it is dark; it rains"


def test_all_that_is_new_is_said_at_once() -> None:
    def look_around(_: Caller) -> Walk[Sight[JsonObject]]:
        yield from ()
        return Sight(None, frozenset({"it is dark", "it is cold"}))

    clock = Clock()
    walk = wait_until(caller(clock), look_around, EVERY_10_S, started_s=NOW_S, deadline_s=NOW_S + 5)

    assert [wait.reason for wait in drive(walk, [], clock).waits] == ["it is cold; it is dark"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(LOST, id="lost"),
        pytest.param(UNSENT, id="unsent"),
        pytest.param(reply(status=503), id="503"),
        pytest.param(reply(status=429, retry_after="5"), id="429"),
        pytest.param(reply(b"<html>"), id="html"),
        pytest.param(reply([]), id="no_object"),
    ],
)
def test_fault_is_a_reason_to_look_again(fault: Outcome) -> None:
    assert waited(fault, SHINES).result.seen


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_being_turned_away_ends_the_wait(status: int) -> None:
    walked = waited(DARK, reply(status=status))

    assert isinstance(walked.failure, CircleError)
    assert walked.failure.permanent
    assert len(walked.requests) == 2


def test_last_look_is_taken_at_the_deadline() -> None:
    walked = waited(DARK, DARK, DARK, deadline_s=NOW_S + 12)

    assert walked.result.seen is None
    assert walked.sent_at_s == [NOW_S, NOW_S + 9, NOW_S + 12]


def test_last_look_is_taken_at_the_deadline_however_near_that_is() -> None:
    assert waited(DARK, DARK, DARK, deadline_s=NOW_S + 9.5).sent_at_s == [NOW_S, NOW_S + 9, NOW_S + 9.5]


def test_what_shows_at_the_deadline_counts() -> None:
    assert waited(DARK, SHINES, deadline_s=NOW_S + 5).result.seen


@pytest.mark.parametrize("late_s", [0.0, 3600.0])
def test_deadline_that_has_passed_still_gets_one_look(late_s: float) -> None:
    assert waited(SHINES, deadline_s=NOW_S - late_s).result.seen
    assert waited(DARK, deadline_s=NOW_S - late_s).result == Sight(None, frozenset({"it is dark"}))


def test_fault_at_the_deadline_is_told() -> None:
    result = waited(LOST, deadline_s=NOW_S).result

    assert result.seen is None
    assert result.trouble.startswith("Orbit: GET ")
    assert str(result) == f"could not look: {result.trouble}"


def test_no_attempt_of_a_look_begins_after_the_deadline() -> None:
    walked = waited(reply(status=503), reply(status=503), DARK, deadline_s=NOW_S + 1.2, attempts=5)

    # Half a second after the first attempt the second, the third would be too late; then the last look.
    assert walked.sent_at_s[:2] == [NOW_S, NOW_S + 0.5]
    assert walked.sent_at_s[2] >= NOW_S + 1.2


def test_last_look_may_retry_for_half_a_minute() -> None:
    walked = waited(*[reply(status=503)] * 6, deadline_s=NOW_S, attempts=99)

    assert walked.result.seen is None
    assert walked.sent_at_s[-1] <= NOW_S + 30


def test_without_a_deadline_it_looks_on() -> None:
    walked = waited(*[DARK] * 500, SHINES, deadline_s=None)

    assert walked.result.seen
    assert sum(walked.waits_s) == pytest.approx(4500)


def test_restart_goes_on_with_the_intervals_it_had() -> None:
    clock = Clock()
    schedule = PollSchedule(10.0, 1000.0, 0.1)
    walk = wait_until(caller(clock), look, schedule, started_s=NOW_S - 5000, deadline_s=None)

    assert drive(walk, [DARK, SHINES], clock).waits_s == [pytest.approx(459)]


def begun_early(look_from_s: float, *, deadline_s: float | None = None) -> list[float]:
    clock = Clock()
    walk = wait_until(
        caller(clock), look, EVERY_10_S, started_s=NOW_S, deadline_s=deadline_s, look_from_s=NOW_S + look_from_s
    )
    return drive(walk, [SHINES], clock).sent_at_s


@pytest.mark.parametrize(
    ("look_from_s", "looked_s"),
    [
        pytest.param(7, 7, id="once it is worth it"),
        pytest.param(0.5, 0.5, id="once it is worth it, which is soon"),
        pytest.param(-7, 0, id="at once when that has passed"),
        pytest.param(9000, 10, id="soon however wrong the other clock is"),
    ],
)
def test_first_look_may_be_put_off(look_from_s: float, looked_s: float) -> None:
    assert begun_early(look_from_s) == [NOW_S + looked_s]


def test_first_look_that_is_worth_it_by_now_is_not_waited_for() -> None:
    clock = Clock()
    walk = wait_until(caller(clock), look, EVERY_10_S, started_s=NOW_S, deadline_s=None, look_from_s=NOW_S)

    assert drive(walk, [SHINES], clock).waits == []


def test_first_look_is_not_put_off_beyond_the_deadline() -> None:
    assert begun_early(7, deadline_s=NOW_S + 3) == [NOW_S + 3]


def expecting(*outcomes: Outcome, began_s: float, median_s: float = 60.0) -> list[float]:
    clock = Clock()

    def look_knowing(caller: Caller) -> Walk[Sight[JsonObject]]:
        sight = yield from look(caller)
        return Sight(sight.seen, sight.news, course=Course(NOW_S + began_s, Expectation(median_s)))

    patient = caller(clock, retry=RetryPolicy(attempts=1))
    walk = wait_until(patient, look_knowing, PollSchedule(), started_s=NOW_S, deadline_s=None)
    return drive(walk, outcomes, clock).waits_s


def test_what_is_known_of_the_course_decides_when_to_look_next() -> None:
    assert expecting(DARK, SHINES, began_s=0) == [pytest.approx(46, abs=2)]


def test_the_course_is_counted_from_its_beginning() -> None:
    assert expecting(DARK, SHINES, began_s=-30) == [pytest.approx(19, abs=2)]


def test_once_the_end_may_come_any_time_looks_are_as_close_as_after_the_time_waited() -> None:
    assert expecting(DARK, SHINES, began_s=-600, median_s=600.0) == [pytest.approx(4.14)]


def test_a_look_that_failed_leaves_the_course_known() -> None:
    assert expecting(DARK, LOST, SHINES, began_s=40)[1] > 30


def test_error_of_the_last_look_is_not_swallowed() -> None:
    assert isinstance(waited(reply(status=401), deadline_s=NOW_S - 1).failure, Unauthorized)
