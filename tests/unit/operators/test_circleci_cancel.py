"""Canceling CircleCI workflows, over the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.exceptions import NotFound, PipelineTimedOut
from airflow_provider_circle.operators.circleci_cancel import CircleCICancelOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import deferral, event_of, finished, only, started, task_of, workflows
from tests.unit.running import context

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def cancel(sandbox: Sandbox, **options: Any) -> Any:
    return task_of(CircleCICancelOperator, sandbox, **options)


def ended_as(sandbox: Sandbox) -> list[str]:
    return [flow["status"] for flow in workflows(sandbox)]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="neither"),
        pytest.param({"workflow_id": "a", "pipeline_id": "b"}, id="both"),
    ],
)
def test_cancel_needs_exactly_one_target(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="exactly one of workflow_id and pipeline_id"):
        task_of(CircleCICancelOperator, None, **options)


def test_target_that_rendered_to_nothing_is_not_given(circleci: Sandbox) -> None:
    pipeline = started(circleci, "never_ends")
    task = cancel(circleci, pipeline_id=pipeline["id"], workflow_id="{{ nothing }}")
    task.workflow_id = ""

    assert task.execute(context())["canceled"] == [only(pipeline["workflows"])]


@pytest.mark.parametrize("target", ["workflow_id", "pipeline_id"])
@pytest.mark.parametrize("scenario", ["never_ends", "on_hold"])
def test_cancel_waits_until_it_has_stopped(circleci: Sandbox, scenario: str, target: str) -> None:
    pipeline = started(circleci, scenario)
    workflow_id = only(pipeline["workflows"])
    wanted = workflow_id if target == "workflow_id" else pipeline["id"]

    told = cancel(circleci, **{target: wanted}).execute(context())

    assert (told[target], told["canceled"]) == (wanted, [workflow_id])
    assert [flow["status"] for flow in told["workflows"]] == ["canceled"]


def test_whole_pipeline_is_canceled(circleci: Sandbox) -> None:
    pipeline = started(circleci, "two_workflows", after_s=5.0)

    told = cancel(circleci, pipeline_id=pipeline["id"]).execute(context())

    assert len(told["canceled"]) == 2
    assert ended_as(circleci) == ["canceled", "canceled"]


@pytest.mark.parametrize("target", ["workflow_id", "pipeline_id"])
def test_canceling_what_has_ended_is_no_error_but_said(circleci: Sandbox, target: str, mocker: Any) -> None:
    pipeline = started(circleci, "success")
    wanted = only(pipeline["workflows"]) if target == "workflow_id" else pipeline["id"]

    task = cancel(circleci, **{target: wanted})
    log = mocker.patch.object(type(task), "log")

    told = task.execute(context())

    assert (told["canceled"], [flow["status"] for flow in told["workflows"]]) == ([], ["success"])
    assert circleci.requests(method="POST") == []
    log.info.assert_called_once_with("Nothing to cancel: %s", "build-and-test success")


def test_cancel_without_waiting_ends_at_once(circleci: Sandbox) -> None:
    workflow_id = only(started(circleci, "never_ends")["workflows"])

    told = cancel(circleci, workflow_id=workflow_id, wait_for_completion=False, deferrable=True).execute(context())

    assert told["workflows"][0]["status"] == "running"


def test_cancel_can_wait_in_the_triggerer(circleci: Sandbox) -> None:
    pipeline = started(circleci, "never_ends")
    options = {"pipeline_id": pipeline["id"], "deferrable": True}
    deferred = deferral(cancel(circleci, **options), context())
    circleci.advance(5)

    told = cancel(circleci, **options).execute_complete(context(), event_of(deferred))

    assert (told["canceled"], told["workflows"][0]["status"]) == ([only(pipeline["workflows"])], "canceled")


@pytest.mark.parametrize("deferrable", [True, False])
def test_what_does_not_stop_in_time_is_named(circleci: Sandbox, deferrable: bool) -> None:
    workflow_id = only(started(circleci, "never_ends")["workflows"])
    task = cancel(circleci, workflow_id=workflow_id, timeout_s=0.1, deferrable=deferrable)
    task.sleep = lambda _: None

    with pytest.raises(PipelineTimedOut, match=r"not all had stopped after 0\.1 s; last seen: build-and-test running"):
        finished(task, context())


def test_cancel_of_an_unknown_workflow_fails_at_once(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException) as caught:
        cancel(circleci, workflow_id=UNKNOWN_ID).execute(context())

    assert isinstance(caught.value.__cause__, NotFound)


@pytest.mark.parametrize("kind", ["reset_after", "status_after", "reset"])
def test_lost_reply_to_a_cancel_is_sent_again(circleci: Sandbox, kind: str) -> None:
    workflow_id = only(started(circleci, "never_ends")["workflows"])
    circleci.add_fault(kind, method="POST", path="/cancel$", times=1)

    cancel(circleci, workflow_id=workflow_id).execute(context())

    assert ended_as(circleci) == ["canceled"]
