"""Waiting for Circa in the triggerer: arguments that may be stored, one event, no secret."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circa import CircaContactsChangedTrigger, CircaExportTrigger
from tests.unit.triggers.firing import event_of, kill

SINCE = "2026-03-02T00:00:00+00:00"
LONG_AGO = "2020-01-01T00:00:00+00:00"


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circa_default``, its clock standing still."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", circle_sandbox.circa_connection_json())
    circle_sandbox.set_speed(0)
    return circle_sandbox


def waiting(**options: Any) -> dict[str, Any]:
    return {
        "circa_conn_id": "circa_default",
        "started_s": time.time(),
        "deadline_s": time.time() + 60,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "poll_backoff": 0.0,
        "request_attempts": 2,
        "request_max_wait_s": 0.01,
        **options,
    }


def ordered(sandbox: Sandbox) -> dict[str, str]:
    event_id = str(sandbox.circa_events()[0]["id"])
    return {"event_id": event_id, "export_id": str(CircaHook().start_export(event_id)["id"])}


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param(CircaExportTrigger(event_id="a", export_id="b", **waiting()), id="export"),
        pytest.param(CircaContactsChangedTrigger(since=SINCE, **waiting(deadline_s=None)), id="contacts"),
    ],
)
def test_trigger_rebuilds_from_json(trigger: Any) -> None:
    path, arguments = trigger.serialize()

    assert path == f"airflow_provider_circle.triggers.circa.{type(trigger).__name__}"
    assert type(trigger)(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@pytest.mark.parametrize(("fails", "state"), [(0, "completed"), (1, "failed")])
async def test_event_says_how_an_export_ended(sandbox: Sandbox, fails: int, state: str) -> None:
    sandbox.circa_exports(fails=fails)
    subject = ordered(sandbox)
    sandbox.set_speed(100)

    event = await event_of(CircaExportTrigger(**subject, **waiting()))

    assert event["status"] == "seen"
    assert event["seen"]["state"] == state
    assert event["seen"]["export_id"] == subject["export_id"]
    assert "http" not in json.dumps(event)


async def test_export_that_takes_too_long_is_told(sandbox: Sandbox) -> None:
    trigger = CircaExportTrigger(**ordered(sandbox), **waiting(deadline_s=time.time() + 0.1))

    assert (await event_of(trigger))["seen"]["state"] == "timed_out"


async def test_deadline_that_passed_while_nobody_watched_still_gets_one_look(sandbox: Sandbox) -> None:
    subject = ordered(sandbox)
    sandbox.advance(60)

    event = await event_of(CircaExportTrigger(**subject, **waiting(deadline_s=time.time() - 3600)))

    assert event["seen"]["state"] == "completed"


async def test_change_is_seen(sandbox: Sandbox) -> None:
    event = await event_of(CircaContactsChangedTrigger(since=LONG_AGO, **waiting()))

    assert event["status"] == "seen"
    seen = event["seen"]
    assert seen in sandbox.circa_contacts(["id", "updated_at"])


async def test_no_change_until_the_deadline_is_told(sandbox: Sandbox) -> None:
    trigger = CircaContactsChangedTrigger(since="2099-01-01T00:00:00+00:00", **waiting(deadline_s=time.time() + 0.5))

    event = await event_of(trigger)

    assert event["status"] == "timed_out"
    assert "no contact changed" in event["message"]
    assert len(sandbox.requests()) >= 2


@pytest.mark.parametrize("kind", ["reset", "html", "malformed", "empty", "cut", "status"])
@pytest.mark.parametrize("what", ["export", "contacts"])
async def test_faults_do_not_end_the_wait(sandbox: Sandbox, kind: str, what: str) -> None:
    subject = ordered(sandbox)
    sandbox.advance(60)
    sandbox.add_fault(kind, times=5)
    trigger: Any = (
        CircaExportTrigger(**subject, **waiting())
        if what == "export"
        else CircaContactsChangedTrigger(since=LONG_AGO, **waiting())
    )

    event = await event_of(trigger)

    assert event["status"] == "seen"
    assert len([one for one in sandbox.requests() if one["fault"]]) == 5


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "Unauthorized"), (402, "SubscriptionExpired"), (403, "Forbidden"), (404, "NotFound")],
)
@pytest.mark.parametrize("what", ["export", "contacts"])
async def test_being_turned_away_ends_the_wait_at_once(sandbox: Sandbox, status: int, error: str, what: str) -> None:
    subject = ordered(sandbox)
    sandbox.clear_requests()
    sandbox.add_fault("status", status=status)
    trigger: Any = (
        CircaExportTrigger(**subject, **waiting())
        if what == "export"
        else CircaContactsChangedTrigger(since=LONG_AGO, **waiting())
    )

    event = await event_of(trigger)

    assert (event["status"], event["error"]) == ("error", error)
    assert len(sandbox.requests()) == 1


async def test_unusable_connection_is_an_event_not_a_crash(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "circa", "host": "http://circa.example", "password": "secret-token"}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", json.dumps(connection))

    event = await event_of(CircaContactsChangedTrigger(since=SINCE, **waiting()))

    assert (event["status"], event["error"]) == ("error", "ValueError")
    assert "secret-token" not in json.dumps(event)


@pytest.mark.parametrize("end", ["kill", "cleanup"])
async def test_wait_that_ends_early_leaves_the_export_alone(sandbox: Sandbox, end: str) -> None:
    trigger = CircaExportTrigger(**ordered(sandbox), **waiting())
    sandbox.clear_requests()

    await (kill(trigger) if end == "kill" else trigger.cleanup())

    assert sandbox.requests() == []
