"""A delivery becomes an asset event, once, whatever comes at the same time."""

from __future__ import annotations

import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from airflow.assets import manager
from sqlalchemy.exc import SQLAlchemyError

from airflow_provider_circle.webhooks import recording
from airflow_provider_circle.webhooks.delivery import Delivery
from airflow_provider_circle.webhooks.recording import ACCEPTED, DUPLICATE, UNHEARD, Stale, record
from tests.unit.webhooks.conftest import Metadata

URI = "circleci://gh/acme/web/workflow-completed"
OTHER = "circleci://gh/acme/web/job-completed"
DAY_S = 86_400.0


def delivery(delivery_id: str = "one", *uris: str, ago_s: float = 0.0) -> Delivery:
    extras = {uri: {"delivery_id": delivery_id, "status": "success"} for uri in uris or (URI,)}
    return Delivery(delivery_id, time.time() - ago_s, extras)


def test_delivery_becomes_an_asset_event(metadata: Metadata) -> None:
    metadata.schedule(URI)

    assert record(delivery()) == ACCEPTED

    assert metadata.events() == [(URI, {"delivery_id": "one", "status": "success"})]


def test_dag_that_is_scheduled_on_it_is_going_to_run(metadata: Metadata) -> None:
    metadata.schedule(URI)
    metadata.schedule(OTHER, "elsewhere")

    record(delivery())

    assert metadata.queued() == {"reader"}


def test_second_delivery_of_one_id_is_a_duplicate(metadata: Metadata) -> None:
    metadata.schedule(URI)
    record(delivery())

    assert record(delivery()) == DUPLICATE

    assert len(metadata.events()) == 1


def test_deliveries_of_two_ids_are_two_events(metadata: Metadata) -> None:
    metadata.schedule(URI)

    assert [record(delivery("one")), record(delivery("two"))] == [ACCEPTED, ACCEPTED]

    assert len(metadata.events()) == 2


def test_id_that_another_events_text_mentions_is_no_duplicate(metadata: Metadata) -> None:
    metadata.schedule(URI)
    record(Delivery("two", time.time(), {URI: {"delivery_id": "two", "branch": "one"}}))

    assert record(delivery("one")) == ACCEPTED


def test_wildcard_in_an_id_matches_only_itself(metadata: Metadata) -> None:
    metadata.schedule(URI)
    record(delivery("a1b"))

    assert record(delivery("a_b")) == ACCEPTED


def test_each_asset_of_a_delivery_gets_its_event(metadata: Metadata) -> None:
    metadata.schedule(OTHER)
    metadata.schedule(URI, "second")

    assert record(delivery("one", URI, OTHER)) == ACCEPTED

    assert {uri for uri, _ in metadata.events()} == {URI, OTHER}


@pytest.mark.parametrize(("first", "second"), [(URI, OTHER), (OTHER, URI)], ids=["older_first", "newer_first"])
def test_delivery_recorded_for_one_asset_is_recorded_for_the_other_only(
    metadata: Metadata, first: str, second: str
) -> None:
    for uri in (URI, OTHER):
        metadata.schedule(uri, by="nothing")
    metadata.schedule(first)
    record(delivery("one", URI, OTHER))
    metadata.schedule(second, "second")

    assert record(delivery("one", URI, OTHER)) == ACCEPTED

    assert [uri for uri, _ in metadata.events()] == [first, second]


@pytest.mark.parametrize(
    ("by", "state", "outcome"),
    [
        pytest.param("asset", {}, ACCEPTED, id="asset"),
        pytest.param("name", {}, ACCEPTED, id="name"),
        pytest.param("uri", {}, ACCEPTED, id="uri"),
        # Its next run is told of what happened while it was paused.
        pytest.param("asset", {"paused": True}, ACCEPTED, id="paused"),
        pytest.param("asset", {"stale": True}, UNHEARD, id="stale"),
        pytest.param("name", {"stale": True}, UNHEARD, id="stale_name"),
        pytest.param("nothing", {}, UNHEARD, id="asset_without_reader"),
    ],
)
def test_only_what_a_dag_is_scheduled_on_is_recorded(
    metadata: Metadata, by: str, state: dict[str, Any], outcome: str
) -> None:
    metadata.schedule(URI, by=by, **state)

    assert record(delivery()) == outcome

    assert len(metadata.events()) == (outcome == ACCEPTED)


