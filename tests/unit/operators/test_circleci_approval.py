"""Asking a person in Airflow about a hold in CircleCI, over the sandbox and a stand-in for Airflow's answers."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowOptionalProviderFeatureException,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_circle.exceptions import PipelineTimedOut, ServiceDown
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_approval import CircleCIApprovalOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import only, started, workflows
from tests.unit.running import FakeStateStore, context

try:
    from airflow.providers.standard.exceptions import HITLTimeoutError
    from airflow.providers.standard.operators import hitl
except (ImportError, AirflowOptionalProviderFeatureException):
    pytest.skip("needs Airflow 3.1 or newer", allow_module_level=True)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PASSED = timedelta(seconds=-1)
ANN = {"id": "7", "name": "ann"}


@dataclass
class Airflow:
    """What Airflow keeps of a question, and what a person answers."""

    questions: list[dict[str, Any]] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    looks: int = 0

    def ask(self, **question: Any) -> None:
        self.questions.append(question)

    def answer_of(self, ti_id: uuid.UUID) -> SimpleNamespace:
        self.looks += 1
        assert self.questions[-1]["ti_id"] == str(ti_id)
        return SimpleNamespace(
            response_received=bool(self.chosen),
            chosen_options=self.chosen,
            params_input={},
            responded_at=NOW,
            responded_by_user=SimpleNamespace(**ANN) if self.chosen else None,
        )

    def default(self, ti_id: uuid.UUID, chosen_options: list[str], params_input: Any) -> SimpleNamespace:
        return SimpleNamespace(responded_at=NOW)


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Airflow:
    """Airflow's questions and answers, without an Airflow."""
    from airflow.providers.standard.triggers import hitl as triggers

    kept = Airflow()
    monkeypatch.setattr(hitl, "upsert_hitl_detail", kept.ask)
    monkeypatch.setattr(triggers, "get_hitl_detail_content_detail", kept.answer_of)
    monkeypatch.setattr(triggers, "update_hitl_detail_response", kept.default)
    return kept


def approval(**options: Any) -> Any:
    return CircleCIApprovalOperator(task_id="ask", **{"request_attempts": 2, **options})


def running(store: FakeStateStore | None = None) -> Any:
    """Build the context of a task instance that can ask."""
    seen = context(store)
    seen["ti"].id = str(uuid.uuid4())
    seen["task_instance"] = seen["ti"]
    return seen


def deferral(task: Any, seen: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


def event_of(deferred: TaskDeferred) -> dict[str, Any]:
    """Let a triggerer wait, after it was restarted: all it has are the arguments that were stored."""
    arguments = json.loads(json.dumps(deferred.trigger.serialize()[1]))
    trigger = type(deferred.trigger)(**{**arguments, "poll_interval_s": 0.02, "max_poll_interval_s": 0.02})

    async def first() -> dict[str, Any]:
        async for event in trigger.run():
            payload: dict[str, Any] = event.payload
            return payload
        raise AssertionError("the trigger ended without an event")

    return asyncio.run(first())


def answered(option: str, by: dict[str, str] | None = ANN) -> dict[str, Any]:
    """What Airflow 3.3 resumes a task with when somebody answers."""
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": NOW,
        "responded_by_user": by,
        "timedout": by is None,
    }


def asked_about(sandbox: Sandbox, seen: Any, **options: Any) -> tuple[Any, TaskDeferred]:
    """Ask about a workflow that is on hold; the task, and how it waits for the answer."""
    workflow_id = only(started(sandbox, "on_hold")["workflows"])
    task = approval(workflow_id=workflow_id, **options)
    task.sleep = sandbox.advance
    return task, deferral(task, seen)


def resumed(deferred: TaskDeferred, seen: Any, event: dict[str, Any], task: Any) -> Any:
    return getattr(task, deferred.method_name)(seen, event=event, **(deferred.kwargs or {}))


def status(sandbox: Sandbox, after_s: float = 30.0) -> str:
    sandbox.advance(after_s)
    return str(workflows(sandbox)[0]["status"])


def test_question_shows_what_will_be_approved(circleci: Sandbox, airflow: Airflow) -> None:
    seen = running()

    asked_about(circleci, seen, body="Release 7")

    (question,) = airflow.questions
    flow = workflows(circleci)[0]
    page = f"{circleci.circleci_host}/pipelines/gh/acme/app/1"
    assert question["ti_id"] == seen["ti"].id
    assert question["subject"] == "Approve hold in CircleCI?"
    assert question["options"] == ["Approve", "Cancel workflow"]
    assert question["body"].splitlines() == [
        "Release 7",
        "",
        f"- Job `hold` of workflow [`build-and-deploy`]({page}/workflows/{flow['id']})",
        f"- [Pipeline 1]({page}) of `gh/acme/app`",
        "- Branch `main`",
        "- Parameter `sandbox_scenario`: `on_hold`",
    ]


