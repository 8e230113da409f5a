"""The stand-in in a process of its own."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from benchmarks.standin.ceiling import ceiling
from benchmarks.standin.process import StandIn
from benchmarks.standin.protocol import Conduct

_PAGE = "/api/v1/contacts?page=1"


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn("pulls", "--contacts", "30", "--members", "1") as started:
        yield started


def _ask(standin: StandIn, front: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", standin.ports[front])
    try:
        connection.request("GET", _PAGE)
        return connection.getresponse().status
    finally:
        connection.close()


def test_fronts_are_counted_apart(standin: StandIn) -> None:
    for front in ("all", "one"):
        standin.begin(front, Conduct())
    _ask(standin, "all")
    assert [standin.seen(front).requests for front in ("all", "one")] == [1, 0]


def test_it_behaves_as_it_is_told(standin: StandIn) -> None:
    standin.begin("all", Conduct(limited_every=2))
    assert [_ask(standin, "all"), _ask(standin, "all")] == [200, 429]


def test_reset_is_one(standin: StandIn) -> None:
    standin.begin("all", Conduct(reset_every=1))
    with pytest.raises(ConnectionResetError):
        _ask(standin, "all")


def test_ceiling_is_that_of_all_answers(standin: StandIn) -> None:
    standin.begin("all", Conduct())
    assert ceiling(standin.ports["all"], _PAGE, seconds=0.0001, at_once=3) > 0
    assert standin.seen("all").requests == 4


def test_it_ends_with_its_input() -> None:
    with StandIn("pulls") as started:
        port = started.ports["one"]
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port).connect()
