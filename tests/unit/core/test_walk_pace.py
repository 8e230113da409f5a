"""What a reply tells the whole connection, and what the connection's queue means to a single request."""

from __future__ import annotations

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.exceptions import RateLimited
from tests.unit.walking import NOW_S, Clock, caller, drive, patient, reply

MOON = Endpoint("GET", "/moons/io", "https://docs.orbit.example/v3/moons")


@pytest.mark.parametrize(("reset_s", "held_s"), [("40", 40.0), ("200", 120.0)], ids=["as_said", "within_reason"])
def test_a_reply_that_announces_the_end_of_a_limit_holds_the_connection(reset_s: str, held_s: float) -> None:
    clock, pace = Clock(), Pace()
    announcing = reply({}, ratelimit_limit="300", ratelimit_remaining="0", ratelimit_reset=reset_s)

    drive(call(caller(clock, pace=pace, retry=patient(max_retry_after_s=120)), MOON), [announcing], clock)

    assert pace.held_s(clock()) == held_s


def test_a_refused_request_whose_next_turn_comes_too_late_is_told_at_once() -> None:
    clock, pace = Clock(), Pace()
    walk = call(caller(clock, pace=pace, until_s=NOW_S + 10), MOON)
    next(walk)
    pace.hold(NOW_S + 30)  # another was told so meanwhile

    with pytest.raises(RateLimited):
        walk.send(reply(status=429, retry_after="5"))
