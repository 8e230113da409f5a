"""What the stand-in says of workflows and job runs."""

from __future__ import annotations

import json

import pytest

from benchmarks.standin.protocol import Front, Reply
from benchmarks.standin.workflows import Counts, Workflows

_WORKFLOW = b"/api/v2/workflow/00000001-0000-4000-8000-000000000002"


def _read(reply: Reply | None) -> dict[str, object]:
    assert reply is not None
    told: dict[str, object] = json.loads(reply.body)
    return told


def test_workflow_runs_until_the_look_its_id_names() -> None:
    workflows = Workflows(lambda: 0.0)
    assert [_read(workflows.answer(b"GET", _WORKFLOW))["status"] for _ in range(3)] == ["running", "success", "success"]


def test_workflow_has_the_id_that_was_asked_for() -> None:
    assert _read(Workflows(lambda: 0.0).answer(b"GET", _WORKFLOW))["id"] == _WORKFLOW.decode().rpartition("/")[2]


def test_job_run_ends_at_the_look_its_id_names() -> None:
    workflows = Workflows(lambda: 0.0)
    told = [_read(workflows.answer(b"GET", b"/api/v2/accounts/1/runs/5002/"))["data"] for _ in range(2)]
    assert [(one["id"], one["status"]) for one in told if isinstance(one, dict)] == [(5002, 3), (5002, 10)]


@pytest.mark.parametrize(("now_s", "status"), [(59.999, "running"), (60.0, "success")])
def test_timed_workflow_ends_after_the_milliseconds_its_id_names(now_s: float, status: str) -> None:
    target = f"/api/v2/workflow/00000001-0000-4000-8000-{60_000:012x}".encode()
    assert _read(Workflows(lambda: now_s, timed=True).answer(b"GET", target))["status"] == status


def test_every_look_is_remembered_with_its_time() -> None:
    times = iter([1.0, 5.0])
    workflows = Workflows(lambda: next(times))
    workflows.answer(b"GET", _WORKFLOW)
    workflows.answer(b"GET", _WORKFLOW)
    assert list(workflows.looks.values()) == [[1.0, 5.0]]


@pytest.mark.parametrize(
    ("method", "target"),
    [
        pytest.param(b"GET", b"/api/v2/me", id="another path"),
        pytest.param(b"POST", _WORKFLOW, id="another method"),
    ],
)
def test_what_is_not_a_look_is_not_answered(method: bytes, target: bytes) -> None:
    assert Workflows(lambda: 0.0).answer(method, target) is None


def test_counts_are_those_of_the_front_that_is_named() -> None:
    one, other = Front([]), Front([])
    other.answer(b"GET", b"/", 0.0)
    counts = Counts({"one": one, "other": other})
    assert [_read(counts.answer(b"GET", target))["requests"] for target in (b"/one", b"/other")] == [0, 1]


def test_counts_of_an_unknown_front_are_not_answered() -> None:
    assert Counts({}).answer(b"GET", b"/one") is None
