"""HTTP as the stand-in speaks it: order, connections, latency, faults and counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.standin.protocol import Conduct, Connection, Front, Reply


class _Loop:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self._timers: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []

    def time(self) -> float:
        return self.now_s

    def call_later(self, delay_s: float, call: Callable[..., None], *arguments: Any) -> None:
        self._timers.append((self.now_s + delay_s, len(self._timers), call, arguments))

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds
        due = [timer for timer in self._timers if timer[0] <= self.now_s + 1e-9]
        self._timers = [timer for timer in self._timers if timer not in due]
        for _, _, call, arguments in sorted(due, key=lambda timer: (timer[0], -timer[1])):  # the worst order of equals
            call(*arguments)


class _Transport(asyncio.Transport):
    """What goes over a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = self.aborted = False
        self.options: list[tuple[Any, ...]] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self

    def setsockopt(self, *option: Any) -> None:
        self.options.append(option)

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    @property
    def bodies(self) -> list[str]:
        return [answer.partition(b"\r\n\r\n")[2].decode() for answer in self.sent.split(b"HTTP/1.1 ")[1:]]

    @property
    def statuses(self) -> list[int]:
        return [int(answer[:3]) for answer in self.sent.split(b"HTTP/1.1 ")[1:]]


class _Echo:
    """Answers with what was asked for; knows nothing of ``/elsewhere``."""

    def answer(self, method: bytes, target: bytes) -> Reply | None:
        return None if target == b"/elsewhere" else Reply(b"<%s %s>" % (method, target))


class _Line:
    """One connection to a front."""

    def __init__(self, conduct: Conduct | None = None, front: Front | None = None, loop: _Loop | None = None) -> None:
        self.front, self.loop, self.transport = front or Front([_Echo()]), loop or _Loop(), _Transport()
        if conduct:
            self.front.begin(conduct)
        self.connection = Connection(self.front, self.loop)  # type: ignore[arg-type]
        self.connection.connection_made(self.transport)

    def ask(self, *targets: str, more: str = "") -> None:
        sent = "".join(f"GET {target} HTTP/1.1\r\nHost: here\r\n{more}\r\n" for target in targets)
        self.connection.data_received(sent.encode())


def test_request_is_answered() -> None:
    line = _Line()
    line.ask("/a?page=2")
    assert line.transport.bodies == ["<GET /a?page=2>"]


def test_answer_says_its_length_and_the_date() -> None:
    line = _Line()
    line.ask("/a")
    head = line.transport.sent.partition(b"\r\n\r\n")[0].decode()
    names = [field.partition(":")[0] for field in head.split("\r\n")[1:]]
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert names == ["Date", "Content-Type", "Content-Length"]
    assert head.endswith("Content-Length: 8")


def test_request_in_pieces_is_one_request() -> None:
    line = _Line()
    for byte in b"GET /split?page=12 HTTP/1.1\r\nHost: here\r\n\r\n":
        line.connection.data_received(bytes([byte]))
    assert line.transport.bodies == ["<GET /split?page=12>"]


def test_connection_stays_open() -> None:
    line = _Line()
    line.ask("/a")
    line.ask("/b")
    assert (line.transport.bodies, line.transport.closed) == (["<GET /a>", "<GET /b>"], False)


def test_connection_is_closed_when_asked_for() -> None:
    line = _Line()
    line.ask("/a", more="Connection: close\r\n")
    assert (line.transport.bodies, line.transport.closed) == (["<GET /a>"], True)


def test_body_of_a_request_is_not_taken_for_another() -> None:
    line = _Line()
    line.connection.data_received(b"POST /a HTTP/1.1\r\nContent-Length: 6\r\n\r\nGET /bGET /c HTTP/1.1\r\n\r\n")
    assert line.transport.bodies == ["<POST /a>", "<GET /c>"]


def test_what_is_no_http_ends_the_connection() -> None:
    line = _Line()
    line.connection.data_received(b"\x16\x03\x01 hello\r\n\r\n")
    assert line.transport.closed


def test_what_no_service_knows_is_not_found() -> None:
    line = _Line()
    line.ask("/elsewhere")
    assert line.transport.statuses == [404]


def test_requests_sent_ahead_are_answered_in_order() -> None:
    line = _Line()
    line.ask("/a", "/b", "/c")
    assert line.transport.bodies == ["<GET /a>", "<GET /b>", "<GET /c>"]


