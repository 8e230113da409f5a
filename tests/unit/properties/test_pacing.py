"""A pace lets no more through than it promises, and everybody in the end, whatever happens and whenever."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_circle.core.pacing import Limit, Pace, Turn

MOST_STEPS = 20_000
"""More than any queue of these tests takes, however often it is told to ask again."""

CLOSE_S = 1e-3
"""Seconds by which sums of floating-point numbers may be wrong here; a millionth of a slow request's share."""


class Asker(NamedTuple):
    """
    Somebody who sends one request.

    :param begins_s: when.
    :param late_s: how much longer than told it sleeps, each time.
    :param gives_up_s: how long after its beginning it will not send any more.
    :param takes_s: how long a reply takes.
    :param silent_s: what the reply says: 0 accepts it, anything else refuses it, or announces the end, for so long.
    :param kind: ``accepted``, ``refused``, ``guess`` (refused without a word on how long) or ``used_up``.
    """

    begins_s: float
    late_s: float
    gives_up_s: float
    takes_s: float
    silent_s: float
    kind: str


def askers(
    least: int = 1,
    late_s: float = 5.0,
    kinds: Sequence[str] = ("accepted", "accepted", "refused", "guess", "used_up"),
    *,
    patient: bool = False,
) -> st.SearchStrategy[list[Asker]]:
    """Make a crowd; much happens at the very same time."""
    one = st.builds(
        Asker,
        begins_s=st.floats(0.0, 200.0) | st.sampled_from([0.0, 0.0, 0.0, 10.0, 60.0]),
        late_s=st.floats(0.0, late_s) | st.just(0.0),
        gives_up_s=st.just(math.inf) if patient else st.just(math.inf) | st.floats(0.0, 100.0),
        takes_s=st.floats(0.0, 10.0) | st.integers(0, 10).map(float),
        silent_s=st.floats(0.0, 90.0) | st.integers(1, 60).map(float),
        kind=st.sampled_from(kinds),
    )
    return st.lists(one, min_size=least, max_size=30)


@dataclass
class Seen:
    """What came of a crowd."""

    sent_s: list[float] = field(default_factory=list)
    senders: list[Asker] = field(default_factory=list)
    gave_up: int = 0
    held: list[tuple[float, float]] = field(default_factory=list)


def let_go(pace: Pace, crowd: Sequence[Asker], epoch_s: float = 0.0) -> Seen:
    """Let everybody ask, wait as told and ask again, on one clock; answer what is sent."""
    seen, number = Seen(), len(crowd)
    events: list[tuple[float, int, str, Any]] = []
    for order, one in enumerate(crowd):
        heappush(events, (epoch_s + one.begins_s, order, "ask", (one, Turn())))
    for _ in range(MOST_STEPS):
        if not events:
            return seen
        now_s, _, what, (one, about) = heappop(events)
        number += 1
        if what == "answer":
            _answer(pace, one, now_s, about)
            if one.kind != "accepted":
                seen.held.append((now_s, pace.held_s(now_s)))
            continue
        until_s = epoch_s + one.begins_s + one.gives_up_s
        wait_s = pace.book(now_s, until_s, about)
        assert 0 <= wait_s < math.inf
        if wait_s == 0:
            seen.sent_s.append(now_s)
            seen.senders.append(one)
            heappush(events, (now_s + one.takes_s, number, "answer", (one, now_s)))
        elif now_s + wait_s > until_s:
            seen.gave_up += 1
        else:
            heappush(events, (now_s + wait_s + one.late_s, number, "ask", (one, about)))
    raise AssertionError(f"somebody asks for ever: {len(seen.sent_s)} of {len(crowd)} went")


def _answer(pace: Pace, one: Asker, now_s: float, sent_s: float) -> None:
    if one.kind in {"refused", "guess"}:
        pace.refused(now_s, sent_s, one.silent_s, is_guess=one.kind == "guess")
        return
    pace.accepted(now_s, sent_s)
    if one.kind == "used_up":
        pace.used_up(now_s, one.silent_s)


def most_in(sent_s: Sequence[float], window_s: float) -> int:
    """The most that any window saw."""
    sent = sorted(sent_s)
    return max((bisect_left(sent, start + window_s - CLOSE_S) - at for at, start in enumerate(sent)), default=0)


limits = st.builds(Limit, requests=st.integers(1, 8), per_s=st.floats(1.0, 120.0))
epochs_s = st.sampled_from([0.0, 1_800_000_000.0])
paces = st.one_of(
    st.just(Pace).map(lambda make: make()),
    st.floats(0.5, 6_000.0).map(Pace),
    limits.map(lambda limit: Pace(limit=limit)),
)


@given(limits, askers(16), epochs_s)
def test_no_window_sees_more_than_the_limit(limit: Limit, crowd: list[Asker], epoch_s: float) -> None:
    seen = let_go(Pace(limit=limit), crowd, epoch_s)
    assert most_in(seen.sent_s, limit.per_s) <= limit.requests


