"""What a watcher is told to watch, and how it polls for itself where Airflow shares no streams."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from airflow.triggers import base

from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers import circleci_events
from tests.unit.triggers.happening import LIST, build, eventually, watcher

needs_watchers = pytest.mark.skipif(
    not hasattr(base, "BaseEventTrigger"), reason="Airflow before 3.0 knows no asset watchers"
)
needs_stores = pytest.mark.skipif(
    not hasattr(base, "BaseEventTrigger") or not hasattr(base.BaseEventTrigger, "create_shared_stream_producer"),
    reason="Airflow before 3.3 stores nothing for watchers",
)


@needs_watchers
async def test_without_shared_streams_a_watcher_polls_for_itself(
    circleci: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[dict[str, Any]] = []

    async def follow() -> None:
        async for event in watcher().run():
            events.append(event.payload)  # noqa: PERF401  what came until the end is asserted on

    task = asyncio.create_task(follow())
    await eventually(lambda: len(circleci.requests(path=LIST)) >= 2, "the first look and its answer")
    await build(circleci)
    circleci.advance(20)

    await eventually(lambda: events, "an event")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert caplog.text.count("stores nothing for watchers") == 1
    assert [event["event"] for event in events] == ["workflow_finished"]


@needs_stores
def test_equal_watchers_have_equal_hashes() -> None:
    one = watcher(project_slug="github/acme/app", statuses=["failed", "error"], start="2026-01-01T01:00:00+01:00")
    two = watcher(project_slug="gh/acme/app", statuses=("error", "failed", "error"), start="2026-01-01")

    assert base.BaseEventTrigger.hash(*one.serialize()) == base.BaseEventTrigger.hash(*two.serialize())


@needs_stores
def test_a_trigger_rebuilds_from_json() -> None:
    trigger = watcher(events=["pipeline_finished"], branch="main", start="2026-01-01", poll_interval_s=7)
    path, arguments = trigger.serialize()

    assert path == "airflow_provider_circle.triggers.circleci_events.CircleCIPipelineEventTrigger"
    assert type(trigger)(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)


@needs_stores
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"project_slug": "acme"}, "project_slug"),
        ({"events": ["finished"]}, "events"),
        ({"statuses": ["done"]}, "statuses"),
        ({"start": "yesterday"}, "start"),
        ({"poll_interval_s": 0}, "poll_interval_s"),
        ({"poll_interval_s": "30"}, "poll_interval_s"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        watcher(**options)


@needs_watchers
def test_a_start_is_refused_where_nothing_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circleci_events, "_SHARES_STREAMS", False)

    with pytest.raises(ValueError, match=r"start needs Airflow 3\.3"):
        watcher(start="2026-01-01")


def test_an_airflow_without_asset_watchers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circleci_events, "_HAS_WATCHERS", False)

    with pytest.raises(ImportError, match=r"needs Airflow 3\.0"):
        watcher()


@needs_watchers
async def test_where_nothing_is_stored_the_watch_begins_anew() -> None:
    assert await watcher()._stored() is None
