"""Starting, repeating and canceling v1.1 builds, over the sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from airflow_provider_circle.exceptions import NothingRan, PipelineFailed, PipelineTimedOut, ServiceDown
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.operators import circleci_v1
from airflow_provider_circle.operators.circleci_cancel import CircleCIV1CancelBuildOperator
from airflow_provider_circle.operators.circleci_v1 import CircleCIV1RetryBuildOperator, CircleCIV1TriggerBuildOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import deferral, event_of, finished, task_of
from tests.unit.running import FakeStateStore, context

SLUG = "gh/acme/app"
START = r"/(tree/main|retry)$"


@pytest.fixture
def one_time(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks look for lost builds by the sandbox's clock."""
    clock = SimpleNamespace(time=circleci.now, monotonic=time.monotonic, sleep=circleci.advance)
    for module in (base, circleci_v1):
        monkeypatch.setattr(module, "time", clock)


def builds() -> list[dict[str, Any]]:
    return list(CircleCIV1Hook().list_project_builds(SLUG))


def started(sandbox: Sandbox, scenario: str, after_s: float = 60.0, **parameters: str) -> int:
    """Start a build and let it go on for a while; its number."""
    build = CircleCIV1Hook().trigger_build(
        SLUG, branch="main", build_parameters={"sandbox_scenario": scenario, **parameters}
    )
    sandbox.advance(after_s)
    sandbox.clear_requests()
    return int(build["build_num"])


def trigger(sandbox: Sandbox | None, scenario: str = "success", **options: Any) -> Any:
    given: dict[str, Any] = {"branch": "main", "build_parameters": {"sandbox_scenario": scenario}, **options}
    return task_of(CircleCIV1TriggerBuildOperator, sandbox, project_slug=SLUG, **given)


def retry(sandbox: Sandbox, number: int, **options: Any) -> Any:
    return task_of(CircleCIV1RetryBuildOperator, sandbox, project_slug=SLUG, build_num=number, **options)


def cancel(sandbox: Sandbox, number: int, **options: Any) -> Any:
    return task_of(CircleCIV1CancelBuildOperator, sandbox, project_slug=SLUG, build_num=number, **options)


@pytest.mark.parametrize(
    ("kind", "options", "named"),
    [
        pytest.param(CircleCIV1TriggerBuildOperator, {"project_slug": "acme/app"}, "project_slug", id="slug"),
        pytest.param(CircleCIV1TriggerBuildOperator, {"tag": "v1", "branch": "main"}, "tag excludes", id="two_refs"),
        pytest.param(CircleCIV1TriggerBuildOperator, {"on_canceled": "ignore"}, "on_canceled", id="on_canceled"),
        pytest.param(CircleCIV1TriggerBuildOperator, {"on_not_run": "wait"}, "on_not_run", id="on_not_run"),
        pytest.param(CircleCIV1TriggerBuildOperator, {"timeout_s": 0}, "timeout_s", id="no_time"),
        pytest.param(CircleCIV1TriggerBuildOperator, {"poll_backoff": -1}, "poll_backoff", id="backoff"),
        pytest.param(CircleCIV1TriggerBuildOperator, {"request_attempts": 0}, "request_attempts", id="attempts"),
        pytest.param(CircleCIV1RetryBuildOperator, {"build_num": 0}, "build_num", id="no_number"),
        pytest.param(CircleCIV1RetryBuildOperator, {"build_num": "seven"}, "build_num", id="no_digits"),
        pytest.param(CircleCIV1CancelBuildOperator, {"build_num": -1}, "build_num", id="negative_number"),
        pytest.param(CircleCIV1CancelBuildOperator, {"build_num": 1, "timeout_s": "9"}, "timeout_s", id="text_time"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(kind: type[Any], options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        task_of(kind, None, **options)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"tag": "v1"}, "tag excludes", id="rendered_tag"),
        pytest.param({"build_parameters": {"1st": "x"}}, "1st", id="name_of_no_variable"),
        pytest.param({"build_parameters": "x"}, "build_parameters", id="parameters_as_text"),
    ],
)
def test_mistake_in_a_rendered_argument_is_refused_before_any_request(
    circleci: Sandbox, options: dict[str, Any], named: str
) -> None:
    task, store = trigger(circleci), FakeStateStore()
    for name, value in options.items():
        setattr(task, name, value)

    with pytest.raises(ValueError, match=named):
        task.execute(context(store))

    assert (circleci.requests(), store.values) == ([], {})


