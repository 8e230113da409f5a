"""Waiting for an end: what goes on, what ends it, when it looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import CircleError, Forbidden, NotFound, SubscriptionExpired, Unauthorized
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import (
    Look,
    Watched,
    look_at_job,
    look_at_pipeline,
    look_at_workflow,
    watch,
)

from .walking import LOST, NEVER_SENT, NOW, TIMED_OUT, Driver, Scripted, answer, garbled, html, refused, rows, stamp

PIPELINE = "GET /pipeline/p"
WORKFLOWS = "GET /pipeline/p/workflow"
WORKFLOW = "GET /workflow/w"
JOB = "GET /project/gh/acme/web/job/7"

ONCE = RetryPolicy(attempts=1)
EVERY_10_S = PollSchedule(10.0, 10.0, 0.0)
CREATED = answer({"id": "p", "state": "created", "errors": [], "created_at": stamp(0)})


def workflow(status: str, at_s: float = 0.0, /, **changes: Any) -> JsonObject:
    ended = status in {"success", "failed", "canceled"}
    return {
        "id": "w",
        "name": "build",
        "status": status,
        "pipeline_id": "p",
        "created_at": stamp(at_s),
        "stopped_at": stamp(at_s + 1) if ended else None,
        **changes,
    }


RUNNING, SUCCEEDED, FAILED = rows(workflow("running")), rows(workflow("success")), rows(workflow("failed"))


def ends_at(end_s: float, ending: Response = SUCCEEDED) -> Callable[[float], Response]:
    return lambda at_s: ending if at_s >= end_s else RUNNING


def watching(
    *workflows: Scripted,
    pipeline: list[Scripted] | None = None,
    retry: RetryPolicy = ONCE,
    script: dict[str, list[Scripted]] | None = None,
    **options: Any,
) -> Driver:
    replies: dict[str, list[Scripted]] = {PIPELINE: pipeline or [CREATED], **(script or {})}
    if workflows:
        replies[WORKFLOWS] = list(workflows)
    return Driver(replies, retry=retry, **options)


def run(
    driver: Driver,
    look: Look | None = None,
    schedule: PollSchedule = EVERY_10_S,
    *,
    started_s: float = 0.0,
    deadline_s: float | None = 3600.0,
    **policy: Any,
) -> Watched:
    """Watch; moments in seconds after ``NOW``."""
    return driver.run(
        watch(
            driver.caller,
            look or look_at_pipeline("p", VerdictPolicy(**policy)),
            schedule,
            started_s=NOW + started_s,
            deadline_s=None if deadline_s is None else NOW + deadline_s,
        )
    )


def kind(watched: Watched) -> str:
    return watched.sight.verdict.kind if watched.sight else "nothing seen"


@pytest.mark.parametrize(
    ("ending", "expected"),
    [(SUCCEEDED, "succeeded"), (FAILED, "failed"), (rows(workflow("canceled")), "canceled")],
    ids=["success", "failed", "canceled"],
)
def test_an_end_ends_the_wait(ending: Response, expected: str) -> None:
    assert kind(run(watching(ends_at(25, ending)))) == expected


def test_an_end_at_the_first_look_needs_no_wait() -> None:
    driver = watching(SUCCEEDED)

    run(driver)

    assert driver.waits == []


def test_nothing_is_asked_after_the_end() -> None:
    driver = watching(RUNNING, SUCCEEDED)

    run(driver)

    assert driver.asked == [WORKFLOWS, PIPELINE, WORKFLOWS]


def test_a_pipelines_own_state_is_read_until_its_workflows_exist() -> None:
    driver = watching(rows(), rows(), RUNNING, SUCCEEDED)

    run(driver)

    assert driver.asked.count(PIPELINE) == 2


def test_a_pipelines_own_state_is_read_while_there_is_only_a_setup_workflow() -> None:
    driver = watching(
        rows(workflow("success", tag="setup")), pipeline=[CREATED, answer({"id": "p", "state": "errored"})]
    )

    assert kind(run(driver)) == "failed"


FAULTS: dict[str, Scripted] = {
    "too_many_requests": refused(429, retry_after="3"),
    "too_many_requests_without_header": refused(429),
    "internal_error": refused(500),
    "unavailable": refused(503),
    "reset": LOST,
    "timeout": TIMED_OUT,
    "refused_connection": NEVER_SENT,
    "html": html(),
    "html_with_200": html(200),
    "malformed": garbled(),
    "empty": Response(200, {}, b""),
    "no_list": answer({"message": "hm"}),
    "a_list_of_nothing": answer({"items": [None]}),
    "a_bare_list": answer([{"id": "p"}]),
    "request_timeout": refused(408),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_list_does_not_end_the_wait(fault: Scripted) -> None:
    assert kind(run(watching(RUNNING, fault, fault, SUCCEEDED))) == "succeeded"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_pipeline_does_not_end_the_wait(fault: Scripted) -> None:
    assert kind(run(watching(rows(), SUCCEEDED, pipeline=[fault, CREATED]))) == "succeeded"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_at_the_very_first_look_does_not_end_the_wait(fault: Scripted) -> None:
    assert kind(run(watching(fault, SUCCEEDED))) == "succeeded"


@pytest.mark.parametrize("fault", [refused(503), LOST, garbled()], ids=["503", "reset", "malformed"])
def test_a_fault_is_retried_within_one_look(fault: Scripted) -> None:
    driver = watching(fault, SUCCEEDED, retry=RetryPolicy(attempts=2, wait_s=1.0))

    run(driver)

    assert driver.times(WORKFLOWS)[1] < 2.0


def test_a_fault_is_told() -> None:
    driver = watching(refused(503, "overloaded"), SUCCEEDED)

    run(driver)

    assert any("could not look" in line and "overloaded" in line for line in driver.said)


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (402, SubscriptionExpired), (403, Forbidden), (404, NotFound)]
)
def test_being_turned_away_ends_the_wait_at_once(status: int, error: type[CircleError]) -> None:
    driver = watching(RUNNING, refused(status))

    with pytest.raises(error):
        run(driver)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_being_turned_away_is_not_asked_again(status: int) -> None:
    driver = watching(refused(status), SUCCEEDED, retry=RetryPolicy())

    with pytest.raises(CircleError):
        run(driver)

    assert driver.asked == [WORKFLOWS]


def test_after_the_deadline_one_more_look_is_taken() -> None:
    driver = watching(RUNNING)

    run(driver, deadline_s=25)

    assert driver.times(WORKFLOWS) == [0, 10, 20, 25]


def test_a_deadline_ends_the_wait_as_timed_out() -> None:
    watched = run(watching(RUNNING), deadline_s=25)

    assert (watched.timed_out, kind(watched)) == (True, "running")


def test_a_success_seen_by_the_last_look_counts() -> None:
    watched = run(watching(ends_at(25)), deadline_s=25)

    assert (watched.timed_out, kind(watched)) == (False, "succeeded")


def test_a_failure_seen_by_the_last_look_counts() -> None:
    watched = run(watching(ends_at(25, FAILED)), deadline_s=25)

    assert (watched.timed_out, kind(watched)) == (False, "failed")


def test_a_deadline_long_past_gets_its_one_look() -> None:
    driver = watching(RUNNING)

    watched = run(driver, started_s=-7200, deadline_s=-3600)

    assert (watched.timed_out, driver.times(WORKFLOWS)) == (True, [0])


def test_a_deadline_long_past_still_sees_a_success() -> None:
    assert not run(watching(SUCCEEDED), started_s=-7200, deadline_s=-3600).timed_out


@pytest.mark.parametrize("deadline_s", [0.0, 0.5, 9.5, 10.0, 10.5, 24.9, 25.0])
@pytest.mark.parametrize("latency_s", [0.0, 0.4, 12.0])
def test_there_is_never_more_than_one_look_after_the_deadline(deadline_s: float, latency_s: float) -> None:
    driver = watching(RUNNING, latency_s=latency_s)

    run(driver, deadline_s=deadline_s)

    assert len([at_s for at_s in driver.times(WORKFLOWS) if at_s >= deadline_s]) == 1


def test_a_look_that_began_before_the_deadline_and_ended_after_it_is_not_the_last() -> None:
    driver = watching(ends_at(12), latency_s=12.0)

    assert kind(run(driver, deadline_s=5)) == "succeeded"


@pytest.mark.parametrize("fault", [refused(503), LOST, html()], ids=["503", "reset", "html"])
def test_a_last_look_that_fails_says_why(fault: Scripted) -> None:
    watched = run(watching(RUNNING, RUNNING, RUNNING, fault), deadline_s=25)

    assert (watched.timed_out, kind(watched), bool(watched.trouble)) == (True, "running", True)


def test_what_was_seen_before_the_trouble_is_kept() -> None:
    watched = run(watching(RUNNING, LOST), deadline_s=25)

    assert kind(watched) == "running"


def test_nothing_but_trouble_until_the_deadline_is_timed_out_without_a_sight() -> None:
    watched = run(watching(LOST), deadline_s=25)

    assert (watched.timed_out, watched.sight) == (True, None)


def test_the_last_look_takes_no_longer_than_half_a_minute_of_retries() -> None:
    driver = watching(refused(429, retry_after="300"), retry=RetryPolicy())

    run(driver, deadline_s=0)

    assert driver.now_s - NOW <= 30.0


def test_a_retry_is_not_waited_for_beyond_the_deadline() -> None:
    driver = watching(RUNNING, refused(429, retry_after="100"), retry=RetryPolicy())

    run(driver, deadline_s=60)

    assert driver.now_s - NOW == pytest.approx(60.0)


def test_without_a_deadline_the_wait_goes_on_for_days() -> None:
    driver = watching(ends_at(40 * 3600))

    watched = run(driver, schedule=PollSchedule(600, 3600, 0.1), deadline_s=None)

    assert kind(watched) == "succeeded"


def test_intervals_follow_the_schedule() -> None:
    driver = watching(RUNNING)

    run(driver, schedule=PollSchedule(10.0, 60.0, 0.5), deadline_s=200)

    assert driver.times(WORKFLOWS)[:7] == pytest.approx([0, 10, 25, 47.5, 81.25, 131.875, 191.875])


def test_intervals_are_bounded_above() -> None:
    driver = watching(RUNNING)

    run(driver, schedule=PollSchedule(10.0, 60.0, 0.5), deadline_s=1000)

    assert max(driver.waits) == pytest.approx(60.0)


def test_intervals_survive_a_restart() -> None:
    driver = watching(RUNNING)

    run(driver, schedule=PollSchedule(10.0, 600.0, 0.1), started_s=-1000.0, deadline_s=500)

    assert driver.times(WORKFLOWS)[:3] == pytest.approx([0, 110, 231])


@pytest.mark.parametrize(("jitter", "wait_s"), [(0.0, 9.0), (0.5, 10.0), (1.0, 11.0)])
def test_intervals_are_spread_by_chance(jitter: float, wait_s: float) -> None:
    driver = watching(RUNNING, SUCCEEDED, jitter=jitter)

    run(driver)

    assert driver.waits == pytest.approx([wait_s])


def test_news_is_said_once() -> None:
    driver = watching(ends_at(100))

    run(driver)

    assert driver.said == ["running: build running"]


def test_other_news_is_said() -> None:
    driver = watching(rows(), RUNNING, rows(workflow("failing")), FAILED)

    run(driver)

    assert driver.said == ["running: no workflow yet", "running: build running", "running: build failing"]


def test_an_unknown_status_is_said_once_and_waited_for() -> None:
    recovering = rows(workflow("recovering"))
    driver = watching(recovering, recovering, recovering, SUCCEEDED)

    run(driver)

    assert len([line for line in driver.said if "'recovering' is new" in line]) == 1


def test_the_same_trouble_is_said_once() -> None:
    driver = watching(LOST, LOST, LOST, SUCCEEDED)

    run(driver)

    assert len([line for line in driver.said if "could not look" in line]) == 1


def test_a_looping_page_token_does_not_end_the_wait_before_the_deadline() -> None:
    driver = watching(rows(workflow("success"), token="same"))

    assert run(driver, deadline_s=25).timed_out


HELD = rows(workflow("on_hold"))
JOBS = rows({"name": "go", "status": "on_hold", "approval_request_id": "r"})
APPROVAL: dict[str, list[Scripted]] = {
    "GET /workflow/w/job": [JOBS],
    "POST /workflow/w/approve/r": [answer({"message": "Accepted."}, 202)],
}


def test_what_is_held_is_approved_and_waited_for() -> None:
    driver = watching(HELD, RUNNING, SUCCEEDED, script=APPROVAL)

    assert (kind(run(driver, on_hold="approve")), driver.asked.count("POST /workflow/w/approve/r")) == ("succeeded", 1)


def test_an_approval_is_told() -> None:
    driver = watching(HELD, SUCCEEDED, script=APPROVAL)

    run(driver, on_hold="approve")

    assert "approved go" in driver.said


def test_an_approval_that_somebody_else_gave_meanwhile_is_not_told_as_ours() -> None:
    script: dict[str, list[Scripted]] = {**APPROVAL, "POST /workflow/w/approve/r": [refused(400, "not on hold")]}
    driver = watching(HELD, SUCCEEDED, script=script)

    assert kind(run(driver, on_hold="approve")) == "succeeded"
    assert not any(line.startswith("approved") for line in driver.said)


def test_what_is_held_is_left_to_people_by_default() -> None:
    driver = watching(HELD, SUCCEEDED, script=APPROVAL)

    run(driver)

    assert "POST /workflow/w/approve/r" not in driver.asked


def test_an_approval_that_fails_is_tried_again_at_the_next_look() -> None:
    script: dict[str, list[Scripted]] = {**APPROVAL, "POST /workflow/w/approve/r": [refused(503), answer({}, 202)]}
    driver = watching(HELD, HELD, SUCCEEDED, script=script)

    run(driver, on_hold="approve")

    assert driver.asked.count("POST /workflow/w/approve/r") == 2


def test_being_forbidden_to_approve_ends_the_wait() -> None:
    driver = watching(HELD, script={**APPROVAL, "POST /workflow/w/approve/r": [refused(403)]})

    with pytest.raises(Forbidden):
        run(driver, on_hold="approve")


def run_workflow(driver: Driver, **policy: Any) -> Watched:
    return run(driver, look_at_workflow("w", VerdictPolicy(**policy)))


def test_a_workflow_is_waited_for() -> None:
    driver = watching(script={WORKFLOW: [answer(workflow("running")), answer(workflow("success"))]})

    assert (kind(run_workflow(driver)), driver.asked) == ("succeeded", [WORKFLOW, WORKFLOW])


def test_a_failed_workflow_whose_rerun_runs_is_waited_for() -> None:
    failed, rerun = workflow("failed"), workflow("running", 30, id="again")
    driver = watching(
        rows(rerun, failed),
        rows({**rerun, "status": "success"}, failed),
        script={WORKFLOW: [answer(failed)]},
    )

    assert kind(run_workflow(driver)) == "succeeded"


def test_a_rerun_is_what_the_wait_was_for() -> None:
    failed, rerun = workflow("failed"), workflow("success", 30, id="again")
    watched = run_workflow(watching(rows(rerun, failed), script={WORKFLOW: [answer(failed)]}))

    assert watched.sight is not None
    assert watched.sight.subject["id"] == "again"


def test_other_workflows_of_the_pipeline_do_not_matter() -> None:
    failed, other = workflow("failed"), workflow("running", 30, id="other", name="lint")
    driver = watching(rows(other, failed), script={WORKFLOW: [answer(failed)]})

    assert kind(run_workflow(driver)) == "failed"


def test_a_setup_workflow_of_the_same_name_is_no_rerun() -> None:
    failed, setup = workflow("failed"), workflow("success", 30, id="s", tag="setup")
    driver = watching(rows(setup, failed), script={WORKFLOW: [answer(failed)]})

    assert kind(run_workflow(driver)) == "failed"


def test_a_failed_workflow_without_pipeline_has_failed() -> None:
    driver = watching(script={WORKFLOW: [answer(workflow("failed", pipeline_id=None))]})

    assert kind(run_workflow(driver)) == "failed"


def run_job(driver: Driver, **policy: Any) -> Watched:
    return run(driver, look_at_job("gh/acme/web", 7, VerdictPolicy(**policy)))


@pytest.mark.parametrize(
    ("status", "expected"),
    [("success", "succeeded"), ("failed", "failed"), ("timedout", "failed"), ("canceled", "canceled")],
)
def test_a_job_is_waited_for(status: str, expected: str) -> None:
    jobs = [answer({"name": "test", "status": "running"}), answer({"name": "test", "status": status})]

    assert kind(run_job(watching(script={JOB: list(jobs)}))) == expected


def test_trap_11_a_job_without_details_ends_the_wait() -> None:
    with pytest.raises(NotFound):
        run_job(watching(script={JOB: [refused(404, "Job not found")]}))
