"""Rerunning CircleCI workflows, over the sandbox."""

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

from airflow_provider_circle.exceptions import PipelineFailed, PipelineTimedOut, ServiceDown
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_workflows import CircleCIRerunWorkflowOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import deferral, event_of, only, started, task_of, workflows
from tests.unit.running import FakeStateStore, context

RERUN = r"/rerun$"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def rerun(sandbox: Sandbox, workflow_id: str, **options: Any) -> Any:
    return task_of(CircleCIRerunWorkflowOperator, sandbox, workflow_id=workflow_id, **options)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"from_failed": True, "jobs": ["test"]}, "from_failed and jobs", id="failed_and_jobs"),
        pytest.param({"sparse_tree": True}, "sparse_tree", id="sparse_without_jobs"),
        pytest.param({"enable_ssh": True}, "enable_ssh", id="ssh_without_jobs"),
        pytest.param({"on_hold": "approve"}, "on_hold", id="approving"),
        pytest.param({"on_canceled": "ignore"}, "on_canceled", id="unknown_word"),
        pytest.param({"timeout_s": 0}, "timeout_s", id="no_time"),
        pytest.param({"poll_interval_s": 0}, "poll_interval_s", id="no_interval"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempt"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        task_of(CircleCIRerunWorkflowOperator, None, workflow_id=UNKNOWN_ID, **options)


def test_jobs_that_a_template_names_are_not_judged_while_the_dag_is_parsed() -> None:
    task = task_of(CircleCIRerunWorkflowOperator, None, workflow_id=UNKNOWN_ID, from_failed=True, jobs="{{ jobs }}")

    assert task.jobs == "{{ jobs }}"


def test_rerun_follows_the_new_workflow_to_its_end(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    seen = context()

    summary = rerun(circleci, old_id).execute(seen)

    (new,) = [flow for flow in workflows(circleci) if flow["id"] != old_id]
    assert (summary["status"], summary["workflow_id"], summary["rerun_of"]) == ("succeeded", new["id"], old_id)
    assert [flow["status"] for flow in summary["workflows"]] == ["success"]
    told = seen["ti"].xcoms
    told.pop("circleci_view", None)
    assert told == {"workflow_id": new["id"], "workflow_url": summary["url"], "summary": summary}
    assert summary["url"].endswith(f"/pipelines/gh/acme/app/1/workflows/{new['id']}")


@pytest.mark.parametrize(
    ("options", "body"),
    [
        pytest.param({}, {"from_failed": False}, id="all"),
        pytest.param({"from_failed": True}, {"from_failed": True}, id="from_failed"),
    ],
)
def test_rerun_says_what_to_run(circleci: Sandbox, options: dict[str, Any], body: dict[str, Any]) -> None:
    rerun(circleci, only(started(circleci, "failed")["workflows"]), **options).execute(context())

    assert [request["body"] for request in circleci.requests(method="POST", path=RERUN)] == [body]


@pytest.mark.parametrize("by", ["name", "id"])
def test_jobs_are_named_or_given_by_id(circleci: Sandbox, by: str) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    job = next(job for job in CircleCIHook().list_workflow_jobs(old_id) if job["name"] == "test")

    rerun(circleci, old_id, jobs=[job[by]], sparse_tree=True, enable_ssh=True).execute(context())

    (request,) = circleci.requests(method="POST", path=RERUN)
    assert request["body"] == {"jobs": [job["id"]], "sparse_tree": True, "enable_ssh": True}


def test_unknown_job_is_refused_with_the_names_there_are(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store = FakeStateStore()

    with pytest.raises(ValueError, match=r"has no tset; its jobs are: build, deploy, test$"):
        rerun(circleci, old_id, jobs=["build", "tset"]).execute(context(store))

    assert (circleci.requests(method="POST", path=RERUN), store.values) == ([], {})


def test_unknown_workflow_fails_at_once(circleci: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        rerun(circleci, UNKNOWN_ID).execute(context())


def test_failure_of_the_rerun_names_its_jobs(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed", sandbox_rerun="failed")["workflows"])

    with pytest.raises(PipelineFailed, match=r"\n  job deploy failed: http"):
        rerun(circleci, old_id).execute(context())


@pytest.mark.parametrize(
    ("on_canceled", "raised"),
    [("fail", PipelineFailed), ("skip", AirflowSkipException), ("succeed", None)],
)
def test_policy_decides_what_a_canceled_rerun_means(
    circleci: Sandbox, on_canceled: str, raised: type[Exception] | None
) -> None:
    task = rerun(circleci, only(started(circleci, "failed")["workflows"]), on_canceled=on_canceled)

    def canceled_meanwhile(seconds: float) -> None:
        circleci.advance(seconds)
        for flow in workflows(circleci):
            if flow["status"] == "running":
                CircleCIHook().cancel_workflow(flow["id"])

    task.sleep = canceled_meanwhile
    if raised is None:
        assert task.execute(context())["status"] == "canceled"
        return
    with pytest.raises(raised):
        task.execute(context())


@pytest.mark.parametrize("kind", ["reset_after", "status_after", "html", "malformed"])
def test_lost_reply_is_looked_up_and_nothing_is_rerun_twice(circleci: Sandbox, kind: str) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    circleci.add_fault(kind, method="POST", path=RERUN, times=1)

    rerun(circleci, old_id).execute(context())

    assert len(workflows(circleci)) == 2


def test_reply_without_id_is_looked_up(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "rerun_without_id")["workflows"])

    summary = rerun(circleci, old_id).execute(context())

    (new_id,) = {flow["id"] for flow in workflows(circleci)} - {old_id}
    assert summary["workflow_id"] == new_id


def test_earlier_rerun_is_not_taken_for_ours(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    CircleCIHook().rerun_workflow(old_id)
    circleci.advance(60)
    known = {flow["id"] for flow in workflows(circleci)}
    circleci.add_fault("reset_after", method="POST", path=RERUN, times=1)

    summary = rerun(circleci, old_id).execute(context())

    assert summary["workflow_id"] not in known
    assert len(workflows(circleci)) == 3


def test_running_workflow_is_waited_for_before_it_is_rerun(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed", after_s=5.0)["workflows"])

    assert rerun(circleci, old_id).execute(context())["status"] == "succeeded"

    assert [request["status"] for request in circleci.requests(method="POST", path=RERUN)] == [202]


def test_workflow_that_does_not_end_in_time_is_not_rerun(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "never_ends")["workflows"])

    with pytest.raises(PipelineTimedOut, match=r"could not be run again: it had not ended after 0\.2 s"):
        rerun(circleci, old_id, timeout_s=0.2).execute(context())

    assert circleci.requests(method="POST") == []


def test_running_workflow_is_waited_for_in_the_triggerer(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed", after_s=5.0)["workflows"])
    first = deferral(rerun(circleci, old_id, deferrable=True), context())
    circleci.advance(30)

    with pytest.raises(TaskDeferred) as second:
        getattr(rerun(circleci, old_id, deferrable=True), first.method_name)(context(), event_of(first))

    waits = [deferred.trigger.serialize()[1] for deferred in (first, second.value)]
    assert waits[0]["deadline_s"] == waits[1]["deadline_s"]
    assert len(workflows(circleci)) == 2


def test_deferred_wait_for_the_old_workflow_can_time_out(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "never_ends")["workflows"])
    deferred = deferral(rerun(circleci, old_id, deferrable=True, timeout_s=0.1), context())

    with pytest.raises(PipelineTimedOut, match="build-and-test running"):
        rerun(circleci, old_id, timeout_s=0.1).execute_after_end(context(), event_of(deferred))


def test_deferred_wait_ends_by_what_the_triggerer_saw(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store, seen = FakeStateStore(), None
    deferred = deferral(rerun(circleci, old_id, deferrable=True), context(store))
    circleci.advance(60)

    seen = context(store)
    summary = rerun(circleci, old_id, deferrable=True).execute_complete(seen, event_of(deferred))

    assert summary["status"] == "succeeded"


def test_triggers_keep_no_secret(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])

    arguments = deferral(rerun(circleci, old_id, deferrable=True), context()).trigger.serialize()[1]

    assert circleci.token not in json.dumps(arguments)


def test_execution_timeout_bounds_the_deferred_wait(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "never_ends")["workflows"])
    options: dict[str, Any] = {"timeout_s": 3600, "execution_timeout": timedelta(seconds=90)}

    deferred = deferral(rerun(circleci, old_id, deferrable=True, **options), context())

    arguments = deferred.trigger.serialize()[1]
    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(90)
    with pytest.raises(AirflowTaskTimeout):
        rerun(circleci, old_id, **options).execute_after_end(
            context(), {"status": "timed_out", "message": "last seen: x", "handed_back": {}}
        )


def die(*_: Any, **__: Any) -> None:
    """End a try as abruptly as a test can."""
    raise MemoryError


def test_try_that_died_while_waiting_is_taken_up(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store = FakeStateStore()
    dying = rerun(circleci, old_id)
    dying.look = die
    with pytest.raises(MemoryError):
        dying.execute(context(store))

    assert rerun(circleci, old_id).execute(context(store))["status"] == "succeeded"

    assert len(workflows(circleci)) == 2


def test_rerun_that_is_known_is_not_mixed_up_with_somebody_elses(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store, dying, seen = FakeStateStore(), rerun(circleci, old_id), context()
    dying.look = die
    seen["task_state_store"] = store
    with pytest.raises(MemoryError):
        dying.execute(seen)
    CircleCIHook().rerun_workflow(old_id)
    circleci.advance(5)

    summary = rerun(circleci, old_id).execute(context(store))

    assert summary["workflow_id"] == seen["ti"].xcoms["workflow_id"]


def test_try_that_died_before_it_read_the_reply_is_taken_up(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store = FakeStateStore()
    circleci.add_fault("status_after", method="POST", path=RERUN, times=1, status=502)
    circleci.add_fault("status", method="GET", path=r"/pipeline/[^/]+/workflow$", status=500, skip=1)
    with pytest.raises(ServiceDown):
        rerun(circleci, old_id).execute(context(store))
    circleci.clear_faults()

    assert rerun(circleci, old_id).execute(context(store))["status"] == "succeeded"

    assert len(workflows(circleci)) == 2


def test_cleared_task_reruns_anew(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store = FakeStateStore()
    deferral(rerun(circleci, old_id, deferrable=True), context(store, max_tries=1))
    circleci.advance(60)

    deferral(rerun(circleci, old_id, deferrable=True), context(store, max_tries=2))

    assert len(workflows(circleci)) == 3


def test_before_airflow_3_3_there_is_no_retry_beside_a_rerun_that_goes_on(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    task = rerun(circleci, old_id)

    appearing = iter([5.0])
    task.sleep = lambda _: circleci.advance(next(appearing, 0.0))
    task.timeout_s = 0.3
    with pytest.raises(AirflowFailException, match="was still going after"):
        task.execute(context(store=None))


def test_without_waiting_the_task_ends_once_the_rerun_has_begun(circleci: Sandbox) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store = FakeStateStore()

    summary = rerun(circleci, old_id, wait_for_completion=False, deferrable=True).execute(context(store))

    assert (summary["status"], list(store.values)) == ("triggered", ["circleci_rerun"])


def killing(task: Any, sandbox: Sandbox) -> Callable[[float], None]:
    """Wait like the sandbox, and be killed once the rerun is there."""

    def sleep(seconds: float) -> None:
        sandbox.advance(seconds)
        if task._run is not None:
            task.on_kill()
            CircleCIRerunWorkflowOperator.sleep(task, 0.001)

    return sleep


@pytest.mark.parametrize("cancel_on_kill", [True, False])
def test_killed_worker_cancels_the_rerun_unless_told_otherwise(circleci: Sandbox, cancel_on_kill: bool) -> None:
    old_id = only(started(circleci, "failed")["workflows"])
    store = FakeStateStore()
    task = rerun(circleci, old_id, cancel_on_kill=cancel_on_kill)
    task.sleep = killing(task, circleci)

    with pytest.raises(AirflowException, match="killed while waiting"):
        task.execute(context(store))

    circleci.advance(2)
    ends = {flow["id"]: flow["status"] for flow in workflows(circleci)}
    assert ends[old_id] == "failed"
    assert ("canceled" in ends.values()) is cancel_on_kill
    assert bool(store.values) is not cancel_on_kill


def test_link_opens_the_new_workflow(mocker: Any) -> None:
    get_value = mocker.patch("airflow.providers.common.compat.sdk.XCom.get_value", return_value="https://x/1")
    task = task_of(CircleCIRerunWorkflowOperator, None, workflow_id=UNKNOWN_ID)

    assert task.operator_extra_links[0].get_link(task, ti_key="key") == "https://x/1"
    get_value.assert_called_once_with(key="workflow_url", ti_key="key")
