"""What a worker keeps for the view in Airflow's UI, and that no task fails for it."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, TaskDeferred
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.exceptions import PipelineFailed
from airflow_provider_circle.operators.viewing import keep_view
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors.circleci import CircleCIPipelineSensor
from tests.unit.operators.triggering import operator
from tests.unit.running import FakeTaskInstance, context

KEY = "circleci_view"
JOBS = r"/workflow/.+/job$"

pytestmark = pytest.mark.skipif(not AIRFLOW_V_3_1_PLUS, reason="Airflow 3.1 has views")


class Listening(FakeTaskInstance):
    """Remembers every view it was given; may refuse them."""

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__()
        self.views: list[Any] = []
        self.trouble = trouble

    def xcom_push(self, key: str, value: Any) -> None:
        if key == KEY:
            self.views.append(value)
            if self.trouble:
                raise self.trouble
        super().xcom_push(key, value)


def seen_by(task_instance: FakeTaskInstance) -> Any:
    return context(ti=task_instance)


def test_pipeline_is_drawn_from_its_beginning_to_its_end(circleci: Sandbox) -> None:
    ti = Listening()

    operator(circleci, poll_interval_s=5, max_poll_interval_s=5).execute(seen_by(ti))

    first, *between, last = ti.views
    assert (first["status"], first["workflows"], first["pipeline"]["number"]) == ("running", [], 1)
    assert [view["status"] for view in between] == ["running"] * len(between)
    assert [len(view["workflows"]) for view in between][-1] == 1
    assert (last["status"], [job["status"] for job in last["workflows"][0]["jobs"]]) == ("succeeded", ["success"] * 2)


def test_failure_is_drawn_with_its_tests(circleci: Sandbox) -> None:
    ti = Listening()

    with pytest.raises(PipelineFailed):
        operator(circleci, "failed").execute(seen_by(ti))

    last = ti.views[-1]
    assert (last["status"], len(last["failed_tests"]), last["tests_left_out"]) == ("failed", 20, True)
    assert last["failed_tests"][0]["name"] == "tests.test_sandbox.test_case_01"


def test_task_that_defers_leaves_the_drawing_to_the_triggerer(circleci: Sandbox) -> None:
    ti = Listening()

    with pytest.raises(TaskDeferred):
        operator(circleci, deferrable=True).execute(seen_by(ti))

    assert [view["workflows"] for view in ti.views] == [[]]
    assert circleci.requests(path=JOBS) == []


def test_sensor_draws_what_it_waited_for(circleci: Sandbox) -> None:
    ti = Listening()
    summary = operator(circleci).execute(context())
    sensor = CircleCIPipelineSensor(task_id="wait", pipeline_id=summary["pipeline_id"])

    sensor.poke(seen_by(ti))

    assert [(view["status"], view["pipeline"]["number"]) for view in ti.views] == [("succeeded", 1)]


@pytest.mark.parametrize("trouble", [RuntimeError("no room"), AirflowException("away")], ids=repr)
def test_view_that_cannot_be_kept_fails_no_task(circleci: Sandbox, trouble: Exception) -> None:
    ti = Listening(trouble)

    assert operator(circleci).execute(seen_by(ti))["status"] == "succeeded"
    assert ti.views


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 500}, {"kind": "html"}], ids=str)
def test_jobs_that_cannot_be_listed_fail_no_task(circleci: Sandbox, fault: dict[str, Any]) -> None:
    circleci.add_fault(path=JOBS, **fault)
    ti = Listening()

    assert operator(circleci).execute(seen_by(ti))["status"] == "succeeded"
    assert ti.views[-1]["workflows"][0]["jobs_read"] is False


def test_what_ends_a_task_from_outside_is_not_held_back() -> None:
    def interrupted() -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_view(Listening().xcom_push, interrupted)