def test_answer_comes_after_its_latency() -> None:
    line = _Line(Conduct(latency_s=0.02))
    line.ask("/a")
    line.loop.pass_s(0.019)
    early = line.transport.bodies
    line.loop.pass_s(0.001)
    assert (early, line.transport.bodies) == ([], ["<GET /a>"])


def test_requests_sent_ahead_wait_side_by_side_and_keep_their_order() -> None:
    line = _Line(Conduct(latency_s=0.02))
    line.ask("/a", "/b", "/c")
    line.loop.pass_s(0.02)
    assert line.transport.bodies == ["<GET /a>", "<GET /b>", "<GET /c>"]


def test_connections_wait_side_by_side() -> None:
    one = _Line(Conduct(latency_s=0.02))
    other = _Line(front=one.front, loop=one.loop)
    one.ask("/a")
    other.ask("/b")
    one.loop.pass_s(0.02)
    assert one.transport.bodies + other.transport.bodies == ["<GET /a>", "<GET /b>"]


def test_connection_that_is_to_be_closed_is_answered_first() -> None:
    line = _Line(Conduct(latency_s=0.02))
    line.ask("/a")
    line.ask("/b", more="Connection: close\r\n")
    line.loop.pass_s(0.02)
    assert (line.transport.bodies, line.transport.closed) == (["<GET /a>", "<GET /b>"], True)


def test_whoever_has_gone_is_not_answered() -> None:
    line = _Line(Conduct(latency_s=0.02))
    line.ask("/a")
    line.connection.connection_lost(None)
    line.loop.pass_s(0.02)
    assert line.transport.sent == b""


def test_every_so_many_requests_one_is_refused() -> None:
    line = _Line(Conduct(limited_every=3, retry_after_s=2))
    line.ask(*["/a", "/b", "/c", "/d", "/e", "/f"])
    assert line.transport.statuses == [200, 200, 429, 200, 200, 429]
    assert line.transport.sent.count(b"\r\nRetry-After: 2\r\n") == 2


def test_every_so_many_requests_one_meets_a_reset() -> None:
    line = _Line(Conduct(reset_every=2))
    line.ask("/a", "/b", "/c")
    assert (line.transport.bodies, line.transport.aborted) == (["<GET /a>"], True)
    assert len(line.transport.options) == 1  # without it, closing would be an orderly end


def test_reset_waits_for_its_latency() -> None:
    line = _Line(Conduct(latency_s=0.02, reset_every=1))
    line.ask("/a")
    early = line.transport.aborted
    line.loop.pass_s(0.02)
    assert (early, line.transport.aborted) == (False, True)


def test_requests_and_faults_are_counted() -> None:
    line = _Line(Conduct(limited_every=2, reset_every=3))
    for target in ["/a", "/b", "/c", "/d"]:
        line.ask(target)
    counted = line.front.counters()
    assert {name: counted[name] for name in ("requests", "limited", "resets")} == {
        "requests": 4, "limited": 2, "resets": 1,
    }  # fmt: skip


def test_counting_begins_anew() -> None:
    line = _Line()
    line.ask("/a")
    line.front.begin(Conduct())
    assert line.front.counters()["requests"] == 0


def test_connections_are_counted_in_all_and_at_once() -> None:
    one = _Line()
    _Line(front=one.front)
    one.connection.connection_lost(None)
    _Line(front=one.front)
    counted = one.front.counters()
    assert (counted["opened"], counted["open_at_once"]) == (3, 2)


def test_connections_still_open_count_when_counting_begins_anew() -> None:
    line = _Line()
    line.front.begin(Conduct())
    assert line.front.counters()["open_at_once"] == 1


@pytest.mark.parametrize(
    ("gap_s", "demanded_s"),
    [
        pytest.param(0.0, 2.0, id="at once"),
        pytest.param(0.5, 2.5, id="one within the other's wait"),
        pytest.param(5.0, 4.0, id="one after the other's wait"),
    ],
)
def test_waits_demanded_at_the_same_time_count_once(gap_s: float, demanded_s: float) -> None:
    line = _Line(Conduct(limited_every=1, retry_after_s=2))
    line.ask("/a")
    line.loop.pass_s(gap_s)
    line.ask("/b")
    assert line.front.counters()["demanded_s"] == pytest.approx(demanded_s)