def test_question_keeps_to_airflows_own_options(circleci: Sandbox, airflow: Airflow) -> None:
    asked_about(
        circleci, running(), subject="Ship it?", defaults=CircleCIApprovalOperator.APPROVE, assigned_users=[ANN]
    )

    (question,) = airflow.questions
    assert (question["subject"], question["defaults"], question["assigned_users"]) == ("Ship it?", ["Approve"], [ANN])


def test_question_waits_until_the_hold_is_reached(circleci: Sandbox, airflow: Airflow) -> None:
    pipeline = started(circleci, "on_hold", after_s=0.0)
    task, seen = approval(pipeline_id=pipeline["id"]), running()
    first = deferral(task, seen)
    assert airflow.questions == []
    circleci.advance(30)

    with pytest.raises(TaskDeferred):
        resumed(first, seen, event_of(first), task)

    assert len(airflow.questions) == 1


def test_hold_that_never_comes_is_a_timeout(circleci: Sandbox, airflow: Airflow) -> None:
    pipeline = started(circleci, "never_ends")
    task, seen = approval(pipeline_id=pipeline["id"], timeout_s=0.1), running()
    deferred = deferral(task, seen)

    with pytest.raises(PipelineTimedOut, match="no CircleCI job to approve was on hold"):
        resumed(deferred, seen, event_of(deferred), task)


@pytest.mark.parametrize("resumes", ["by_the_trigger", "by_airflow_3_3"])
def test_answer_approves_and_says_who_decided(circleci: Sandbox, airflow: Airflow, resumes: str) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen)
    airflow.chosen = ["Approve"]
    event = event_of(deferred) if resumes == "by_the_trigger" else answered("Approve")

    told = resumed(deferred, seen, event, task)

    assert told == seen["ti"].xcoms["decision"]
    assert {name: told[name] for name in ("decision", "decided_in", "decided_by", "decided_at")} == {
        "decision": "approve",
        "decided_in": "airflow",
        "decided_by": "ann",
        "decided_at": NOW.isoformat(),
    }
    assert [job["status"] for job in told["jobs"]] == ["approved"]
    assert json.loads(json.dumps(told)) == told
    assert status(circleci) == "success"


@pytest.mark.parametrize(
    ("on_canceled", "raised"),
    [("skip", AirflowSkipException), ("fail", AirflowFailException), ("succeed", None)],
)
def test_answer_cancels_the_workflow(
    circleci: Sandbox, airflow: Airflow, on_canceled: str, raised: type[Exception] | None
) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen, on_canceled=on_canceled)

    if raised is None:
        resumed(deferred, seen, answered("Cancel workflow"), task)
    else:
        with pytest.raises(raised, match="cancel was chosen by ann"):
            resumed(deferred, seen, answered("Cancel workflow"), task)

    assert (seen["ti"].xcoms["decision"]["decision"], status(circleci)) == ("cancel", "canceled")


def test_declined_task_is_skipped_unless_told_otherwise(circleci: Sandbox, airflow: Airflow) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen)

    with pytest.raises(AirflowSkipException):
        resumed(deferred, seen, answered("Cancel workflow"), task)


@pytest.mark.parametrize(("default", "decision"), [("Approve", "approve"), ("Cancel workflow", "cancel")])
def test_default_counts_when_nobody_answers_in_time(
    circleci: Sandbox, airflow: Airflow, default: str, decision: str
) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen, defaults=default, response_timeout=PASSED, on_canceled="succeed")

    told = resumed(deferred, seen, event_of(deferred), task)

    assert (told["decision"], told["decided_in"], told["decided_by"]) == (decision, "timeout", None)


def test_without_a_default_nobody_answering_fails_and_approves_nothing(circleci: Sandbox, airflow: Airflow) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen, response_timeout=PASSED)

    with pytest.raises(HITLTimeoutError):
        resumed(deferred, seen, event_of(deferred), task)

    assert circleci.requests(method="POST") == []


