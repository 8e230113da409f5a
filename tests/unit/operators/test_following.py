"""What operators that follow a run leave behind: notes, log lines, the moment the wait began."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from airflow.providers.common.compat.sdk import AirflowException
from airflow.triggers.base import BaseTrigger

from airflow_provider_circle.exceptions import (
    Invalid,
    NothingRan,
    PipelineFailed,
    PipelineTimedOut,
    ServiceDown,
    TriggerAmbiguous,
    UnexpectedReply,
    Unreachable,
)
from airflow_provider_circle.operators import circleci as triggering
from airflow_provider_circle.operators import following
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.operators.circleci_v1 import CircleCIV1TriggerBuildOperator
from airflow_provider_circle.operators.circleci_workflows import CircleCIRerunWorkflowOperator
from airflow_provider_circle.operators.following import FollowingOperator
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import deferral, only, started, task_of
from tests.unit.running import FakeStateStore, context
from tests.unit.walking import NOW_S, Clock


def pipeline(sandbox: Sandbox | None, scenario: str = "success", **options: Any) -> Any:
    given: dict[str, Any] = {"project_slug": "gh/acme/app", "branch": "main", **options}
    return task_of(CircleCITriggerPipelineOperator, sandbox, parameters={"sandbox_scenario": scenario}, **given)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        pytest.param(ServiceDown("CircleCI: POST /x answered 503"), True, id="service_down"),
        pytest.param(UnexpectedReply("CircleCI: POST /x answered no JSON"), True, id="reply_unread"),
        pytest.param(TriggerAmbiguous("any of these"), True, id="several"),
        pytest.param(Unreachable("CircleCI: POST /x", sent=True), True, id="reply_lost"),
        pytest.param(Unreachable("CircleCI: POST /x", sent=False), False, id="never_sent"),
        pytest.param(Invalid("CircleCI: POST /x answered 400"), False, id="refused"),
        pytest.param(NothingRan("filtered"), False, id="nothing_started"),
        pytest.param(ValueError("jobs"), False, id="mistake_in_an_argument"),
        pytest.param(MemoryError(), True, id="died"),
    ],
)
def test_note_stays_as_long_as_there_may_be_a_run(error: BaseException, kept: bool) -> None:
    store = FakeStateStore()

    def start() -> None:
        raise error

    with pytest.raises(type(error)):
        pipeline(None).start_noted(TaskMemory(context(store), "note"), {"began_s": 1.0}, start)

    assert ("note" in store.values) is kept


def test_note_is_stored_before_the_run_is_started() -> None:
    store = FakeStateStore()

    noted = pipeline(None).start_noted(
        TaskMemory(context(store), "note"), {"began_s": 1.0}, lambda: store.values["note"]["began_s"]
    )

    assert noted == 1.0


def test_time_it_took_to_trigger_does_not_count_as_waiting(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = iter(range(0, 10_000, 100))
    clock = SimpleNamespace(time=lambda: float(next(now_s)), monotonic=time.monotonic, sleep=time.sleep)
    for module in (triggering, following):
        monkeypatch.setattr(module, "time", clock)

    arguments = deferral(pipeline(circleci, deferrable=True, timeout_s=50), context()).trigger.serialize()[1]

    # The task began at 0, its POST at 100.
    assert (arguments["started_s"], arguments["deadline_s"]) == (200.0, 250.0)


def test_deferred_pipeline_goes_on_from_what_was_handed_back(circleci: Sandbox) -> None:
    store = FakeStateStore()
    handed = {"id": "0e1f-1", "number": 7, "project_slug": "gh/acme/app", "url": "https://x/7"}
    event = {"status": "timed_out", "action": "fail", "message": "last seen: x", "subject": {}, "workflows": []}

    with pytest.raises(PipelineTimedOut, match=r"^CircleCI pipeline 7 was still going .*\nhttps://x/7$"):
        pipeline(circleci).execute_complete(context(store), {**event, "handed_back": handed})


def test_pipeline_that_was_not_started_is_named_by_its_project(circleci: Sandbox) -> None:
    seen = context()

    with pytest.raises(
        NothingRan, match=r"^CircleCI pipeline of gh/acme/app: never_ran \(CircleCI started no pipeline"
    ):
        pipeline(circleci, "not_triggered").execute(seen)

    told = seen["ti"].xcoms
    told.pop("circleci_view", None)
    assert (told["summary"]["status"], list(told)) == ("never_ran", ["summary"])


def sessions_to(sandbox: Sandbox) -> int:
    """Count this process's connections to the sandbox that are open."""
    port = urlsplit(sandbox.url).port
    open_ones = [one for one in psutil.Process().net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]
    return sum(one.raddr.port == port for one in open_ones)


@pytest.mark.parametrize("scenario", ["success", "failed", "not_triggered"])
def test_no_session_is_left_open_when_a_task_ends(circleci: Sandbox, scenario: str) -> None:
    before = sessions_to(circleci)
    task = pipeline(circleci, scenario)

    with suppress(PipelineFailed, NothingRan):
        task.execute(context())

    assert sessions_to(circleci) == before


