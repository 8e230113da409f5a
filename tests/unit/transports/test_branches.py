"""A walk may begin others: a blocking transport goes them when they are joined, an awaiting one meanwhile."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import warnings
from collections.abc import Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from airflow_provider_circle.core.ahead import ListRequest, pages_ahead
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Request
from airflow_provider_circle.core.paging import NumberedPages
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Begin, Branch, Caller, Drop, Emit, Join, Send, Wait, Walk, call, join
from airflow_provider_circle.exceptions import Forbidden, NotFound, ServiceDown
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.transports.blocking import BlockingTransport
from tests.unit.walking import Clock, caller, orbit, patient

from .conftest import Client, Line, Server, answer

SOURCE = "https://docs.orbit.example/v3"
GET_MOON = Endpoint("GET", "/moons/{moon_id}", SOURCE)
LIST_MOONS = Endpoint(
    "GET", "/moons", SOURCE, pages=NumberedPages(records="items", more="more", count="count", per_page=2)
)


def who(server: Server, clock: Clock | None = None, **changes: Any) -> Caller:
    return caller(clock or Clock(), service=orbit(server.url, timeout_s=5.0), **changes)


def moon(server: Server, name: str, **changes: Any) -> Branch[Any]:
    return Branch(call(who(server, **changes), GET_MOON, path={"moon_id": name}))


def targets(server: Server) -> list[str]:
    return [seen.target for seen in server.seen]


class Sky:
    """Answers numbered pages of a list, whatever order they are asked for in."""

    def __init__(self, server: Server, size: int) -> None:
        self.rows = [{"id": number} for number in range(size)]
        self.refused: dict[int, int] = {}
        self.before: Callable[[int], None] = lambda page: None
        self._server = server
        server.always = self._behave

    def _behave(self, line: Line) -> None:
        (seen,) = [seen for seen in self._server.seen if seen.connection == line.number][-1:]
        page = int(parse_qs(urlsplit(seen.target).query).get("page", ["1"])[0])
        self.before(page)
        rows = self.rows[(page - 1) * 2 : page * 2]
        body = {"items": rows, "more": page * 2 < len(self.rows), "count": len(self.rows)}
        answer(json.dumps(body).encode(), self.refused.get(page, 200))(line)


# Either transport


def test_what_a_branch_returns_is_sent_to_the_walk_that_joins_it(client: Client, server: Server) -> None:
    server.will(answer(b'{"id": "io"}'))

    def walk() -> Walk[Any]:
        branch = moon(server, "io")
        yield Begin(branch)
        return (yield from join(branch))

    assert client.run(walk()) == {"id": "io"}


def test_branches_are_joined_in_any_order(client: Client, server: Server) -> None:
    def returning(value: int) -> Walk[int]:
        yield Wait(0.0)
        return value

    def walk() -> Walk[Any]:
        branches = [Branch(returning(number)) for number in range(3)]
        for branch in branches:
            yield Begin(branch)
        joined = []
        for branch in reversed(branches):
            joined.append((yield Join(branch)))  # noqa: PERF401  a comprehension cannot yield
        return joined

    assert client.run(walk()) == [2, 1, 0]


def test_beginning_sends_a_walk_nothing(client: Client, server: Server) -> None:
    def walk() -> Walk[Any]:
        branch, other = moon(server, "io"), moon(server, "europa")
        received = [(yield Begin(branch)), (yield Begin(other)), (yield Drop(other))]
        yield Join(branch)
        return [*received, (yield Wait(0.0))]

    assert client.run(walk()) == [None] * 4


def test_an_error_in_a_branch_is_raised_in_the_walk_that_joins_it(client: Client, server: Server) -> None:
    server.will(answer(status=404))

    def walk() -> Walk[str]:
        branch = moon(server, "vulcan")
        yield Begin(branch)
        try:
            yield Join(branch)
        except NotFound:
            return "gone"
        return "there"

    assert client.run(walk()) == "gone"


def test_a_walk_goes_on_after_an_error_in_a_branch(client: Client, server: Server) -> None:
    server.will(answer(status=404), answer(b'{"id": "io"}'))

    def walk() -> Walk[Any]:
        missing = moon(server, "vulcan")
        yield Begin(missing)
        try:
            yield Join(missing)
        except NotFound:
            there = moon(server, "io")
            yield Begin(there)
            return (yield Join(there))

    assert client.run(walk()) == {"id": "io"}


def test_an_error_in_a_branch_that_nobody_catches_ends_the_walk(client: Client, server: Server) -> None:
    server.will(answer(status=403))
    closed: list[bool] = []

    def walk() -> Walk[Any]:
        branch = moon(server, "io")
        try:
            yield Begin(branch)
            yield Join(branch)
        finally:
            closed.append(True)

    with pytest.raises(Forbidden):
        client.run(walk())
    assert closed == [True]


def test_a_mistake_in_a_branch_passes_through(client: Client, server: Server) -> None:
    def walk() -> Walk[Any]:
        branch: Branch[Any] = Branch(call(who(server), GET_MOON, path={}))
        yield Begin(branch)
        yield Join(branch)

    with pytest.raises(ValueError, match="moon_id is missing"):
        client.run(walk())


def test_a_branch_emits_nothing(client: Client) -> None:
    def emitting() -> Walk[None]:
        yield Emit([{"id": 1}])

    def walk() -> Walk[Any]:
        branch = Branch(emitting())
        yield Begin(branch)
        yield Join(branch)

    with pytest.raises(TypeError, match="must be streamed"):
        client.run(walk())


def test_a_branch_waits_and_is_asked_again_as_any_walk(client: Client, server: Server) -> None:
    server.will(answer(status=503), answer(b'{"id": "io"}'))

    def walk() -> Walk[Any]:
        branch = moon(server, "io", clock=client.clock)
        yield Begin(branch)
        return (yield Join(branch))

    assert (client.run(walk()), len(client.said)) == ({"id": "io"}, 1)


def test_a_branch_may_begin_branches(client: Client, server: Server) -> None:
    server.will(answer(b'{"id": "io"}'))

    def inner() -> Walk[Any]:
        branch = moon(server, "io")
        yield Begin(branch)
        return (yield Join(branch))

    def outer() -> Walk[Any]:
        branch = Branch(inner())
        yield Begin(branch)
        return (yield Join(branch))

    assert client.run(outer()) == {"id": "io"}


def test_a_dropped_branch_asks_for_nothing_more(client: Client, server: Server) -> None:
    asked: list[str] = []

    def dropped() -> Walk[None]:
        yield Wait(0.0)
        asked.append("more")
        yield Wait(0.0)

    def walk() -> Walk[str]:
        branch = Branch(dropped())
        yield Begin(branch)
        yield Drop(branch)
        yield Wait(1.0)
        return "done"

    assert (client.run(walk()), asked) == ("done", [])


@pytest.mark.parametrize("concurrency", [1, 2, 5, 30])
@pytest.mark.parametrize("size", [0, 1, 2, 21])
def test_a_list_is_read_in_order_with_pages_ahead(client: Client, server: Server, size: int, concurrency: int) -> None:
    sky = Sky(server, size)
    walk = pages_ahead(who(server, client.clock), LIST_MOONS, [ListRequest()], concurrency=concurrency)
    assert list(client.stream(walk)) == sky.rows


@pytest.mark.parametrize("concurrency", [1, 5])
def test_an_error_in_a_page_ahead_is_raised_when_its_turn_comes(
    client: Client, server: Server, concurrency: int
) -> None:
    Sky(server, 20).refused = {4: 403}
    records = client.stream(pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=concurrency))
    read = [next(records)["id"] for _ in range(6)]
    with pytest.raises(Forbidden):
        next(records)
    assert read == [0, 1, 2, 3, 4, 5]


def test_a_page_ahead_that_failed_for_good_does_not_hide_the_ones_before(client: Client, server: Server) -> None:
    Sky(server, 20).refused = {3: 503}
    walk = pages_ahead(who(server, client.clock, retry=patient(2)), LIST_MOONS, [ListRequest()], concurrency=9)
    records = client.stream(walk)
    assert [next(records)["id"] for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ServiceDown):
        next(records)


# Traffic


def test_a_transport_begins_with_no_traffic(client: Client) -> None:
    assert client.traffic == Traffic()


def test_requests_and_what_came_are_counted(client: Client, server: Server) -> None:
    server.will(answer(b'{"id": "io"}'), answer(b'{"id": 7}'))
    for _ in range(2):
        client.run(moon(server, "io").walk)
    assert client.traffic == Traffic(requests=2, received_bytes=len(b'{"id": "io"}') + len(b'{"id": 7}'))


def test_another_attempt_counts_as_a_request_and_as_a_retry(client: Client, server: Server) -> None:
    server.will(answer(b"{}", 503), answer(b"{}", 502), answer(b"{}"))
    client.run(moon(server, "io", clock=client.clock).walk)
    assert (client.traffic.requests, client.traffic.retries, client.traffic.limited_s) == (3, 2, 0.0)


def test_a_request_without_a_reply_counts(client: Client, server: Server) -> None:
    server.will(lambda line: line.reset(), answer(b"{}"))
    client.run(moon(server, "io", clock=client.clock).walk)
    assert (client.traffic.requests, client.traffic.retries, len(server.seen)) == (2, 1, 2)


def test_seconds_spent_for_a_rate_limit_are_counted(client: Client, server: Server) -> None:
    server.will(answer(b"", 429, {"Retry-After": "40"}), answer(b"", 503, {"Retry-After": "7"}), answer(b"{}"))
    client.run(moon(server, "io", clock=client.clock).walk)
    assert client.traffic.limited_s == pytest.approx(40.0)


def test_seconds_spent_for_other_reasons_are_not_counted(client: Client) -> None:
    def walk() -> Walk[int]:
        yield Wait(5.0)
        yield Wait(7.0, "looking")
        return 1

    assert (client.run(walk()), client.traffic) == (1, Traffic())


def test_requests_of_branches_are_counted(client: Client, server: Server) -> None:
    Sky(server, 9)
    list(client.stream(pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=3)))
    assert client.traffic.requests == len(server.seen) == 5


# Blocking


def test_a_blocking_branch_is_gone_when_it_is_joined(server: Server) -> None:
    seen: list[list[str]] = []

    def walk() -> Walk[None]:
        io, europa = moon(server, "io"), moon(server, "europa")
        yield Begin(io)
        yield Begin(europa)
        seen.append(targets(server))
        yield Join(europa)
        seen.append(targets(server))
        yield Join(io)
        seen.append(targets(server))

    with BlockingTransport(say=lambda _: None) as transport:
        transport.run(walk())
    assert seen == [[], ["/moons/europa"], ["/moons/europa", "/moons/io"]]


def test_a_blocking_reader_asks_for_no_page_before_it_is_needed(server: Server) -> None:
    Sky(server, 20)
    with BlockingTransport(say=lambda _: None) as transport:
        records = transport.stream(pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=5))
        for _ in range(3):
            next(records)
        records.close()
    assert targets(server) == ["/moons?page=1", "/moons?page=2"]


# Awaiting


def awaited(traffic: Traffic | None = None) -> AwaitingTransport:
    return AwaitingTransport(say=lambda _: None, traffic=traffic)


def others() -> set[asyncio.Task[Any]]:
    """Tasks that are under way besides the test's own."""
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


