"""Sensors that know how long it takes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_circle.hooks import circleci as hooks
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors import base
from airflow_provider_circle.sensors import circleci as sensors
from airflow_provider_circle.sensors.circleci import (
    CircleCIJobSensor,
    CircleCIPipelineSensor,
    CircleCIWorkflowSensor,
)
from tests.unit.running import context

PARAMETERS = {"sandbox_scenario": "success", "sandbox_duration_s": 60}


@pytest.fixture(autouse=True)
def in_the_sandboxes_time(circleci: Sandbox, one_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_durations", {})
    for module in (base, sensors):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=circleci.now))


def running(sandbox: Sandbox, after_s: float = 5) -> dict[str, Any]:
    CircleCIHook().trigger_pipeline("gh/acme/app", branch="main", parameters=PARAMETERS)
    sandbox.advance(after_s)
    sandbox.clear_requests()
    found: dict[str, Any] = sandbox.pipelines()[-1]
    return found


def sensor(kind: Any = CircleCIPipelineSensor, **options: Any) -> Any:
    return kind(task_id="wait", **{"deferrable": False, **options})


def interval_s(made: Any, waited_s: float = 0.0) -> float:
    return float(made._get_next_poke_interval(0.0, lambda: waited_s, 1))


@pytest.mark.parametrize("expected", [60, "60"])
def test_a_look_tells_when_the_next_is_worth_it(circleci: Sandbox, expected: Any) -> None:
    made = sensor(pipeline_id=running(circleci)["id"], expected_duration_s=expected)

    assert not made.poke(context()).is_done

    assert 35 <= interval_s(made) <= 60


def test_a_learned_duration_tells_when_the_next_look_is_worth_it(circleci: Sandbox) -> None:
    running(circleci, 100)
    made = sensor(pipeline_id=running(circleci)["id"], expected_duration_s="insights")

    assert not made.poke(context()).is_done

    assert len(circleci.requests("GET", r"/insights/")) == 1
    assert interval_s(made) > 30


def test_a_workflow_may_be_expected_too(circleci: Sandbox) -> None:
    workflow_id = running(circleci)["workflows"][0]["id"]
    made = sensor(CircleCIWorkflowSensor, workflow_id=workflow_id, expected_duration_s=60)

    assert not made.poke(context()).is_done

    assert interval_s(made) > 30


def test_without_a_known_duration_the_schedule_holds(circleci: Sandbox) -> None:
    made = sensor(pipeline_id=running(circleci)["id"])

    made.poke(context())

    assert interval_s(made) <= 5.1


def test_a_deferred_sensor_leaves_learning_to_the_triggerer(circleci: Sandbox) -> None:
    made = sensor(pipeline_id=running(circleci)["id"], deferrable=True, expected_duration_s="insights")

    with pytest.raises(TaskDeferred) as caught:
        made.execute(context())

    assert caught.value.trigger.serialize()[1]["expected_duration_s"] == "insights"
    assert circleci.requests("GET", r"/insights/") == []


def test_insights_tell_nothing_of_jobs() -> None:
    with pytest.raises(ValueError, match="expected_duration_s"):
        sensor(CircleCIJobSensor, job_number=1, project_slug="gh/acme/app", expected_duration_s="insights")


@pytest.mark.parametrize("kind", [CircleCIPipelineSensor, CircleCIWorkflowSensor, CircleCIJobSensor])
def test_how_long_it_takes_may_be_a_template(kind: Any) -> None:
    assert "expected_duration_s" in kind.template_fields
