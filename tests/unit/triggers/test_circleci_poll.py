"""Watchers over Airflow's own shared streams and a sandbox; what a look means is tested with the happenings."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, ClassVar

import pytest

pytest.importorskip("airflow.triggers.shared_stream", reason="Airflow before 3.3 shares no streams")

from airflow.triggers.shared_stream import AdvanceItem, AdvanceOutcome

from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci_poll import Look, ProjectPoll, seats_of
from airflow_provider_circle.vendors.circleci.following import Progress
from airflow_provider_circle.vendors.circleci.happenings import Snapshot
from tests.unit.triggers.happening import LIST, build, eventually, watcher
from tests.unit.triggers.watching import Database, Triggerer
from tests.unit.vendors.circleci.walking import SERVICE


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(monkeypatch)


@pytest.fixture
async def triggerer(database: Database) -> AsyncIterator[Triggerer]:
    running = Triggerer(database)
    yield running
    await running.stop()


async def begun(triggerer: Triggerer, *assets: str, **options: Any) -> None:
    """Start a watcher and wait until its watch has begun."""
    triggerer.start(watcher(**options), *assets)
    for asset in assets or ("builds",):
        await eventually(partial(triggerer.database.progress, asset), "the watch to begin")


async def looks(circleci: Sandbox, count: int) -> None:
    """Wait for further looks."""
    before = len(circleci.requests(path=LIST))
    await eventually(lambda: len(circleci.requests(path=LIST)) >= before + count, f"{count} looks")


async def test_a_finished_workflow_is_told_once(circleci: Sandbox, triggerer: Triggerer) -> None:
    await begun(triggerer)
    await build(circleci)
    circleci.advance(20)

    told = await eventually(triggerer.database.told, "an event")
    await looks(circleci, 4)

    assert told == [f"workflow_finished/{circleci.pipelines()[0]['workflows'][0]['id']}"]
    assert triggerer.database.told() == told


async def test_twenty_watchers_ask_no_more_than_one(circleci: Sandbox, database: Database) -> None:
    asked = []
    for count in (1, 20):
        triggerer = Triggerer(database)
        assets = [f"of_{count}_{n}" for n in range(count)]
        circleci.advance(60)
        for n, asset in enumerate(assets):
            triggerer.start(watcher(workflow_names=["build-and-test", f"other-{n}"], poll_interval_s=0.3), asset)
        for asset in assets:
            await eventually(partial(database.progress, asset), "all watches to begin")
        await build(circleci)
        circleci.advance(20)
        for asset in assets:
            await eventually(partial(database.told, asset), "all events")
        asked.append(len(circleci.requests(path=LIST)))
        await triggerer.stop()

    # A look or two more on a machine under load; 20 polls would be 20 times as many.
    assert asked[1] <= asked[0] + 4
    assert {len(database.told(f"of_20_{n}")) for n in range(20)} == {1}


async def test_each_watcher_is_told_what_it_is_interested_in(circleci: Sandbox, triggerer: Triggerer) -> None:
    await begun(triggerer, "failures", statuses=["failed"])
    await begun(triggerer, "pipelines", events=["pipeline_created", "pipeline_finished"])
    await begun(triggerer, "of_dev", branch="dev")
    await build(circleci, "two_workflows")
    circleci.advance(20)

    await eventually(lambda: len(triggerer.database.told("pipelines")) == 2, "the pipeline's end")
    await eventually(lambda: triggerer.database.told("failures"), "the failure")

    assert [payload["status"] for name, payload in triggerer.database.events if name == "failures"] == ["failed"]
    assert triggerer.database.told("of_dev") == []


async def test_a_watcher_of_beginnings_alone_looks_into_no_pipeline(circleci: Sandbox, triggerer: Triggerer) -> None:
    await begun(triggerer, events=["pipeline_created"])
    await build(circleci)

    await eventually(triggerer.database.told, "the beginning")
    await looks(circleci, 2)

    assert circleci.requests(path=r"/pipeline/[^/]+/workflow$") == []


async def test_what_happens_while_no_triggerer_runs_is_told_by_the_next(circleci: Sandbox, database: Database) -> None:
    first = Triggerer(database)
    await begun(first)
    ids = [await build(circleci) for _ in range(3)]
    await eventually(lambda: len((database.progress())["pipelines"]) == 3, "the pipelines to be followed")
    await first.stop()
    circleci.advance(20)
    ids += [await build(circleci) for _ in range(30)]
    circleci.advance(20)

    second = Triggerer(database)
    second.start(watcher())
    await eventually(lambda: len(database.told()) >= 33, "all events")
    await looks(circleci, 2)
    await second.stop()

    assert sorted(payload["pipeline_id"] for _, payload in database.events) == sorted(ids)


async def test_progress_is_stored_only_when_the_events_are(circleci: Sandbox, database: Database) -> None:
    triggerer = Triggerer(database, stores_at_once=False)
    await begun(triggerer)
    pipeline_id = await build(circleci)
    await eventually(lambda: database.progress()["pipelines"], "the pipeline to be followed")
    circleci.advance(20)
    await eventually(lambda: triggerer.queue, "an event")
    await looks(circleci, 3)
    assert database.progress()["pipelines"][pipeline_id][2] == []

    triggerer.store()

    await eventually(lambda: database.progress()["pipelines"][pipeline_id][2], "the progress")
    await triggerer.stop()


@pytest.mark.parametrize(
    ("killed", "times"),
    [("before_the_event_is_stored", 1), ("before_that_is_known", 2), ("after_the_progress_is_stored", 1)],
)
async def test_no_event_is_lost_whenever_the_triggerer_is_killed(
    circleci: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch, killed: str, times: int
) -> None:
    first = Triggerer(database, stores_at_once=False)
    await begun(first)
    await build(circleci)
    circleci.advance(20)
    await eventually(lambda: first.queue, "an event")
    if killed != "before_the_event_is_stored":
        first.store(confirm=killed == "after_the_progress_is_stored")
    if killed == "after_the_progress_is_stored":
        await eventually(lambda: any(mark[2] for mark in database.progress()["pipelines"].values()), "the progress")
    await first.kill(monkeypatch)

    second = Triggerer(database)
    second.start(watcher())
    await eventually(lambda: len(database.told()) >= times, "the event")
    await looks(circleci, 3)
    await second.stop()

    assert len(database.told()) == times
    assert len(set(database.told())) == 1


@pytest.mark.parametrize(("failed", "kept"), [(0, 1), (1, 0)])
async def test_a_look_whose_events_may_be_lost_stores_nothing(failed: int, kept: int) -> None:
    class Noting:
        stored: ClassVar[list[Progress]] = []

        async def keep(self, progress: Progress) -> None:
            self.stored.append(progress)

    told = Look(Snapshot("gh/acme/app", SERVICE, 0.0, 0.0, {}), {Noting(): Progress(0.0, 0.0)})
    poll = ProjectPoll([], project_slug="gh/acme/app", circleci_conn_id="circleci_default", poll_interval_s=1)
    Noting.stored.clear()

    await poll.advance([AdvanceItem(told, AdvanceOutcome(acked=1, failed=failed))])

    assert len(Noting.stored) == kept


async def test_a_watcher_that_comes_later_catches_up_and_the_others_are_told_nothing_twice(
    circleci: Sandbox, database: Database
) -> None:
    first = Triggerer(database)
    await begun(first, "late")
    await first.stop()
    second = Triggerer(database)
    await begun(second, "early", statuses=["success"])
    await build(circleci)
    circleci.advance(1000)
    await eventually(lambda: database.told("early"), "the event")
    await build(circleci)
    circleci.advance(20)
    await eventually(lambda: len(database.told("early")) == 2, "another event")

    second.start(watcher(), "late")

    await eventually(lambda: len(database.told("late")) == 2, "both events")
    await looks(circleci, 2)
    await second.stop()
    assert len(database.told("early")) == len(database.told("late")) == 2


async def test_where_nothing_happens_nothing_is_written(circleci: Sandbox, triggerer: Triggerer) -> None:
    await begun(triggerer)

    await looks(circleci, 4)

    assert triggerer.database.writes == 1


async def test_two_watchers_of_one_asset_keep_their_progress_apart(circleci: Sandbox, triggerer: Triggerer) -> None:
    triggerer.start(watcher(statuses=["success"]))
    triggerer.start(watcher(statuses=["failed"]))

    await eventually(lambda: len(triggerer.database.stored) == 2, "both watches to begin")


async def test_a_trigger_of_several_assets_goes_on_by_whichever_has_a_progress(
    circleci: Sandbox, database: Database
) -> None:
    first = Triggerer(database)
    await begun(first, "one", "two")
    await first.stop()
    await build(circleci)
    circleci.advance(20)

    second = Triggerer(database)
    second.start(watcher(), "two", "three")

    await eventually(lambda: database.told("three"), "the event")
    await second.stop()
    assert database.told("two") == database.told("three")


async def test_a_store_that_cannot_be_written_stops_nobody(
    circleci: Sandbox, triggerer: Triggerer, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(triggerer, "bad")
    await begun(triggerer, "good", statuses=["success"])
    triggerer.database.unwritable.add("bad")
    await build(circleci)
    circleci.advance(20)

    await eventually(lambda: triggerer.database.told("good"), "the event")
    marks = triggerer.database
    await eventually(lambda: any(mark[2] for mark in marks.progress("good")["pipelines"].values()), "the progress")
    assert len(triggerer.database.told("bad")) == 1
    assert not any(task.done() for task in triggerer.tasks)
    assert "Cannot store" in caplog.text


async def test_what_happened_since_the_start_is_told(circleci: Sandbox, triggerer: Triggerer) -> None:
    await build(circleci)
    circleci.advance(60)

    triggerer.start(watcher(start="2026-01-01T00:00:00Z"))

    await eventually(triggerer.database.told, "the event")


@pytest.mark.parametrize("kind", ["reset", "html", "malformed", "empty", "cut"])
async def test_faults_do_not_end_the_watch(circleci: Sandbox, triggerer: Triggerer, kind: str) -> None:
    await begun(triggerer)
    await build(circleci)
    circleci.add_fault(kind, times=6)
    circleci.advance(20)

    await eventually(triggerer.database.told, "the event")
    assert len([request for request in circleci.requests() if request["fault"]]) == 6


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_being_turned_away_is_logged_each_time_and_tried_again(
    circleci: Sandbox, triggerer: Triggerer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(triggerer)
    await build(circleci)
    circleci.add_fault("status", status=status, path=LIST, times=3)
    circleci.advance(20)

    await eventually(triggerer.database.told, "the event")

    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert all(f"{status}" in record.getMessage() for record in errors)
    assert [record.args[-1] for record in errors if isinstance(record.args, tuple)] == pytest.approx([0.05, 0.1, 0.2])


async def test_a_connection_that_was_mended_is_read_anew(
    circleci: Sandbox, triggerer: Triggerer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = json.loads(circleci.connection_json()) | {"password": "revoked-token-77"}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", json.dumps(wrong))
    triggerer.start(watcher())
    await eventually(lambda: "401" in caplog.text, "a refusal")

    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circleci.connection_json())

    await eventually(triggerer.database.progress, "the watch to begin")
    assert "revoked-token-77" not in caplog.text


@pytest.mark.parametrize("connection", [{"conn_type": "circleci"}, None], ids=["without_a_token", "missing"])
async def test_a_connection_that_is_useless_or_missing_does_not_end_the_watch(
    circleci: Sandbox,
    triggerer: Triggerer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    connection: dict[str, str] | None,
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CIRCLECI_DEFAULT")
    if connection is not None:
        monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", json.dumps(connection))
    triggerer.start(watcher())
    told = "there is no token" if connection else "isn't defined"
    await eventually(lambda: told in caplog.text, "an error")

    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circleci.connection_json())

    await eventually(triggerer.database.progress, "the watch to begin")


async def test_trouble_with_one_pipeline_is_logged_once(
    circleci: Sandbox, triggerer: Triggerer, caplog: pytest.LogCaptureFixture
) -> None:
    await begun(triggerer)
    bad = await build(circleci)
    circleci.add_fault("status", status=500, path=f"/pipeline/{bad}/")
    await build(circleci)
    circleci.advance(20)

    await eventually(triggerer.database.told, "the other pipeline's event")
    await looks(circleci, 3)

    assert [record.getMessage() for record in caplog.records if bad in record.getMessage()] != []
    assert len([record for record in caplog.records if bad in record.getMessage()]) == 1


async def test_a_poll_keeps_one_connection(circleci: Sandbox, triggerer: Triggerer) -> None:
    await begun(triggerer)
    circleci.clear_requests()
    await looks(circleci, 5)

    assert len({request["client_port"] for request in circleci.requests()}) == 1


async def test_a_watcher_that_leaves_is_asked_for_no_longer(circleci: Sandbox, triggerer: Triggerer) -> None:
    await begun(triggerer)
    assert len(seats_of(watcher().shared_stream_key())) == 1

    await triggerer.stop()

    assert seats_of(watcher().shared_stream_key()) == []


@pytest.mark.parametrize(
    ("options", "shared"),
    [
        ({"events": ["pipeline_created"], "branch": "main", "start": "2026-01-01"}, True),
        ({"project_slug": "github/acme/app"}, True),
        ({"project_slug": "gh/acme/other"}, False),
        ({"circleci_conn_id": "other"}, False),
        ({"poll_interval_s": 60}, False),
    ],
)
def test_watchers_of_one_project_share_a_poll(options: dict[str, Any], shared: bool) -> None:
    assert (watcher(**options).shared_stream_key() == watcher().shared_stream_key()) is shared
