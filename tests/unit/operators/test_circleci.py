from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)

from airflow_provider_circle.exceptions import NothingRan, PipelineFailed, PipelineTimedOut, ServiceDown
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import FakeStateStore, context

TRIGGER = r"/project/.+/pipeline$"


def operator(sandbox: Sandbox | None = None, scenario: str = "success", **options: Any) -> Any:
    """Build an operator whose waiting moves the sandbox's clock instead of ours."""
    arguments: dict[str, Any] = {
        "task_id": "build",
        "project_slug": "gh/acme/app",
        "branch": "main",
        "parameters": {"sandbox_scenario": scenario},
        "deferrable": False,
        "request_attempts": 2,
        **options,
    }
    built = CircleCITriggerPipelineOperator(**arguments)
    if sandbox:
        built.sleep = sandbox.advance  # type: ignore[method-assign]
    return built


def deferral(task: Any, seen: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


def trigger_arguments(deferred: TaskDeferred) -> dict[str, Any]:
    arguments: dict[str, Any] = deferred.trigger.serialize()[1]
    return arguments


def handed(deferred: TaskDeferred) -> dict[str, Any]:
    return {"handed_back": trigger_arguments(deferred)["hand_back"]}


def timed_out(deferred: TaskDeferred) -> dict[str, Any]:
    ending = {"status": "timed_out", "action": "fail", "message": "last seen", "subject": {}, "workflows": []}
    return {**ending, **handed(deferred)}


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
    assert seen["ti"].xcoms == {
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


@pytest.mark.usefixtures("one_clock")
def test_lost_reply_is_looked_up_and_not_sent_again(circleci: Sandbox) -> None:
    circleci.add_fault("reset_after", method="POST", path=TRIGGER, times=1)

    operator(circleci).execute(context())

    assert len(circleci.pipelines()) == 1


@pytest.mark.usefixtures("one_clock")
def test_try_that_died_while_triggering_finds_its_pipeline(circleci: Sandbox) -> None:
    store = FakeStateStore()
    dying = operator(circleci)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dying.hook, "pipeline_url", die)
        with pytest.raises(MemoryError):
            dying.execute(context(store))

    operator(circleci).execute(context(store))

    assert len(circleci.pipelines()) == 1


@pytest.mark.usefixtures("one_clock")
def test_mapped_try_that_died_before_it_triggered_does_not_take_what_a_sibling_started(circleci: Sandbox) -> None:
    store = FakeStateStore()
    dying, sibling = operator(circleci), operator(circleci)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dying, "start_noted", lambda memory, note, _: die(memory.keep(**note)))
        with pytest.raises(MemoryError):
            dying.execute(context(store))
    of_sibling = context(FakeStateStore())
    sibling.execute(of_sibling)
    mapped = context(store)
    mapped["ti"].map_index = 1
    mapped["ti"].siblings_told = {"pipeline_id": [of_sibling["ti"].xcoms["pipeline_id"]]}

    operator(circleci).execute(mapped)

    ids = {pipeline["id"] for pipeline in circleci.pipelines()}
    assert ids == {of_sibling["ti"].xcoms["pipeline_id"], mapped["ti"].xcoms["pipeline_id"]}


def test_try_that_died_while_waiting_is_taken_up(circleci: Sandbox) -> None:
    store = FakeStateStore()
    dying = operator(circleci)
    dying.sleep = die
    with pytest.raises(MemoryError):
        dying.execute(context(store))

    operator(circleci).execute(context(store))

    assert len(circleci.pipelines()) == 1


def test_cleared_task_triggers_anew(circleci: Sandbox) -> None:
    store = FakeStateStore()
    deferral(operator(circleci, deferrable=True), context(store, max_tries=1))

    deferral(operator(circleci, deferrable=True), context(store, max_tries=2))

    assert len(circleci.pipelines()) == 2


@pytest.mark.parametrize(
    ("scenario", "options"),
    [
        pytest.param("success", {}, id="succeeded"),
        pytest.param("canceled", {"on_canceled": "skip"}, id="skipped"),
        pytest.param("success", {"wait_for_completion": False}, id="triggered"),
    ],
)
def test_good_end_that_airflow_lost_is_told_again_and_nothing_is_triggered(
    circleci: Sandbox, scenario: str, options: dict[str, Any]
) -> None:
    store, ends = FakeStateStore(), []
    for _ in range(2):
        try:
            ends.append(operator(circleci, scenario, **options).execute(context(store))["status"])
        except AirflowSkipException:
            ends.append("skipped")

    assert ends[0] == ends[1]
    assert len(circleci.pipelines()) == 1


