"""What the study of pulls makes of its figures."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.pulls import goals
from benchmarks.runs import Result
from benchmarks.sides import DLT, HTTP

_CELLS = {
    "contacts, 20 ms": {"ours, 8": Result(6.0, 1.0), "ours, 16": Result(3.0, 1.0), HTTP: Result(54.0, 1.0)},
    "contacts, 0 ms": {"ours, 8": Result(2.0, 1.0, grown_mb=3.0, sockets=8), DLT: Result(10.0, 1.0)},
    "members, 20 ms": {"ours, 16": Result(1.0, 1.0, grown_mb=7.0, sockets=16), HTTP: Result(9.0, 1.0, grown_mb=99.0)},
}
_FAULTY = {"contacts": Result(12.5, 1.0, sockets=9, extra={"demanded_s": 4.0})}
_FAR = Result(20.0, 1.0, grown_mb=12.0, sockets=8)


def _goals(far: Result | None = _FAR) -> dict[str, Any]:
    return {goal.name: goal for goal in goals(_CELLS, _FAULTY, far, 50_000)}


@pytest.mark.parametrize(
    ("name", "measured"),
    [
        pytest.param("contacts, 20 ms: ours, 8 in flight, against HttpOperator", 9.0, id="8 in flight"),
        pytest.param("contacts, 20 ms: ours, 16 in flight, against HttpOperator", 18.0, id="16 in flight"),
        pytest.param("contacts, 0 ms: ours, 8 in flight, against dlt", 5.0, id="dlt"),
        pytest.param("members, 20 ms: ours, 8 in flight, against HttpOperator", None, id="ours did not run"),
        pytest.param("contacts, 0 ms: ours, 8 in flight, against HttpOperator", None, id="the other did not run"),
        pytest.param("members, 0 ms: ours, 8 in flight, against HttpOperator", None, id="nobody ran"),
        pytest.param("memory grown by a pull of 50,000 rows", 7.0, id="memory: the most of ours"),
        pytest.param("memory of each row more, up to 500,000", 20.0, id="memory of a row: 9 MB for 450,000"),
        pytest.param("sockets, with 256 open files allowed", 16, id="sockets: the most of ours"),
        pytest.param("contacts with faults, against clean and the waits demanded", 1.25, id="faults: 12.5 of 6 + 4"),
        pytest.param("members with faults, against clean and the waits demanded", None, id="faults: did not run"),
    ],
)
def test_measured(name: str, measured: float | None) -> None:
    assert _goals()[name].measured == (None if measured is None else pytest.approx(measured))


def test_memory_of_a_row_is_not_known_without_many() -> None:
    assert _goals(far=None)["memory of each row more, up to 500,000"].measured is None


def test_memory_that_did_not_grow_costs_nothing_a_row() -> None:
    goal = _goals(Result(20.0, 1.0, grown_mb=2.0))["memory of each row more, up to 500,000"]
    assert (goal.measured, goal.holds) == (0.0, True)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        pytest.param("contacts, 20 ms: ours, 16 in flight, against dlt", ("at least", 15.0), id="ratio"),
        pytest.param("memory grown by a pull of 50,000 rows", ("at most", 8.0), id="memory"),
        pytest.param("memory of each row more, up to 500,000", ("at most", 24.0), id="memory of a row"),
        pytest.param("sockets, with 256 open files allowed", ("at most", 17), id="sockets"),
        pytest.param("contacts with faults, against clean and the waits demanded", ("at most", 1.1), id="faults"),
    ],
)
def test_asked(name: str, asked: tuple[str, float]) -> None:
    goal = _goals()[name]
    assert (goal.sense, goal.bound) == asked
