"""Tasks that know how long their pipeline takes, over the sandbox."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_circle.hooks import circleci as hooks
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators import circleci_workflows
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_workflows import CircleCIRerunWorkflowOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import FakeStateStore, context

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
LOOK = r"/pipeline/[^/]+/workflow$"
INSIGHTS = r"/insights/"

pytestmark = pytest.mark.usefixtures("one_clock")


@pytest.fixture(autouse=True)
def nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_durations", {})


def operator(sandbox: Sandbox, scenario: str = "success", duration_s: int = 60, **options: Any) -> Any:
    arguments: dict[str, Any] = {
        "task_id": "build",
        "project_slug": "gh/acme/app",
        "branch": "main",
        "parameters": {"sandbox_scenario": scenario, "sandbox_duration_s": duration_s},
        "deferrable": False,
        **options,
    }
    built = CircleCITriggerPipelineOperator(**arguments)
    built.sleep = sandbox.advance  # type: ignore[method-assign]
    return built


def rerun(sandbox: Sandbox, workflow_id: str, **options: Any) -> Any:
    built = CircleCIRerunWorkflowOperator(
        **{"task_id": "again", "workflow_id": workflow_id, "deferrable": False, **options}
    )
    built.sleep = sandbox.advance  # type: ignore[method-assign]
    return built


def past(sandbox: Sandbox, runs: int = 5, duration_s: int = 60) -> None:
    """Let a branch have a history."""
    for _ in range(runs):
        parameters = {"sandbox_scenario": "success", "sandbox_duration_s": duration_s}
        CircleCIHook().trigger_pipeline("gh/acme/app", branch="main", parameters=parameters)
    sandbox.advance(duration_s + 60)
    sandbox.clear_requests()


def looks(sandbox: Sandbox) -> int:
    return len(sandbox.requests("GET", LOOK))


def deferred_arguments(task: Any, seen: Any) -> dict[str, Any]:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    arguments: dict[str, Any] = caught.value.trigger.serialize()[1]
    assert json.loads(json.dumps(arguments)) == arguments
    return arguments


def test_a_learned_duration_asks_fewer_times_and_insights_once(circleci: Sandbox) -> None:
    past(circleci)

    assert operator(circleci).execute(context())["status"] == "succeeded"
    without = looks(circleci)
    circleci.clear_requests()
    for _ in range(2):
        assert operator(circleci, expected_duration_s="insights").execute(context())["status"] == "succeeded"

    assert looks(circleci) <= 2 * 6 < 2 * without
    assert len(circleci.requests("GET", INSIGHTS)) == 1


def test_a_told_duration_asks_fewer_times(circleci: Sandbox) -> None:
    operator(circleci, expected_duration_s=60).execute(context())

    assert looks(circleci) <= 6
    assert circleci.requests("GET", INSIGHTS) == []


@pytest.mark.parametrize(("status", "body"), [(403, None), (404, None), (429, None), (503, None)])
def test_insights_that_refuse_harm_no_wait(circleci: Sandbox, status: int, body: None) -> None:
    circleci.add_fault("status", status=status, path=INSIGHTS, times=9)

    assert operator(circleci, expected_duration_s="insights").execute(context())["status"] == "succeeded"

    assert len(circleci.requests("GET", INSIGHTS)) == 1


def test_a_new_pipeline_is_first_looked_at_when_it_may_have_been_refused(circleci: Sandbox) -> None:
    began_s = circleci.now()

    arguments = deferred_arguments(operator(circleci, deferrable=True, expected_duration_s=60), context())

    assert looks(circleci) == 0
    assert arguments["expected_duration_s"] == 60
    assert 4 <= arguments["look_from_s"] - began_s <= 6


def test_without_a_known_duration_nothing_of_it_is_handed_on(circleci: Sandbox) -> None:
    arguments = deferred_arguments(operator(circleci, deferrable=True), context())

    assert looks(circleci) == 1
    assert {"expected_duration_s", "look_from_s"}.isdisjoint(arguments)


def test_what_is_learned_is_learned_by_the_triggerer(circleci: Sandbox) -> None:
    arguments = deferred_arguments(operator(circleci, deferrable=True, expected_duration_s="insights"), context())

    assert arguments["expected_duration_s"] == "insights"
    assert circleci.requests("GET", INSIGHTS) == []


def test_something_short_is_first_looked_at_when_it_may_have_ended(circleci: Sandbox) -> None:
    began_s = circleci.now()
    task = operator(circleci, deferrable=True, expected_duration_s=2, poll_interval_s=1, max_poll_interval_s=60)

    assert deferred_arguments(task, context())["look_from_s"] - began_s <= 2


def test_a_pipeline_of_an_earlier_try_is_looked_at_at_once(circleci: Sandbox) -> None:
    store = FakeStateStore()
    deferred_arguments(operator(circleci, deferrable=True, expected_duration_s=60), context(store))
    circleci.advance(100)

    summary = operator(circleci, deferrable=True, expected_duration_s=60).execute(context(store))

    assert (summary["status"], looks(circleci)) == ("succeeded", 1)


def test_a_rerun_of_what_failed_is_not_expected_to_take_as_long(circleci: Sandbox) -> None:
    store = FakeStateStore()
    failing = operator(circleci, "failed", retry_from_failed=True, expected_duration_s=600)
    with pytest.raises(Exception, match="failed"):
        failing.execute(context(store))
    again = operator(circleci, "failed", retry_from_failed=True, expected_duration_s=600, deferrable=True)

    arguments = deferred_arguments(again, context(store))

    assert arguments["replaced_workflow_ids"]
    assert {"expected_duration_s", "look_from_s"}.isdisjoint(arguments)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"expected_duration_s": "insights"}, "insights", id="learned"),
        pytest.param({"expected_duration_s": 60, "from_failed": True}, 60, id="told_of_a_part"),
        pytest.param({"expected_duration_s": "insights", "from_failed": True}, None, id="learned_of_a_part"),
    ],
)
def test_a_rerun_learns_only_how_long_all_of_it_takes(
    circleci: Sandbox, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: Any
) -> None:
    monkeypatch.setattr(circleci_workflows, "time", SimpleNamespace(time=circleci.now))
    CircleCIHook().trigger_pipeline("gh/acme/app", parameters={"sandbox_scenario": "failed"})
    circleci.advance(100)
    old_id = circleci.pipelines()[0]["workflows"][0]["id"]

    arguments = deferred_arguments(rerun(circleci, old_id, deferrable=True, **options), context())

    assert arguments.get("expected_duration_s") == expected
    assert ("look_from_s" in arguments) == (expected is not None)


@pytest.mark.parametrize("value", [0, -1, "soon", True, float("nan"), [60]])
@pytest.mark.parametrize(
    ("kind", "subject"),
    [(CircleCITriggerPipelineOperator, {}), (CircleCIRerunWorkflowOperator, {"workflow_id": UNKNOWN_ID})],
)
def test_what_is_no_duration_is_refused_while_the_dag_is_parsed(kind: Any, subject: Any, value: Any) -> None:
    with pytest.raises(ValueError, match="expected_duration_s"):
        kind(task_id="build", expected_duration_s=value, **subject)


@pytest.mark.parametrize("rendered", ["soon", "-5"])
def test_a_rendered_text_that_is_no_duration_is_refused_before_any_request(circleci: Sandbox, rendered: str) -> None:
    task = operator(circleci, expected_duration_s="{{ var.value.usual_s }}")
    task.expected_duration_s = rendered

    with pytest.raises(ValueError, match="expected_duration_s"):
        task.execute(context())

    assert circleci.requests() == []


@pytest.mark.parametrize(("rendered", "expected"), [("61.5", 61.5), ("insights", "insights"), ("", None)])
def test_a_template_may_say_how_long_it_takes(circleci: Sandbox, rendered: str, expected: Any) -> None:
    task = operator(circleci, deferrable=True, expected_duration_s="{{ var.value.usual_s }}")
    assert "expected_duration_s" in task.template_fields
    task.expected_duration_s = rendered

    assert deferred_arguments(task, context()).get("expected_duration_s") == expected