def test_build_is_triggered_and_followed_to_its_end(circleci: Sandbox) -> None:
    seen = context()

    summary = trigger(circleci).execute(seen)

    (build,) = builds()
    assert summary == {
        "project_slug": SLUG,
        "build_num": build["build_num"],
        "url": build["build_url"],
        "status": "succeeded",
        "lifecycle": "finished",
        "outcome": "success",
    }
    told = {"build_num": build["build_num"], "build_url": build["build_url"], "summary": summary}
    assert seen["ti"].xcoms == told


def test_build_is_what_was_asked_for(circleci: Sandbox) -> None:
    options: dict[str, Any] = {"branch": "feature/x", "revision": "a" * 40, "wait_for_completion": False}
    task = trigger(circleci, **options, build_parameters={"DEPTH": 3})
    task.tag = ""  # A template that came out empty.

    told = task.execute(context())

    build = CircleCIV1Hook().get_build(told["build_num"], SLUG)
    assert (build["branch"], build["vcs_revision"], build["build_parameters"]) == (
        "feature/x",
        "a" * 40,
        {"DEPTH": "3"},
    )
    assert told["status"] == "triggered"


def test_failure_names_the_page_and_the_step(circleci: Sandbox) -> None:
    with pytest.raises(PipelineFailed) as caught:
        trigger(circleci, "failed").execute(context())

    (build,) = builds()
    assert str(caught.value).splitlines()[1:] == [build["build_url"], "step 'Run build' failed"]


def test_what_the_failing_step_wrote_stays_in_the_log(circleci: Sandbox, mocker: Any) -> None:
    task = trigger(circleci, "failed")
    log = mocker.patch.object(type(task), "log")

    with pytest.raises(PipelineFailed) as caught:
        task.execute(context())

    written = [call.args[0] for call in log.info.call_args_list if call.args[0].startswith("Step 'Run build' wrote")]
    assert len(written[0].splitlines()) > 1
    assert "  | " not in str(caught.value)


def test_failed_step_that_cannot_be_read_hides_no_failure(circleci: Sandbox) -> None:
    number = started(circleci, "failed")
    task = trigger(circleci)
    circleci.add_fault("status", path=f"/{number}$", status=403)
    ended = {"state": "failed", "message": "m", "build_num": number, "project_slug": SLUG, "url": "https://x/1"}
    run = {"build_num": number, "project_slug": SLUG, "url": "https://x/1"}

    with pytest.raises(PipelineFailed, match="its failed step could not be read"):
        task.execute_complete(context(), {"status": "seen", "seen": ended, "handed_back": run})


@pytest.mark.parametrize(
    ("scenario", "option", "error"),
    [("canceled", "on_canceled", PipelineFailed), ("nothing_runs", "on_not_run", NothingRan)],
)
@pytest.mark.parametrize("word", ["fail", "skip", "succeed"])
def test_policy_decides_what_an_end_means(
    circleci: Sandbox, scenario: str, option: str, error: type[Exception], word: str
) -> None:
    task = trigger(circleci, scenario, **{option: word})

    if word == "succeed":
        assert task.execute(context())["status"] in {"canceled", "never_ran"}
        return
    with pytest.raises(error if word == "fail" else AirflowSkipException):
        task.execute(context())


@pytest.mark.parametrize("deferrable", [True, False])
def test_retry_follows_the_new_build(circleci: Sandbox, deferrable: bool) -> None:
    number = started(circleci, "failed")
    task = retry(circleci, number, deferrable=deferrable)
    if deferrable:
        circleci.set_speed(1000)

    summary = finished(task, context())

    again = CircleCIV1Hook().get_build(summary["build_num"], SLUG)
    assert (summary["status"], again["retry_of"]) == ("succeeded", number)


def test_number_may_be_rendered_to_a_text(circleci: Sandbox) -> None:
    number = started(circleci, "failed")
    task = retry(circleci, number, wait_for_completion=False)
    task.build_num = str(number)

    assert task.execute(context())["build_num"] != number


def starting(sandbox: Sandbox, kind: str, **options: Any) -> tuple[Callable[[], Any], int]:
    """Make tasks that start a build; and how many builds there are before."""
    if kind == "trigger":
        return lambda: trigger(sandbox, **options), 0
    number = started(sandbox, "failed")
    return lambda: retry(sandbox, number, **options), 1


