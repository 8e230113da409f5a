"""A hook pulls pages ahead in a worker, in an event loop that is gone afterwards."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from airflow_provider_circle.core.ahead import ListRequest, pages_ahead
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.paging import NumberedPages
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Begin, Branch, Caller, Emit, Join, Wait, Walk, call
from airflow_provider_circle.exceptions import Forbidden
from airflow_provider_circle.hooks import base, masking
from airflow_provider_circle.hooks.base import CircleHook
from airflow_provider_circle.hooks.connection import ConnectionSettings
from tests.unit.transports.conftest import Line, Server, answer
from tests.unit.walking import TOKEN, orbit

SOURCE = "https://docs.orbit.example/v3"
LIST_MOONS = Endpoint(
    "GET", "/moons", SOURCE, pages=NumberedPages(records="items", more="more", count="count", per_page=2)
)
GET_MOON = Endpoint("GET", "/moons/{moon_id}", SOURCE)


class OrbitHook(CircleHook):
    """A hook of an invented vendor."""

    conn_type = "orbit"
    default_host = "https://orbit.example"
    default_timeout_s = 5.0

    def service(self, settings: ConnectionSettings) -> Service:
        return orbit(settings.host, timeout_s=settings.timeout_s)


class PacedHook(OrbitHook):
    default_requests_per_minute = 30.0


class Sky(Server):
    """Answers numbered pages of a list of moons, in whatever order they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = [{"id": number} for number in range(13)]
        self.refused: dict[int, int] = {}
        self.before: Callable[[int], object] = lambda page: None
        self.always = self._behave

    @property
    def asked(self) -> list[int]:
        return [_page(seen.target) for seen in list(self.seen)]

    def _behave(self, line: Line) -> None:
        page = _page([seen.target for seen in self.seen if seen.connection == line.number][-1])
        self.before(page)
        rows = self.rows[(page - 1) * 2 : page * 2]
        body = {"items": rows, "more": page * 2 < len(self.rows), "count": len(self.rows)}
        answer(json.dumps(body).encode(), self.refused.get(page, 200))(line)


def _page(target: str) -> int:
    return int(parse_qs(urlsplit(target).query).get("page", ["0"])[0])


@pytest.fixture
def sky(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sky]:
    """A server of moons behind ``orbit_default``; no pace of another test is remembered."""
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(base, "_paces", {})
    server = Sky()
    connect(server, monkeypatch)
    yield server
    server.close()


