from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors.circleci import (
    CircleCIJobSensor,
    CircleCIPipelineSensor,
    CircleCIWorkflowSensor,
)
from tests.unit.running import context

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def pipeline(sandbox: Sandbox, scenario: str = "success", *, after_s: float = 0) -> dict[str, Any]:
    """Start a pipeline, let time pass, and return the truth about it."""
    CircleCIHook().trigger_pipeline("gh/acme/app", parameters={"sandbox_scenario": scenario})
    sandbox.advance(after_s)
    found: dict[str, Any] = sandbox.pipelines()[0]
    return found


def pipeline_sensor(pipeline_id: str, **options: Any) -> Any:
    return CircleCIPipelineSensor(task_id="wait", pipeline_id=pipeline_id, **{"deferrable": False, **options})


def job_number(workflow_id: str, name: str) -> int:
    jobs = CircleCIHook().list_workflow_jobs(workflow_id)
    return next(int(job["job_number"]) for job in jobs if job["name"] == name)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"on_hold": "approve"}, "on_hold", id="a_sensor_does_not_approve"),
        pytest.param({"on_canceled": "no"}, "on_canceled", id="unknown_on_canceled"),
        pytest.param({"poll_interval_s": 0}, "poll_interval_s", id="no_interval"),
        pytest.param({"poke_interval": -1}, "poke_interval", id="negative_poke_interval"),
        pytest.param({"poke_interval": 30, "poll_interval_s": 5}, "exclude each other", id="two_intervals"),
        pytest.param({"request_attempts": -1}, "request_attempts", id="negative_attempts"),
    ],
)
def test_mistake_in_an_argument_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        pipeline_sensor(UNKNOWN, **options)


def test_malformed_slug_is_refused_while_the_dag_is_parsed() -> None:
    with pytest.raises(ValueError, match="project_slug"):
        CircleCIJobSensor(task_id="wait", job_number=1, project_slug="app")


@pytest.mark.parametrize("number", ["", "x", 0, -3, 1.5, True, None])
def test_job_number_must_be_a_whole_number(circleci: Sandbox, number: Any) -> None:
    sensor = CircleCIJobSensor(task_id="wait", job_number=number, project_slug="gh/acme/app", deferrable=False)

    with pytest.raises(ValueError, match="job_number"):
        sensor.poke(context())

    assert circleci.requests() == []


@pytest.mark.parametrize(("after_s", "done"), [(0, False), (10, False), (60, True)])
def test_pipeline_sensor_is_done_when_the_pipeline_is(circleci: Sandbox, after_s: float, done: bool) -> None:
    sensor = pipeline_sensor(pipeline(circleci, after_s=after_s)["id"])

    assert sensor.poke(context()).is_done is done


def test_pipeline_sensor_returns_what_it_saw(circleci: Sandbox) -> None:
    truth = pipeline(circleci, after_s=60)

    seen = pipeline_sensor(truth["id"]).poke(context()).xcom_value

    assert seen["status"] == "succeeded"
    assert seen["subject"]["number"] == truth["number"]
    assert [flow["id"] for flow in seen["workflows"]] == [flow["id"] for flow in truth["workflows"]]


def test_failed_pipeline_fails_the_sensor_at_once_and_says_why(circleci: Sandbox) -> None:
    sensor = pipeline_sensor(pipeline(circleci, "failed", after_s=60)["id"])

    with pytest.raises(AirflowFailException, match="job test failed"):
        sensor.poke(context())


def test_soft_fail_skips_a_deferrable_sensor_too(circleci: Sandbox) -> None:
    sensor = pipeline_sensor(pipeline(circleci, "failed", after_s=60)["id"], deferrable=True, soft_fail=True)

    with pytest.raises(AirflowSkipException):
        sensor.execute(context())


def test_canceled_pipeline_skips_if_told_to(circleci: Sandbox) -> None:
    sensor = pipeline_sensor(pipeline(circleci, "canceled", after_s=60)["id"], on_canceled="skip")

    with pytest.raises(AirflowSkipException):
        sensor.poke(context())


def test_fault_while_looking_is_a_reason_to_look_again(circleci: Sandbox) -> None:
    sensor = pipeline_sensor(pipeline(circleci, after_s=60)["id"], request_attempts=1)
    circleci.add_fault("status", status=503, times=1)

    assert [sensor.poke(context()).is_done for _ in range(2)] == [False, True]