async def test_awaited_branches_are_under_way_at_the_same_time(server: Server) -> None:
    meeting = threading.Barrier(3)

    def meet(line: Line) -> None:
        meeting.wait(5)
        answer(b'{"id": 1}')(line)

    server.always = meet

    def walk() -> Walk[Any]:
        branches = [moon(server, name) for name in ("io", "europa", "ganymede")]
        for branch in branches:
            yield Begin(branch)
        for branch in branches:
            yield Join(branch)
        return "met"

    async with awaited() as transport:
        assert await transport.run(walk()) == "met"
    assert not meeting.broken


async def test_pages_ahead_are_under_way_at_the_same_time_and_no_more_than_may_be(server: Server) -> None:
    sky, meeting, lock = Sky(server, 26), threading.Barrier(3), threading.Lock()
    under_way: list[int] = [0, 0]

    def before(page: int) -> None:
        if page == 1:
            return
        with lock:
            under_way[0] += 1
            under_way[1] = max(under_way)
        meeting.wait(5)
        with lock:
            under_way[0] -= 1

    sky.before = before
    async with awaited() as transport:
        walk = pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=3)
        assert [record async for record in transport.stream(walk)] == sky.rows
    assert (meeting.broken, under_way[1]) == (False, 3)


async def test_a_page_that_comes_late_is_handed_on_in_its_place(server: Server) -> None:
    sky, others_came = Sky(server, 10), threading.Semaphore(0)

    def before(page: int) -> None:
        if page == 2:
            for _ in range(3):
                assert others_came.acquire(timeout=5)
        elif page > 2:
            others_came.release()

    sky.before = before
    async with awaited() as transport:
        walk = pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=4)
        assert [record async for record in transport.stream(walk)] == sky.rows