def test_question_that_is_settled_in_circleci_ends_as_approved(circleci: Sandbox, airflow: Airflow) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen)
    job = deferred.trigger.serialize()[1]["jobs"][0]
    CircleCIHook().approve_job(job["workflow_id"], job["approval_request_id"])
    circleci.clear_requests()

    told = resumed(deferred, seen, event_of(deferred), task)

    assert (told["decision"], told["decided_in"]) == ("approve", "circleci")
    assert told["decided_by"] == told["jobs"][0]["approved_by"]
    assert circleci.requests(method="POST") == []


@pytest.mark.parametrize(("on_canceled", "raised"), [("skip", AirflowSkipException), ("fail", AirflowFailException)])
def test_question_whose_workflow_is_canceled_in_circleci_lapses(
    circleci: Sandbox, airflow: Airflow, on_canceled: str, raised: type[Exception]
) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen, on_canceled=on_canceled)
    CircleCIHook().cancel_workflow(only(workflows(circleci)))
    circleci.advance(5)

    with pytest.raises(raised, match="hold of workflow build-and-deploy was canceled in CircleCI"):
        resumed(deferred, seen, event_of(deferred), task)

    assert seen["ti"].xcoms["decision"]["decision"] is None


@pytest.mark.parametrize("approved", [True, False])
def test_nothing_is_asked_about_what_has_ended(circleci: Sandbox, airflow: Airflow, approved: bool) -> None:
    workflow_id = only(started(circleci, "on_hold" if approved else "success")["workflows"])
    task = approval(workflow_id=workflow_id)
    if approved:
        job = next(job for job in CircleCIHook().list_workflow_jobs(workflow_id) if job["status"] == "on_hold")
        CircleCIHook().approve_job(workflow_id, job["approval_request_id"])
        assert task.execute(running())["decided_in"] == "circleci"
    else:
        with pytest.raises(AirflowFailException, match="without an approval job"):
            task.execute(running())

    assert airflow.questions == []


def test_answer_that_comes_too_late_approves_nothing_twice(circleci: Sandbox, airflow: Airflow) -> None:
    seen = running()
    task, deferred = asked_about(circleci, seen)
    job = deferred.trigger.serialize()[1]["jobs"][0]
    CircleCIHook().approve_job(job["workflow_id"], job["approval_request_id"])

    told = resumed(deferred, seen, answered("Approve"), task)

    assert [job["status"] for job in told["jobs"]] == ["approved_meanwhile"]


def test_try_that_died_after_the_answer_does_not_ask_again(circleci: Sandbox, airflow: Airflow) -> None:
    store = FakeStateStore()
    seen = running(store)
    task, deferred = asked_about(circleci, seen)
    circleci.add_fault("status", method="POST", path="/approve/", status=502)
    with pytest.raises(ServiceDown):
        resumed(deferred, seen, answered("Approve"), task)
    circleci.clear_faults()

    told = approval(workflow_id=task.workflow_id).execute(running(store))

    assert (told["decision"], told["decided_by"], len(airflow.questions)) == ("approve", "ann", 1)
    assert (status(circleci), store.values) == ("success", {})


def test_answer_to_a_question_of_an_earlier_try_is_not_taken(circleci: Sandbox, airflow: Airflow) -> None:
    workflow_id = only(started(circleci, "on_hold")["workflows"])

    with pytest.raises(TaskDeferred):
        approval(workflow_id=workflow_id).execute_complete(running(), answered("Approve"))

    assert (len(airflow.questions), circleci.requests(method="POST")) == (1, [])


def test_trigger_gives_up_both_waits_when_it_is_stopped(circleci: Sandbox, airflow: Airflow) -> None:
    _, deferred = asked_about(circleci, running())
    trigger = deferred.trigger

    async def stopped() -> set[Any]:
        task = asyncio.ensure_future(anext(aiter(trigger.run())))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return {other for other in asyncio.all_tasks() if other is not asyncio.current_task()}

    assert asyncio.run(stopped()) == set()


def test_trigger_arguments_hold_no_secret(circleci: Sandbox, airflow: Airflow) -> None:
    _, deferred = asked_about(circleci, running())

    assert circleci.token not in json.dumps(deferred.trigger.serialize()[1])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({}, "exactly one of workflow_id and pipeline_id", id="no_target"),
        pytest.param({"workflow_id": "a", "on_canceled": "ignore"}, "on_canceled", id="unknown_word"),
        pytest.param({"workflow_id": "a", "defaults": "Yes"}, "defaults", id="unknown_default"),
        pytest.param({"workflow_id": "a", "timeout_s": 0}, "timeout_s", id="no_time"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        approval(**options)
