"""Waiting for CircleMe in the triggerer: arguments that may be stored, one event, no secret."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleme import CircleMeNewCardsTrigger
from tests.unit.triggers.firing import event_of

LONG_AGO = "2020-01-01T00:00:00+00:00"
NEVER = "2099-01-01T00:00:00+00:00"


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circleme_default``, without limits."""
    connection = {**json.loads(circle_sandbox.circleme_connection_json()), "extra": {"requests_per_minute": 600_000}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLEME_DEFAULT", json.dumps(connection))
    circle_sandbox.set_speed(0)
    circle_sandbox.circleme_limit(None)
    return circle_sandbox


def trigger(since: str = LONG_AGO, **options: Any) -> CircleMeNewCardsTrigger:
    arguments: dict[str, Any] = {
        "circleme_conn_id": "circleme_default",
        "started_s": time.time(),
        "deadline_s": time.time() + 60,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "poll_backoff": 0.0,
        "request_attempts": 2,
        "request_max_wait_s": 0.01,
        **options,
    }
    return CircleMeNewCardsTrigger(since=since, **arguments)


@pytest.mark.parametrize("filters", [None, {}, {"lang": "italian", "item_ids": ["1", 2]}])
def test_trigger_rebuilds_from_json(filters: Any) -> None:
    path, arguments = trigger(filters=filters).serialize()

    assert path == "airflow_provider_circle.triggers.circleme.CircleMeNewCardsTrigger"
    assert CircleMeNewCardsTrigger(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


async def test_newest_card_is_seen(sandbox: Sandbox) -> None:
    event = await event_of(trigger())

    newest = sandbox.circleme_cards()[0]
    assert event == {"status": "seen", "seen": {name: newest[name] for name in ("id", "date", "title")}}
    assert sandbox.circleme_handed_out() == []


async def test_filters_reach_the_service(sandbox: Sandbox) -> None:
    event = await event_of(trigger(filters={"lang": "italian"}))

    assert event["seen"]["id"] == sandbox.circleme_cards("italian")[0]["id"]


async def test_no_card_until_the_deadline_is_told(sandbox: Sandbox) -> None:
    event = await event_of(trigger(NEVER, deadline_s=time.time() + 0.1))

    assert event["status"] == "timed_out"
    assert "daily limit" in event["message"]


@pytest.mark.parametrize("kind", ["reset", "html", "malformed", "empty", "cut"])
async def test_faults_do_not_end_the_wait(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault(kind, times=5)

    assert (await event_of(trigger()))["status"] == "seen"


@pytest.mark.parametrize(("status", "error"), [(401, "Unauthorized"), (403, "Forbidden")])
async def test_being_turned_away_ends_the_wait_at_once(sandbox: Sandbox, status: int, error: str) -> None:
    sandbox.add_fault("status", status=status)

    event = await event_of(trigger())

    assert (event["status"], event["error"]) == ("error", error)
    assert len(sandbox.requests()) == 1


async def test_odd_filter_is_an_event_not_a_crash(sandbox: Sandbox) -> None:
    event = await event_of(trigger(filters={"lang": "german"}))

    assert (event["status"], event["error"]) == ("error", "ValueError")
    assert sandbox.requests() == []
