from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.following import Interest, Mark, Progress, pruned
from tests.unit.vendors.circleci.following_project import Watch, pipeline, workflow
from tests.unit.vendors.circleci.walking import NOW

DAY = 86400.0
FLOOR = NOW - 100
RUNNING = Mark(NOW - 5000, looked_into=True)


def kept(marks: dict[str, Mark], *, looked_into: tuple[str, ...] = (), now_s: float = NOW, follows: bool = True) -> Any:
    left, let_go = pruned(marks, looked_into, now_s, FLOOR, follows=follows)
    return sorted(left), len(let_go)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"events": []}, "events"),
        ({"events": "workflow_finished"}, "events"),
        ({"events": ["finished"]}, "events"),
        ({"events": [7]}, "events"),
        ({"branch": ""}, "branch"),
        ({"branch": ["main"]}, "branch"),
        ({"workflow_names": "build"}, "workflow_names"),
        ({"workflow_names": [""]}, "workflow_names"),
        ({"events": ["pipeline_finished"], "workflow_names": ["build"]}, "workflow_names"),
        ({"statuses": ["done"]}, "statuses"),
        ({"events": ["pipeline_created"], "statuses": ["failed"]}, "statuses"),
    ],
)
def test_an_interest_that_makes_no_sense_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Interest(**arguments)


def test_progress_survives_json() -> None:
    watch = Watch()
    watch.look(40, [pipeline("p2", at_s=9), pipeline()], [workflow("w1", "success", stop_s=30)])

    assert Progress.from_json(json.loads(json.dumps(watch.progress.as_json()))) == watch.progress


def test_progress_before_the_first_look_survives_json() -> None:
    progress = Progress.beginning(NOW)

    assert Progress.from_json(json.loads(json.dumps(progress.as_json()))) == progress


def test_what_goes_on_is_remembered() -> None:
    assert kept({"a": RUNNING}, looked_into=("a",)) == (["a"], 0)


@pytest.mark.parametrize(
    ("ended_s", "looked_into", "expected"),
    [
        pytest.param(NOW - DAY + 60, ("a",), ["a"], id="within_a_day"),
        pytest.param(NOW - DAY - 60, ("a",), [], id="after_a_day"),
        pytest.param(NOW - 9 * DAY, (), ["a"], id="only_at_a_look"),
    ],
)
def test_what_ended_is_asked_for_reruns_for_a_day(
    ended_s: float, looked_into: tuple[str, ...], expected: list[str]
) -> None:
    assert kept({"a": Mark(NOW - 10 * DAY, ended_s, looked_into=True)}, looked_into=looked_into) == (expected, 0)


def test_what_never_ends_is_let_go_and_named() -> None:
    marks = {key: Mark(NOW - days * DAY, looked_into=True) for key, days in (("a", 92), ("b", 90))}

    assert kept(marks) == (["b"], 1)


def test_what_was_never_looked_into_is_not_let_go_however_old() -> None:
    assert kept({"a": Mark(NOW - 99 * DAY)}) == (["a"], 0)


def test_what_may_still_be_listed_is_remembered_whatever_became_of_it() -> None:
    assert kept({"a": Mark(FLOOR + 1, NOW - 9 * DAY, looked_into=True)}, looked_into=("a",), follows=False) == (
        ["a"],
        0,
    )


def test_nothing_is_followed_for_whom_only_creations_matter() -> None:
    assert kept({"a": RUNNING, "b": Mark(NOW - 100 * DAY)}, follows=False) == ([], 0)


def test_memory_is_bounded_and_what_ended_first_goes_first() -> None:
    marks = {f"ended{n:03}": Mark(NOW - 9000, NOW - 9000 + n, looked_into=True) for n in range(300)}
    marks |= {f"runs{n:03}": Mark(NOW - 8000 + n, looked_into=True) for n in range(300)}

    left, let_go = pruned(marks, (), NOW, FLOOR, follows=True)

    assert len(left) == 500
    assert min(left) == "ended100"
    assert let_go == ()


def test_what_goes_on_is_let_go_last_and_named() -> None:
    marks = {f"runs{n:03}": Mark(NOW - 8000 + n, looked_into=True) for n in range(502)}

    left, let_go = pruned(marks, (), NOW, FLOOR, follows=True)

    assert min(left) == "runs002"
    assert len(let_go) == 2


def test_what_is_stored_of_a_full_memory_is_below_what_airflow_stores_without_complaint() -> None:
    told = ("12345678",) * 4
    marks = {
        f"5034460f-c7c4-4c43-9457-de07e2029{n:03}": Mark(NOW + 0.123, NOW + 0.123, told, looked_into=True)
        for n in range(500)
    }

    assert len(json.dumps(Progress(NOW, NOW, marks).as_json())) < 65_535


def test_what_was_never_looked_into_is_kept_when_memory_is_full() -> None:
    marks = {f"new{n:03}": Mark(NOW - 9000 + n) for n in range(200)}
    marks |= {f"runs{n:03}": Mark(NOW - 8000 + n, looked_into=True) for n in range(400)}

    left, let_go = pruned(marks, (), NOW, FLOOR, follows=True)

    assert len([key for key in left if key.startswith("new")]) == 200
    assert (len(left), len(let_go)) == (500, 100)