async def test_an_awaited_branch_that_failed_is_raised_when_it_is_joined_and_no_earlier(server: Server) -> None:
    def failing() -> Walk[None]:
        yield Wait(0.0)
        raise NotFound("gone")

    def walk() -> Walk[Any]:
        branch, other = Branch(failing()), moon(server, "io")
        yield Begin(branch)
        yield Begin(other)
        joined = yield Join(other)
        try:
            yield Join(branch)
        except NotFound as error:
            return [joined, str(error)]

    async with awaited() as transport:
        assert await transport.run(walk()) == [{}, "gone"]


def hold(late: bool, until: threading.Event) -> None:
    """Keep a reply back."""
    if late:
        until.wait(5)


def hanging(server: Server) -> threading.Event:
    """Let the server answer nothing before the event."""
    go_on = threading.Event()

    def behave(line: Line) -> None:
        go_on.wait(5)
        answer()(line)

    server.always = behave
    return go_on


async def test_a_dropped_branch_is_ended_at_once(server: Server) -> None:
    go_on = hanging(server)
    closed: list[bool] = []

    def watched() -> Walk[Any]:
        try:
            yield Send(Request("GET", server.url + "/", {}, None, 5.0))
        finally:
            closed.append(True)

    def walk() -> Walk[int]:
        branch = Branch(watched())
        yield Begin(branch)
        yield Wait(0.05)
        yield Drop(branch)
        return len(closed)

    async with awaited() as transport:
        assert (await transport.run(walk()), others()) == (1, set())
    go_on.set()


