"""Approving what is on hold in CircleCI, over the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, AirflowTaskTimeout

from airflow_provider_circle.exceptions import PipelineTimedOut
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_holds import CircleCIApproveJobOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import deferral, event_of, finished, only, started, task_of, workflows
from tests.unit.running import context

APPROVE = "/approve/"


def approve(sandbox: Sandbox, **options: Any) -> Any:
    return task_of(CircleCIApproveJobOperator, sandbox, **options)


def held_job(workflow_id: str) -> dict[str, Any]:
    return next(job for job in CircleCIHook().list_workflow_jobs(workflow_id) if job["status"] == "on_hold")


def approved_by_somebody(workflow_id: str) -> None:
    CircleCIHook().approve_job(workflow_id, held_job(workflow_id)["approval_request_id"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"workflow_id": None}, "exactly one of workflow_id and pipeline_id", id="no_target"),
        pytest.param({"pipeline_id": "b"}, "exactly one of workflow_id and pipeline_id", id="two_targets"),
        pytest.param({"on_canceled": "ignore"}, "on_canceled", id="unknown_word"),
        pytest.param({"timeout_s": -1}, "timeout_s", id="no_time"),
        pytest.param({"max_poll_interval_s": 1}, "max_poll_interval_s", id="bounds_crossed"),
        pytest.param({"request_max_wait_s": -1}, "request_max_wait_s", id="negative_patience"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        task_of(CircleCIApproveJobOperator, None, **{"workflow_id": "a", **options})


@pytest.mark.parametrize("job_name", [None, "", "hold"])
@pytest.mark.parametrize("target", ["workflow_id", "pipeline_id"])
def test_job_on_hold_is_approved(circleci: Sandbox, target: str, job_name: str | None) -> None:
    pipeline = started(circleci, "on_hold")
    workflow_id = only(pipeline["workflows"])
    seen = context()

    told = approve(
        circleci, job_name=job_name, **{target: workflow_id if target == "workflow_id" else pipeline["id"]}
    ).execute(seen)

    assert (told["approved"], told["approved_meanwhile"]) == (["hold"], [])
    assert seen["ti"].xcoms["workflow_url"].endswith(workflow_id)
    circleci.advance(30)
    assert workflows(circleci)[0]["status"] == "success"


def test_hold_is_waited_for(circleci: Sandbox) -> None:
    pipeline = started(circleci, "on_hold", after_s=0.0)

    assert approve(circleci, pipeline_id=pipeline["id"]).execute(context())["approved"] == ["hold"]


def test_hold_is_waited_for_in_the_triggerer(circleci: Sandbox) -> None:
    pipeline = started(circleci, "on_hold", after_s=0.0)
    task = approve(circleci, pipeline_id=pipeline["id"], job_name="hold", deferrable=True)
    deferred = deferral(task, context())
    circleci.advance(30)

    told = task.execute_complete(context(), event_of(deferred))

    assert told["approved"] == ["hold"]


def test_hold_that_is_there_is_not_deferred_for(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])

    assert approve(circleci, workflow_id=workflow_id, deferrable=True).execute(context())["approved"] == ["hold"]


@pytest.mark.parametrize("after_s", [0.0, 30.0], ids=["still_running", "ended"])
@pytest.mark.parametrize("job_name", [None, "hold"])
def test_job_that_somebody_approved_before_is_a_success(
    circleci: Sandbox, job_name: str | None, after_s: float
) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])
    approved_by_somebody(workflow_id)
    circleci.advance(after_s)
    circleci.clear_requests()

    told = approve(circleci, workflow_id=workflow_id, job_name=job_name).execute(context())

    assert (told["approved"], told["approved_meanwhile"]) == ([], ["hold"])
    assert told["jobs"][0]["approved_by"]
    assert circleci.requests(method="POST") == []


def test_job_that_somebody_approves_at_the_same_moment_is_a_success(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])
    task = approve(circleci, workflow_id=workflow_id)
    seen = task.hook.wait_for_hold(task.policy(), task.schedule(), workflow_id=workflow_id, started_s=0, deadline_s=0)
    approved_by_somebody(workflow_id)

    told = task.execute_complete(context(), {"status": "seen", "seen": seen.seen})

    assert (told["approved"], told["approved_meanwhile"]) == ([], ["hold"])


@pytest.mark.parametrize("kind", ["reset_after", "status_after", "malformed", "reset"])
def test_lost_reply_is_looked_up_and_nothing_is_approved_twice(circleci: Sandbox, kind: str) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])
    circleci.add_fault(kind, method="POST", path=APPROVE, times=1)

    assert approve(circleci, workflow_id=workflow_id).execute(context())["approved"] == ["hold"]

    done = [request for request in circleci.requests(method="POST", path=APPROVE) if request["fault"] != "reset"]
    assert len(done) == 1


def test_approval_that_stays_refused_fails_at_once(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])
    circleci.add_fault("status", method="POST", path=APPROVE, status=403)

    with pytest.raises(AirflowFailException, match="403"):
        approve(circleci, workflow_id=workflow_id).execute(context())


def test_job_that_still_waits_after_a_refusal_is_not_called_approved(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])
    circleci.add_fault("status", method="POST", path=APPROVE, status=400)

    with pytest.raises(AirflowFailException, match="400"):
        approve(circleci, workflow_id=workflow_id).execute(context())


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        pytest.param("success", "without an approval job hold to approve; approval jobs there: none", id="success"),
        pytest.param("failed", "build-and-test failed, without an approval job hold", id="failed"),
        pytest.param("errored", "the pipeline could not start", id="errored"),
    ],
)
def test_end_without_the_hold_is_a_clear_failure(circleci: Sandbox, scenario: str, message: str) -> None:
    pipeline = started(circleci, scenario)

    with pytest.raises(AirflowFailException, match=message):
        approve(circleci, pipeline_id=pipeline["id"], job_name="hold").execute(context())


def test_misspelled_job_fails_although_its_workflow_waits_for_good(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])

    with pytest.raises(AirflowFailException, match=r"there is no approval job hodl .* approval jobs there: hold"):
        approve(circleci, workflow_id=workflow_id, job_name="hodl").execute(context())


def test_job_that_is_no_approval_is_not_waited_for(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])

    with pytest.raises(AirflowFailException, match="there is no approval job build "):
        approve(circleci, workflow_id=workflow_id, job_name="build").execute(context())


@pytest.mark.parametrize("seen_on_hold", [True, False], ids=["after_the_look", "before_the_look"])
@pytest.mark.parametrize(
    ("on_canceled", "raised"),
    [("fail", AirflowFailException), ("skip", AirflowSkipException), ("succeed", None)],
)
def test_policy_decides_what_a_canceled_hold_means(
    circleci: Sandbox, on_canceled: str, raised: type[Exception] | None, seen_on_hold: bool
) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])
    task = approve(circleci, workflow_id=workflow_id, on_canceled=on_canceled)
    look: dict[str, Any] = {"workflow_id": workflow_id, "started_s": 0, "deadline_s": 0}
    before = task.hook.wait_for_hold(task.policy(), task.schedule(), **look)
    CircleCIHook().cancel_workflow(workflow_id)
    circleci.advance(5)
    seen = before if seen_on_hold else task.hook.wait_for_hold(task.policy(), task.schedule(), **look)
    event = {"status": "seen", "seen": seen.seen}

    if raised is None:
        assert task.execute_complete(context(), event)["approved"] == []
        return
    with pytest.raises(raised, match="cancel"):
        task.execute_complete(context(), event)


@pytest.mark.parametrize("deferrable", [True, False])
def test_hold_that_does_not_come_in_time_is_a_timeout(circleci: Sandbox, deferrable: bool) -> None:
    pipeline = started(circleci, "never_ends")
    task = approve(circleci, pipeline_id=pipeline["id"], timeout_s=0.1, deferrable=deferrable)
    task.sleep = lambda _: None

    with pytest.raises(PipelineTimedOut, match=r"no CircleCI job to approve was on hold after 0\.1 s; last seen: "):
        finished(task, context())


def test_execution_timeout_bounds_a_deferred_wait(circleci: Sandbox) -> None:
    pipeline = started(circleci, "never_ends")
    task = approve(
        circleci, pipeline_id=pipeline["id"], deferrable=True, execution_timeout=timedelta(seconds=90), timeout_s=3600
    )

    arguments = deferral(task, context()).trigger.serialize()[1]

    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(90)
    with pytest.raises(AirflowTaskTimeout):
        task.execute_complete(context(), {"status": "timed_out", "message": "x"})


def test_faults_while_looking_do_not_end_the_wait(circleci: Sandbox) -> None:
    pipeline = started(circleci, "on_hold")
    circleci.add_fault("status", status=502, times=5)

    assert approve(circleci, pipeline_id=pipeline["id"]).execute(context())["approved"] == ["hold"]


def test_being_turned_away_ends_the_wait_at_once(circleci: Sandbox) -> None:
    pipeline = started(circleci, "on_hold")
    circleci.add_fault("status", status=401)

    with pytest.raises(AirflowFailException, match="401"):
        approve(circleci, pipeline_id=pipeline["id"]).execute(context())