both = pytest.mark.parametrize("kind", ["trigger", "retry"])


@pytest.mark.usefixtures("one_time")
@both
@pytest.mark.parametrize("fault", ["reset_after", "status_after", "malformed"])
def test_lost_reply_is_looked_up_and_nothing_is_built_twice(circleci: Sandbox, kind: str, fault: str) -> None:
    make, before = starting(circleci, kind)
    circleci.add_fault(fault, method="POST", path=START, times=1)

    make().execute(context())

    assert len(builds()) == before + 1


def die(*_: Any, **__: Any) -> None:
    """End a try as abruptly as a test can."""
    raise MemoryError


@both
def test_try_that_died_while_waiting_is_taken_up(circleci: Sandbox, kind: str) -> None:
    make, before = starting(circleci, kind)
    store, dying = FakeStateStore(), make()
    dying.look = die
    with pytest.raises(MemoryError):
        dying.execute(context(store))

    assert make().execute(context(store))["status"] == "succeeded"

    assert len(builds()) == before + 1


@pytest.mark.usefixtures("one_time")
@both
def test_try_that_died_while_starting_finds_its_build(circleci: Sandbox, kind: str) -> None:
    make, before = starting(circleci, kind)
    store = FakeStateStore()
    circleci.add_fault("status_after", method="POST", path=START, times=1, status=502)
    circleci.add_fault("status", method="GET", status=500)
    with pytest.raises(ServiceDown):
        make().execute(context(store))
    circleci.clear_faults()

    assert make().execute(context(store))["status"] == "succeeded"

    assert len(builds()) == before + 1


@pytest.mark.usefixtures("one_time")
def test_mapped_try_that_died_before_it_started_does_not_take_what_a_sibling_started(circleci: Sandbox) -> None:
    store, dying, of_sibling = FakeStateStore(), trigger(circleci), context(FakeStateStore())
    dying.start_noted = lambda memory, note, _: die(memory.keep(**note))
    with pytest.raises(MemoryError):
        dying.execute(context(store))
    trigger(circleci).execute(of_sibling)
    mapped = context(store)
    mapped["ti"].map_index = 1
    mapped["ti"].siblings_told = {"build_url": [of_sibling["ti"].xcoms["build_url"]]}

    trigger(circleci).execute(mapped)

    assert mapped["ti"].xcoms["build_num"] != of_sibling["ti"].xcoms["build_num"]


@both
def test_cleared_task_starts_anew(circleci: Sandbox, kind: str) -> None:
    make, before = starting(circleci, kind, deferrable=True)
    store = FakeStateStore()

    for max_tries in (1, 2):
        deferral(make(), context(store, max_tries=max_tries))

    assert len(builds()) == before + 2


def test_refused_trigger_fails_at_once_and_remembers_nothing(circleci: Sandbox) -> None:
    store = FakeStateStore()

    with pytest.raises(AirflowFailException, match="400"):
        trigger(circleci, "no such scenario").execute(context(store))

    assert store.values == {}


def test_deferred_wait_ends_by_what_the_triggerer_saw(circleci: Sandbox) -> None:
    store = FakeStateStore()
    task = trigger(circleci, deferrable=True)
    deferred = deferral(task, context(store))
    circleci.advance(60)

    summary = task.execute_complete(context(store), event_of(deferred))

    assert (summary["status"], summary["outcome"]) == ("succeeded", "success")


def test_trigger_arguments_hold_no_secret(circleci: Sandbox) -> None:
    arguments = deferral(trigger(circleci, deferrable=True), context()).trigger.serialize()[1]

    assert circleci.token not in json.dumps(arguments)


def test_polling_and_request_settings_reach_the_trigger(circleci: Sandbox) -> None:
    settings: dict[str, Any] = {
        "poll_interval_s": 3,
        "max_poll_interval_s": 33,
        "poll_backoff": 0.3,
        "request_attempts": 7,
        "request_max_wait_s": 9,
        "cancel_on_kill": False,
    }

    arguments = deferral(trigger(circleci, deferrable=True, **settings), context()).trigger.serialize()[1]

    assert {name: arguments[name] for name in settings} == settings


@pytest.mark.parametrize("deferrable", [True, False])
def test_retry_of_the_task_goes_on_with_a_build_that_took_too_long(circleci: Sandbox, deferrable: bool) -> None:
    store = FakeStateStore()
    options: dict[str, Any] = {"timeout_s": 0.1, "deferrable": deferrable}
    for _ in range(2):
        with pytest.raises(PipelineTimedOut, match=r"was still going after 0\.1 s: last seen: build 1 of "):
            finished(trigger(circleci, "never_ends", **options), context(store))

    assert len(builds()) == 1


