"""What a person may do to a running pipeline."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PROJECT, InProcess


def started(sandbox: InProcess, scenario: str, after_s: float) -> tuple[str, dict[str, Any]]:
    """Start a pipeline and let time pass; its id and its newest workflow."""
    pipeline_id = sandbox.trigger(scenario)
    sandbox.wait(after_s)
    return pipeline_id, sandbox.workflows(pipeline_id)[0]


def test_cancel_takes_effect_a_second_later(sandbox: InProcess) -> None:
    pipeline_id, workflow = started(sandbox, "never_ends", 5)
    assert sandbox.api("POST", f"/workflow/{workflow['id']}/cancel").status == 202
    seen = []
    for pause_s in (0.5, 0.5):
        sandbox.wait(pause_s)
        seen.append(sandbox.workflows(pipeline_id)[0]["status"])
    assert seen == ["running", "canceled"]
    assert sandbox.statuses(sandbox.jobs(workflow["id"])) == "build:canceled test:not_run"


def test_cancel_of_a_finished_workflow_is_accepted_and_changes_nothing(sandbox: InProcess) -> None:
    pipeline_id, workflow = started(sandbox, "success", 20)
    assert sandbox.api("POST", f"/workflow/{workflow['id']}/cancel").status == 202
    sandbox.wait(60)
    assert sandbox.workflows(pipeline_id) == [{**workflow, "status": "success"}]


@pytest.mark.parametrize("scenario", ["setup", "auto_rerun"])
def test_cancel_prevents_what_would_have_followed(sandbox: InProcess, scenario: str) -> None:
    pipeline_id, workflow = started(sandbox, scenario, 3)
    sandbox.api("POST", f"/workflow/{workflow['id']}/cancel")
    sandbox.wait(100)
    assert [found["status"] for found in sandbox.workflows(pipeline_id)] == ["canceled"]


@pytest.mark.parametrize("by", ["id", "number"])
def test_canceled_job_ends_its_workflow(sandbox: InProcess, by: str) -> None:
    pipeline_id, workflow = started(sandbox, "never_ends", 5)
    job = sandbox.jobs(workflow["id"])[0]
    path = f"/jobs/{job['id']}/cancel" if by == "id" else f"{PROJECT}/job/{job['job_number']}/cancel"
    assert sandbox.api("POST", path).status == 200
    sandbox.wait(1)
    assert sandbox.workflows(pipeline_id)[0]["status"] == "canceled"


def test_cancel_of_a_finished_job_leaves_its_workflow_alone(sandbox: InProcess) -> None:
    pipeline_id, workflow = started(sandbox, "success", 15)
    build = sandbox.jobs(workflow["id"])[0]
    assert sandbox.api("POST", f"/jobs/{build['id']}/cancel").status == 200
    sandbox.wait(5)
    assert sandbox.workflows(pipeline_id)[0]["status"] == "success"


def test_rerun_is_refused_until_the_workflow_is_over(sandbox: InProcess) -> None:
    _, workflow = started(sandbox, "failed", 10)
    assert sandbox.api("POST", f"/workflow/{workflow['id']}/rerun").status == 400


def test_rerun_is_a_new_workflow_of_the_same_name_a_second_later(sandbox: InProcess) -> None:
    pipeline_id, workflow = started(sandbox, "failed", 20)
    reply = sandbox.api("POST", f"/workflow/{workflow['id']}/rerun", {})
    assert reply.status == 202
    new_id = reply.json()["workflow_id"]
    assert [found["id"] for found in sandbox.workflows(pipeline_id)] == [workflow["id"]]
    assert sandbox.api("GET", f"/workflow/{new_id}").status == 404
    sandbox.wait(1)
    assert [found["id"] for found in sandbox.workflows(pipeline_id)] == [new_id, workflow["id"]]
    sandbox.wait(20)
    assert sandbox.statuses(sandbox.workflows(pipeline_id)) == "build-and-test:success build-and-test:failed"


def test_rerun_ends_as_the_parameter_says(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("failed", sandbox_rerun="failed")
    sandbox.wait(20)
    sandbox.api("POST", f"/workflow/{sandbox.workflows(pipeline_id)[0]['id']}/rerun")
    sandbox.wait(21)
    assert sandbox.workflows(pipeline_id)[0]["status"] == "failed"


@pytest.mark.parametrize("by", ["from_failed", "jobs"])
def test_rerun_from_a_job_keeps_the_success_before_it(sandbox: InProcess, by: str) -> None:
    pipeline_id, workflow = started(sandbox, "failed", 20)
    before = sandbox.jobs(workflow["id"])
    body: dict[str, Any] = {"from_failed": True} if by == "from_failed" else {"jobs": [before[1]["id"]]}
    new_id = sandbox.api("POST", f"/workflow/{workflow['id']}/rerun", body).json()["workflow_id"]
    sandbox.wait(2)
    assert sandbox.statuses(sandbox.jobs(new_id)) == "build:success test:running deploy:blocked"
    sandbox.wait(20)
    assert sandbox.statuses(sandbox.workflows(pipeline_id)) == "build-and-test:success build-and-test:failed"


@pytest.mark.parametrize(
    "body",
    [
        {"from_failed": True, "jobs": ["x"]},
        {"jobs": ["3888f21b-eaa7-38e3-8f3d-75a63bba8895"]},
        {"jobs": "x"},
        {"from_failed": "yes"},
    ],
)
def test_rerun_that_makes_no_sense_is_refused(sandbox: InProcess, body: dict[str, Any]) -> None:
    _, workflow = started(sandbox, "failed", 20)
    assert sandbox.api("POST", f"/workflow/{workflow['id']}/rerun", body).status == 400


def test_rerun_without_id_is_accepted_and_happens(sandbox: InProcess) -> None:
    pipeline_id, workflow = started(sandbox, "rerun_without_id", 20)
    reply = sandbox.api("POST", f"/workflow/{workflow['id']}/rerun")
    assert (reply.status, list(reply.json())) == (202, ["message"])
    sandbox.wait(1)
    assert len(sandbox.workflows(pipeline_id)) == 2


def approval(sandbox: InProcess, workflow_id: str) -> str:
    job = next(job for job in sandbox.jobs(workflow_id) if job["type"] == "approval")
    return f"/workflow/{workflow_id}/approve/{job['approval_request_id']}"


def test_approved_workflow_goes_on_for_half_the_duration(sandbox: InProcess) -> None:
    _, workflow = started(sandbox, "on_hold", 500)
    assert sandbox.api("POST", approval(sandbox, workflow["id"])).status == 202
    seen = []
    for pause_s in (0, 9.9, 0.2):
        sandbox.wait(pause_s)
        seen.append(sandbox.get(f"/workflow/{workflow['id']}")["status"])
    assert seen == ["running", "running", "success"]
    assert sandbox.statuses(sandbox.jobs(workflow["id"])) == "build:success hold:success deploy:success"


def test_approval_is_refused_before_and_after_its_time(sandbox: InProcess) -> None:
    _, workflow = started(sandbox, "on_hold", 5)
    path = approval(sandbox, workflow["id"])
    statuses = []
    for pause_s in (0, 10, 0):
        sandbox.wait(pause_s)
        statuses.append(sandbox.api("POST", path).status)
    assert statuses == [400, 202, 400]


def test_unknown_approval_is_not_found(sandbox: InProcess) -> None:
    _, workflow = started(sandbox, "on_hold", 10)
    assert sandbox.api("POST", f"/workflow/{workflow['id']}/approve/x").status == 404


def test_workflow_on_hold_can_be_canceled(sandbox: InProcess) -> None:
    _, workflow = started(sandbox, "on_hold", 10)
    sandbox.api("POST", f"/workflow/{workflow['id']}/cancel")
    sandbox.wait(1)
    assert sandbox.statuses(sandbox.jobs(workflow["id"])) == "build:success hold:canceled deploy:not_run"


def test_details_of_an_approval_job_are_not_found_by_its_number(sandbox: InProcess) -> None:
    _, workflow = started(sandbox, "on_hold", 10)
    build, hold, _ = sandbox.jobs(workflow["id"])
    assert sandbox.api("GET", f"{PROJECT}/job/{build['job_number']}").status == 200
    assert sandbox.api("GET", f"{PROJECT}/job/{hold['job_number']}").status == 404


def test_setup_pipeline_is_continued_once(sandbox: InProcess) -> None:
    pipeline_id, _ = started(sandbox, "setup_only", 60)
    (truth,) = sandbox.control("GET", "/circleci/pipelines")["items"]
    body = {"continuation-key": truth["continuation_key"], "configuration": "version: 2.1"}
    assert [sandbox.api("POST", "/pipeline/continue", body).status for _ in range(2)] == [200, 400]
    sandbox.wait(3)
    assert sandbox.statuses(sandbox.workflows(pipeline_id)) == "build-and-test:running setup:success"


def test_continuation_key_expires_after_six_hours(sandbox: InProcess) -> None:
    started(sandbox, "setup_only", 6 * 3600 + 1)
    (truth,) = sandbox.control("GET", "/circleci/pipelines")["items"]
    body = {"continuation-key": truth["continuation_key"], "configuration": "version: 2.1"}
    assert sandbox.api("POST", "/pipeline/continue", body).status == 400
