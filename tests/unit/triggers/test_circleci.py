from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci import (
    CircleCIJobTrigger,
    CircleCIPipelineTrigger,
    CircleCIWorkflowTrigger,
)
from tests.unit.triggers.firing import event_of, kill, taken_away, waiting
from tests.unit.triggers.happening import eventually

ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"


async def started(scenario: str) -> str:
    created = await CircleCIHook().trigger_pipeline.aio("gh/acme/app", parameters={"sandbox_scenario": scenario})
    return str(created["id"])


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param(CircleCIPipelineTrigger(pipeline_id=ID, workflow_names=["x"], **waiting()), id="pipeline"),
        pytest.param(CircleCIWorkflowTrigger(workflow_id=ID, **waiting()), id="workflow"),
        pytest.param(CircleCIJobTrigger(project_slug="gh/a/b", job_number=7, **waiting()), id="job"),
    ],
)
def test_trigger_rebuilds_from_json(trigger: Any) -> None:
    path, arguments = trigger.serialize()

    assert type(trigger)(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@pytest.mark.parametrize(
    ("scenario", "status"),
    [("success", "succeeded"), ("failed", "failed"), ("errored", "failed"), ("canceled", "canceled")],
)
async def test_event_says_how_it_ended(circleci: Sandbox, scenario: str, status: str) -> None:
    circleci.set_speed(200)

    event = await event_of(CircleCIPipelineTrigger(pipeline_id=await started(scenario), **waiting()))

    assert event["status"] == status
    assert json.loads(json.dumps(event)) == event


async def test_deadline_is_kept(circleci: Sandbox) -> None:
    trigger = CircleCIPipelineTrigger(pipeline_id=await started("never_ends"), **waiting(deadline_s=time.time() + 0.1))

    assert (await event_of(trigger))["status"] == "timed_out"


async def test_deadline_that_passed_while_nobody_watched_still_gets_one_look(circleci: Sandbox) -> None:
    pipeline_id = await started("success")
    circleci.advance(60)

    trigger = CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting(deadline_s=time.time() - 3600))

    assert (await event_of(trigger))["status"] == "succeeded"


@pytest.mark.parametrize("kind", ["reset", "html", "malformed", "empty", "cut"])
async def test_faults_do_not_end_the_wait(circleci: Sandbox, kind: str) -> None:
    pipeline_id = await started("success")
    circleci.advance(60)
    circleci.add_fault(kind, times=5)

    event = await event_of(CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting()))

    assert event["status"] == "succeeded"
    assert len([request for request in circleci.requests() if request["fault"]]) == 5