def test_no_session_is_left_open_when_a_deferred_task_ends(circleci: Sandbox) -> None:
    before = sessions_to(circleci)
    task = pipeline(circleci, "failed", deferrable=True)
    run = deferral(task, context()).trigger.serialize()[1]["hand_back"]
    assert sessions_to(circleci) == before
    circleci.advance(600)
    flows = circleci.pipelines()[0]["workflows"]
    ended = {"status": "failed", "action": "fail", "message": "build failed", "subject": {}, "workflows": flows}

    with pytest.raises(PipelineFailed, match="test_case_01"):
        task.execute_complete(context(), {**ended, "handed_back": run})

    assert sessions_to(circleci) == before


def test_build_operators_fail_when_circleci_starts_nothing() -> None:
    nothing = NothingRan("CircleCI started no build")

    with pytest.raises(NothingRan) as caught:
        FollowingOperator(task_id="act").ending_without_run(nothing)

    assert caught.value is nothing


@pytest.mark.parametrize(
    ("scenario", "line"),
    [
        pytest.param("never_ends", "Canceled 1 workflows of CircleCI pipeline 1", id="running"),
        pytest.param("success", "Found nothing to cancel of CircleCI pipeline 1", id="ended"),
    ],
)
def test_kill_says_what_it_canceled(
    circleci: Sandbox,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    scenario: str,
    line: str,
) -> None:
    task = pipeline(circleci, scenario, wait_for_completion=False)
    task.execute(context())
    circleci.advance(60)

    with caplog.at_level(logging.INFO):
        task.on_kill()

    assert line in capsys.readouterr().out + caplog.text


def test_kill_that_was_turned_away_is_only_logged(
    circleci: Sandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    task = pipeline(circleci, "never_ends", wait_for_completion=False)
    task.execute(context())
    circleci.advance(60)
    circleci.add_fault("status", method="POST", path="/cancel$", status=403)

    task.on_kill()

    assert "CircleCI pipeline 1 may still be running" in capsys.readouterr().out + caplog.text


@pytest.mark.parametrize(
    ("can_kill", "cancel_on_kill", "told"),
    [
        pytest.param(False, True, True, id="airflow_before_3_3"),
        pytest.param(False, False, False, id="not_wanted"),
        pytest.param(True, True, False, id="airflow_tells_its_triggers"),
    ],
)
def test_deferring_task_says_what_goes_on_when_it_is_killed(  # noqa: PLR0917  fixtures
    circleci: Sandbox,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    can_kill: bool,
    cancel_on_kill: bool,
    told: bool,
) -> None:
    if can_kill:
        monkeypatch.setattr(BaseTrigger, "on_kill", None, raising=False)
    else:
        monkeypatch.delattr(BaseTrigger, "on_kill", raising=False)

    with caplog.at_level(logging.INFO):
        deferral(pipeline(circleci, "never_ends", deferrable=True, cancel_on_kill=cancel_on_kill), context())

    assert ("should this one be, CircleCI pipeline 1 goes on" in capsys.readouterr().out + caplog.text) is told


def test_options_of_the_base_follow_the_dags_default_args() -> None:
    defaults = {"timeout_s": 5, "cancel_on_kill": False, "wait_for_completion": False}

    task = pipeline(None, default_args=defaults)

    assert {name: getattr(task, name) for name in defaults} == defaults


def test_next_try_starts_afresh_after_a_failure(circleci: Sandbox) -> None:
    store = FakeStateStore()

    with pytest.raises(PipelineFailed):
        pipeline(circleci, "failed").execute(context(store))

    assert store.values == {}


def test_killed_wait_in_the_triggerer_cancels_the_pipeline_too(circleci: Sandbox) -> None:
    arguments = deferral(pipeline(circleci, deferrable=True), context()).trigger.serialize()[1]

    assert arguments["cancel_on_kill"] is True


def test_kill_names_the_build_it_canceled(
    circleci: Sandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    task = task_of(
        CircleCIV1TriggerBuildOperator,
        circleci,
        project_slug="gh/acme/app",
        build_parameters={"sandbox_scenario": "never_ends"},
        wait_for_completion=False,
    )
    task.execute(context())

    with caplog.at_level(logging.INFO):
        task.on_kill()

    assert "Canceled CircleCI build 1 of gh/acme/app" in capsys.readouterr().out + caplog.text


def test_kill_names_the_rerun_it_canceled(
    circleci: Sandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = only(started(circleci, "failed")["workflows"])
    task = task_of(CircleCIRerunWorkflowOperator, circleci, workflow_id=before, wait_for_completion=False)
    task.execute(context())

    with caplog.at_level(logging.INFO):
        task.on_kill()

    assert "Canceled CircleCI workflow build-and-test (" in capsys.readouterr().out + caplog.text


def test_sleep_is_as_long_as_it_is_in_naps_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        clock.sleep(seconds)

    monkeypatch.setattr(following, "time", SimpleNamespace(monotonic=clock, sleep=nap))

    pipeline(None).sleep(2.5)

    assert naps == [1.0, 1.0, 0.5]


def test_sleep_ends_with_the_nap_in_which_the_task_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, task = Clock(), pipeline(None, cancel_on_kill=False)

    def nap(seconds: float) -> None:
        clock.sleep(seconds)
        if clock() >= NOW_S + 2:
            task.on_kill()

    monkeypatch.setattr(following, "time", SimpleNamespace(monotonic=clock, sleep=nap))

    with pytest.raises(AirflowException, match="killed while waiting"):
        task.sleep(60.0)
    assert clock() == NOW_S + 2