def test_unknown_pipeline_fails_the_sensor_at_once(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        pipeline_sensor(UNKNOWN).poke(context())


def test_workflow_sensor_follows_the_rerun_of_its_workflow(circleci: Sandbox) -> None:
    truth = pipeline(circleci, "rerun", after_s=31)
    failed = next(flow["id"] for flow in truth["workflows"] if flow["status"] == "failed")
    sensor: Any = CircleCIWorkflowSensor(task_id="wait", workflow_id=failed, deferrable=False)
    circleci.advance(3)

    assert not sensor.poke(context()).is_done
    circleci.advance(60)
    assert sensor.poke(context()).xcom_value["status"] == "succeeded"


def test_job_sensor_takes_the_number_as_a_template_leaves_it(circleci: Sandbox) -> None:
    (flow,) = pipeline(circleci, after_s=60)["workflows"]
    number = str(job_number(flow["id"], "test"))
    sensor: Any = CircleCIJobSensor(task_id="wait", job_number=number, project_slug="gh/acme/app", deferrable=False)

    assert sensor.poke(context()).xcom_value["status"] == "succeeded"


def test_job_sensor_fails_with_its_job(circleci: Sandbox) -> None:
    (flow,) = pipeline(circleci, "failed", after_s=60)["workflows"]
    sensor = CircleCIJobSensor(
        task_id="wait", job_number=job_number(flow["id"], "test"), project_slug="gh/acme/app", deferrable=False
    )

    with pytest.raises(AirflowFailException, match="job 'test' is failed"):
        sensor.poke(context())


def test_deferrable_sensor_hands_its_deadline_and_settings_to_the_trigger(circleci: Sandbox) -> None:
    sensor = pipeline_sensor(
        pipeline(circleci)["id"], deferrable=True, timeout=timedelta(minutes=5), poke_interval=7, request_attempts=3
    )

    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context())

    _, arguments = deferred.value.trigger.serialize()
    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(300)
    assert (arguments["poll_interval_s"], arguments["max_poll_interval_s"], arguments["poll_backoff"]) == (7, 7, 0)
    assert arguments["request_attempts"] == 3
    assert arguments["cancel_on_kill"] is False


def test_deferrable_sensor_times_out_like_any_sensor(circleci: Sandbox) -> None:
    event = {"status": "timed_out", "action": "fail", "message": "last seen: x", "subject": {}, "workflows": []}

    with pytest.raises(AirflowSensorTimeout, match="last seen"):
        pipeline_sensor(UNKNOWN).execute_complete(context(), event)


def test_execution_timeout_bounds_a_deferred_sensor(circleci: Sandbox) -> None:
    sensor = pipeline_sensor(pipeline(circleci)["id"], deferrable=True, execution_timeout=timedelta(seconds=90))

    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context())

    _, arguments = deferred.value.trigger.serialize()
    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(90)


def test_deferred_sensor_that_reaches_its_execution_timeout_says_so() -> None:
    event = {"status": "timed_out", "action": "fail", "message": "last seen: x", "subject": {}, "workflows": []}
    sensor = pipeline_sensor(UNKNOWN, execution_timeout=timedelta(seconds=90))

    with pytest.raises(AirflowTaskTimeout, match="90 s"):
        sensor.execute_complete(context(), event)


@pytest.mark.parametrize("options", [{}, {"execution_timeout": timedelta(seconds=90)}], ids=["own", "execution"])
def test_deferred_sensor_that_is_too_late_is_skipped_if_it_fails_softly(options: dict[str, Any]) -> None:
    event = {"status": "timed_out", "action": "fail", "message": "last seen: x", "subject": {}, "workflows": []}
    sensor = pipeline_sensor(UNKNOWN, soft_fail=True, **options)

    with pytest.raises(AirflowSkipException, match="last seen"):
        sensor.execute_complete(context(), event)


def test_intervals_of_a_poking_sensor_grow_with_the_wait() -> None:
    sensor = pipeline_sensor(UNKNOWN, poll_interval_s=10, max_poll_interval_s=60, poll_backoff=0.1)

    intervals = [sensor._get_next_poke_interval(0.0, lambda waited=waited: waited, 1) for waited in (0, 300, 6000)]

    assert intervals == [pytest.approx(expected, rel=0.11) for expected in (10, 40, 60)]
