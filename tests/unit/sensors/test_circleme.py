"""Waiting until there is a newer card; looking uses none up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors.circleme import CircleMeNewCardsSensor
from tests.unit.running import context, interval


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Cards up to an hour ago, without limits."""
    connection = {**json.loads(circle_sandbox.circleme_connection_json()), "extra": {"requests_per_minute": 600_000}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLEME_DEFAULT", json.dumps(connection))
    circle_sandbox.set_speed(0)
    circle_sandbox.circleme_limit(None)
    circle_sandbox.circleme_populate(cards=30, italian=0, until_s=circle_sandbox.now() - 3600)
    return circle_sandbox


def sensor(**options: Any) -> Any:
    arguments = {
        "deferrable": False,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "request_max_wait_s": 0.01,
        "request_attempts": 2,
        "timeout": 10,
        **options,
    }
    return CircleMeNewCardsSensor(task_id="wait", **arguments)


def ago(sandbox: Sandbox, seconds: float) -> datetime:
    return datetime.fromtimestamp(sandbox.now() - seconds, UTC)


def test_newest_card_is_told(sandbox: Sandbox) -> None:
    (added,) = sandbox.circleme_add(1)

    seen = sensor(since=ago(sandbox, 60)).execute(context())

    newest = sandbox.circleme_cards()[0]
    assert seen == {name: newest[name] for name in ("id", "date", "title")}
    assert seen["id"] == added


def test_card_of_the_very_moment_is_not_newer(sandbox: Sandbox) -> None:
    newest = sandbox.circleme_cards()[0]["date"]

    assert not sensor(since=newest).poke(context())


def test_looking_uses_up_no_new_card(sandbox: Sandbox) -> None:
    sensor(since=ago(sandbox, 30 * 86400)).execute(context())

    assert sandbox.circleme_handed_out() == []
    assert len(sandbox.requests()) == 1


def test_filters_narrow(sandbox: Sandbox) -> None:
    sandbox.circleme_add(1, lang="italian")
    since = ago(sandbox, 60)

    assert not sensor(since=since).poke(context())
    assert sensor(since=since, filters={"lang": "italian"}).poke(context())


def test_odd_filter_fails_for_good_before_any_request(sandbox: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="lang"):
        sensor(since=ago(sandbox, 60), filters={"lang": "german"}).execute(context())

    assert sandbox.requests() == []


@pytest.mark.parametrize(("soft_fail", "raised"), [(False, AirflowSensorTimeout), (True, AirflowSkipException)])
def test_poking_sensor_times_out(sandbox: Sandbox, soft_fail: bool, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        sensor(since=ago(sandbox, 60), timeout=0.05, soft_fail=soft_fail).execute(context())


def test_no_cards_at_all_are_nothing_new(sandbox: Sandbox) -> None:
    sandbox.circleme_populate(cards=0, italian=0)

    assert not sensor(since=ago(sandbox, 60)).poke(context())


def test_deferred_sensor_hands_everything_to_the_trigger(sandbox: Sandbox) -> None:
    since = ago(sandbox, 60)
    with pytest.raises(TaskDeferred) as caught:
        sensor(deferrable=True, since=since, filters={"lang": "english"}, timeout=500).execute(context())

    path, arguments = caught.value.trigger.serialize()
    assert path == "airflow_provider_circle.triggers.circleme.CircleMeNewCardsTrigger"
    assert arguments["filters"] == {"lang": "english"}
    assert datetime.fromisoformat(arguments["since"]) == since
    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(500)
    assert sandbox.token not in json.dumps(arguments)


def test_end_of_the_data_interval_is_the_moment_by_default(sandbox: Sandbox) -> None:
    known = interval(ago(sandbox, 60) - timedelta(days=1))
    assert not sensor().poke(context(**known))

    sandbox.circleme_add(1)

    assert sensor().poke(context(**known))
