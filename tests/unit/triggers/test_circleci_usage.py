"""Waiting for a usage export in the triggerer: arguments that may be stored, one event, no secret."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.circleci.slugs import Organization
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci_usage import CircleCIUsageExportTrigger
from tests.unit.triggers.firing import event_of

ORG_ID = Organization("gh", "acme").id
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
ORDER = {"org_id": ORG_ID, "start": "2026-03-01T00:00:00.000Z", "end": "2026-03-01T23:59:59.999Z"}


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circleci_default``, its clock standing still."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    circle_sandbox.set_speed(0)
    return circle_sandbox


def waiting(export_id: str, **options: Any) -> CircleCIUsageExportTrigger:
    limits: dict[str, Any] = {
        "started_s": time.time(),
        "deadline_s": time.time() + 60,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "poll_backoff": 0.0,
        "request_attempts": 2,
        "request_max_wait_s": 0.01,
        **options,
    }
    return CircleCIUsageExportTrigger(circleci_conn_id="circleci_default", order=ORDER, export_id=export_id, **limits)


def ordered(sandbox: Sandbox, *shared: str) -> str:
    now = datetime.fromtimestamp(sandbox.now(), UTC)
    return str(CircleCIHook().start_usage_export(ORG_ID, now - timedelta(days=1), now, shared)["usage_export_job_id"])


def test_trigger_rebuilds_from_json() -> None:
    trigger = waiting(UNKNOWN_ID)
    path, arguments = trigger.serialize()

    assert path == "airflow_provider_circle.triggers.circleci_usage.CircleCIUsageExportTrigger"
    assert CircleCIUsageExportTrigger(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@pytest.mark.parametrize(("shared", "state"), [((), "completed"), ((UNKNOWN_ID,), "failed")])
async def test_event_says_how_it_ended_and_where_nothing_is(
    sandbox: Sandbox, shared: tuple[str, ...], state: str
) -> None:
    export_id = ordered(sandbox, *shared)
    sandbox.set_speed(100)

    event = await event_of(waiting(export_id))

    assert (event["status"], event["seen"]["state"], event["seen"]["export_id"]) == ("seen", state, export_id)
    assert event["order"] == ORDER
    assert "signature" not in json.dumps(event)


async def test_deadline_is_told(sandbox: Sandbox) -> None:
    event = await event_of(waiting(ordered(sandbox), deadline_s=time.time() + 0.05))

    assert event["seen"]["state"] == "timed_out"
    assert "'created'" in event["seen"]["message"]


async def test_export_that_nobody_knows_is_an_error_with_the_order(sandbox: Sandbox) -> None:
    event = await event_of(waiting(UNKNOWN_ID))

    assert (event["status"], event["error"], event["order"]) == ("error", "NotFound", ORDER)


async def test_state_nobody_has_heard_of_is_no_end(sandbox: Sandbox) -> None:
    export_id = ordered(sandbox)
    sandbox.advance(60)
    sandbox.add_fault("status", status=200, body={"usage_export_job_id": export_id, "state": "packing"}, times=3)

    event = await event_of(waiting(export_id))

    assert event["seen"]["state"] == "completed"
    assert len(sandbox.requests("GET", "/usage_export_job/")) == 4
