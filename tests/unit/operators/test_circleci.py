from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowSkipException,
)

from airflow_provider_circle.exceptions import NothingRan, PipelineFailed
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.triggering import deferral, operator, trigger_arguments
from tests.unit.running import FakeStateStore, context


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"project_slug": "acme/app"}, "project_slug", id="malformed_slug"),
        pytest.param({"branch": "main", "tag": "v1"}, "branch and tag", id="branch_and_tag"),
        pytest.param({"poll_interval_s": -1}, "poll_interval_s", id="negative_interval"),
        pytest.param({"max_poll_interval_s": 1}, "max_poll_interval_s", id="bounds_crossed"),
        pytest.param({"poll_backoff": -0.1}, "poll_backoff", id="negative_backoff"),
        pytest.param({"timeout_s": 0}, "timeout_s", id="no_time"),
        pytest.param({"timeout_s": "60"}, "timeout_s", id="time_as_text"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempts"),
        pytest.param({"on_hold": "aprove"}, "on_hold", id="unknown_on_hold"),
        pytest.param({"on_canceled": "ignore"}, "on_canceled", id="unknown_on_canceled"),
        pytest.param({"on_no_workflow": "wait"}, "on_no_workflow", id="unknown_on_no_workflow"),
        pytest.param({"no_workflow_grace_s": -5}, "no_workflow_grace_s", id="negative_grace"),
    ],
)
def test_mistake_in_an_argument_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        operator(**options)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"project_slug": "acme"}, "project_slug", id="rendered_slug_malformed"),
        pytest.param({"tag": "v1"}, "branch and tag", id="rendered_branch_and_tag"),
        pytest.param({"parameters": {"ratio": 0.5}}, "ratio", id="float_parameter"),
        pytest.param({"parameters": {"nothing": None}}, "nothing", id="null_parameter"),
        pytest.param({"parameters": "deploy"}, "parameters", id="parameters_no_mapping"),
        pytest.param({"workflow_names": "build"}, "workflow_names", id="names_as_text"),
    ],
)
def test_mistake_in_a_rendered_argument_is_refused_before_any_request(
    circleci: Sandbox, options: dict[str, Any], named: str
) -> None:
    task = operator(circleci)
    for name, value in options.items():
        setattr(task, name, value)

    with pytest.raises(ValueError, match=named):
        task.execute(context())

    assert circleci.requests() == []


def test_plain_http_to_another_host_is_refused_before_any_request(
    circleci: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "circleci", "host": "http://circleci.com", "password": "secret-token"}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", json.dumps(connection))

    with pytest.raises(ValueError, match="https://") as caught:
        operator(circleci).execute(context())

    assert "secret-token" not in str(caught.value)


def test_template_that_comes_out_empty_means_not_given(circleci: Sandbox) -> None:
    task = operator(circleci)
    task.tag = ""

    assert task.execute(context())["status"] == "succeeded"


def test_success_returns_and_pushes_the_summary(circleci: Sandbox) -> None:
    seen = context()

    summary = operator(circleci, "mixed_success").execute(seen)

    (pipeline,) = circleci.pipelines()
    assert summary == seen["ti"].xcoms["summary"]
    assert summary["status"] == "succeeded"
    assert summary["pipeline_id"] == pipeline["id"]
    assert {flow["id"] for flow in summary["workflows"]} == {flow["id"] for flow in pipeline["workflows"]}
    assert all(flow["duration_s"] > 0 for flow in summary["workflows"])


def test_id_number_and_url_are_pushed_before_the_wait(circleci: Sandbox) -> None:
    seen = context()

    deferral(operator(circleci, deferrable=True), seen)

    (pipeline,) = circleci.pipelines()
    told = seen["ti"].xcoms
    told.pop("circleci_view", None)
    assert told == {
        "pipeline_id": pipeline["id"],
        "pipeline_number": pipeline["number"],
        "pipeline_url": f"{circleci.circleci_host}/pipelines/gh/acme/app/{pipeline['number']}",
    }


