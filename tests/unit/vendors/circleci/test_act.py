"""Canceling, approving and rerunning a pipeline as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import CircleError, Forbidden, Invalid, ServiceDown, Unreachable
from airflow_provider_circle.vendors.circleci.act import approve_held, cancel_pipeline, rerun_failed

from .walking import LOST, TIMED_OUT, Driver, Scripted, answer, garbled, html, refused, rows, stamp

PIPELINE = "p"
WORKFLOWS = f"GET /pipeline/{PIPELINE}/workflow"
ACCEPTED = answer({"message": "Accepted."}, 202)


def workflow(workflow_id: str, status: str, at_s: float = -60.0, /, **changes: Any) -> JsonObject:
    return {"id": workflow_id, "name": "build", "status": status, "created_at": stamp(at_s), **changes}


def cancel(workflow_id: str) -> str:
    return f"POST /workflow/{workflow_id}/cancel"


def rerun(workflow_id: str) -> str:
    return f"POST /workflow/{workflow_id}/rerun"


def jobs(workflow_id: str) -> str:
    return f"GET /workflow/{workflow_id}/job"


def approve(workflow_id: str, request_id: str) -> str:
    return f"POST /workflow/{workflow_id}/approve/{request_id}"


def canceling(*looks: Scripted, retry: RetryPolicy | None = None, **replies: Scripted | list[Scripted]) -> Driver:
    script: dict[str, list[Scripted]] = {WORKFLOWS: list(looks)}
    for name, reply in replies.items():
        script[cancel(name)] = reply if isinstance(reply, list) else [reply]
    return Driver(script, retry=retry or RetryPolicy(attempts=2))


@pytest.mark.parametrize("status", ["running", "failing", "queued", "on_hold", "recovering"])
def test_a_workflow_that_has_not_ended_is_canceled(status: str) -> None:
    driver = canceling(rows(workflow("a", status)), a=ACCEPTED)

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["a"]


@pytest.mark.parametrize("status", ["success", "failed", "error", "canceled", "unauthorized", "not_run"])
def test_a_workflow_that_has_ended_is_left_alone(status: str) -> None:
    driver = canceling(rows(workflow("a", status)))

    assert (driver.run(cancel_pipeline(driver.caller, PIPELINE)), driver.asked) == ([], [WORKFLOWS])


def test_every_workflow_is_canceled() -> None:
    driver = canceling(rows(workflow("a", "running"), workflow("b", "queued")), a=ACCEPTED, b=ACCEPTED)

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["a", "b"]


def test_workflows_on_every_page_are_canceled() -> None:
    driver = canceling(
        rows(workflow("a", "running"), token="t"), rows(workflow("b", "running")), a=ACCEPTED, b=ACCEPTED
    )

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["a", "b"]


def test_a_workflow_without_id_is_passed_over() -> None:
    driver = canceling(rows(workflow("", "running", id=None), workflow("b", "running")), b=ACCEPTED)

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["b"]


def test_canceling_takes_no_longer_than_needed() -> None:
    driver = canceling(rows(workflow("a", "running")), a=ACCEPTED)

    driver.run(cancel_pipeline(driver.caller, PIPELINE))

    assert driver.waits == []


def test_a_workflow_that_appears_only_after_the_cancel_began_is_canceled() -> None:
    driver = canceling(rows(), rows(), rows(workflow("a", "running")), a=ACCEPTED)

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["a"]


def test_a_running_setup_workflow_is_canceled() -> None:
    driver = canceling(rows(workflow("s", "running", tag="setup")), s=ACCEPTED)

    assert (driver.run(cancel_pipeline(driver.caller, PIPELINE)), driver.waits) == (["s"], [])


def test_what_follows_a_finished_setup_workflow_is_waited_for_and_canceled() -> None:
    finished = workflow("s", "success", tag="setup")
    driver = canceling(rows(finished), rows(workflow("a", "running"), finished), a=ACCEPTED)

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["a"]


def test_a_pipeline_that_never_gets_a_workflow_is_given_up_within_half_a_minute() -> None:
    driver = canceling(rows())

    assert (driver.run(cancel_pipeline(driver.caller, PIPELINE)), sum(driver.waits) <= 30) == ([], True)


def test_one_cancel_that_fails_does_not_stop_the_others() -> None:
    driver = canceling(
        rows(workflow("a", "running"), workflow("b", "running"), workflow("c", "running")),
        a=ACCEPTED,
        b=refused(403),
        c=ACCEPTED,
    )

    with pytest.raises(Forbidden):
        driver.run(cancel_pipeline(driver.caller, PIPELINE))

    assert driver.asked == [WORKFLOWS, cancel("a"), cancel("b"), cancel("c")]


@pytest.mark.parametrize("fault", [refused(429), refused(503), LOST, TIMED_OUT, garbled(202), html()])
def test_a_cancel_survives_a_passing_fault(fault: Scripted) -> None:
    driver = canceling(rows(workflow("a", "running")), a=[fault, ACCEPTED])

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["a"]


def test_a_cancel_that_works_at_a_later_look_is_no_error() -> None:
    driver = canceling(rows(workflow("s", "running", tag="setup")), s=[refused(503), refused(503), ACCEPTED])

    assert driver.run(cancel_pipeline(driver.caller, PIPELINE)) == ["s"]


def held(name: str, request_id: str | None = "r", /, **changes: Any) -> JsonObject:
    return {"id": f"job-{name}", "name": name, "status": "on_hold", "approval_request_id": request_id, **changes}


def approving(*listed: JsonObject, **replies: Scripted) -> Driver:
    script: dict[str, list[Scripted]] = {jobs("a"): [rows(*listed)]}
    return Driver({**script, **{approve("a", name): [reply] for name, reply in replies.items()}})


def test_a_held_job_is_approved() -> None:
    driver = approving(held("go"), r=ACCEPTED)

    assert driver.run(approve_held(driver.caller, [workflow("a", "on_hold")])) == ["go"]


def test_all_held_jobs_are_approved() -> None:
    driver = approving(held("go", "r1"), held("really", "r2"), r1=ACCEPTED, r2=ACCEPTED)

    assert driver.run(approve_held(driver.caller, [workflow("a", "on_hold")])) == ["go", "really"]


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(held("go", status="success"), id="approved_already"),
        pytest.param(held("go", status="blocked"), id="not_its_turn"),
        pytest.param(held("go", None), id="without_request_id"),
        pytest.param({}, id="empty_object"),
    ],
)
def test_a_job_that_does_not_wait_for_a_person_is_left_alone(job: JsonObject) -> None:
    driver = approving(job)

    assert driver.run(approve_held(driver.caller, [workflow("a", "on_hold")])) == []


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(workflow("a", "running"), id="running"),
        pytest.param(workflow("a", "success"), id="ended"),
        pytest.param(workflow("", "on_hold", id=None), id="without_id"),
    ],
)
def test_only_workflows_on_hold_are_looked_into(subject: JsonObject) -> None:
    driver = Driver({})

    driver.run(approve_held(driver.caller, [subject]))

    assert driver.asked == []


@pytest.mark.parametrize("status", [400, 404])
def test_a_job_somebody_approved_meanwhile_is_no_error(status: int) -> None:
    driver = approving(held("go", "r1"), held("really", "r2"), r1=refused(status), r2=ACCEPTED)

    assert driver.run(approve_held(driver.caller, [workflow("a", "on_hold")])) == ["really"]


def test_being_forbidden_to_approve_is_an_error() -> None:
    driver = approving(held("go"), r=refused(403))

    with pytest.raises(Forbidden):
        driver.run(approve_held(driver.caller, [workflow("a", "on_hold")]))


@pytest.mark.parametrize("fault", [LOST, refused(503), garbled(202)])
def test_an_approval_whose_reply_was_lost_is_not_sent_again_in_the_same_look(fault: Scripted) -> None:
    driver = approving(held("go"), r=fault)

    with pytest.raises(CircleError):
        driver.run(approve_held(driver.caller, [workflow("a", "on_hold")]))

    assert driver.asked.count(approve("a", "r")) == 1


RERUN = answer({"workflow_id": "new"}, 202)
LOSSES: dict[str, Scripted] = {
    "reset": LOST,
    "timeout": TIMED_OUT,
    "bad_gateway": html(502),
    "failing": refused(500),
    "garbled": garbled(202),
}


def rerunning(*looks: Scripted, retry: RetryPolicy | None = None, **replies: Scripted | list[Scripted]) -> Driver:
    script: dict[str, list[Scripted]] = {WORKFLOWS: list(looks)}
    for name, reply in replies.items():
        script[rerun(name)] = reply if isinstance(reply, list) else [reply]
    return Driver(script, retry=retry or RetryPolicy(attempts=3))


@pytest.mark.parametrize(
    ("status", "from_failed"),
    [("failed", True), ("error", False), ("unauthorized", False), ("canceled", False)],
)
def test_what_did_not_succeed_is_rerun_from_where_it_makes_sense(status: str, from_failed: bool) -> None:
    subject = workflow("a", status)
    driver = rerunning(rows(subject), a=RERUN)

    driver.run(rerun_failed(driver.caller, PIPELINE, [subject]))

    assert driver.bodies(rerun("a")) == [{"from_failed": from_failed}]


@pytest.mark.parametrize("status", ["success", "not_run", "running", "on_hold", "failing", "queued", "recovering"])
def test_what_succeeded_or_has_not_ended_is_not_rerun(status: str) -> None:
    subject = workflow("a", status)
    driver = rerunning(rows(subject), a=RERUN)

    assert driver.run(rerun_failed(driver.caller, PIPELINE, [subject])) == []


def test_the_replaced_workflows_are_named() -> None:
    failed = [workflow("a", "failed", name="build"), workflow("b", "canceled", name="lint")]
    driver = rerunning(rows(*failed), a=RERUN, b=RERUN)

    assert driver.run(rerun_failed(driver.caller, PIPELINE, failed)) == ["a", "b"]


def test_a_rerun_answered_without_workflow_id_counts() -> None:
    driver = rerunning(rows(workflow("a", "failed")), a=ACCEPTED)

    assert driver.run(rerun_failed(driver.caller, PIPELINE, [workflow("a", "failed")])) == ["a"]


def test_what_somebody_has_rerun_already_is_not_rerun_again() -> None:
    driver = rerunning(rows(workflow("b", "running", -10), workflow("a", "failed")), a=RERUN)

    assert (driver.run(rerun_failed(driver.caller, PIPELINE, [workflow("a", "failed")])), driver.asked) == (
        ["a"],
        [WORKFLOWS],
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(workflow("b", "running", -10, name="lint"), id="another_name"),
        pytest.param(workflow("b", "running", -10, tag="setup"), id="the_setup_workflow_of_that_name"),
        pytest.param(workflow("b", "failed", -100), id="an_older_run"),
        pytest.param(workflow("b", "running", created_at=None), id="one_of_unknown_age"),
    ],
)
def test_what_is_no_successor_does_not_prevent_a_rerun(other: JsonObject) -> None:
    failed = workflow("a", "failed")
    driver = rerunning(rows(other, failed), a=RERUN)

    driver.run(rerun_failed(driver.caller, PIPELINE, [failed]))

    assert driver.asked.count(rerun("a")) == 1


def test_a_workflow_is_not_its_own_successor() -> None:
    remembered = workflow("a", "failed", created_at=None)
    driver = rerunning(rows(workflow("a", "failed")), a=RERUN)

    driver.run(rerun_failed(driver.caller, PIPELINE, [remembered]))

    assert driver.asked.count(rerun("a")) == 1


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_rerun_whose_reply_was_lost_but_worked_is_not_sent_again(loss: Scripted) -> None:
    failed = workflow("a", "failed")
    driver = rerunning(rows(failed), rows(workflow("b", "running", 1), failed), a=[loss, RERUN])

    assert (driver.run(rerun_failed(driver.caller, PIPELINE, [failed])), driver.asked.count(rerun("a"))) == (["a"], 1)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_rerun_whose_reply_was_lost_and_did_nothing_is_sent_again(loss: Scripted) -> None:
    failed = workflow("a", "failed")
    driver = rerunning(rows(failed), a=[loss, RERUN])

    assert (driver.run(rerun_failed(driver.caller, PIPELINE, [failed])), driver.asked.count(rerun("a"))) == (["a"], 2)


def test_a_rerun_that_appears_only_after_a_second_lost_reply_is_found() -> None:
    failed = workflow("a", "failed")

    def lagging(at_s: float) -> Any:
        return rows(workflow("b", "running", 1), failed) if at_s > 20 else rows(failed)

    driver = rerunning(lagging, a=[LOST, LOST, RERUN])

    assert (driver.run(rerun_failed(driver.caller, PIPELINE, [failed])), driver.asked.count(rerun("a"))) == (["a"], 2)


def test_a_rerun_that_is_refused_because_it_has_not_ended_is_an_error() -> None:
    failed = workflow("a", "failed")
    driver = rerunning(rows(failed), a=refused(400, "Workflow is not finished"))

    with pytest.raises(Invalid, match="not finished"):
        driver.run(rerun_failed(driver.caller, PIPELINE, [failed]))


@pytest.mark.parametrize(("loss", "error"), [(LOST, Unreachable), (refused(503), ServiceDown)])
def test_a_rerun_lost_to_the_last_attempt_ends_with_the_trouble(loss: Scripted, error: type[CircleError]) -> None:
    failed = workflow("a", "failed")
    driver = rerunning(rows(failed), a=loss, retry=RetryPolicy(attempts=2))

    with pytest.raises(error):
        driver.run(rerun_failed(driver.caller, PIPELINE, [failed]))