async def test_a_request_that_was_given_up_on_its_way_was_a_request_all_the_same(server: Server) -> None:
    go_on = hanging(server)

    def walk() -> Walk[int]:
        branch = moon(server, "io")
        yield Begin(branch)
        yield Wait(0.05)
        yield Drop(branch)
        return 1

    async with awaited() as transport:
        await transport.run(walk())
        requests = transport.traffic.requests
    go_on.set()
    assert (requests, len(server.seen)) == (1, 1)


@pytest.mark.parametrize("wanted", [1, 3, 7])
async def test_a_stream_that_is_left_early_leaves_nothing_running(server: Server, wanted: int) -> None:
    sky, go_on = Sky(server, 40), threading.Event()
    sky.before = lambda page: hold(page > 4, go_on)
    async with awaited() as transport:
        walk = pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=6)
        async with aclosing(transport.stream(walk)) as records:
            for _ in range(wanted):
                await anext(records)
        assert others() == set()
    go_on.set()
    assert await asyncio.to_thread(server.all_closed)


async def test_a_stream_that_fails_leaves_nothing_running(server: Server) -> None:
    sky, go_on = Sky(server, 40), threading.Event()
    sky.refused = {2: 403}
    sky.before = lambda page: hold(page > 2, go_on)
    async with awaited() as transport:
        with pytest.raises(Forbidden):
            async for _ in transport.stream(pages_ahead(who(server), LIST_MOONS, [ListRequest()], concurrency=6)):
                pass
        assert others() == set()
    go_on.set()


