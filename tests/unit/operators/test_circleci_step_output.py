"""What the failing step wrote is in the log of whoever waited for it, and not in what the task fails with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors.circleci import CircleCIPipelineSensor
from tests.unit.running import context

FAILING = {"sandbox_scenario": "failed"}


def operator(sandbox: Sandbox) -> Any:
    task: Any = CircleCITriggerPipelineOperator(
        task_id="build", project_slug="gh/acme/app", parameters=FAILING, deferrable=False
    )
    task.sleep = sandbox.advance
    return task


def sensor(sandbox: Sandbox) -> Any:
    pipeline = CircleCIHook().trigger_pipeline("gh/acme/app", parameters=FAILING)
    sandbox.advance(60)
    return CircleCIPipelineSensor(task_id="wait", pipeline_id=pipeline["id"], deferrable=False)


Task = Callable[[Sandbox], Any]
each = pytest.mark.parametrize("task", [operator, sensor])


def failing(sandbox: Sandbox, task: Task) -> str:
    """What the task fails with."""
    with pytest.raises(Exception, match="failed") as failure:
        task(sandbox).execute(context())
    return str(failure.value)


@each
def test_a_failure_logs_what_the_failing_step_wrote(
    circleci: Sandbox, one_clock: None, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, task: Task
) -> None:
    caplog.set_level("INFO")
    failing(circleci, task)
    written = capsys.readouterr()

    assert "its step 'Run test' wrote last:" in written.out + written.err + caplog.text


@each
def test_what_the_task_fails_with_is_no_longer_for_it(circleci: Sandbox, one_clock: None, task: Task) -> None:
    assert "Error 2" not in failing(circleci, task)


@each
def test_a_failure_is_told_though_no_output_can_be_read(circleci: Sandbox, one_clock: None, task: Task) -> None:
    circleci.add_fault("status", path="v1.1", status=404)

    assert "job test failed" in failing(circleci, task)
