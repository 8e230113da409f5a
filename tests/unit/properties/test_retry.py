"""A retry waits for a time that makes sense, and repeats nothing that may have been done."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.core.retry import RetryPolicy, retry_after_s, used_up_s
from airflow_provider_circle.core.walk import Caller, Send, Wait, call
from airflow_provider_circle.exceptions import CircleError, UnexpectedReply, Unreachable
from tests.unit.properties.strategies import chances, garbled, outcomes, policies, responses
from tests.unit.walking import NOW_S, Clock, orbit

SOURCE = "https://docs.orbit.example/v3/moons"
LOOK = Endpoint("GET", "/moons/io", SOURCE)
LAUNCH = Endpoint("POST", "/probes", SOURCE)

times_s = st.floats(-1e12, 1e12)
limited_waits_s = st.none() | st.floats(0.0, 1e6)


class Case(NamedTuple):
    """What a policy is asked."""

    policy: RetryPolicy
    attempt: int
    outcome: Outcome | UnexpectedReply
    now_s: float
    jitter: float
    limited_wait_s: float | None

    def wait_s(self, *, idempotent: bool) -> float | None:
        return self.policy.next_wait_s(
            self.attempt,
            self.outcome,
            idempotent=idempotent,
            now_s=self.now_s,
            jitter=self.jitter,
            limited_wait_s=self.limited_wait_s,
        )


cases = st.builds(
    Case,
    policies(),
    st.integers(1, 8) | st.integers(1, 10_000),
    outcomes() | garbled(),
    times_s,
    chances(),
    limited_waits_s,
)


def is_proven_undone(outcome: Outcome | UnexpectedReply) -> bool:
    """Tell whether nothing can have come of a request: it was never sent, or refused for its number."""
    if isinstance(outcome, Response):
        return outcome.status == 429
    return isinstance(outcome, Unreachable) and not outcome.sent


@given(cases, st.booleans())
def test_a_wait_is_a_number_within_the_policys_bounds(case: Case, idempotent: bool) -> None:
    wait_s = case.wait_s(idempotent=idempotent)
    # A wait that the service demanded is prolonged by a twentieth at most.
    assert wait_s is None or 0 <= wait_s <= max(case.policy.max_wait_s, case.policy.max_retry_after_s * 1.05)


@given(cases)
def test_what_may_have_been_done_is_not_repeated(case: Case) -> None:
    may_be_sent_again = is_proven_undone(case.outcome) and case.attempt < case.policy.attempts
    assert (case.wait_s(idempotent=False) is not None) == may_be_sent_again


@given(cases, responses(), st.booleans())
def test_a_wait_that_was_asked_for_is_not_cut_short(case: Case, reply: Response, idempotent: bool) -> None:
    asked_s = retry_after_s(reply, case.now_s)
    wait_s = case._replace(outcome=reply).wait_s(idempotent=idempotent)
    assert asked_s is None or wait_s is None or wait_s >= min(asked_s, case.policy.max_retry_after_s)


@given(cases, chances(), st.booleans())
def test_chance_prolongs_a_wait_and_never_shortens_it(case: Case, other: float, idempotent: bool) -> None:
    less, more = sorted((case.jitter, other))
    sooner, later = (case._replace(jitter=jitter).wait_s(idempotent=idempotent) for jitter in (less, more))
    assert (sooner is None and later is None) or (sooner or 0.0) <= (later or 0.0)


@given(responses(), times_s)
def test_whatever_headers_say_seconds_come_out_of_it_or_nothing(reply: Response, now_s: float) -> None:
    asked_s, silent_s = retry_after_s(reply, now_s), used_up_s(reply)
    assert asked_s is None or 0 <= asked_s < math.inf
    assert silent_s is None or 0 < silent_s <= 86_400


# The whole exchange


def gone(
    endpoint: Endpoint, caller: Caller, clock: Clock, answers: Iterator[tuple[Outcome, float]]
) -> tuple[list[tuple[float, Outcome]], JsonObject | CircleError]:
    """Obey a call, each answer taking its time: when it sent, what came back, and how it ended."""
    walk, sent, outcome = call(caller, endpoint), [], None
    try:
        while True:
            step = walk.send(outcome)
            outcome = None
            if isinstance(step, Send):
                outcome, takes_s = next(answers)
                sent.append((clock(), outcome))
                clock.sleep(takes_s)
            elif isinstance(step, Wait):
                assert 0 <= step.seconds < math.inf
                clock.sleep(step.seconds)
    except StopIteration as end:
        reply: JsonObject = end.value
        return sent, reply
    except CircleError as error:
        return sent, error


LONGEST_ANSWER_S = 40.0
answered = st.tuples(outcomes(), st.floats(0.0, LONGEST_ANSWER_S))
few = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 6),
    wait_s=st.floats(0.0, 10.0),
    max_wait_s=st.floats(0.0, 60.0),
    max_retry_after_s=st.floats(0.0, 400.0),
)


@given(st.data(), few, st.sampled_from([LOOK, LAUNCH]), st.floats(0.0, 600.0) | st.just(math.inf), limited_waits_s)
def test_an_exchange_ends_in_time_and_sends_what_it_may(
    draw: st.DataObject, policy: RetryPolicy, endpoint: Endpoint, patience_s: float, limited_wait_s: float | None
) -> None:
    clock = Clock()
    caller = Caller(
        service=orbit(limited_wait_s=limited_wait_s),
        clock=clock,
        jitter=lambda: draw.draw(chances()),
        retry=policy,
        until_s=NOW_S + patience_s,
    )

    sent, end = gone(endpoint, caller, clock, iter(lambda: draw.draw(answered), None))

    assert 1 <= len(sent) <= policy.attempts
    assert all(at_s <= NOW_S + patience_s for at_s, _ in sent)
    assert clock() <= NOW_S + patience_s + LONGEST_ANSWER_S, "it slept beyond its end"
    if endpoint is LAUNCH:
        assert all(is_proven_undone(outcome) for _, outcome in sent[:-1]), "what may have been done was sent again"
    last = sent[-1][1]
    assert isinstance(end, CircleError) or (isinstance(last, Response) and 200 <= last.status < 300)
