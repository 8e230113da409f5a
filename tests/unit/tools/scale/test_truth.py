"""Nothing lost and nothing doubled: what ``make scale`` would notice."""

from __future__ import annotations

import pytest

from tools.scale.truth import Pipeline, Task, pull_problems, wait_problems

WAITS = [Task(0, "success", 1, "p0"), Task(1, "failed", 1, "p1"), Task(2, "success", 2, "p2")]
PIPELINES = [Pipeline("p2", 2, "success"), Pipeline("p0", 0, "success"), Pipeline("p1", 1, "failed")]

PULLS = [Task(0, "success", 1, "a"), Task(1, "success", 2, "b")]
RECORDS = {"a": ["1", "2"], "b": ["2", "3"]}


def test_waits_that_followed_their_pipelines_are_right() -> None:
    assert wait_problems(3, WAITS, PIPELINES) == []


@pytest.mark.parametrize(
    ("tasks", "pipelines", "problems"),
    [
        pytest.param(WAITS[:2], PIPELINES[1:], ["1 of 3 tasks are missing, the first is 2"], id="task-lost"),
        pytest.param([*WAITS, WAITS[2]], PIPELINES, ["1 tasks are too many, the first is 2"], id="task-doubled"),
        pytest.param(WAITS, PIPELINES[1:], ["wait 2 triggered 0 pipelines, not one"], id="pipeline-lost"),
        pytest.param(
            WAITS,
            [*PIPELINES, Pipeline("again", 2, "success")],
            ["wait 2 triggered 2 pipelines, not one"],
            id="pipeline-doubled",
        ),
        pytest.param(
            WAITS,
            [*PIPELINES, Pipeline("p9", 3, "success")],
            ["pipeline of task 3, which there is not"],
            id="pipeline-of-nobody",
        ),
        pytest.param(
            [*WAITS[:2], Task(2, "success", 1, "p0")],
            PIPELINES,
            ["wait 2 followed pipeline p0, but triggered p2"],
            id="another-tasks-pipeline-followed",
        ),
        pytest.param(
            [*WAITS[:2], Task(2, "failed", 1, "p2")],
            PIPELINES,
            ["wait 2 is failed, its pipeline success"],
            id="failed-without-reason",
        ),
        pytest.param(
            [WAITS[0], Task(1, "success", 1, "p1"), WAITS[2]],
            PIPELINES,
            ["wait 1 is success, its pipeline failed"],
            id="failure-missed",
        ),
        pytest.param(
            [*WAITS[:2], Task(2, "deferred", 1, "p2")],
            PIPELINES,
            ["wait 2 is deferred, its pipeline success"],
            id="still-waiting",
        ),
        pytest.param(
            WAITS,
            [Pipeline("p2", 2, "running"), *PIPELINES[1:]],
            ["wait 2 is success, its pipeline running"],
            id="ended-too-early",
        ),
    ],
)
def test_wait_that_went_wrong_is_named(tasks: list[Task], pipelines: list[Pipeline], problems: list[str]) -> None:
    assert wait_problems(3, tasks, pipelines) == problems


def test_pulls_that_landed_everything_once_are_right() -> None:
    assert pull_problems(PULLS, RECORDS, RECORDS, RECORDS) == []


def test_event_without_records_need_not_be_in_the_table() -> None:
    true = {"a": ["1", "2"], "b": []}

    assert pull_problems(PULLS, true, true, {"a": ["2", "1"]}) == []


@pytest.mark.parametrize(
    ("landed", "problem"),
    [
        pytest.param({"a": ["1", "2"], "b": ["2"]}, "1 records of event b are missing", id="record-lost"),
        pytest.param({"a": ["1", "2"]}, "2 records of event b are missing", id="event-lost"),
        pytest.param({**RECORDS, "b": ["2", "3", "3"]}, "1 records of event b are too many", id="record-doubled"),
        pytest.param({**RECORDS, "b": ["2", "3", "4"]}, "1 records of event b are too many", id="strange-record"),
        pytest.param({**RECORDS, "c": ["1"]}, "event c, which there is not", id="strange-event"),
    ],
)
def test_records_that_went_wrong_are_named_wherever_they_are(landed: dict[str, list[str]], problem: str) -> None:
    assert pull_problems(PULLS, RECORDS, landed, RECORDS) == [f"file: {problem}"]
    assert pull_problems(PULLS, RECORDS, RECORDS, landed) == [f"table: {problem}"]


@pytest.mark.parametrize(
    ("tasks", "problem"),
    [
        pytest.param([PULLS[0], Task(1, "failed", 4, "b")], "pull 1 is failed", id="failed"),
        pytest.param(PULLS[:1], "1 of 2 tasks are missing, the first is 1", id="lost"),
        pytest.param([*PULLS, Task(2, "success", 1, "c")], "1 tasks are too many, the first is 2", id="one-too-many"),
    ],
)
def test_pull_that_went_wrong_is_named(tasks: list[Task], problem: str) -> None:
    assert pull_problems(tasks, RECORDS, RECORDS, RECORDS) == [problem]
