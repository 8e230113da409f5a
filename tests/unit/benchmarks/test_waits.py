"""What is made of the runs of waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.runs import Result
from benchmarks.triggerer import Load
from benchmarks.waits import LOADS, PEERS, Figures, Run, figures_of, goals_of

_EXTRA = {
    "right": 10,
    "idle_bytes": 5_000.0,
    "busy_s": 0.02,
    "own_s": 0.01,
    "late_s": 0.03,
    "collecting_s": 0.005,
    "sessions": 1,
    "contexts_in_all": 1,
}
_LOAD = Load(10, 1.0, 6.0, 16)
_FIGURES = Figures(
    poll_us=100.0,
    wait_kb=5.0,
    connections=16,
    busy_ms=20.0,
    own_ms=10.0,
    late_ms=30.0,
    collecting_ms=5.0,
    sessions=1,
    contexts=1,
    wrong=0,
)


def _result(cpu_s: float = 1.0, requests: int = 1000, sockets: int = 4, **extra: Any) -> Result:
    return Result(2.0, cpu_s, sockets=sockets, requests=requests, extra={**_EXTRA, **extra})


def test_a_look_costs_what_a_run_took_by_the_requests_answered() -> None:
    assert figures_of(_LOAD, [_result(cpu_s=4.0, requests=8000)]).poll_us == pytest.approx(500.0)


def test_of_what_looks_cost_the_median_counts() -> None:
    results = [_result(cpu_s=cpu_s) for cpu_s in (1.0, 9.0, 2.0)]
    assert figures_of(_LOAD, results).poll_us == pytest.approx(2000.0)


@pytest.mark.parametrize(
    ("told", "figure"),
    [
        ("busy_s", "busy_ms"),
        ("own_s", "own_ms"),
        ("late_s", "late_ms"),
        ("collecting_s", "collecting_ms"),
    ],
)
def test_of_what_blocked_the_loop_the_longest_counts(told: str, figure: str) -> None:
    results = [replace(_result(), extra={**_EXTRA, told: seconds}) for seconds in (0.001, 0.5, 0.002)]
    assert getattr(figures_of(_LOAD, results), figure) == pytest.approx(500.0)


@pytest.mark.parametrize(("told", "figure"), [("sessions", "sessions"), ("contexts_in_all", "contexts")])
def test_of_sessions_and_contexts_the_most_count(told: str, figure: str) -> None:
    most = replace(_result(), extra={**_EXTRA, told: 3})
    assert getattr(figures_of(_LOAD, [most, _result()]), figure) == 3


def test_of_connections_the_most_count() -> None:
    assert figures_of(_LOAD, [_result(sockets=40), _result(sockets=2)]).connections == 40


def test_waits_that_ended_wrong_are_summed_up() -> None:
    assert figures_of(_LOAD, [_result(right=8), _result(right=9)]).wrong == 3


@pytest.mark.parametrize(
    ("front", "waits", "ours", "goal", "holds"),
    [
        pytest.param(
            "plain", 1000, {"poll_us": 115.0}, "CPU of a look / bare", True, id="as cheap as the bare session"
        ),
        pytest.param(
            "plain", 1000, {"poll_us": 116.0}, "CPU of a look / bare", False, id="dearer than the bare session"
        ),
        pytest.param("plain", 5000, {"poll_us": 75.0}, "CPU of a look / dbt", True, id="a quarter of dbt-cloud's"),
        pytest.param("plain", 5000, {"poll_us": 76.0}, "CPU of a look / dbt", False, id="more than that"),
        pytest.param("plain", 1000, {"wait_kb": 6.1}, "memory", False, id="too much memory"),
        pytest.param("plain", 200, {"busy_ms": 50.1}, "blocked", False, id="loop blocked"),
        pytest.param("plain", 1000, {"connections": 42}, "connections", True, id="connections grow with the waits"),
        pytest.param("plain", 200, {"connections": 35}, "connections", False, id="too many connections"),
        pytest.param("plain", 200, {"wrong": 1}, "ended otherwise", False, id="a wait ended wrong"),
        pytest.param("tls", 1000, {"contexts": 2}, "contexts", False, id="two TLS contexts"),
        pytest.param("tls", 1000, {"sessions": 2}, "sessions", False, id="two sessions"),
    ],
)
def test_goal(front: str, waits: int, ours: dict[str, Any], goal: str, holds: bool) -> None:
    peers = {
        "ours": replace(_FIGURES, **ours),
        "bare": _FIGURES,
        "dbt": replace(_FIGURES, poll_us=300.0),
    }
    goals = goals_of({Run(front, Load(waits, 1.0, 6.0, 16), tuple(peers)): peers})
    assert [one.holds for one in goals if goal in one.name] == [holds]


def test_without_our_trigger_there_is_no_goal() -> None:
    assert goals_of({Run("plain", _LOAD, ("bare",)): {"bare": _FIGURES}}) == []


@pytest.mark.parametrize("short", [True, False])
def test_every_peer_of_a_run_is_known(short: bool) -> None:
    assert {name for one in LOADS[short] for name in one.peers} <= PEERS.keys()
