"""How each scenario goes, second by second, for a duration of 20."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.sandbox.circleci.scenarios import SCENARIOS

from .conftest import PROJECT, InProcess

RUNS = "build-and-test:running"
GOOD = "build-and-test:success"
BAD = "build-and-test:failed"

COURSES: dict[str, list[tuple[float, str]]] = {
    "success": [(1.9, ""), (2, RUNS), (19.9, RUNS), (20, GOOD)],
    "drift": [(2, RUNS), (20, GOOD)],
    "looping_token": [(2, RUNS), (20, GOOD)],
    "failed": [(1.9, ""), (2, RUNS), (20, BAD), (9999, BAD)],
    "rerun_without_id": [(2, RUNS), (20, BAD), (9999, BAD)],
    "errored": [(1, ""), (9999, "")],
    "nothing_runs": [(1, ""), (9999, "")],
    "setup": [
        (2, "setup:running"),
        (7, "setup:success"),
        (9.9, "setup:success"),
        (10, f"{RUNS} setup:success"),
        (20, f"{GOOD} setup:success"),
    ],
    "setup_same_name": [(2, RUNS), (7, GOOD), (9.9, GOOD), (10, f"{RUNS} {GOOD}"), (20, f"{GOOD} {GOOD}")],
    "setup_only": [(2, "setup:running"), (7, "setup:success"), (9999, "setup:success")],
    "rerun": [(20, BAD), (29.9, BAD), (30, f"{RUNS} {BAD}"), (40, f"{GOOD} {BAD}")],
    "auto_rerun": [(2, RUNS), (10, BAD), (11, f"{RUNS} {BAD}"), (20, f"{GOOD} {BAD}")],
    "auto_rerun_exhausted": [
        (7, BAD),
        (8, f"{RUNS} {BAD}"),
        (13, f"{BAD} {BAD}"),
        (14, f"{RUNS} {BAD} {BAD}"),
        (20, f"{BAD} {BAD} {BAD}"),
    ],
    "failing": [(9.9, RUNS), (10, "build-and-test:failing"), (20, BAD)],
    "on_hold": [
        (9.9, "build-and-deploy:running"),
        (10, "build-and-deploy:on_hold"),
        (9999, "build-and-deploy:on_hold"),
    ],
    "queued": [(2, "build-and-test:queued"), (10, RUNS), (20, GOOD)],
    "two_workflows": [(2, f"lint:running {RUNS}"), (10, f"lint:success {RUNS}"), (20, f"lint:success {BAD}")],
    "mixed_success": [(10, f"lint:success {RUNS}"), (20, f"lint:success {GOOD}")],
    "canceled": [(2, RUNS), (20, "build-and-test:canceled")],
    "unauthorized": [(2, RUNS), (20, "build-and-test:unauthorized")],
    "error": [(2, RUNS), (20, "build-and-test:error")],
    "not_run": [(2, RUNS), (20, "build-and-test:not_run")],
    "unknown_status": [(2, RUNS), (10, "build-and-test:recovering"), (20, GOOD)],
    "retained": [(2, f"forgotten:success {RUNS}"), (20, f"forgotten:success {GOOD}")],
    "many_jobs": [(2, RUNS), (20, GOOD)],
    "never_ends": [(2, RUNS), (9999, RUNS)],
}


@pytest.mark.parametrize("scenario", COURSES)
def test_workflows_take_their_course(sandbox: InProcess, scenario: str) -> None:
    pipeline_id = sandbox.trigger(scenario)
    passed_s, seen = 0.0, []
    for at_s, _ in COURSES[scenario]:
        sandbox.wait(at_s - passed_s + 0.001)
        passed_s = at_s + 0.001
        seen.append((at_s, sandbox.statuses(sandbox.workflows(pipeline_id))))
    assert seen == COURSES[scenario]


def test_every_scenario_has_a_described_course() -> None:
    described_elsewhere = {"not_triggered", "many_workflows"}
    assert COURSES.keys() | described_elsewhere == SCENARIOS.keys()


@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - {"not_triggered"}))
@pytest.mark.parametrize("duration_s", [1, "0.1", 3600])
def test_no_workflow_exists_at_first_whatever_the_duration(
    sandbox: InProcess, scenario: str, duration_s: int | str
) -> None:
    assert sandbox.workflows(sandbox.trigger(scenario, sandbox_duration_s=duration_s)) == []


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("success", ["pending", "created", "created", "created"]),
        ("errored", ["pending", "pending", "errored", "errored"]),
        ("setup", ["setup-pending", "setup-pending", "setup", "created"]),
        ("setup_only", ["setup-pending", "setup-pending", "setup", "setup"]),
    ],
)
def test_pipeline_state_follows_the_configuration_only(sandbox: InProcess, scenario: str, states: list[str]) -> None:
    pipeline_id = sandbox.trigger(scenario)
    seen = []
    for pause_s in (0, 1.5, 1, 17.5):
        sandbox.wait(pause_s)
        seen.append(sandbox.get(f"/pipeline/{pipeline_id}")["state"])
    assert seen == states


def test_errored_pipeline_says_why_and_has_no_vcs(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("errored")
    sandbox.wait(20)
    pipeline = sandbox.get(f"/pipeline/{pipeline_id}")
    assert [error["type"] for error in pipeline["errors"]] == ["config"]
    assert "vcs" not in pipeline


def test_automatic_reruns_are_numbered_from_the_second_attempt_on(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("auto_rerun_exhausted")
    sandbox.wait(20)
    workflows = sandbox.workflows(pipeline_id)
    assert [workflow.get("auto_rerun_number") for workflow in workflows] == [2, 1, None]
    assert {workflow["max_auto_reruns"] for workflow in workflows} == {2}


def test_setup_workflow_is_tagged(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("setup_same_name")
    sandbox.wait(20)
    assert [workflow.get("tag") for workflow in sandbox.workflows(pipeline_id)] == [None, "setup"]


def test_retained_workflow_has_no_id(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("retained")
    sandbox.wait(20)
    assert [workflow["id"] is None for workflow in sandbox.workflows(pipeline_id)] == [True, False]


def test_drift_shows_what_no_description_has(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("drift")
    sandbox.wait(2)
    pipeline = sandbox.get(f"/pipeline/{pipeline_id}")
    assert pipeline["trigger"]["type"] not in {"scheduled_pipeline", "explicit", "api", "webhook"}
    assert "vcs" not in pipeline
    assert sandbox.jobs(sandbox.workflows(pipeline_id)[0]["id"])[1]["started_at"] is None


def test_looping_token_never_changes(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("looping_token")
    first = sandbox.get(f"/pipeline/{pipeline_id}/workflow")
    second = sandbox.get(f"/pipeline/{pipeline_id}/workflow", query={"page-token": first["next_page_token"]})
    assert first["next_page_token"] == second["next_page_token"]


def all_items(sandbox: InProcess, path: str) -> tuple[list[int], list[dict[str, Any]]]:
    sizes: list[int] = []
    items: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        page = sandbox.get(path, query=query)
        sizes.append(len(page["items"]))
        items.extend(page["items"])
        if page["next_page_token"] is None:
            return sizes, items
        query = {"page-token": page["next_page_token"]}


def test_many_workflows_fill_two_pages(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("many_workflows")
    sandbox.wait(20)
    sizes, workflows = all_items(sandbox, f"/pipeline/{pipeline_id}/workflow")
    assert sizes == [20, 5]
    assert len({workflow["id"] for workflow in workflows}) == 25


def test_many_jobs_fill_three_pages(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("many_jobs")
    sandbox.wait(20)
    sizes, jobs = all_items(sandbox, f"/workflow/{sandbox.workflows(pipeline_id)[0]['id']}/job")
    assert sizes == [20, 20, 5]
    assert {job["status"] for job in jobs} == {"success"}


def test_failed_job_has_25_failing_tests_of_30(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("failed")
    sandbox.wait(20)
    jobs = sandbox.jobs(sandbox.workflows(pipeline_id)[0]["id"])
    assert sandbox.statuses(jobs) == "build:success test:failed deploy:not_run"
    _, tests = all_items(sandbox, f"{PROJECT}/{jobs[1]['job_number']}/tests")
    assert len(tests) == 30
    assert sum(test["result"] == "failure" and bool(test["message"]) for test in tests) == 25


def test_job_that_never_ran_has_no_number(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("failed")
    sandbox.wait(20)
    assert "job_number" not in sandbox.jobs(sandbox.workflows(pipeline_id)[0]["id"])[2]