def test_before_airflow_3_3_there_is_no_retry_beside_a_build_that_goes_on(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException):
        trigger(circleci, "never_ends", timeout_s=0.1).execute(context(store=None))


def test_execution_timeout_cancels_the_build_and_a_retry_does_not_find_it(circleci: Sandbox) -> None:
    store = FakeStateStore()
    task = trigger(circleci, "never_ends", execution_timeout=timedelta(seconds=0.1), deferrable=True)

    with pytest.raises(AirflowTaskTimeout):
        finished(task, context(store))

    circleci.advance(5)
    assert ([build["outcome"] for build in builds()], store.values) == (["canceled"], {})


@pytest.mark.parametrize("cancel_on_kill", [True, False])
def test_killed_worker_cancels_the_build_unless_told_otherwise(circleci: Sandbox, cancel_on_kill: bool) -> None:
    store = FakeStateStore()
    task = trigger(circleci, "never_ends", cancel_on_kill=cancel_on_kill)

    def killed(seconds: float) -> None:
        circleci.advance(seconds)
        task.on_kill()
        CircleCIV1TriggerBuildOperator.sleep(task, 0.001)

    task.sleep = killed
    with pytest.raises(AirflowException, match="killed while waiting"):
        task.execute(context(store))

    circleci.advance(5)
    assert (builds()[0]["outcome"] == "canceled", not store.values) == (cancel_on_kill, cancel_on_kill)


def test_killed_while_starting_cancels_what_was_started(circleci: Sandbox) -> None:
    task = trigger(circleci, "never_ends")
    task.on_kill()

    with pytest.raises(AirflowException, match="had just been started"):
        task.execute(context())

    assert circleci.requests(method="POST", path="/cancel$")


def test_killed_during_the_first_look_does_not_defer(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FakeStateStore()
    task = trigger(circleci, "never_ends", deferrable=True)
    watched = task.look

    def look(*args: Any, **options: Any) -> Any:
        seen = watched(*args, **options)
        task.on_kill()
        return seen

    monkeypatch.setattr(task, "look", look)

    with pytest.raises(AirflowException, match="killed while looking"):
        task.execute(context(store))

    assert store.values == {}


@pytest.mark.parametrize("deferrable", [True, False])
def test_canceled_build_is_waited_for_until_it_has_stopped(circleci: Sandbox, deferrable: bool) -> None:
    number = started(circleci, "never_ends")
    task = cancel(circleci, number, deferrable=deferrable)
    if deferrable:
        circleci.set_speed(100)

    told = finished(task, context())

    assert (told["build_num"], told["status"], told["canceled"]) == (number, "canceled", True)


def test_canceling_a_build_that_has_ended_is_no_error(circleci: Sandbox) -> None:
    number = started(circleci, "success")

    told = cancel(circleci, number).execute(context())

    assert (told["status"], told["canceled"]) == ("succeeded", False)
    assert circleci.requests(method="POST") == []


def test_cancel_without_waiting_ends_at_once(circleci: Sandbox) -> None:
    number = started(circleci, "never_ends")

    told = cancel(circleci, number, wait_for_completion=False, deferrable=True).execute(context())

    assert (told["status"], told["canceled"]) == ("canceling", True)


@pytest.mark.parametrize("deferrable", [True, False])
def test_build_that_does_not_stop_in_time_is_a_timeout(circleci: Sandbox, deferrable: bool) -> None:
    task = cancel(circleci, started(circleci, "never_ends"), timeout_s=0.1, deferrable=deferrable)
    task.sleep = lambda _: None

    with pytest.raises(PipelineTimedOut, match=r"build 1 had not stopped after 0\.1 s"):
        finished(task, context())


def test_cancel_of_an_unknown_build_fails_at_once(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        cancel(circleci, 4711).execute(context())


def test_link_opens_the_build(mocker: Any) -> None:
    get_value = mocker.patch("airflow.providers.common.compat.sdk.XCom.get_value", return_value="https://x/1")
    task = trigger(None)

    assert task.operator_extra_links[0].get_link(task, ti_key="key") == "https://x/1"
    get_value.assert_called_once_with(key="build_url", ti_key="key")
