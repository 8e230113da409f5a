"""Waiting for a v1.1 build in the triggerer."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci_v1 import CircleCIV1BuildTrigger
from tests.unit.triggers.firing import event_of, kill

SLUG = "gh/acme/app"
RUN = {"build_num": 1, "url": "https://x/1"}


def trigger(number: int = 1, **options: Any) -> CircleCIV1BuildTrigger:
    waiting: dict[str, Any] = {
        "circleci_conn_id": "circleci_default",
        "started_s": time.time(),
        "deadline_s": None,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "poll_backoff": 0.0,
        "request_attempts": 2,
        "request_max_wait_s": 0.02,
        "hand_back": RUN,
        **options,
    }
    return CircleCIV1BuildTrigger(project_slug=SLUG, build_num=number, **waiting)


async def started(scenario: str) -> int:
    build = await CircleCIV1Hook().trigger_build.aio(
        SLUG, branch="main", build_parameters={"sandbox_scenario": scenario}
    )
    return int(build["build_num"])


def test_trigger_rebuilds_from_json() -> None:
    path, arguments = trigger(cancel_on_kill=True).serialize()

    assert CircleCIV1BuildTrigger(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@pytest.mark.parametrize(
    ("scenario", "state"), [("success", "succeeded"), ("failed", "failed"), ("error", "never_ran")]
)
async def test_event_says_how_it_ended(circleci: Sandbox, scenario: str, state: str) -> None:
    circleci.set_speed(200)

    event = await event_of(trigger(await started(scenario)))

    assert (event["status"], event["seen"]["state"], event["handed_back"]) == ("seen", state, RUN)
    assert json.loads(json.dumps(event)) == event


async def test_deadline_is_kept(circleci: Sandbox) -> None:
    event = await event_of(trigger(await started("never_ends"), deadline_s=time.time() + 0.1))

    assert (event["status"], event["seen"]["state"]) == ("timed_out", "timed_out")
    assert event["message"].startswith("last seen: build 1")


async def test_faults_do_not_end_the_wait(circleci: Sandbox) -> None:
    number = await started("success")
    circleci.advance(60)
    circleci.add_fault("status", status=503, times=5)

    assert (await event_of(trigger(number)))["status"] == "seen"


@pytest.mark.parametrize(("status", "error"), [(401, "Unauthorized"), (404, "NotFound")])
async def test_being_turned_away_ends_the_wait_at_once(circleci: Sandbox, status: int, error: str) -> None:
    number = await started("success")
    circleci.add_fault("status", status=status)

    event = await event_of(trigger(number))

    assert (event["status"], event["error"], event["handed_back"]) == ("error", error, RUN)


@pytest.mark.parametrize("cancel_on_kill", [True, False])
async def test_person_who_marks_the_task_stops_the_build(circleci: Sandbox, cancel_on_kill: bool) -> None:
    number = await started("never_ends")

    await kill(trigger(number, cancel_on_kill=cancel_on_kill))

    assert bool(circleci.requests(method="POST", path=f"/{number}/cancel$")) is cancel_on_kill


@pytest.mark.parametrize(("later", "canceled"), [(0, False), (1, True)])
async def test_task_that_waits_again_stops_the_build_unless_it_is_the_same(
    circleci: Sandbox, later: int, canceled: bool
) -> None:
    number = await started("never_ends")

    await kill(trigger(number, cancel_on_kill=True), state="deferred", build_num=number + later)

    assert bool(circleci.requests(method="POST", path=f"/{number}/cancel$")) is canceled
