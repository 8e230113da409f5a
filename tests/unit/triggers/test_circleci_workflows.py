"""Waiting in the triggerer for what the operators that act on workflows need."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci_workflows import (
    CircleCIEndTrigger,
    CircleCIHoldTrigger,
    CircleCIQuestionTrigger,
    CircleCIRerunTrigger,
)
from tests.unit.triggers.firing import event_of, kill

ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"
POLICY: dict[str, Any] = {
    "on_hold": "wait",
    "on_canceled": "fail",
    "on_no_workflow": "fail",
    "no_workflow_grace_s": 600.0,
}


def waiting(**options: Any) -> dict[str, Any]:
    return {
        "circleci_conn_id": "circleci_default",
        "started_s": time.time(),
        "deadline_s": None,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "poll_backoff": 0.0,
        "request_attempts": 2,
        "request_max_wait_s": 0.02,
        "hand_back": {"kept": 1},
        **options,
    }


async def started(scenario: str) -> str:
    created = await CircleCIHook().trigger_pipeline.aio("gh/acme/app", parameters={"sandbox_scenario": scenario})
    return str(created["id"])


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param(CircleCIEndTrigger(workflow_id=ID, **waiting()), id="end"),
        pytest.param(CircleCIHoldTrigger(pipeline_id=ID, job_name="hold", policy=POLICY, **waiting()), id="hold"),
        pytest.param(CircleCIRerunTrigger(workflow_id=ID, cancel_on_kill=True, **waiting(), **POLICY), id="rerun"),
        pytest.param(
            CircleCIQuestionTrigger(
                jobs=[{"name": "hold"}],
                ti_id=ID,
                options=["Approve"],
                defaults=None,
                response_until=None,
                params={},
                **waiting(),
            ),
            id="question",
        ),
    ],
)
def test_trigger_rebuilds_from_json(trigger: Any) -> None:
    path, arguments = trigger.serialize()

    assert type(trigger)(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@pytest.mark.parametrize("scenario", ["success", "failed", "mixed_success"])
async def test_end_is_seen_however_it_was(circleci: Sandbox, scenario: str) -> None:
    circleci.set_speed(200)

    event = await event_of(CircleCIEndTrigger(pipeline_id=await started(scenario), **waiting()))

    assert event == {"status": "seen", "seen": {"ended": True}, "handed_back": {"kept": 1}}


async def test_hold_is_seen_with_its_jobs(circleci: Sandbox) -> None:
    circleci.set_speed(200)

    event = await event_of(CircleCIHoldTrigger(pipeline_id=await started("on_hold"), policy=POLICY, **waiting()))

    assert (event["seen"]["state"], [job["name"] for job in event["seen"]["jobs"]]) == ("held", ["hold"])
    assert json.loads(json.dumps(event)) == event


async def test_deadline_is_kept_and_says_how_things_stood(circleci: Sandbox) -> None:
    pipeline_id = await started("never_ends")
    circleci.advance(5)

    event = await event_of(
        CircleCIHoldTrigger(pipeline_id=pipeline_id, policy=POLICY, **waiting(deadline_s=time.time() + 0.1))
    )

    assert (event["status"], event["message"]) == (
        "timed_out",
        "last seen: build-and-test running: no approval job yet",
    )


async def test_why_the_last_look_failed_is_told_once(circleci: Sandbox) -> None:
    circleci.add_fault("status", status=503, times=9)

    event = await event_of(CircleCIEndTrigger(workflow_id=ID, **waiting(deadline_s=time.time() - 1)))

    assert event["message"].startswith("last seen: could not look: ")
    assert event["message"].count("answered 503") == 1


async def test_being_turned_away_ends_the_wait_at_once(circleci: Sandbox) -> None:
    circleci.add_fault("status", status=403)

    event = await event_of(CircleCIEndTrigger(workflow_id=ID, **waiting()))

    assert (event["status"], event["error"], event["handed_back"]) == ("error", "Forbidden", {"kept": 1})


@pytest.mark.parametrize("cancel_on_kill", [True, False])
async def test_person_who_marks_the_task_stops_the_rerun(circleci: Sandbox, cancel_on_kill: bool) -> None:
    await started("never_ends")
    circleci.advance(5)
    workflow_id = circleci.pipelines()[0]["workflows"][0]["id"]
    trigger = CircleCIRerunTrigger(workflow_id=workflow_id, cancel_on_kill=cancel_on_kill, **waiting(), **POLICY)

    await kill(trigger)

    assert bool(circleci.requests(method="POST", path="/cancel$")) is cancel_on_kill


@pytest.mark.parametrize("same", [True, False])
async def test_task_that_waits_again_stops_the_rerun_unless_it_is_the_same(circleci: Sandbox, same: bool) -> None:
    await started("never_ends")
    circleci.advance(5)
    workflow_id = circleci.pipelines()[0]["workflows"][0]["id"]
    trigger = CircleCIRerunTrigger(workflow_id=workflow_id, cancel_on_kill=True, **waiting(), **POLICY)

    await kill(trigger, state="deferred", workflow_id=workflow_id if same else ID)

    assert bool(circleci.requests(method="POST", path="/cancel$")) is not same