def test_without_waiting_the_task_ends_at_once_and_never_defers(circleci: Sandbox) -> None:
    summary = operator(circleci, wait_for_completion=False, deferrable=True).execute(context())

    assert summary["status"] == "triggered"
    assert circleci.requests(path=r"/pipeline/[^/]+/workflow$") == []


@pytest.mark.parametrize("configured", [True, False])
def test_deferrable_follows_the_configuration(configured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", str(configured))

    assert operator(deferrable=None).deferrable is configured


def test_trigger_arguments_are_json_and_hold_no_secret(circleci: Sandbox) -> None:
    arguments = trigger_arguments(deferral(operator(circleci, deferrable=True), context()))

    assert circleci.token not in json.dumps(arguments)


def test_polling_and_request_settings_reach_the_trigger(circleci: Sandbox) -> None:
    settings: dict[str, Any] = {
        "poll_interval_s": 3,
        "max_poll_interval_s": 33,
        "poll_backoff": 0.3,
        "request_attempts": 7,
        "request_max_wait_s": 9,
        "on_hold": "approve",
        "on_canceled": "skip",
        "on_no_workflow": "succeed",
        "no_workflow_grace_s": 77,
        "workflow_names": ["deploy"],
        "cancel_on_kill": False,
    }

    arguments = trigger_arguments(deferral(operator(circleci, deferrable=True, **settings), context()))

    assert {name: arguments[name] for name in settings} == settings


def test_trigger_rebuilds_from_its_arguments(circleci: Sandbox) -> None:
    trigger = deferral(operator(circleci, deferrable=True), context()).trigger
    path, arguments = trigger.serialize()

    assert type(trigger)(**arguments).serialize() == (path, arguments)


def test_pipeline_that_has_ended_at_the_first_look_is_not_deferred(circleci: Sandbox) -> None:
    store = FakeStateStore()
    deferral(operator(circleci, deferrable=True), context(store))
    circleci.advance(60)

    assert operator(circleci, deferrable=True).execute(context(store))["status"] == "succeeded"


def test_failure_names_workflow_job_url_and_the_first_twenty_tests(circleci: Sandbox) -> None:
    with pytest.raises(PipelineFailed) as caught:
        operator(circleci, "failed").execute(context())

    message = str(caught.value)
    (pipeline,) = circleci.pipelines()
    (flow,) = pipeline["workflows"]
    assert (
        f"workflow build-and-test failed: {circleci.circleci_host}/pipelines/gh/acme/app/1/workflows/{flow['id']}"
        in message
    )
    assert "job test failed" in message
    assert message.count("\n    test ") == 20


@pytest.mark.parametrize(
    ("scenario", "options", "raised"),
    [
        pytest.param("canceled", {}, PipelineFailed, id="canceled_fails"),
        pytest.param("canceled", {"on_canceled": "skip"}, AirflowSkipException, id="canceled_skips"),
        pytest.param("nothing_runs", {"no_workflow_grace_s": 0}, NothingRan, id="nothing_ran_fails"),
        pytest.param(
            "nothing_runs",
            {"no_workflow_grace_s": 0, "on_no_workflow": "skip"},
            AirflowSkipException,
            id="nothing_ran_skips",
        ),
        pytest.param("not_triggered", {}, NothingRan, id="not_triggered_fails"),
        pytest.param("not_triggered", {"on_no_workflow": "skip"}, AirflowSkipException, id="not_triggered_skips"),
        pytest.param("unauthorized", {}, PipelineFailed, id="unauthorized_fails"),
        pytest.param("two_workflows", {}, PipelineFailed, id="one_of_two_fails"),
        pytest.param("auto_rerun_exhausted", {}, PipelineFailed, id="last_automatic_rerun_fails"),
    ],
)
def test_policy_decides_what_an_end_means(
    circleci: Sandbox, scenario: str, options: dict[str, Any], raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        operator(circleci, scenario, **options).execute(context())


@pytest.mark.parametrize(
    ("scenario", "options"),
    [
        pytest.param("canceled", {"on_canceled": "succeed"}, id="canceled"),
        pytest.param("nothing_runs", {"no_workflow_grace_s": 0, "on_no_workflow": "succeed"}, id="nothing_ran"),
        pytest.param("not_triggered", {"on_no_workflow": "succeed"}, id="not_triggered"),
        pytest.param("on_hold", {"on_hold": "approve"}, id="held_and_approved"),
        pytest.param("setup", {}, id="dynamic_configuration"),
        pytest.param("setup_same_name", {}, id="setup_and_continuation_share_a_name"),
        pytest.param("auto_rerun", {}, id="automatic_rerun"),
        pytest.param("queued", {}, id="queued"),
        pytest.param("unknown_status", {}, id="unknown_status"),
        pytest.param("drift", {}, id="drift"),
        pytest.param("many_workflows", {}, id="two_pages_of_workflows"),
    ],
)
def test_task_succeeds(circleci: Sandbox, scenario: str, options: dict[str, Any]) -> None:
    operator(circleci, scenario, **options).execute(context())


def test_project_that_got_no_pipeline_is_named_even_if_only_the_connection_knows_it(
    circleci: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {**json.loads(circleci.connection_json()), "extra": {"project_slug": "gh/acme/app"}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", json.dumps(connection))
    seen = context()

    with pytest.raises(NothingRan, match=r"^CircleCI pipeline of gh/acme/app: never_ran"):
        operator(circleci, "not_triggered", project_slug=None).execute(seen)

    assert seen["ti"].xcoms["summary"]["project_slug"] == "gh/acme/app"


def killing(task: Any, sandbox: Sandbox, after: int) -> Callable[[float], None]:
    """Wait like the sandbox, and be killed in the midst of it."""
    naps = iter(range(1000))

    def sleep(seconds: float) -> None:
        sandbox.advance(seconds)
        if next(naps) == after:
            task.on_kill()
            CircleCITriggerPipelineOperator.sleep(task, 0.001)

    return sleep


def test_killed_worker_cancels_the_pipeline_and_stops_waiting(circleci: Sandbox) -> None:
    store = FakeStateStore()
    task = operator(circleci, "never_ends")
    task.sleep = killing(task, circleci, after=2)

    with pytest.raises(AirflowException, match="killed while waiting"):
        task.execute(context(store))

    circleci.advance(5)
    assert [flow["status"] for flow in circleci.pipelines()[0]["workflows"]] == ["canceled"]
    assert store.values == {}


def test_killed_worker_leaves_the_pipeline_alone_if_told_to(circleci: Sandbox) -> None:
    task = operator(circleci, "never_ends", cancel_on_kill=False)
    task.sleep = killing(task, circleci, after=2)

    with pytest.raises(AirflowException, match="killed while waiting"):
        task.execute(context())

    assert circleci.requests(method="POST", path="/cancel$") == []


def test_killed_during_the_first_look_does_not_defer(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    circleci.set_speed(1000)
    store = FakeStateStore()
    task = operator(circleci, "never_ends", deferrable=True)
    watched = task.look

    def look(*args: Any, **options: Any) -> Any:
        seen = watched(*args, **options)
        task.on_kill()
        return seen

    monkeypatch.setattr(task, "look", look)

    with pytest.raises(AirflowException, match="killed while looking"):
        task.execute(context(store))

    assert store.values == {}


def test_killed_while_triggering_cancels_what_was_triggered(circleci: Sandbox) -> None:
    circleci.set_speed(1000)
    task = operator(circleci, "never_ends")
    task.on_kill()

    with pytest.raises(AirflowException, match="had just been triggered"):
        task.execute(context())

    assert circleci.requests(method="POST", path="/cancel$")


def test_link_is_the_url_the_task_pushed(mocker: Any) -> None:
    get_value = mocker.patch("airflow.providers.common.compat.sdk.XCom.get_value", return_value="https://x/1")
    task = operator()

    assert task.operator_extra_links[0].get_link(task, ti_key="key") == "https://x/1"
    get_value.assert_called_once_with(key="pipeline_url", ti_key="key")
