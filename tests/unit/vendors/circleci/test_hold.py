"""Jobs that wait for a person: found, watched, described, approved."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import Invalid
from airflow_provider_circle.vendors.circleci.act import look_for_end
from airflow_provider_circle.vendors.circleci.hold import (
    approve_jobs,
    describe_hold,
    look_at_held,
    look_for_hold,
)
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy

from .walking import LOST, Driver, Scripted, answer, refused, rows, stamp

WORKFLOWS = "GET /pipeline/p/workflow"
PIPELINE = answer({"id": "p", "state": "created", "created_at": stamp(-60)})
JOBS = "GET /workflow/w/job"
APPROVE = "POST /workflow/w/approve/r-hold"
HELD = {
    "name": "hold",
    "status": "on_hold",
    "workflow_id": "w",
    "workflow_name": "deploy",
    "pipeline_id": "p",
    "url": "https://x/w",
    "approval_request_id": "r-hold",
    "approved_by": None,
}


def workflow(status: str, workflow_id: str | None = "w", name: str = "deploy", **more: Any) -> JsonObject:
    return {"id": workflow_id, "name": name, "status": status, "created_at": stamp(-50), "pipeline_id": "p", **more}


def job(name: str, status: str, kind: str = "approval", **more: Any) -> JsonObject:
    request = {"approval_request_id": f"r-{name}"} if kind == "approval" else {}
    return {"id": name, "name": name, "type": kind, "status": status, **request, **more}


def look(workflows: list[JsonObject], jobs: list[JsonObject], job_name: str | None = None, **policy: Any) -> Any:
    script: dict[str, list[Scripted]] = {WORKFLOWS: [rows(*workflows)], "GET /pipeline/p": [PIPELINE]}
    walk = Driver({**script, JOBS: [rows(*jobs)]})
    sees = look_for_hold(VerdictPolicy(**policy), pipeline_id="p", job_name=job_name)
    return walk.run(sees(walk.caller))


@pytest.mark.parametrize("status", ["on_hold", "running", "failing"])
def test_job_on_hold_is_found_whatever_its_workflow_is_called(status: str) -> None:
    seen = look([workflow(status)], [job("build", "success", "build"), job("hold", "on_hold")]).seen

    assert (seen["state"], [each["name"] for each in seen["jobs"]]) == ("held", ["hold"])
    assert seen["jobs"][0] == {**HELD, "url": None, "type": "approval"}


@pytest.mark.parametrize(
    ("job_name", "found"), [(None, ["hold-1", "hold-2"]), ("hold-2", ["hold-2"]), ("hold-1", ["hold-1"])]
)
def test_only_the_named_job_is_found(job_name: str | None, found: list[str]) -> None:
    seen = look([workflow("on_hold")], [job("hold-1", "on_hold"), job("hold-2", "on_hold")], job_name).seen

    assert [each["name"] for each in seen["jobs"]] == found


@pytest.mark.parametrize(
    ("status", "jobs", "job_name"),
    [
        pytest.param("running", [job("hold", "blocked")], None, id="hold_to_come"),
        pytest.param("on_hold", [job("first", "on_hold"), job("hold", "blocked")], "hold", id="another_comes_first"),
        pytest.param("running", [job("first", "success"), job("hold", "blocked")], None, id="second_hold_to_come"),
        pytest.param("running", [job("build", "running", "build")], None, id="no_approval_job"),
        pytest.param("running", [job("hold", "on_hold", approval_request_id=None)], None, id="not_to_be_approved_yet"),
        pytest.param("running", [job("build", "on_hold", "build")], "build", id="no_approval_of_that_name"),
    ],
)
def test_what_may_still_come_is_waited_for(status: str, jobs: list[JsonObject], job_name: str | None) -> None:
    assert look([workflow(status)], jobs, job_name).seen is None


def test_pipeline_without_a_workflow_yet_is_waited_for() -> None:
    assert look([], []).seen is None


@pytest.mark.parametrize("status", ["running", "success", "failed", "canceled"])
def test_job_that_was_approved_is_seen_as_such(status: str) -> None:
    seen = look([workflow(status)], [job("hold", "success", approved_by="u")], "hold").seen

    assert (seen["state"], seen["jobs"][0]["approved_by"]) == ("approved", "u")


@pytest.mark.parametrize(
    ("status", "policy", "action"),
    [
        ("success", {}, "fail"),
        ("failed", {"on_canceled": "skip"}, "fail"),
        ("canceled", {}, "fail"),
        ("canceled", {"on_canceled": "skip"}, "skip"),
        ("canceled", {"on_canceled": "succeed"}, "succeed"),
        ("not_run", {"on_no_workflow": "skip"}, "skip"),
    ],
)
def test_end_without_an_approval_follows_the_policy(status: str, policy: dict[str, str], action: str) -> None:
    seen = look([workflow(status)], [job("hold", "canceled")], **policy).seen

    assert (seen["state"], seen["action"]) == ("ended", action)


def test_name_that_nothing_on_hold_has_ends_the_wait() -> None:
    seen = look([workflow("on_hold")], [job("hold", "on_hold"), job("build", "success", "build")], "hodl").seen

    assert (seen["state"], seen["action"]) == ("ended", "fail")
    assert seen["message"].endswith("approval jobs there: hold")


def test_workflow_whose_details_are_gone_is_passed_over() -> None:
    seen = look([workflow("success", None, "old"), workflow("on_hold")], [job("hold", "on_hold")]).seen

    assert seen["state"] == "held"


def test_ended_workflow_whose_details_are_gone_is_not_asked_for_its_jobs() -> None:
    seen = look([workflow("success", None, "old"), workflow("success")], [job("hold", "success", approved_by="u")]).seen

    assert (seen["state"], [each["workflow_id"] for each in seen["jobs"]]) == ("approved", ["w"])


@pytest.mark.parametrize(
    ("status", "state"), [("success", "approved"), ("canceled", "ended"), ("not_run", "ended"), ("failed", "ended")]
)
def test_what_became_of_a_hold_is_seen(status: str, state: str) -> None:
    walk = Driver({JOBS: [rows(job("other", "on_hold"), job("hold", status, approved_by="u"))]})

    seen = walk.run(look_at_held([HELD])(walk.caller)).seen

    assert seen is not None
    assert (seen["state"], seen["jobs"][0]["status"], seen["jobs"][0]["approved_by"]) == (state, status, "u")


def test_question_stands_while_one_of_its_jobs_waits() -> None:
    walk = Driver({JOBS: [rows(job("hold", "success"), job("two", "on_hold"))]})
    held = [HELD, {**HELD, "name": "two", "approval_request_id": "r-two"}]

    sight = walk.run(look_at_held(held)(walk.caller))

    assert (sight.seen, walk.asked) == (None, [JOBS])


def test_job_that_is_gone_was_not_approved() -> None:
    walk = Driver({JOBS: [rows()]})

    seen = walk.run(look_at_held([HELD])(walk.caller)).seen

    assert seen is not None
    assert seen["state"] == "ended"


def approving(*posts: Scripted, now: str = "on_hold", attempts: int = 2) -> Driver:
    return Driver({APPROVE: list(posts), JOBS: [rows(job("hold", now))]}, retry=RetryPolicy(attempts=attempts))


@pytest.mark.parametrize(
    ("posts", "now", "status", "sent"),
    [
        pytest.param([answer({}, 202)], "on_hold", "approved", 1, id="accepted"),
        pytest.param([LOST], "success", "approved", 1, id="lost_but_done"),
        pytest.param([LOST, answer({}, 202)], "on_hold", "approved", 2, id="lost_and_not_done"),
        pytest.param([LOST], "canceled", "canceled", 1, id="lost_and_canceled"),
        pytest.param([refused(400)], "success", "approved_meanwhile", 1, id="somebody_was_faster"),
        pytest.param([refused(404)], "success", "approved_meanwhile", 1, id="request_is_gone"),
        pytest.param([refused(400)], "canceled", "canceled", 1, id="canceled_meanwhile"),
    ],
)
def test_job_is_approved_once(posts: list[Scripted], now: str, status: str, sent: int) -> None:
    walk = approving(*posts, now=now)

    told = walk.run(approve_jobs(walk.caller, [HELD]))

    assert ([each["status"] for each in told], walk.asked.count(APPROVE)) == ([status], sent)


def test_refusal_of_a_job_that_still_waits_is_raised() -> None:
    walk = approving(refused(400, "no"))

    with pytest.raises(Invalid):
        walk.run(approve_jobs(walk.caller, [HELD]))


def described(values: Scripted, pipeline: Scripted, **changes: Any) -> list[str]:
    walk = Driver({"GET /pipeline/p": [pipeline], "GET /pipeline/p/values": [values]})
    return walk.run(describe_hold(walk.caller, [{**HELD, **changes}]))


FULL = answer({"project_slug": "gh/a/b", "number": 7, "vcs": {"tag": "v1", "branch": None}})


def test_description_names_job_pipeline_revision_and_parameters() -> None:
    values = answer({"pipeline.id": "p", "pipeline.parameters.to": "prod", "pipeline.parameters.n": 3})

    assert described(values, FULL) == [
        "- Job `hold` of workflow [`deploy`](https://x/w)",
        "- [Pipeline 7](https://app.circleci.com/pipelines/gh/a/b/7) of `gh/a/b`",
        "- Tag `v1`",
        "- Parameter `to`: `prod`",
        "- Parameter `n`: `3`",
    ]


def test_what_others_chose_means_nothing_in_markdown() -> None:
    values = answer({"pipeline.parameters.x": "`](https://evil)\n# big " + "y" * 300})

    line = described(values, FULL, name="a`b")[-1]

    assert line.startswith("- Parameter `x`: `'](https://evil) # big yyy")
    assert (line.count("`"), len(line)) == (4, len("- Parameter `x`: ``") + 200)


def test_many_parameters_are_counted_and_not_shown() -> None:
    values = answer({f"pipeline.parameters.p{number}": number for number in range(25)})

    lines = described(values, FULL)

    assert (sum("Parameter" in line for line in lines), lines[-1]) == (20, "- and 5 more parameters")


def test_details_that_cannot_be_read_are_said() -> None:
    lines = described(answer({}), refused(404, "gone"))

    assert lines[-1].startswith("- The pipeline's details could not be read: `CircleCI: GET ")


@pytest.mark.parametrize(
    ("statuses", "over"),
    [(["success", "canceled"], True), (["success", "running"], False), (["on_hold"], False), ([], False)],
)
def test_pipeline_has_ended_when_all_its_workflows_have(statuses: list[str], over: bool) -> None:
    walk = Driver({WORKFLOWS: [rows(*(workflow(status, str(index)) for index, status in enumerate(statuses)))]})

    sight = walk.run(look_for_end(pipeline_id="p")(walk.caller))

    assert (sight.seen is not None) is over


@pytest.mark.parametrize(("status", "over"), [("failed", True), ("failing", False), ("recovering", False)])
def test_workflow_has_ended_when_its_status_is_an_end(status: str, over: bool) -> None:
    walk = Driver({"GET /workflow/w": [answer(workflow(status))]})

    sight = walk.run(look_for_end(workflow_id="w")(walk.caller))

    assert (sight.seen is not None, str(sight)) == (over, f"deploy {status}")
