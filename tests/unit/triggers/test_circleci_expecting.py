"""Triggers that know how long it takes."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from airflow_provider_circle.hooks import circleci as hooks
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci import (
    CircleCIJobTrigger,
    CircleCIPipelineTrigger,
    CircleCIWorkflowTrigger,
)
from airflow_provider_circle.triggers.circleci_workflows import CircleCIRerunTrigger
from tests.unit.triggers.firing import event_of, waiting
from tests.unit.triggers.happening import eventually

ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"


@pytest.fixture(autouse=True)
def nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_durations", {})


TRIGGERS = [
    pytest.param(CircleCIPipelineTrigger, {"pipeline_id": ID}, id="pipeline"),
    pytest.param(CircleCIWorkflowTrigger, {"workflow_id": ID}, id="workflow"),
    pytest.param(CircleCIJobTrigger, {"project_slug": "gh/a/b", "job_number": 7}, id="job"),
    pytest.param(CircleCIRerunTrigger, {"workflow_id": ID, "cancel_on_kill": True, "hand_back": {}}, id="rerun"),
]


@pytest.mark.parametrize(("kind", "subject"), TRIGGERS)
@pytest.mark.parametrize("expected", [60, 61.5, "insights"])
def test_what_is_expected_survives_json(kind: Any, subject: dict[str, Any], expected: Any) -> None:
    trigger = kind(**subject, **waiting(expected_duration_s=expected, look_from_s=1.5e9))

    path, arguments = trigger.serialize()

    assert (arguments["expected_duration_s"], arguments["look_from_s"]) == (expected, 1.5e9)
    assert kind(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@pytest.mark.parametrize(("kind", "subject"), TRIGGERS)
def test_arguments_of_the_version_before_still_build_a_trigger(kind: Any, subject: dict[str, Any]) -> None:
    before = {**subject, **waiting()}

    arguments = kind(**before).serialize()[1]

    assert {"expected_duration_s", "look_from_s"}.isdisjoint(arguments)
    assert arguments.items() >= before.items()


async def _started() -> str:
    created = await CircleCIHook().trigger_pipeline.aio("gh/acme/app", parameters={"sandbox_scenario": "success"})
    return str(created["id"])


@pytest.mark.parametrize("expected", [5, "insights"])
async def test_a_wait_that_expects_something_sees_the_end(circleci: Sandbox, expected: Any) -> None:
    circleci.set_speed(200)

    event = await event_of(
        CircleCIPipelineTrigger(pipeline_id=await _started(), **waiting(expected_duration_s=expected))
    )

    assert event["status"] == "succeeded"


async def test_many_waits_ask_insights_once(circleci: Sandbox) -> None:
    started = [await _started() for _ in range(8)]
    circleci.advance(5)
    waits = [
        asyncio.create_task(
            event_of(CircleCIPipelineTrigger(pipeline_id=one, **waiting(expected_duration_s="insights")))
        )
        for one in started
    ]

    # The end must not come before anybody has looked.
    await eventually(lambda: circleci.requests("GET", r"/insights/"), "the first to ask")
    circleci.set_speed(200)

    assert {event["status"] for event in await asyncio.gather(*waits)} == {"succeeded"}
    assert len(circleci.requests("GET", r"/insights/")) == 1


async def test_a_first_look_whose_time_has_passed_is_taken_at_once(circleci: Sandbox) -> None:
    pipeline_id = await _started()
    circleci.advance(60)
    circleci.clear_requests()

    event = await event_of(
        CircleCIPipelineTrigger(
            pipeline_id=pipeline_id, **waiting(expected_duration_s=60, look_from_s=time.time() - 3600)
        )
    )

    assert (event["status"], len(circleci.requests("GET", r"/workflow$"))) == ("succeeded", 1)


async def test_what_is_no_duration_is_reported(circleci: Sandbox) -> None:
    event = await event_of(CircleCIPipelineTrigger(pipeline_id=ID, **waiting(expected_duration_s="soon")))

    assert (event["status"], event["error"]) == ("error", "ValueError")
    assert "expected_duration_s" in event["message"]
