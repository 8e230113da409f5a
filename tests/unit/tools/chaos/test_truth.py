"""Nothing lost, nothing doubled, no verdict wrong: what ``make chaos`` would notice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.chaos.plan import Wave
from tools.chaos.truth import Triggered, task_problems
from tools.scale.standing import Instance

WAVE = Wave(
    0.0,
    0,
    ({"number": 0, "sandbox_scenario": "success"}, {"number": 1, "sandbox_scenario": "failed"}),
    {"number": 4, "sandbox_scenario": "errored"},
)


def pipeline(number: int, began: str = "10:00", ended: str = "10:05", suffix: str = "") -> Triggered:
    return Triggered(f"p{number}{suffix}", number, began, ended)


PIPELINES = [pipeline(0), pipeline(1), pipeline(4)]


def instance(task_id: str, state: str, told: str = "None", map_index: int = -1) -> Instance:
    return Instance("wave_0", task_id, map_index, state, 1, told)


RIGHT = [
    instance("wait", "success", "p0", 0),
    instance("wait", "failed", "p1", 1),
    instance("start", "success", "p4"),
    *(instance(sensor, "failed") for sensor in ("poke", "reschedule", "defer")),
    *(instance(pull, "success") for pull in ("artifacts", "contacts", "members", "posts")),
]


def with_change(index: int, **changes: object) -> list[Instance]:
    return [replace(one, **changes) if at == index else one for at, one in enumerate(RIGHT)]  # type: ignore[arg-type]


def test_tasks_that_ended_as_their_pipelines_did_are_right() -> None:
    assert task_problems([WAVE], RIGHT, PIPELINES) == []


def test_failure_that_airflow_lost_is_tried_again() -> None:
    instances = with_change(1, told="p1'")

    assert task_problems([WAVE], instances, [*PIPELINES, pipeline(1, "10:06", suffix="'")]) == []


@pytest.mark.parametrize(
    ("instances", "pipelines", "problem"),
    [
        pytest.param(RIGHT[1:], PIPELINES, "wave_0.wait[0]: there is no such task", id="task-lost"),
        pytest.param(
            [*RIGHT, instance("wait", "success", "p0", 2)],
            PIPELINES,
            "wave_0.wait[2]: nobody planned this task",
            id="task-doubled",
        ),
        pytest.param(
            RIGHT, PIPELINES[1:], "wave_0.wait[0]: triggered 0 pipelines, not one (in 1 tries)", id="pipeline-lost"
        ),
        pytest.param(
            RIGHT,
            [*PIPELINES, pipeline(4, "10:06", suffix="'")],
            "wave_0.start: triggered 2 pipelines, not one (in 1 tries)",
            id="pipeline-doubled",
        ),
        pytest.param(RIGHT, [*PIPELINES, pipeline(9)], "pipeline 9: nobody planned it", id="pipeline-of-nobody"),
        pytest.param(
            with_change(1, told="p1'"),
            [*PIPELINES, pipeline(1, "10:04", suffix="'")],
            "wave_0.wait[1]: triggered 2 pipelines, not one (in 1 tries)",
            id="pipeline-doubled-while-the-first-was-running",
        ),
        pytest.param(
            with_change(1, told="p1'"),
            [pipeline(0), pipeline(1, ended=""), pipeline(4), pipeline(1, "10:06", suffix="'")],
            "wave_0.wait[1]: triggered 2 pipelines, not one (in 1 tries)",
            id="pipeline-doubled-while-the-first-goes-on",
        ),
        pytest.param(
            with_change(0, told="p1"),
            PIPELINES,
            "wave_0.wait[0]: followed pipeline p1, but triggered p0",
            id="another-tasks-pipeline-followed",
        ),
        pytest.param(
            with_change(1, state="success"),
            PIPELINES,
            "wave_0.wait[1]: success, should be failed (after 1 tries)",
            id="failure-missed",
        ),
        pytest.param(
            with_change(5, state="deferred"),
            PIPELINES,
            "wave_0.defer: deferred, should be failed (after 1 tries)",
            id="sensor-still-waiting",
        ),
        pytest.param(
            with_change(9, state="failed"),
            PIPELINES,
            "wave_0.posts: failed, should be success (after 1 tries)",
            id="pull-failed",
        ),
    ],
)
def test_what_is_wrong_is_told(instances: list[Instance], pipelines: list[Triggered], problem: str) -> None:
    assert task_problems([WAVE], instances, pipelines) == [problem]
