"""A limit that holds in every window of time."""

from __future__ import annotations

import pytest

from benchmarks.standin.limits import Limited
from benchmarks.standin.protocol import Reply


class _Service:
    def answer(self, method: bytes, target: bytes) -> Reply | None:
        return Reply(b"{}")


class _Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def _statuses(most: int | None, times_s: list[float]) -> list[int]:
    clock = _Clock()
    limited = Limited(_Service(), clock, most)
    statuses = []
    for clock.now_s in times_s:
        reply = limited.answer(b"GET", b"/")
        statuses.append(reply.status if reply else 0)
    return statuses


@pytest.mark.parametrize(
    ("times_s", "statuses"),
    [
        pytest.param([0.0, 1.0, 2.0], [200, 200, 429], id="more than the limit"),
        pytest.param([0.0, 1.0, 60.0], [200, 200, 200], id="the first has left the window"),
        pytest.param([50.0, 55.0, 65.0], [200, 200, 429], id="a window begins anywhere"),
        pytest.param(
            [0.0, 1.0, 2.0, 60.0, 61.0, 61.5], [200, 200, 429, 200, 200, 429], id="a refused one is not counted"
        ),
    ],
)
def test_two_a_minute(times_s: list[float], statuses: list[int]) -> None:
    assert _statuses(2, times_s) == statuses


def test_without_a_limit_all_pass() -> None:
    assert _statuses(None, [0.0] * 5) == [200] * 5


def test_refusal_says_when_the_window_has_room() -> None:
    clock = _Clock()
    limited = Limited(_Service(), clock, 1)
    limited.answer(b"GET", b"/")
    clock.now_s = 20.5
    reply = limited.answer(b"GET", b"/")
    assert reply is not None
    assert reply.headers == (("Retry-After", "40"),)


def test_one_request_can_be_refused_whatever_the_limit() -> None:
    limited = Limited(_Service(), _Clock(), None)
    limited.refuse_next(30)
    replies = [limited.answer(b"GET", b"/") for _ in range(2)]
    assert [(reply.status, reply.headers) for reply in replies if reply] == [(429, (("Retry-After", "30"),)), (200, ())]


def test_arrivals_and_refusals_are_remembered_with_their_times() -> None:
    clock = _Clock()
    limited = Limited(_Service(), clock, 1)
    for clock.now_s in (1.0, 2.0):
        limited.answer(b"GET", b"/")
    assert (limited.arrived, limited.refused) == ([1.0, 2.0], [2.0])
