"""Which runs of which jobs are behind a pipeline, a workflow, a number."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.exceptions import NotFound
from airflow_provider_circle.vendors.circleci.runs import JobRun, run_of_job, runs_of_pipeline, runs_of_workflow

from .walking import Driver, Scripted, answer, refused, rows, stamp

SLUG = "gh/acme/app"
WORKFLOWS = "GET /pipeline/p/workflow"


def workflow(id_: str | None, name: str = "build", at_s: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "name": name,
        "status": "success",
        "created_at": stamp(at_s),
        "pipeline_id": "p",
        "project_slug": SLUG,
        **more,
    }


def job(number: Any, name: str = "test", **more: Any) -> dict[str, Any]:
    built = {"id": f"j{number}", "name": name, "type": "build", "status": "success", "project_slug": SLUG}
    return {**built, **({} if number is None else {"job_number": number}), **more}


def found(script: dict[str, list[Scripted]]) -> list[JobRun]:
    driver = Driver(script)
    return driver.run(runs_of_pipeline(driver.caller, "p"))


def named(runs: list[JobRun]) -> list[tuple[str | None, str, int]]:
    return [(run.workflow_name, run.job_name, run.job_number) for run in runs]


def test_job_says_what_it_is_of() -> None:
    (run,) = found({WORKFLOWS: [rows(workflow("w"))], "GET /workflow/w/job": [rows(job(7))]})

    assert run == JobRun(SLUG, 7, "test", "success", "p", "w", "build")
    assert str(run) == "job test (7)"


def test_jobs_of_all_workflows_and_pages_are_found() -> None:
    script: dict[str, list[Scripted]] = {
        WORKFLOWS: [rows(workflow("a", "lint"), token="t"), rows(workflow("b", "build"))],
        "GET /workflow/a/job": [rows(job(1, "x"), token="t"), rows(job(2, "y"))],
        "GET /workflow/b/job": [rows(job(3, "x"))],
    }

    assert named(found(script)) == [("lint", "x", 1), ("lint", "y", 2), ("build", "x", 3)]


def test_rerun_takes_the_place_of_what_it_reran() -> None:
    script: dict[str, list[Scripted]] = {
        WORKFLOWS: [rows(workflow("new", at_s=60), workflow("old"))],
        "GET /workflow/new/job": [rows(job(9))],
    }

    assert named(found(script)) == [("build", "test", 9)]


def test_setup_workflow_and_the_one_it_makes_are_two() -> None:
    script: dict[str, list[Scripted]] = {
        WORKFLOWS: [rows(workflow("w", at_s=9), workflow("s", tag="setup"))],
        "GET /workflow/s/job": [rows(job(1))],
        "GET /workflow/w/job": [rows(job(2))],
    }

    assert [(run.setup, run.job_number) for run in found(script)] == [(True, 1), (False, 2)]


@pytest.mark.parametrize(
    "passed_over",
    [
        pytest.param(job(5, "hold", type="approval"), id="approval"),
        pytest.param(job(None, "deploy", status="blocked"), id="never_ran"),
        pytest.param(job("5", "odd"), id="number_that_is_none"),
        pytest.param(job(True, "odd"), id="truth"),
    ],
)
def test_what_did_not_run_has_left_nothing(passed_over: dict[str, Any]) -> None:
    script: dict[str, list[Scripted]] = {
        WORKFLOWS: [rows(workflow("w"))],
        "GET /workflow/w/job": [rows(passed_over, job(1))],
    }

    assert named(found(script)) == [("build", "test", 1)]


@pytest.mark.parametrize("numbers", [(4, 6), (6, 4)])
def test_job_that_circleci_retried_counts_by_its_retry(numbers: tuple[int, int]) -> None:
    script: dict[str, list[Scripted]] = {
        WORKFLOWS: [rows(workflow("w"))],
        "GET /workflow/w/job": [rows(*(job(n, status="retried" if n == 4 else "success") for n in numbers))],
    }

    assert named(found(script)) == [("build", "test", 6)]


def test_workflow_whose_details_are_gone_is_passed_over() -> None:
    script: dict[str, list[Scripted]] = {
        WORKFLOWS: [rows(workflow(None, "old"), workflow("gone", "older"), workflow("w"))],
        "GET /workflow/gone/job": [refused(404)],
        "GET /workflow/w/job": [rows(job(1))],
    }

    assert named(found(script)) == [("build", "test", 1)]


def test_pipeline_that_is_not_there_is_said() -> None:
    with pytest.raises(NotFound):
        found({WORKFLOWS: [refused(404)]})


def test_pipeline_without_a_workflow_has_no_jobs() -> None:
    assert found({WORKFLOWS: [rows()]}) == []


def test_workflow_is_looked_at_by_itself_however_new() -> None:
    driver = Driver({"GET /workflow/w": [answer(workflow("w"))], "GET /workflow/w/job": [rows(job(3))]})

    runs = driver.run(runs_of_workflow(driver.caller, "w"))

    assert [(run.workflow_id, run.pipeline_id, run.job_number) for run in runs] == [("w", "p", 3)]


def test_job_is_found_by_its_number() -> None:
    details = {
        "name": "test",
        "number": 3,
        "status": "failed",
        "latest_workflow": {"id": "w", "name": "build"},
        "pipeline": {"id": "p"},
    }
    driver = Driver({f"GET /project/{SLUG}/job/3": [answer(details)]})

    assert driver.run(run_of_job(driver.caller, SLUG, 3)) == [JobRun(SLUG, 3, "test", "failed", "p", "w", "build")]


def test_job_of_which_little_is_known_is_found_all_the_same() -> None:
    driver = Driver({f"GET /project/{SLUG}/job/3": [answer({"latest_workflow": None})]})

    assert driver.run(run_of_job(driver.caller, SLUG, 3)) == [JobRun(SLUG, 3, "3", "None", None, None, None)]


@pytest.mark.parametrize(
    ("status", "unfinished"),
    [("running", True), ("queued", True), ("success", False), ("failed", False), ("canceled", False)],
)
def test_job_that_goes_on_may_leave_more(status: str, unfinished: bool) -> None:
    assert JobRun(SLUG, 1, "test", status, None, None, None).unfinished is unfinished
