"""What a try makes of the pipeline that an earlier one has triggered, or may have."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from airflow_provider_circle.exceptions import PipelineFailed, PipelineTimedOut, ServiceDown
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.view import VIEW_KEY
from tests.unit.operators.triggering import TRIGGER, deferral, handed, operator, timed_out, trigger_arguments
from tests.unit.running import FakeStateStore, context


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


class OneQuestionAtATime:
    """
    A worker's only line to Airflow: what is asked in the midst of something else waits for the end of that.

    :param killed_at: the task is killed while it pushes this.
    :param nth: for the how manieth time.
    """

    def __init__(self, task: Any, killed_at: str, nth: int = 1) -> None:
        self.line = threading.Lock()
        self.context = context(FakeStateStore())
        store, instance = self.context["task_state_store"], self.context["ti"]
        ask, push, times = store.get, instance.xcom_push, itertools.count(1)

        def pushed(key: str, value: Any) -> None:
            with self.line:
                if key == killed_at and next(times) == nth:
                    task.on_kill()
                push(key, value)

        def asked(key: str) -> Any:
            with self.line:
                return ask(key)

        store.get, instance.xcom_push = asked, pushed


@pytest.mark.parametrize(
    ("killed_at", "nth", "deferrable"),
    [
        pytest.param("pipeline_id", 1, True, id="its id"),
        pytest.param("pipeline_url", 1, False, id="its page"),
        pytest.param(VIEW_KEY, 1, True, id="the first view"),
        pytest.param(VIEW_KEY, 2, False, id="a view while it waits"),
    ],
)
def test_task_that_is_killed_while_it_tells_airflow_something_cancels_its_pipeline(
    circleci: Sandbox, monkeypatch: pytest.MonkeyPatch, killed_at: str, nth: int, deferrable: bool
) -> None:
    monkeypatch.setattr("airflow_provider_circle.operators.memory._ANSWER_WITHIN_S", 0.2)
    monkeypatch.setattr("airflow_provider_circle.operators.viewing.AIRFLOW_V_3_1_PLUS", True)
    monkeypatch.setattr("airflow_provider_circle.triggers.standing.state_of", lambda _: "failed")
    circleci.set_speed(1000)
    task = operator(circleci, "never_ends", deferrable=deferrable)
    nap = type(task).sleep
    task.sleep = lambda seconds: nap(task, 0.001)
    given = OneQuestionAtATime(task, killed_at, nth).context

    with pytest.raises(AirflowException, match="killed"):
        task.execute(given)

    assert circleci.requests(method="POST", path="/cancel$")
    assert given["task_state_store"].values == {}


def test_execution_timeout_while_airflow_is_told_of_the_pipeline_cancels_it(circleci: Sandbox) -> None:
    circleci.set_speed(1000)
    store = FakeStateStore()
    given = context(store)

    def push(key: str, value: Any) -> None:
        raise AirflowTaskTimeout

    given["ti"].xcom_push = push

    with pytest.raises(AirflowTaskTimeout):
        operator(circleci, "never_ends").execute(given)

    assert circleci.requests(method="POST", path="/cancel$")
    assert store.values == {}


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


def die(*_: Any) -> None:
    """End a try as abruptly as a test can."""
    raise MemoryError