async def test_a_walk_that_is_canceled_leaves_no_branch_running(server: Server) -> None:
    go_on = hanging(server)

    def walk() -> Walk[Any]:
        branches = [moon(server, name) for name in ("io", "europa")]
        for branch in branches:
            yield Begin(branch)
        yield Join(branches[0])

    async with awaited() as transport:
        task = asyncio.create_task(transport.run(walk()))
        assert await asyncio.to_thread(server.arrived)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert others() == set()
    go_on.set()


async def test_traffic_may_be_shared(server: Server) -> None:
    traffic = Traffic()
    for _ in range(2):
        async with awaited(traffic) as transport:
            await transport.run(moon(server, "io").walk)
    assert traffic.requests == 2


async def test_batches_come_with_label_and_page(server: Server) -> None:
    Sky(server, 3)
    async with awaited() as transport:
        walk = pages_ahead(who(server), LIST_MOONS, [ListRequest("jupiter")], concurrency=3)
        batches = [batch async for batch in transport.batches(walk)]
    assert [(batch.label, batch.page and batch.page.count, len(batch.records)) for batch in batches] == [
        ("jupiter", 3, 2),
        ("jupiter", 3, 1),
    ]


def _begun_and_left(server: Server) -> Walk[Any]:
    yield Begin(moon(server, "io"))
    yield Wait(0.05)
    return 1


def _begun_and_never_started(server: Server) -> Walk[Any]:
    yield Begin(moon(server, "io"))
    return 1


def _begun_and_dropped_before_it_started(server: Server) -> Walk[Any]:
    branch = moon(server, "io")
    yield Begin(branch)
    yield Drop(branch)
    return 1


def _failed_and_left(server: Server) -> Walk[Any]:
    server.always = answer(status=404)
    yield Begin(moon(server, "io"))
    yield Wait(0.1)
    return 1


def _failed_and_dropped(server: Server) -> Walk[Any]:
    server.always = answer(status=404)
    branch = moon(server, "io")
    yield Begin(branch)
    yield Wait(0.1)
    yield Drop(branch)
    return 1


def _mistaken_and_left(server: Server) -> Walk[Any]:
    yield Begin(Branch(call(who(server), GET_MOON)))
    yield Wait(0.05)
    return 1


def _failed_besides_another(server: Server) -> Walk[Any]:
    server.always = answer(status=404)
    branches = [moon(server, "io"), moon(server, "europa")]
    for branch in branches:
        yield Begin(branch)
    yield Wait(0.1)
    try:
        yield Join(branches[0])
    except NotFound:
        return 1


@pytest.mark.parametrize(
    "walk",
    [
        _begun_and_left,
        _begun_and_never_started,
        _begun_and_dropped_before_it_started,
        _failed_and_left,
        _failed_and_dropped,
        _mistaken_and_left,
        _failed_besides_another,
    ],
    ids=lambda walk: walk.__name__.strip("_").replace("_", " "),
)
def test_nobody_complains_about_a_branch_that_was(server: Server, walk: Callable[[Server], Walk[Any]]) -> None:
    complaints: list[dict[str, Any]] = []

    async def use() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with awaited() as transport:
            assert await transport.run(walk(server)) == 1
            assert others() == set()
        gc.collect()

    gc.collect()  # What other tests have left says so now, not while we listen.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(use())
        gc.collect()
    assert ([str(warning.message) for warning in caught if "socket" not in str(warning.message)], complaints) == (
        [],
        [],
    )