def connect(server: Server, monkeypatch: pytest.MonkeyPatch, **extra: Any) -> None:
    connection = {"conn_type": "orbit", "host": server.url, "password": TOKEN, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_ORBIT_DEFAULT", json.dumps(connection))


def moons(concurrency: int = 3) -> Callable[[Caller], Walk[None]]:
    return lambda caller: pages_ahead(caller, LIST_MOONS, [ListRequest("jupiter")], concurrency=concurrency)


def hook(kind: type[OrbitHook] = OrbitHook, **options: Any) -> OrbitHook:
    return kind("orbit_default", **options)


def pulled(walk: Callable[[Caller], Walk[None]], **options: Any) -> list[dict[str, Any]]:
    return [record for emit in hook(**options).pull(walk, Traffic()) for record in emit.records]


def failing(caller: Caller) -> Walk[None]:
    yield Emit([{"id": 1}])
    raise ZeroDivisionError


def nothing(caller: Caller) -> Walk[None]:
    yield from ()


# What is pulled


@pytest.mark.parametrize("concurrency", [1, 2, 3, 20])
def test_every_record_is_pulled_in_order(sky: Sky, concurrency: int) -> None:
    assert pulled(moons(concurrency)) == sky.rows


def test_what_is_pulled_carries_label_and_page(sky: Sky) -> None:
    first = next(iter(hook().pull(moons(), Traffic())))
    assert (first.label, first.page and first.page.count) == ("jupiter", 13)


def test_a_walk_without_records_pulls_nothing(sky: Sky) -> None:
    assert (pulled(nothing), sky.connections) == ([], 0)


def test_an_empty_page_is_no_end(sky: Sky) -> None:
    def walk(caller: Caller) -> Walk[None]:
        yield Emit([])
        yield Emit([{"id": 1}])

    assert pulled(walk) == [{"id": 1}]


def test_nothing_is_asked_for_before_the_first_page_is_wanted(sky: Sky) -> None:
    pages = hook().pull(moons(), Traffic())
    assert (sky.connections, pages is not None) == (0, True)


def test_pages_are_pulled_at_the_same_time(sky: Sky) -> None:
    meeting = threading.Barrier(3)
    sky.before = lambda page: meeting.wait(5) if page > 1 else None
    assert (pulled(moons(3)), meeting.broken) == (sky.rows, False)


def test_requests_go_with_the_token_of_the_connection(sky: Sky) -> None:
    pulled(moons())
    assert {seen.headers["orbit-token"] for seen in sky.seen} == {TOKEN}


def test_traffic_is_counted_in_what_was_handed_over(sky: Sky) -> None:
    traffic = Traffic()
    for _ in hook().pull(moons(), traffic):
        pass
    assert (traffic.requests, traffic.retries, traffic.received_bytes > 0) == (7, 0, True)


def test_traffic_is_counted_while_pages_come(sky: Sky) -> None:
    traffic = Traffic()
    pages = hook().pull(moons(1), traffic)
    counts = [traffic.requests for _ in pages]
    assert (counts[0] < 7, counts == sorted(counts), counts[-1]) == (True, True, 7)


def test_a_page_that_was_lost_is_asked_for_again(sky: Sky, caplog: pytest.LogCaptureFixture) -> None:
    sky.will(answer(status=429, headers={"Retry-After": "0"}))
    quick = hook()
    quick._retry = RetryPolicy(wait_s=0.01)
    traffic = Traffic()
    records = [record for emit in quick.pull(moons(), traffic) for record in emit.records]
    assert (records, traffic.retries) == (sky.rows, 1)


# What passes through


def test_a_refusal_passes_through_after_the_pages_before_it(sky: Sky) -> None:
    sky.refused = {3: 403}
    pages = hook().pull(moons(5), Traffic())
    read = [len(next(pages).records), len(next(pages).records)]
    with pytest.raises(Forbidden):
        next(pages)
    assert read == [2, 2]


def test_a_mistake_passes_through(sky: Sky) -> None:
    with pytest.raises(ZeroDivisionError):
        pulled(failing)


def test_a_mistake_in_making_the_walk_passes_through(sky: Sky) -> None:
    def wrong(caller: Caller) -> Walk[None]:
        raise ValueError("filters: moons cannot be narrowed")

    with pytest.raises(ValueError, match="cannot be narrowed"):
        pulled(wrong)


def test_a_mistake_in_a_branch_passes_through(sky: Sky) -> None:
    def walk(caller: Caller) -> Walk[None]:
        branch = Branch(call(caller, GET_MOON))
        yield Begin(branch)
        yield Join(branch)

    with pytest.raises(ValueError, match="moon_id is missing"):
        pulled(walk)


def test_a_connection_that_cannot_be_used_is_refused_before_anything_is_sent(
    sky: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(sky, monkeypatch, timeout_s="soon")
    with pytest.raises(ValueError, match="timeout_s"):
        pulled(moons())


def test_an_event_loop_that_runs_here_already_is_no_hindrance(sky: Sky) -> None:
    async def pull() -> list[dict[str, Any]]:
        return pulled(moons())

    assert asyncio.run(pull()) == sky.rows


class Alarmed(Exception):
    """What Airflow's own timeout and its end of a task look like: raised by a signal, wherever we are."""


def test_an_exception_raised_by_a_signal_passes_through(sky: Sky) -> None:
    go_on = threading.Event()
    sky.before = lambda page: go_on.wait(5)

    def alarm(*_: Any) -> None:
        raise Alarmed

    before = signal.signal(signal.SIGALRM, alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Alarmed):
            pulled(moons())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        go_on.set()
    assert sky.all_closed()


# What is left behind


def to_the_end(sky: Sky) -> None:
    pulled(moons())


def stopped(sky: Sky) -> None:
    pages = hook().pull(moons(5), Traffic())
    next(pages)
    next(pages)
    pages.close()


def forgotten(sky: Sky) -> None:
    next(hook().pull(moons(5), Traffic()))
    gc.collect()


def interrupted(sky: Sky) -> None:
    def read() -> None:
        for _ in hook().pull(moons(5), Traffic()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()


def refused(sky: Sky) -> None:
    sky.refused = {3: 403}
    with pytest.raises(Forbidden):
        pulled(moons(5))


def mistaken(sky: Sky) -> None:
    with pytest.raises(ZeroDivisionError):
        pulled(failing)


every_end = pytest.mark.parametrize(
    "end", [to_the_end, stopped, forgotten, interrupted, refused, mistaken], ids=lambda end: end.__name__
)


@every_end
def test_every_socket_is_closed(sky: Sky, end: Callable[[Sky], None]) -> None:
    end(sky)
    assert sky.all_closed()


@every_end
def test_no_event_loop_is_left(sky: Sky, end: Callable[[Sky], None], monkeypatch: pytest.MonkeyPatch) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def made() -> asyncio.AbstractEventLoop:
        loops.append(make())
        return loops[-1]

    for module in (asyncio, asyncio.events):
        monkeypatch.setattr(module, "new_event_loop", made)
    end(sky)
    assert [loop.is_closed() for loop in loops] == [True]


@every_end
def test_no_thread_is_left(sky: Sky, end: Callable[[Sky], None]) -> None:
    end(sky)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("circle")] == []


@every_end
def test_nobody_complains_afterwards(sky: Sky, end: Callable[[Sky], None], caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        end(sky)
        gc.collect()
    complaints = [str(warning.message) for warning in caught if "never awaited" in str(warning.message)]
    complaints += [each.message for each in caplog.records if each.name == "asyncio" and each.levelno > logging.DEBUG]
    assert complaints == []


@every_end
def test_another_pull_is_possible_afterwards(sky: Sky, end: Callable[[Sky], None]) -> None:
    end(sky)
    sky.refused = {}
    assert pulled(moons()) == sky.rows


def test_stopping_early_leaves_most_pages_unasked_for(sky: Sky) -> None:
    sky.rows = [{"id": number} for number in range(200)]
    pages = hook().pull(moons(2), Traffic())
    next(pages)
    next(pages)
    pages.close()
    assert max(sky.asked) < 20


def test_stopping_early_closes_the_walk(sky: Sky) -> None:
    closed: list[bool] = []

    def walk(caller: Caller) -> Walk[None]:
        try:
            while True:
                yield Emit([{"id": 1}])
                yield Wait(0.0)
        finally:
            closed.append(True)

    pages = hook().pull(walk, Traffic())
    next(pages)
    pages.close()
    assert closed == [True]


def test_two_pulls_may_go_on_in_turns(sky: Sky) -> None:
    one, other = hook().pull(moons(2), Traffic()), hook().pull(moons(3), Traffic())
    rows = [record for emits in zip(one, other, strict=True) for emit in emits for record in emit.records]
    assert sorted(row["id"] for row in rows) == sorted([*range(13), *range(13)])


def test_another_event_loop_may_run_between_two_pages(sky: Sky) -> None:
    pages = hook().pull(moons(3), Traffic())
    first = next(pages)
    asyncio.run(asyncio.sleep(0))
    assert [*first.records, *(record for emit in pages for record in emit.records)] == sky.rows


def test_whoever_deals_with_a_page_at_length_does_not_lose_the_pages_ahead(
    sky: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(sky, monkeypatch, timeout_s=0.2)
    quick = hook(request_attempts=2)
    quick._retry = RetryPolicy(attempts=2, wait_s=0.01)
    for number, _ in enumerate(quick.pull(moons(4), Traffic())):
        # The timeout is real time, so the reader's is, too.
        time.sleep(0.25 if number == 1 else 0)
    assert sorted(sky.asked) == [1, 2, 3, 4, 5, 6, 7]


# Pace


def kept(sky: Sky, kind: type[OrbitHook] = OrbitHook) -> Pace:
    """The pace of a hook's callers, taken out of a walk."""
    callers: list[Caller] = []

    def walk(caller: Caller) -> Walk[None]:
        callers.append(caller)
        yield Wait(0.0)

    list(hook(kind).pull(walk, Traffic()))
    return callers[0].pace


def gap_s(pace: Pace) -> float:
    """Seconds from one request to the next."""
    pace.book(0.0)
    return pace.book(0.0)


@pytest.mark.parametrize(
    ("kind", "extra", "seconds"),
    [
        pytest.param(OrbitHook, {}, 0.0, id="none"),
        pytest.param(PacedHook, {}, 2.0, id="the vendor's"),
        pytest.param(OrbitHook, {"requests_per_minute": 60}, 1.0, id="the connection's"),
        pytest.param(PacedHook, {"requests_per_minute": "60"}, 1.0, id="the connection's before the vendor's"),
        pytest.param(PacedHook, {"requests_per_minute": ""}, 2.0, id="an empty one of the connection"),
    ],
)
def test_requests_are_paced(
    sky: Sky, monkeypatch: pytest.MonkeyPatch, kind: type[OrbitHook], extra: dict[str, Any], seconds: float
) -> None:
    connect(sky, monkeypatch, **extra)
    assert gap_s(kept(sky, kind)) == pytest.approx(seconds)


def test_two_hooks_of_a_connection_share_a_pace(sky: Sky) -> None:
    assert kept(sky) is kept(sky)


def test_a_blocking_call_and_a_pull_share_a_pace(sky: Sky) -> None:
    with hook() as opened:
        assert opened.blocking()[1].pace is kept(sky)


def test_a_connection_that_was_given_another_limit_has_another_pace(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept(sky)
    connect(sky, monkeypatch, requests_per_minute=60)
    assert kept(sky) is not before


def test_pages_ahead_keep_the_pace(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(sky, monkeypatch, requests_per_minute=6000)
    began_s, traffic = time.monotonic(), Traffic()
    list(hook().pull(moons(5), traffic))
    # Seven requests have six gaps of 10 ms between them.
    assert (time.monotonic() - began_s >= 0.06, traffic.limited_s > 0) == (True, True)


# Files


@pytest.mark.parametrize(
    ("query", "secrets"),
    [
        pytest.param("?X-Signature=s3cr3t&X-Expires=300", ["X-Signature=s3cr3t&X-Expires=300"], id="signed"),
        pytest.param("", [], id="without a query"),
    ],
)
def test_the_address_of_a_file_is_masked_before_it_is_fetched(
    sky: Sky, monkeypatch: pytest.MonkeyPatch, query: str, secrets: list[str]
) -> None:
    masked: list[tuple[str, int]] = []
    monkeypatch.setattr(masking, "mask_secret", lambda secret: masked.append((secret, len(sky.seen))))
    sky.will(answer(b"a file"))
    file = io.BytesIO()
    # Whoever opens the file may close it; what was written is kept.
    file.close = lambda: None  # type: ignore[method-assign]
    url = f"{sky.url}/export.csv{query}"

    with hook() as orbit_hook:
        orbit_hook.download(url, lambda: file)

    assert masked == [(secret, 0) for secret in (url, *secrets)]
    assert ([seen.target for seen in sky.seen], file.getvalue()) == ([f"/export.csv{query}"], b"a file")
