"""Waiting for v1.1 builds, over the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors.circleci_v1 import CircleCIV1BuildSensor
from tests.unit.operators.acting import event_of, finished
from tests.unit.running import context

SLUG = "gh/acme/app"


def started(sandbox: Sandbox, scenario: str = "success", after_s: float = 60.0) -> int:
    """Start a build and let it go on for a while; its number."""
    build = CircleCIV1Hook().trigger_build(SLUG, branch="main", build_parameters={"sandbox_scenario": scenario})
    sandbox.advance(after_s)
    sandbox.clear_requests()
    return int(build["build_num"])


def sensor(number: Any = 1, **options: Any) -> Any:
    given: dict[str, Any] = {"project_slug": SLUG, "deferrable": False, "request_attempts": 1, **options}
    return CircleCIV1BuildSensor(task_id="wait", build_num=number, **given)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"number": 0}, "build_num", id="no_number"),
        pytest.param({"project_slug": "acme"}, "project_slug", id="slug"),
        pytest.param({"on_canceled": "ignore"}, "on_canceled", id="on_canceled"),
        pytest.param({"on_not_run": "ignore"}, "on_not_run", id="on_not_run"),
        pytest.param({"poll_interval_s": 0}, "poll_interval_s", id="no_interval"),
        pytest.param({"poke_interval": 5}, "poll_interval_s", id="other_name"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempts"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        sensor(**options)


@pytest.mark.parametrize("deferrable", [True, False])
def test_success_is_summed_up(circleci: Sandbox, deferrable: bool) -> None:
    number = started(circleci)

    told = sensor(str(number), deferrable=deferrable).execute(context())

    assert told == {
        "project_slug": SLUG,
        "build_num": number,
        "url": f"https://circleci.com/{SLUG}/{number}",
        "status": "succeeded",
        "lifecycle": "finished",
        "outcome": "success",
    }


@pytest.mark.parametrize("scenario", ["never_ends", "queued"])
def test_build_that_has_not_ended_is_looked_at_again(circleci: Sandbox, scenario: str) -> None:
    assert not sensor(started(circleci, scenario, after_s=5.0)).poke(context()).is_done


@pytest.mark.parametrize("deferrable", [True, False])
def test_failure_names_the_page_and_the_step(circleci: Sandbox, deferrable: bool) -> None:
    number = started(circleci, "failed", after_s=0.0 if deferrable else 60.0)
    if deferrable:
        circleci.set_speed(1000)

    with pytest.raises(AirflowFailException) as caught:
        finished(sensor(number, deferrable=deferrable), context())

    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"CircleCI: build {number} of {SLUG} finished: failed")
    assert lines[1:] == [f"https://circleci.com/{SLUG}/{number}", "step 'Run build' failed"]


@pytest.mark.parametrize(("scenario", "option"), [("canceled", "on_canceled"), ("nothing_runs", "on_not_run")])
@pytest.mark.parametrize("word", ["fail", "skip", "succeed"])
def test_policy_decides_what_an_end_means(circleci: Sandbox, scenario: str, option: str, word: str) -> None:
    task = sensor(started(circleci, scenario), **{option: word})

    if word == "succeed":
        assert task.execute(context())["status"] in {"canceled", "never_ran"}
        return
    with pytest.raises(AirflowFailException if word == "fail" else AirflowSkipException):
        task.execute(context())


@pytest.mark.parametrize("deferrable", [True, False])
def test_soft_fail_skips_instead_of_failing(circleci: Sandbox, deferrable: bool) -> None:
    number = started(circleci, "failed")

    with pytest.raises(AirflowSkipException):
        sensor(number, soft_fail=True, deferrable=deferrable).execute(context())


def test_deferred_wait_that_takes_too_long_is_a_timeout(circleci: Sandbox) -> None:
    task = sensor(started(circleci, "never_ends"), deferrable=True, timeout=0.1)
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context())

    with pytest.raises(AirflowSensorTimeout, match="last seen: build 1"):
        task.execute_complete(context(), event_of(deferred.value))


def test_passing_fault_is_a_reason_to_look_again(circleci: Sandbox) -> None:
    number = started(circleci)
    circleci.add_fault("status", status=502, times=1)
    task = sensor(number)

    assert [task.poke(context()).is_done for _ in range(2)] == [False, True]


def test_unknown_build_fails_at_once(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        sensor(4711).poke(context())


def test_missing_project_is_named(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="project_slug is missing"):
        sensor(1, project_slug=None).poke(context())