@pytest.mark.parametrize(("status", "error"), [(401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound")])
async def test_being_turned_away_ends_the_wait_at_once(circleci: Sandbox, status: int, error: str) -> None:
    pipeline_id = await started("success")
    circleci.clear_requests()
    circleci.add_fault("status", status=status)

    event = await event_of(CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting()))

    assert (event["status"], event["error"]) == ("error", error)
    assert len(circleci.requests()) == 1


async def test_connection_without_a_token_is_an_event_not_a_crash(
    circleci: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", json.dumps({"conn_type": "circleci"}))

    event = await event_of(CircleCIPipelineTrigger(pipeline_id=ID, **waiting()))

    assert "there is no token" in event["message"]


async def test_kill_cancels_the_pipeline(circleci: Sandbox) -> None:
    pipeline_id = await started("never_ends")
    circleci.advance(5)

    await kill(CircleCIPipelineTrigger(pipeline_id=pipeline_id, cancel_on_kill=True, **waiting()))

    circleci.advance(5)
    assert [flow["status"] for flow in circleci.pipelines()[0]["workflows"]] == ["canceled"]


async def test_kill_after_the_end_says_that_there_was_nothing_to_cancel(
    circleci: Sandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline_id = await started("success")
    circleci.advance(600)

    await kill(CircleCIPipelineTrigger(pipeline_id=pipeline_id, cancel_on_kill=True, **waiting()))

    assert f"no running workflow of CircleCI pipeline {pipeline_id}" in caplog.text + capsys.readouterr().out


async def test_job_is_waited_for(circleci: Sandbox) -> None:
    await started("success")
    circleci.advance(600)
    (workflow, *_) = circleci.pipelines()[0]["workflows"]
    (job, *_) = [job async for job in CircleCIHook().list_workflow_jobs.aio(workflow["id"])]

    event = await event_of(CircleCIJobTrigger(project_slug="gh/acme/app", job_number=job["job_number"], **waiting()))

    assert event["status"] == "succeeded"


@pytest.mark.parametrize("map_index", [-1, 3])
async def test_pipeline_goes_on_when_another_triggerer_took_the_wait_over(circleci: Sandbox, map_index: int) -> None:
    pipeline_id = await started("never_ends")
    trigger = CircleCIPipelineTrigger(pipeline_id=pipeline_id, cancel_on_kill=True, **waiting())
    circleci.advance(5)

    await kill(trigger, state="deferred", map_index=map_index, pipeline_id=pipeline_id)
    await kill(trigger, state="deferred", map_index=map_index)

    assert circleci.requests(method="POST", path="/cancel$") == []


async def test_kill_cancels_the_pipeline_of_a_cleared_task_that_already_waits_for_its_next(circleci: Sandbox) -> None:
    trigger = CircleCIPipelineTrigger(pipeline_id=await started("never_ends"), cancel_on_kill=True, **waiting())
    circleci.advance(5)

    await kill(trigger, state="deferred", pipeline_id=await started("never_ends"))

    (canceled,) = circleci.requests(method="POST", path="/cancel$")
    assert circleci.pipelines()[0]["workflows"][0]["id"] in canceled["path"]


async def test_kill_that_is_interrupted_cancels_the_pipeline_all_the_same(circleci: Sandbox) -> None:
    trigger = CircleCIPipelineTrigger(pipeline_id=await started("never_ends"), cancel_on_kill=True, **waiting())
    circleci.advance(5)
    with taken_away(trigger):
        killing = asyncio.create_task(trigger.on_kill())
        await asyncio.sleep(0)

        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)

        await eventually(lambda: circleci.requests(method="POST", path="/cancel$"), "the pipeline to be canceled")


async def test_kill_that_circleci_refuses_says_that_the_pipeline_may_be_running(
    circleci: Sandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    circleci.add_fault("status", status=403)

    await kill(CircleCIPipelineTrigger(pipeline_id=ID, cancel_on_kill=True, **waiting()))

    assert "may still be running" in caplog.text + capsys.readouterr().out


@pytest.mark.parametrize("end", ["kill", "cleanup"])
async def test_pipeline_is_left_alone(circleci: Sandbox, end: str) -> None:
    trigger = CircleCIPipelineTrigger(
        pipeline_id=await started("never_ends"), cancel_on_kill=end == "cleanup", **waiting()
    )
    circleci.advance(5)

    await (kill(trigger) if end == "kill" else trigger.cleanup())

    assert circleci.requests(method="POST", path="/cancel$") == []


async def test_waits_of_one_loop_share_few_connections(circleci: Sandbox) -> None:
    circleci.set_speed(60)
    ids = [await started("success") for _ in range(40)]
    circleci.clear_requests()

    events = await asyncio.gather(
        *(event_of(CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting())) for pipeline_id in ids)
    )

    assert {event["status"] for event in events} == {"succeeded"}
    assert len({request["client_port"] for request in circleci.requests()}) <= 16


async def test_one_refusal_slows_all_waits_of_the_connection(circleci: Sandbox) -> None:
    ids = [await started("never_ends") for _ in range(5)]
    circleci.set_speed(1)
    circleci.clear_requests()
    circleci.add_fault("status", status=429, retry_after="1", times=1)

    await asyncio.gather(
        *(
            event_of(CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting(deadline_s=time.time() + 1.5)))
            for pipeline_id in ids
        )
    )

    refused_at = next(request["at"] for request in circleci.requests() if request["status"] == 429)
    after_s = [request["at"] - refused_at for request in circleci.requests()]
    # Each of the other four may have had one under way, which comes late on a machine under load.
    assert len([after for after in after_s if 0.3 < after < 0.95]) <= 4
    assert max(after_s) > 1


async def test_pace_of_the_connection_reaches_the_trigger(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline_id = await started("never_ends")
    connection = json.loads(circleci.connection_json()) | {"extra": {"requests_per_minute": 60}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", json.dumps(connection))
    circleci.clear_requests()

    event = await event_of(CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting(deadline_s=time.time() + 0.5)))

    assert event["status"] == "timed_out"
    # One request a second, where the trigger alone would look every 0.02 s.
    assert 1 <= len(circleci.requests()) <= 4
