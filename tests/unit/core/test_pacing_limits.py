"""A pace under limits that it is told, and under those it has to find out, on a virtual clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from random import Random

import pytest

from airflow_provider_circle.core.pacing import Limit, Pace, Turn
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import used_up_s
from airflow_provider_circle.core.walk import Walk
from tests.unit.core.metered import Limiter, Metered, asks, bucket, every, fixed_window, looks, sliding_window
from tests.unit.walking import NOW_S, reply

CIRCLE = Limit(2_000, 300.0)


def most_in(sent_s: list[float], window_s: float) -> int:
    """The most that any window saw."""
    return max(bisect_left(sent_s, start + window_s - 1e-6) - number for number, start in enumerate(sent_s))


def pulled(
    refuse_for_s: Limiter, lanes: int = 16, requests: int = 2_000, pace: Pace | None = None, resets_every: int = 0
) -> Metered:
    """Let a pull ask so many times, several at once."""
    service, pace = Metered(refuse_for_s, resets_every=resets_every), pace or Pace()
    for lane in range(lanes):
        service.begin(lane, asks(service.caller(pace, seed=lane), requests // lanes))
    service.run()
    return service


def waited(refuse_for_s: Limiter, *, tells: bool = True, waits: int = 1_000) -> Metered:
    """Let waits that begin within a minute look until they have their ends."""
    service, pace, chance = Metered(refuse_for_s, tells), Pace(), Random(5)  # noqa: S311
    for number in range(waits):
        walk = looks(service.caller(pace, seed=number), chance.lognormvariate(4.1, 0.8), PollSchedule())
        service.begin(number, walk, chance.random() * 60)
    service.run()
    return service


def held(service: Metered, pace: Pace) -> Walk[None]:
    """Refuse everybody for half a minute."""
    pace.refused(service.clock(), service.clock() - 1, 30.0)
    yield from ()


# A limit that is known


def test_half_of_a_window_may_go_at_once() -> None:
    pace = Pace(limit=CIRCLE)
    assert [pace.book(NOW_S) > 0 for _ in range(1_001)] == [False] * 1_000 + [True]


def test_no_window_sees_more_than_the_limit() -> None:
    service = pulled(lambda _: 0.0, requests=8_000, pace=Pace(limit=CIRCLE))
    assert most_in(service.sent_s, 300.0) == 2_000


def test_a_burst_after_a_pause_leaves_the_window_its_limit() -> None:
    service, pace = Metered(lambda _: 0.0), Pace(limit=CIRCLE)
    for after_s in (0.0, 160.0, 250.0, 299.0, 320.0):
        for lane in range(16):
            service.begin((after_s, lane), asks(service.caller(pace), 50), after_s)
    service.run()
    assert most_in(service.sent_s, 300.0) <= 2_000


def test_more_who_wait_than_a_window_sees_do_not_exceed_the_limit() -> None:
    service, pace = Metered(lambda _: 0.0), Pace(limit=Limit(3, 60.0))
    for lane in range(13):
        service.begin(lane, asks(service.caller(pace), 1), 90.0 if lane == 12 else 0.0)
    service.run()
    assert most_in(service.sent_s, 60.0) == 3


def test_a_window_is_used_up() -> None:
    service = pulled(lambda _: 0.0, requests=8_000, pace=Pace(limit=CIRCLE))
    assert max(service.ended_s.values()) <= 4 * 305


def test_a_place_that_is_given_up_leaves_no_gap() -> None:
    pace = Pace(60)
    pace.book(0.0)
    pace.book(0.0, until_s=0.5, turn=Turn())
    assert pace.book(0.0) == 1.0


def test_a_limit_survives_a_hold() -> None:
    service = pulled(every(500), requests=4_000, pace=Pace(limit=CIRCLE))
    assert most_in(service.sent_s, 300.0) <= 2_000


# Isolated refusals


@pytest.mark.parametrize("lanes", [1, 8, 16])
def test_isolated_refusals_cost_hardly_more_than_they_demand(lanes: int) -> None:
    clean_s = max(pulled(lambda _: 0.0, lanes).ended_s.values())
    service = pulled(every(50), lanes, resets_every=97)
    assert max(service.ended_s.values()) <= 1.1 * (clean_s + service.demanded_s)


def test_isolated_refusals_cost_hardly_more_where_the_limit_is_known() -> None:
    clean_s = max(pulled(lambda _: 0.0, requests=500, pace=Pace(limit=CIRCLE)).ended_s.values())
    service = pulled(every(50), requests=500, pace=Pace(limit=CIRCLE))
    assert max(service.ended_s.values()) <= 1.1 * (clean_s + service.demanded_s)


def test_nobody_sends_while_a_refusal_holds() -> None:
    service = pulled(every(50), lanes=16, requests=400)
    # Those under way together with the refused one were sent already.
    silent = [(refused_s + 0.02, refused_s + 1.02) for refused_s in service.refused_s]
    assert not [at for at in service.sent_s for start, end in silent if start + 1e-6 < at < end - 1e-6]


def test_those_who_wait_for_a_socket_are_held_as_well() -> None:
    service, pace = Metered(every(300), sockets=2), Pace()
    for lane in range(50):
        service.begin(lane, asks(service.caller(pace), 20))
    service.run()
    held_s = service.refused_s[0] + 0.02
    assert not [at for at in service.sent_s if held_s + 1e-6 < at < held_s + 1 - 1e-6]


# A limit that nobody told

LIMITERS = [
    pytest.param((lambda: fixed_window(300), True), id="a fixed window"),
    pytest.param((lambda: sliding_window(300), True), id="a sliding window"),
    pytest.param((lambda: bucket(300, 300), True), id="a bucket"),
    pytest.param((lambda: bucket(300, 300), False), id="a bucket that does not say how long"),
]


@pytest.fixture(scope="module", params=LIMITERS)
def limited(request: pytest.FixtureRequest) -> Metered:
    limiter, tells = request.param
    return waited(limiter(), tells=tells)


def test_all_waits_end_under_a_limit_that_nobody_told(limited: Metered) -> None:
    assert (len(limited.ended_s), limited.failures) == (1_000, [])


def test_refusals_stay_below_a_hundredth(limited: Metered) -> None:
    assert len(limited.refused_s) < 0.01 * len(limited.sent_s)


@pytest.mark.parametrize("limiter", [lambda: sliding_window(300), lambda: fixed_window(50, 10.0)], ids=["60 s", "10 s"])
def test_in_the_long_run_most_of_a_limit_is_used_and_hardly_any_request_refused(limiter: Callable[[], Limiter]) -> None:
    service, pace = Metered(limiter()), Pace()
    for lane in range(50):
        service.begin(lane, asks(service.caller(pace, seed=lane), 150))
    service.run()
    late = [at for at in service.sent_s if at > NOW_S + 600]
    refused = [at for at in service.refused_s if at > NOW_S + 600]
    assert len(refused) < 0.01 * len(late)
    assert len(late) > 0.8 * 5 * (late[-1] - late[0])


def test_those_who_are_kept_back_are_served_in_order() -> None:
    service, pace = Metered(lambda _: 0.0), Pace()
    for _ in range(2):
        pace.refused(NOW_S, NOW_S - 1, 10.0)
    for number in range(20):
        service.begin(number, asks(service.caller(pace), 1), 1 + number * 0.1)
    service.begin("a hold", held(service, pace), 12.0)
    service.run()
    assert service.senders == list(range(20))


def test_a_refusal_that_others_on_their_way_were_spared_slows_nobody_afterwards() -> None:
    pace = Pace()
    pace.refused(10.0, 9.0, 1.0)
    pace.refused(10.0, 9.1, 1.0)
    for _ in range(3):
        pace.accepted(10.05, 9.5)
    assert [pace.book(11.5) for _ in range(5)] == [0.0] * 5


def test_refused_together_leaves_nine_tenths_of_what_was_accepted() -> None:
    pace = Pace()
    for _ in range(300):
        pace.accepted(10.0, 9.9)
    pace.refused(10.5, 10.4, 1.0)
    pace.refused(10.5, 10.4, 1.0)
    pace.book(12.0)
    assert pace.book(12.0) == pytest.approx(60 / 270)


def test_a_hold_that_the_service_names_no_time_for_grows_while_all_is_refused() -> None:
    pace, now_s, holds_s = Pace(), 0.0, []
    for _ in range(5):
        pace.refused(now_s, now_s - 0.1, 1.0, is_guess=True)
        holds_s.append(pace.held_s(now_s))
        now_s += holds_s[-1] + 1
    assert holds_s == [1.0, 4.0, 16.0, 60.0, 60.0]


@pytest.mark.parametrize(("apart_s", "slowed"), [(30.0, True), (90.0, False)], ids=["in a row", "now and then"])
def test_single_refusals_slow_those_who_follow_only_when_they_come_in_a_row(apart_s: float, slowed: bool) -> None:
    pace = Pace()
    for number in range(3):
        pace.refused(number * apart_s, number * apart_s - 0.1, 1.0)
    pace.book(1_000.0)
    assert (pace.book(1_000.0) > 0) is slowed


# What a reply announces


@pytest.mark.parametrize(
    ("limit", "remaining", "reset", "seconds"),
    [
        pytest.param("300", "16", "40", 40.0, id="as many as may be under way"),
        pytest.param("300", "17", "40", None, id="more"),
        pytest.param("30", "3", "40", 40.0, id="a tenth of a small limit"),
        pytest.param("30", "4", "40", None, id="more than a tenth of a small limit"),
        pytest.param("300, 300;w=60", "0", "1", 1.0, id="a limit with its window"),
        pytest.param("300", "0", "1800000000", None, id="a point in time"),
        pytest.param("300", "0", "soon", None, id="unreadable"),
        pytest.param("", "0", "9", None, id="without a limit"),
    ],
)
def test_an_announced_end_is_read(limit: str, remaining: str, reset: str, seconds: float | None) -> None:
    headers = {"ratelimit_limit": limit, "ratelimit_remaining": remaining, "ratelimit_reset": reset}
    assert used_up_s(reply({}, 200, **headers)) == seconds


def test_a_reply_that_announces_nothing_means_nothing() -> None:
    assert used_up_s(reply({})) is None


def test_an_announced_end_is_kept_to() -> None:
    pace = Pace()
    pace.used_up(10.0, 30.0)
    assert pace.book(11.0) == 29.0


def test_an_announced_end_does_not_matter_where_the_limit_is_known() -> None:
    pace = Pace(limit=CIRCLE)
    pace.used_up(10.0, 30.0)
    assert pace.held_s(11.0) == 0.0
