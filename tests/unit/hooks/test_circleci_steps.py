"""What failing steps wrote is in the task's log, and nothing else is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.hooks import masking
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_calls import steps
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.v1 import steps as reading
from tests.unit.hooks.calling_circleci import SLUG

STEPS = "/step-output/"

Logged = Callable[[], list[str]]


@pytest.fixture
def logged(hook: CircleCIHook, monkeypatch: pytest.MonkeyPatch) -> Logged:
    """What the hook logged."""
    said: list[str] = []
    monkeypatch.setattr(hook.log, "info", lambda message, *args: said.append(message % args))
    return lambda: said


def failed(sandbox: Sandbox, hook: CircleCIHook, scenario: str = "failed", **parameters: Any) -> list[JsonObject]:
    """The workflows of a pipeline that went wrong."""
    pipeline = hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": scenario, **parameters})
    sandbox.advance(60)
    workflows = list(hook.list_pipeline_workflows(pipeline["id"]))
    sandbox.clear_requests()
    return workflows


def test_the_failing_step_is_told_with_its_last_fifty_lines(
    sandbox: Sandbox, hook: CircleCIHook, logged: Logged
) -> None:
    hook.log_failed_steps(failed(sandbox, hook))
    (told,) = logged()
    lines = told.split("\n")

    assert (lines[0], len(lines), lines[-4:]) == (
        "job test (2): its step 'Run test' wrote last:",
        51,
        ["  | progress 100 %", "  | make: *** [test] Error 2", "  |", "  | Exited with code exit status 2"],
    )


def test_the_token_goes_to_circleci_alone(sandbox: Sandbox, hook: CircleCIHook) -> None:
    hook.log_failed_steps(failed(sandbox, hook))
    with_token = {STEPS in request["path"]: "circle-token" in request["headers"] for request in sandbox.requests()}

    assert with_token == {True: False, False: True}


def test_every_address_of_an_output_is_masked(
    sandbox: Sandbox, hook: CircleCIHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    masked: list[str] = []
    monkeypatch.setattr(masking, "mask_secret", masked.append)
    hook.log_failed_steps(failed(sandbox, hook))

    assert ([STEPS in text for text in masked], masked[1].startswith("signature=")) == ([True, False], True)


def test_no_address_of_an_output_is_logged(
    sandbox: Sandbox, hook: CircleCIHook, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    workflows = failed(sandbox, hook)
    sandbox.add_fault("status", path=STEPS, status=403, body={"message": "no"})
    hook.log_failed_steps(workflows)
    written = capsys.readouterr()

    assert "signature" not in written.out + written.err + caplog.text


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        pytest.param({"kind": "status", "path": STEPS, "status": 403}, "its address answered 403", id="refused"),
        pytest.param({"kind": "status", "path": STEPS, "status": 500}, "its address answered 500", id="failing"),
        pytest.param({"kind": "reset", "path": STEPS}, "its address: the connection broke", id="reset"),
        pytest.param({"kind": "malformed", "path": STEPS}, "it is not the list of pieces", id="something else"),
        pytest.param({"kind": "empty", "path": STEPS}, "it is not the list of pieces", id="empty"),
        pytest.param({"kind": "html", "path": "v1.1", "status": 404}, "answered 404", id="no such build"),
        pytest.param({"kind": "status", "path": "v1.1", "status": 401}, "answered 401", id="turned away"),
    ],
)
def test_an_output_that_cannot_be_read_is_one_line(
    sandbox: Sandbox, hook: CircleCIHook, logged: Logged, fault: dict[str, Any], why: str
) -> None:
    workflows = failed(sandbox, hook)
    sandbox.add_fault(**fault)
    hook.log_failed_steps(workflows)
    (told,) = logged()

    assert (told.startswith("job test (2): (its output could not be read: "), why in told, "\n" in told) == (
        True,
        True,
        False,
    ), told


def test_jobs_that_cannot_be_listed_are_one_line(sandbox: Sandbox, hook: CircleCIHook, logged: Logged) -> None:
    workflows = failed(sandbox, hook)
    sandbox.add_fault("status", path="/job$", status=403)
    hook.log_failed_steps(workflows)
    (told,) = logged()

    assert told.startswith("(the output of the failing steps could not be read: ")


def test_an_output_without_an_end_is_given_up(
    sandbox: Sandbox, hook: CircleCIHook, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_READ_BYTES", 1000)
    hook.log_failed_steps(failed(sandbox, hook))
    (told,) = logged()

    assert "(its output could not be read: it is longer than 1,000 bytes" in told


def test_the_end_of_a_long_output_is_asked_for(
    sandbox: Sandbox, hook: CircleCIHook, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_KEPT_BYTES", 600)
    hook.log_failed_steps(failed(sandbox, hook))
    (request,) = sandbox.requests(path=STEPS)
    (told,) = logged()

    assert (request["status"], told.split("\n")[-1]) == (206, "  | Exited with code exit status 2")


def test_the_first_three_failed_jobs_are_told(sandbox: Sandbox, hook: CircleCIHook, logged: Logged) -> None:
    workflows = [workflow for _ in range(4) for workflow in failed(sandbox, hook)]
    hook.log_failed_steps(workflows)

    assert [told.partition(":")[0] for told in logged()] == [f"job test ({number})" for number in (2, 5, 8)]


@pytest.mark.parametrize("scenario", ["success", "canceled", "unauthorized"])
def test_where_no_step_failed_nothing_is_asked_of_v1(
    sandbox: Sandbox, hook: CircleCIHook, logged: Logged, scenario: str
) -> None:
    hook.log_failed_steps(failed(sandbox, hook, scenario))

    assert (logged(), sandbox.requests(path="v1.1")) == ([], [])


@pytest.mark.parametrize("job_number", ["seven", [7]])
def test_a_job_with_a_number_that_is_none_is_one_line(
    hook: CircleCIHook, logged: Logged, monkeypatch: pytest.MonkeyPatch, job_number: Any
) -> None:
    def jobs(*_: Any) -> Generator[Any, Any, list[JsonObject]]:
        yield from ()
        return [{"name": "odd", "project_slug": SLUG, "job_number": job_number}]

    monkeypatch.setattr(steps, "failed_jobs", jobs)
    hook.log_failed_steps([])
    (told,) = logged()

    assert "job_number must be a whole number" in told


def test_all_of_it_takes_twenty_seconds_at_most(hook: CircleCIHook, monkeypatch: pytest.MonkeyPatch) -> None:
    until: list[float] = []

    def jobs(caller: Any, *_: Any) -> Generator[Any, Any, list[JsonObject]]:
        until.append(caller.until_s - caller.clock())
        yield from ()
        return []

    monkeypatch.setattr(steps, "failed_jobs", jobs)
    hook.log_failed_steps([])

    assert until == [pytest.approx(20, abs=1)]