def killed_in_place_of(successor: FakeStateStore, state: str, circleci: Sandbox) -> str:
    """Kill a task that waits, after a next try has taken its place; give what became of its pipeline."""
    task, given = operator(circleci, "never_ends"), context(FakeStateStore())

    def killed(_: float) -> None:
        circleci.advance(5)
        successor.values, given["task_state_store"].values = given["task_state_store"].values, {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("airflow_provider_circle.triggers.standing.state_of", lambda _: state)
            task.on_kill()
        raise MemoryError

    task.sleep = killed
    with pytest.raises(MemoryError):
        task.execute(given)
    circleci.advance(5)
    return str(circleci.pipelines()[0]["workflows"][0]["status"])


@pytest.mark.parametrize("state", ["up_for_retry", "scheduled", "queued", "running", "deferred"])
def test_try_that_airflow_took_for_dead_leaves_the_pipeline_to_the_next(circleci: Sandbox, state: str) -> None:
    successor = FakeStateStore()

    assert killed_in_place_of(successor, state, circleci) == "running"
    assert deferral(operator(circleci, deferrable=True), context(successor))
    assert len(circleci.pipelines()) == 1


def test_running_task_that_is_cleared_cancels_its_pipeline_and_the_next_try_starts_anew(circleci: Sandbox) -> None:
    successor = FakeStateStore()

    assert killed_in_place_of(successor, "restarting", circleci) == "canceled"
    assert operator(circleci).execute(context(successor))["status"] == "succeeded"
    assert len(circleci.pipelines()) == 2


@pytest.mark.parametrize(
    ("options", "raised"),
    [
        pytest.param({"cancel_on_kill": False}, PipelineFailed, id="no try cancels anything"),
        pytest.param({"on_canceled": "skip"}, AirflowSkipException, id="canceled is a good end"),
    ],
)
def test_pipeline_of_an_earlier_try_that_somebody_canceled_is_judged(
    circleci: Sandbox, options: dict[str, Any], raised: type[Exception]
) -> None:
    successor = FakeStateStore()
    killed_in_place_of(successor, "restarting", circleci)

    with pytest.raises(raised):
        operator(circleci, **options).execute(context(successor))

    assert len(circleci.pipelines()) == 1


def test_task_that_is_killed_while_airflow_cannot_be_asked_cancels_nothing(circleci: Sandbox) -> None:
    class Down(FakeStateStore):
        def get(self, key: str, default: Any = None) -> Any:
            if self.values:
                raise RuntimeError("the API server is down")
            return default

    task = operator(circleci, "never_ends")
    task.sleep = lambda _: die(task.on_kill())

    with pytest.raises(MemoryError):
        task.execute(context(Down()))

    assert circleci.requests(method="POST", path="/cancel$") == []


def test_before_airflow_3_3_a_retry_triggers_anew(circleci: Sandbox) -> None:
    for _ in range(2):
        with pytest.raises(PipelineFailed):
            operator(circleci, "failed").execute(context(store=None))

    assert len(circleci.pipelines()) == 2


def test_refused_trigger_fails_at_once_and_remembers_nothing(circleci: Sandbox) -> None:
    store = FakeStateStore()

    with pytest.raises(AirflowFailException, match=r"POST .*/pipeline answered 400: Unexpected argument"):
        operator(circleci, parameters={"undeclared": True}).execute(context(store))

    assert store.values == {}


@pytest.mark.usefixtures("one_clock")
def test_trigger_that_stays_lost_is_looked_up_by_the_next_try(circleci: Sandbox) -> None:
    store = FakeStateStore()
    circleci.add_fault("status_after", method="POST", path=TRIGGER, times=1, status=502)
    circleci.add_fault("status", method="GET", path=r"/pipeline/mine$", status=500)
    with pytest.raises(ServiceDown):
        operator(circleci).execute(context(store))
    circleci.clear_faults()

    operator(circleci).execute(context(store))

    assert len(circleci.pipelines()) == 1


def test_deadline_ends_the_wait_and_a_retry_goes_on_with_the_same_pipeline(circleci: Sandbox) -> None:
    store = FakeStateStore()
    with pytest.raises(PipelineTimedOut, match=r"still going after 0\.2 s: last seen: "):
        operator(circleci, "never_ends", timeout_s=0.2).execute(context(store))
    with pytest.raises(PipelineTimedOut):
        operator(circleci, "never_ends", timeout_s=0.2).execute(context(store))

    assert len(circleci.pipelines()) == 1


def test_pipeline_that_waits_for_a_person_is_not_doubled_by_a_retry(circleci: Sandbox) -> None:
    store = FakeStateStore()
    for _ in range(2):
        with pytest.raises(PipelineFailed, match="waits for a person"):
            operator(circleci, "on_hold", on_hold="fail").execute(context(store))

    assert len(circleci.pipelines()) == 1


@pytest.mark.parametrize(
    ("scenario", "options"),
    [
        pytest.param("never_ends", {"timeout_s": 0.2}, id="still_going"),
        pytest.param("on_hold", {"on_hold": "fail"}, id="held"),
    ],
)
def test_before_airflow_3_3_there_is_no_retry_beside_a_pipeline_that_goes_on(
    circleci: Sandbox, scenario: str, options: dict[str, Any]
) -> None:
    with pytest.raises(AirflowFailException):
        operator(circleci, scenario, **options).execute(context(store=None))


def test_retry_after_an_execution_timeout_does_not_find_the_canceled_pipeline(circleci: Sandbox) -> None:
    circleci.set_speed(1000)
    store = FakeStateStore()
    task = operator(circleci, "never_ends")

    def time_out(seconds: float) -> None:
        task.on_kill()
        raise AirflowTaskTimeout

    task.sleep = time_out
    with pytest.raises(AirflowTaskTimeout):
        task.execute(context(store))

    assert store.values == {}


def test_execution_timeout_that_cancels_nothing_lets_a_retry_go_on(circleci: Sandbox) -> None:
    store = FakeStateStore()
    task = operator(circleci, "never_ends", cancel_on_kill=False)

    def time_out(seconds: float) -> None:
        raise AirflowTaskTimeout

    task.sleep = time_out
    with pytest.raises(AirflowTaskTimeout):
        task.execute(context(store))

    assert store.values["circleci_pipeline"]["id"] == circleci.pipelines()[0]["id"]


def test_execution_timeout_bounds_a_deferred_wait(circleci: Sandbox) -> None:
    task = operator(circleci, deferrable=True, timeout_s=3600, execution_timeout=timedelta(seconds=90))

    arguments = trigger_arguments(deferral(task, context()))

    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(90)


def test_execution_timeout_while_deferred_cancels_like_one_on_the_worker(circleci: Sandbox) -> None:
    task = operator(circleci, "never_ends", deferrable=True, execution_timeout=timedelta(seconds=90))
    deferred = deferral(task, context())
    circleci.advance(5)
    event = timed_out(deferred)

    with pytest.raises(AirflowTaskTimeout, match="still going after 90 s"):
        task.execute_complete(context(), event)

    circleci.advance(5)
    assert [flow["status"] for flow in circleci.pipelines()[0]["workflows"]] == ["canceled"]


def test_wait_that_was_turned_away_fails_at_once(circleci: Sandbox) -> None:
    task = operator(circleci, deferrable=True)
    deferred = deferral(task, context())
    event = {"status": "error", "error": "Unauthorized", "message": "CircleCI: GET /x answered 401", **handed(deferred)}

    with pytest.raises(AirflowFailException, match="answered 401"):
        task.execute_complete(context(), event)


def test_retry_from_failed_reruns_in_the_same_pipeline(circleci: Sandbox) -> None:
    store = FakeStateStore()
    with pytest.raises(PipelineFailed):
        operator(circleci, "failed", retry_from_failed=True).execute(context(store))

    operator(circleci, "failed", retry_from_failed=True).execute(context(store))

    (pipeline,) = circleci.pipelines()
    assert [flow["status"] for flow in pipeline["workflows"]] == ["success", "failed"]


def test_retry_from_failed_says_that_this_airflow_cannot(
    circleci: Sandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(PipelineFailed):
        operator(circleci, "failed", retry_from_failed=True).execute(context())

    assert "here a retry triggers a new pipeline" in capsys.readouterr().out + caplog.text


def test_retry_from_failed_triggers_anew_when_nothing_ran(circleci: Sandbox) -> None:
    store = FakeStateStore()
    for _ in range(2):
        with pytest.raises(PipelineFailed):
            operator(circleci, "errored", retry_from_failed=True).execute(context(store))

    assert len(circleci.pipelines()) == 2


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
    monkeypatch.setattr(task.hook, "close", task.on_kill)

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


def die(*_: Any) -> None:
    """End a try as abruptly as a test can."""
    raise MemoryError