def test_asset_nobody_named_is_unheard(metadata: Metadata) -> None:
    metadata.schedule(OTHER)

    assert record(delivery()) == UNHEARD


@pytest.mark.parametrize(
    ("ago_s", "stale"),
    [
        pytest.param(2.9 * DAY_S, False, id="old"),
        pytest.param(3.1 * DAY_S, True, id="too_old"),
        pytest.param(-0.9 * DAY_S, False, id="clock_ahead"),
        pytest.param(-1.1 * DAY_S, True, id="from_the_future"),
    ],
)
def test_what_happened_too_long_ago_is_refused(metadata: Metadata, ago_s: float, stale: bool) -> None:
    metadata.schedule(URI)
    told = delivery(ago_s=ago_s)

    if stale:
        with pytest.raises(Stale):
            record(told)
    else:
        assert [record(told), record(told)] == [ACCEPTED, DUPLICATE]
    assert len(metadata.events()) == (not stale)


@pytest.mark.parametrize("ago_s", [-0.9 * DAY_S, 0.0], ids=["clock_ahead", "clock_right"])
def test_replay_is_noticed_until_it_is_too_old(metadata: Metadata, ago_s: float) -> None:
    metadata.schedule(URI)
    told = delivery(ago_s=ago_s)
    record(told)

    assert record(told, now=lambda: time.time() + 2.9 * DAY_S) == DUPLICATE


def test_copies_that_come_at_once_are_recorded_once(metadata: Metadata) -> None:
    metadata.schedule(URI)
    told, together = delivery(), threading.Barrier(8)

    def send(_: int) -> str:
        together.wait()
        return record(told)

    with ThreadPoolExecutor(8) as threads:
        outcomes = sorted(threads.map(send, range(8)))

    assert outcomes == [ACCEPTED] + [DUPLICATE] * 7
    assert len(metadata.events()) == 1


def test_deliveries_of_the_same_assets_in_any_order_do_not_block_each_other(metadata: Metadata) -> None:
    metadata.schedule(URI)
    metadata.schedule(OTHER, "second")
    together = threading.Barrier(8)

    def send(number: int) -> str:
        uris = (URI, OTHER) if number % 2 else (OTHER, URI)
        together.wait()
        return record(delivery(f"delivery-{number}", *uris))

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(send, range(8))) == {ACCEPTED}

    assert len(metadata.events()) == 16


@pytest.mark.skipif(
    "callback_sink" not in inspect.signature(manager.AssetManager.register_asset_change).parameters,
    reason="Airflow before 3.3 tells listeners before it has committed",
)
def test_listeners_are_told_of_what_is_committed(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata.schedule(URI)
    seen: list[int] = []
    monkeypatch.setattr(
        manager.AssetManager, "notify_asset_changed", staticmethod(lambda **_: seen.append(len(metadata.events())))
    )

    record(delivery())
    record(delivery())

    assert seen == [1]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_database_that_makes_wait_is_given_up(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata.schedule(URI)

    with metadata.holding(URI), monkeypatch.context() as patched:
        patched.setattr(recording, "_STATEMENT_TIMEOUT_MS", 50)
        with pytest.raises(SQLAlchemyError, match="statement timeout"):
            record(delivery())

    assert record(delivery()) == ACCEPTED


def test_nothing_is_left_of_what_fails(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata.schedule(URI)
    metadata.schedule(OTHER, "second")
    register = manager.asset_manager.register_asset_change
    calls: list[Any] = []

    def register_once(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise ConnectionError("the database is gone")
        return register(**given)

    monkeypatch.setattr(manager.asset_manager, "register_asset_change", register_once)
    with pytest.raises(ConnectionError):
        record(delivery("one", URI, OTHER))

    assert metadata.events() == []