@given(limits, askers(16, late_s=0.0, kinds=["accepted"]), epochs_s)
def test_half_of_a_window_goes_at_once_at_most(limit: Limit, crowd: list[Asker], epoch_s: float) -> None:
    seen = let_go(Pace(limit=limit), crowd, epoch_s)
    assert most_in(seen.sent_s, 2 * CLOSE_S) <= max(1, limit.requests // 2)


@given(
    st.sampled_from([30.0, 60.0]) | st.floats(6.0, 600.0),
    askers(4, late_s=0.0, kinds=["accepted"] * 4 + ["refused", "used_up"]),
    epochs_s,
)
def test_an_even_rate_keeps_requests_apart(per_minute: float, crowd: list[Asker], epoch_s: float) -> None:
    pace = Pace(per_minute)
    seen = let_go(pace, crowd, epoch_s)
    # Where a slower rate was learned, one may come closer when that changes.
    assume(pace._learned.per_s == math.inf)
    apart_s = [later - sooner for sooner, later in pairwise(seen.sent_s)]
    assert min(apart_s, default=math.inf) >= 60 / per_minute - CLOSE_S


@given(st.floats(6.0, 600.0), askers(late_s=3.0, kinds=["accepted"] * 4 + ["refused", "used_up"]), epochs_s)
def test_who_oversleeps_comes_closer_to_the_next_by_no_more_than_that(
    per_minute: float, crowd: list[Asker], epoch_s: float
) -> None:
    pace = Pace(per_minute)
    seen = let_go(pace, crowd, epoch_s)
    assume(pace._learned.per_s == math.inf)
    gap_s = 60 / per_minute
    for window_s in (gap_s, 10 * gap_s, 60.0):
        assert most_in(seen.sent_s, window_s) <= math.ceil((window_s + 3.0) / gap_s)


@given(paces, askers(late_s=0.0, kinds=["accepted"], patient=True), epochs_s)
def test_first_come_is_first_sent_where_no_rate_is_learned(pace: Pace, crowd: list[Asker], epoch_s: float) -> None:
    came_s = [epoch_s + one.begins_s for one in let_go(pace, crowd, epoch_s).senders]
    assert came_s == sorted(came_s)


@given(paces, askers(patient=True), epochs_s)
def test_everybody_who_is_patient_is_let_through(pace: Pace, crowd: list[Asker], epoch_s: float) -> None:
    assert len(let_go(pace, crowd, epoch_s).sent_s) == len(crowd)


@given(paces, askers(), epochs_s)
def test_whoever_does_not_give_up_goes(pace: Pace, crowd: list[Asker], epoch_s: float) -> None:
    seen = let_go(pace, crowd, epoch_s)
    assert len(seen.sent_s) + seen.gave_up == len(crowd)


@given(paces, askers(), epochs_s)
def test_nobody_goes_while_a_refusal_holds(pace: Pace, crowd: list[Asker], epoch_s: float) -> None:
    seen = let_go(pace, crowd, epoch_s)
    ignored = 1e-6
    assert not [
        at for begin, length_s in seen.held for at in seen.sent_s if begin + ignored < at < begin + length_s - ignored
    ]


@given(st.floats(1.0, 600.0), st.integers(1, 10), st.floats(0.0, 1e6))
def test_a_clock_that_is_set_back_prolongs_no_wait(per_minute: float, waiting: int, back_s: float) -> None:
    pace = Pace(per_minute)
    for _ in range(waiting):
        pace.book(1.8e9, turn=Turn())
    assert pace.book(1.8e9 - back_s, turn=Turn()) <= waiting * 60 / per_minute + CLOSE_S


class Asked(NamedTuple):
    """
    Something that happens to a pace.

    :param now_s: what the clock says then, which may have been put forward or back.
    """

    what: str
    who: int
    now_s: float
    seconds: float


clocks_s = st.floats(1.8e9 - 3_600, 1.8e9 + 3_600) | st.floats(1.8e9 - 10, 1.8e9 + 10)
happenings = st.lists(
    st.builds(
        Asked,
        st.sampled_from(["book", "book", "book", "accepted", "refused", "guess", "used_up", "hold"]),
        st.integers(0, 5),
        clocks_s,
        st.floats(0.0, 300.0),
    ),
    max_size=40,
)


@given(paces, happenings)
def test_whatever_the_clock_says_a_wait_is_a_number_and_ends(pace: Pace, happenings: list[Asked]) -> None:
    turns = [Turn() for _ in range(6)]
    for what, who, now_s, seconds in happenings:
        match what:
            case "book":
                assert 0 <= pace.book(now_s, turn=turns[who]) < math.inf
            case "hold":
                pace.hold(now_s + seconds)
            case "accepted":
                pace.accepted(now_s, now_s - seconds)
            case "used_up":
                pace.used_up(now_s, seconds)
            case _:
                pace.refused(now_s, now_s - seconds, seconds, is_guess=what == "guess")
    # From now on the clock only goes on; it may be long before what it said once.
    now_s = 1.8e9 - 3_600
    for turn in turns:
        for _ in range(MOST_STEPS):
            if (wait_s := pace.book(now_s, turn=turn)) == 0:
                break
            now_s += wait_s
        else:
            raise AssertionError("somebody asks for ever")
