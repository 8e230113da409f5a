"""Pages are asked for ahead and handed on in order, whichever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_circle.core.ahead import ListRequest, pages_ahead
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.paging import CursorPages, DatedPages, NoPages, NumberedPages, Page, Paging
from airflow_provider_circle.core.walk import Begin, Emit, Join, collect
from airflow_provider_circle.exceptions import CircleError, Forbidden, NotFound, ServiceDown, UnexpectedReply
from tests.unit.core.branching import ORDERS, Answer, Gone, Order, eagerly, go, lazily
from tests.unit.walking import LOST, Clock, caller, patient, reply

SOURCE = "https://docs.orbit.example/v3/moons"
COUNTED = NumberedPages(records="items", more="more", count="count", per_page=2)
TOTAL = NumberedPages(records="items", pages="pages")
UNTIL_EMPTY = NumberedPages()
CURSOR = CursorPages("items", "next", "after")

every_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
every_concurrency = pytest.mark.parametrize("concurrency", [1, 2, 3, 7, 50])


def moons(paging: Paging) -> Endpoint:
    return Endpoint("GET", "/moons", SOURCE, pages=paging)


OF_PLANET = Endpoint("GET", "/planets/{planet_id}/moons", SOURCE, pages=COUNTED)


class Sky:
    """A server whose lists have two records on each page, in each way of paging."""

    def __init__(self, **sizes: int) -> None:
        self.lists = {f"/planets/{name}/moons": self._records(name, size) for name, size in sizes.items()}
        self.lists["/moons"] = self._records("moon", sizes.get("moons", 0))

    @staticmethod
    def _records(name: str, size: int) -> list[JsonObject]:
        return [{"id": f"{name} {number}"} for number in range(size)]

    def rows(self, path: str, query: dict[str, str]) -> list[JsonObject]:
        first = (int(query.get("page", "1")) - 1) * 2
        return self.lists[path][first : first + 2]

    def counted(self, path: str, query: dict[str, str]) -> Outcome:
        if path not in self.lists:
            return reply(status=404)
        size, page = len(self.lists[path]), int(query.get("page", "1"))
        return reply({"items": self.rows(path, query), "more": page * 2 < size, "count": size})

    def total(self, path: str, query: dict[str, str]) -> Outcome:
        return reply({"items": self.rows(path, query), "pages": -(-len(self.lists[path]) // 2)})

    def until_empty(self, path: str, query: dict[str, str]) -> Outcome:
        return reply(self.rows(path, query))

    def cursor(self, path: str, query: dict[str, str]) -> Outcome:
        first = int(query.get("after", "0"))
        rows = self.lists[path][first : first + 2]
        return reply({"items": rows, "next": str(first + 2) if first + 2 < len(self.lists[path]) else None})


def asked_ahead(
    answer: Answer,
    endpoint: Endpoint,
    *lists: ListRequest,
    order: Order = lazily,
    concurrency: int = 4,
    who: dict[str, Any] | None = None,
    **options: Any,
) -> Gone:
    clock = Clock()
    walk = pages_ahead(
        caller(clock, **(who or {})), endpoint, lists or [ListRequest()], concurrency=concurrency, **options
    )
    return go(walk, answer, order, clock)


def planets(*names: str) -> list[ListRequest]:
    return [ListRequest(name, {"planet_id": name}) for name in names]


# Order


WAYS: dict[str, tuple[Paging, str]] = {
    "counted": (COUNTED, "counted"),
    "total": (TOTAL, "total"),
    "until empty": (UNTIL_EMPTY, "until_empty"),
    "cursor": (CURSOR, "cursor"),
}
every_way = pytest.mark.parametrize(("paging", "way"), WAYS.values(), ids=WAYS)


@every_order
@every_concurrency
@every_way
@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 13])
def test_every_record_comes_once_and_in_order(
    paging: Paging, way: str, size: int, concurrency: int, order: Order
) -> None:
    sky = Sky(moons=size)
    gone = asked_ahead(getattr(sky, way), moons(paging), order=order, concurrency=concurrency)
    assert gone.records == sky.lists["/moons"]


@every_order
@every_concurrency
def test_several_lists_come_one_after_the_other(concurrency: int, order: Order) -> None:
    sky = Sky(mars=5, venus=0, saturn=9, earth=1)
    names = ["mars", "venus", "saturn", "earth"]
    gone = asked_ahead(sky.counted, OF_PLANET, *planets(*names), order=order, concurrency=concurrency)
    assert gone.records == [record for name in names for record in sky.lists[f"/planets/{name}/moons"]]


@every_order
def test_what_is_emitted_carries_the_label_of_its_list(order: Order) -> None:
    gone = asked_ahead(
        Sky(mars=5, venus=0, earth=1).counted, OF_PLANET, *planets("mars", "venus", "earth"), order=order
    )
    assert gone.labels == ["mars"] * 3 + ["venus", "earth"]


def test_what_is_emitted_carries_its_page() -> None:
    gone = asked_ahead(Sky(moons=3).counted, moons(COUNTED))
    assert [emit.page and (emit.page.count, len(emit.page.records)) for emit in gone.emitted] == [(3, 2), (3, 1)]


def test_no_lists_are_nothing() -> None:
    assert go(pages_ahead(caller(Clock()), moons(COUNTED), [], concurrency=4), Sky().counted).done == []


def test_an_unpaged_reply_is_one_page() -> None:
    gone = asked_ahead(lambda *_: reply([{"id": 1}, {"id": 2}]), moons(NoPages()))
    assert (gone.records, gone.requests) == ([{"id": 1}, {"id": 2}], ["/moons"])


def test_pages_by_date_follow_one_another() -> None:
    def answer(_: str, query: dict[str, str]) -> Outcome:
        dates = ["2026-03-02T10:00:03Z", "2026-03-02T10:00:02Z", "2026-03-02T10:00:00Z"]
        before = query.get("before", "9").replace(".000", "")
        return reply([{"at": date} for date in dates if date < before][:2])

    dated = moons(DatedPages("at", "before", "limit"))
    gone = asked_ahead(answer, dated, ListRequest(query={"limit": 2}))
    assert gone.records[-1] == {"at": "2026-03-02T10:00:00Z"}


# How many at once


@every_order
@every_concurrency
@every_way
def test_no_more_pages_are_under_way_than_may_be(paging: Paging, way: str, concurrency: int, order: Order) -> None:
    gone = asked_ahead(getattr(Sky(moons=29), way), moons(paging), order=order, concurrency=concurrency)
    assert gone.most <= concurrency


@every_order
@every_concurrency
def test_no_more_pages_of_several_lists_are_under_way_than_may_be(concurrency: int, order: Order) -> None:
    sky = Sky(mars=9, venus=0, saturn=13, earth=1)
    lists = planets("mars", "venus", "saturn", "earth")
    gone = asked_ahead(sky.counted, OF_PLANET, *lists, order=order, concurrency=concurrency)
    assert gone.most <= concurrency


@pytest.mark.parametrize(
    ("paging", "way", "most"),
    [
        pytest.param(COUNTED, "counted", 4, id="as many as may be, by count"),
        pytest.param(TOTAL, "total", 4, id="as many as may be, by pages"),
        pytest.param(UNTIL_EMPTY, "until_empty", 1, id="one, where nobody knows how many there are"),
        pytest.param(CURSOR, "cursor", 1, id="one, where each page names the next"),
    ],
)
def test_pages_are_asked_for_ahead_as_far_as_is_known(paging: Paging, way: str, most: int) -> None:
    assert asked_ahead(getattr(Sky(moons=29), way), moons(paging)).most == most


def test_nothing_is_known_before_the_first_page() -> None:
    gone = asked_ahead(Sky(moons=29).counted, moons(COUNTED))
    assert gone.done[:6] == ["begin", "emit", "begin", "begin", "begin", "begin"]


def test_each_page_that_came_makes_room_for_another() -> None:
    gone = asked_ahead(Sky(moons=29).counted, moons(COUNTED))
    assert gone.done[6:12] == ["emit", "begin"] * 3


def test_one_at_a_time_asks_when_the_page_before_is_dealt_with() -> None:
    gone = asked_ahead(Sky(moons=5).counted, moons(COUNTED), concurrency=1)
    assert gone.done == ["begin", "emit"] * 3


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_concurrency_that_lets_nothing_through_is_refused(concurrency: int) -> None:
    with pytest.raises(ValueError, match="concurrency"):
        asked_ahead(Sky(moons=5).counted, moons(COUNTED), concurrency=concurrency)


# The next lists


def begun(*lists: ListRequest, sky: Sky, concurrency: int, pages: int = 1) -> list[str]:
    """Requests in the order they were begun until so many pages had been emitted and the next is waited for."""
    walk = pages_ahead(caller(Clock()), OF_PLANET, lists, concurrency=concurrency)
    asked: list[str] = []

    def note(_: Any, joined: Any) -> list[Any]:
        return [] if joined else [*_]

    def answer(path: str, query: dict[str, str]) -> Outcome:
        asked.append(f"{path.split('/')[2]} {query['page']}")
        return sky.counted(path, query)

    def until() -> Iterator[Any]:
        sent: Any = None
        emitted = 0
        try:
            while True:
                step = walk.send(sent)
                if isinstance(step, Join) and emitted == pages:
                    return
                emitted += isinstance(step, Emit)
                sent = yield step
        finally:
            walk.close()

    go(until(), answer, note)  # type: ignore[arg-type]
    return asked


def test_the_first_pages_of_the_next_lists_are_begun_while_there_is_room() -> None:
    sky = Sky(mars=9, venus=3, saturn=9, earth=1)
    asked = begun(*planets("mars", "venus", "saturn", "earth"), sky=sky, concurrency=3, pages=0)
    assert asked == ["mars 1", "venus 1", "saturn 1"]


def test_the_pages_that_are_needed_first_are_begun_first() -> None:
    sky = Sky(mars=9, venus=3, saturn=9, earth=1)
    asked = begun(*planets("mars", "venus", "saturn", "earth"), sky=sky, concurrency=3)
    assert asked == ["mars 1", "venus 1", "saturn 1", "mars 2"]


def test_no_further_page_of_a_next_list_is_begun_before_its_first_was_dealt_with() -> None:
    asked = begun(*planets("mars", "venus"), sky=Sky(mars=2, venus=99), concurrency=9, pages=1)
    assert asked == ["mars 1", "venus 1"]


def test_the_next_list_is_read_ahead_once_it_is_the_first() -> None:
    asked = begun(*planets("mars", "venus"), sky=Sky(mars=2, venus=7), concurrency=9, pages=2)
    assert asked == ["mars 1", "venus 1", "venus 2", "venus 3", "venus 4"]


def test_lists_are_taken_as_there_is_room_for_them() -> None:
    taken: list[str] = []

    def lists() -> Iterator[ListRequest]:
        for request in planets("mars", "venus", "saturn", "earth"):
            taken.append(str(request.label))
            yield request

    walk = pages_ahead(caller(Clock()), OF_PLANET, lists(), concurrency=2)
    steps = [next(walk) for _ in range(3)]
    assert ([type(step) for step in steps], taken) == ([Begin, Begin, Join], ["mars", "venus"])


# Requests


def test_a_list_is_asked_for_with_its_path_query_and_number() -> None:
    gone = asked_ahead(
        Sky(mars=3).counted, OF_PLANET, ListRequest("m", {"planet_id": "mars"}, {"sort": "size", "big": True})
    )
    assert gone.requests == [
        "/planets/mars/moons?sort=size&big=true&page=1",
        "/planets/mars/moons?sort=size&big=true&page=2",
    ]


def test_a_token_goes_with_the_next_page_alone() -> None:
    gone = asked_ahead(Sky(moons=5).cursor, moons(CURSOR), ListRequest(query={"big": True}))
    assert gone.requests == ["/moons?big=true", "/moons?big=true&after=2", "/moons?big=true&after=4"]


@every_order
def test_no_page_is_asked_for_twice(order: Order) -> None:
    gone = asked_ahead(Sky(moons=29).counted, moons(COUNTED), order=order, concurrency=3)
    assert len(gone.requests) == len(set(gone.requests)) == 15


@every_order
def test_nothing_is_left_over(order: Order) -> None:
    gone = asked_ahead(
        Sky(mars=9, venus=0, earth=5).counted, OF_PLANET, *planets("mars", "venus", "earth"), order=order
    )
    assert gone.left == 0


# Lists that change


class Restless(Sky):
    """A sky that changes as soon as some page has been answered."""

    def __init__(self, change_after: int, to: int, **sizes: int) -> None:
        super().__init__(**sizes)
        self.change_after = change_after
        self.to = to
        self.answered = 0

    def counted(self, path: str, query: dict[str, str]) -> Outcome:
        answered = super().counted(path, query)
        self.answered += 1
        if self.answered == self.change_after:
            self.lists["/moons"] = self._records("moon", self.to)
        return answered


def test_pages_beyond_the_end_of_a_list_that_shrank_are_dropped() -> None:
    gone = asked_ahead(Restless(2, to=6, moons=20).counted, moons(COUNTED), concurrency=5)
    assert (len(gone.records), gone.done[-3:], gone.left) == (6, ["drop"] * 3, 0)


def test_the_room_of_dropped_pages_is_free_again() -> None:
    sky = Sky(mars=20, venus=20)

    def answer(path: str, query: dict[str, str]) -> Outcome:
        if path == "/planets/mars/moons" and query["page"] == "2":
            return reply({"items": [], "more": False, "count": 2})
        return sky.counted(path, query)

    gone = asked_ahead(answer, OF_PLANET, *planets("mars", "venus"), concurrency=4)
    assert (gone.done.count("drop"), gone.most, len(gone.records)) == (2, 4, 22)


@every_order
@every_concurrency
@pytest.mark.parametrize("to", [0, 1, 4, 11])
def test_a_list_that_shrinks_ends_and_leaves_nothing(to: int, concurrency: int, order: Order) -> None:
    gone = asked_ahead(Restless(3, to=to, moons=21).counted, moons(COUNTED), order=order, concurrency=concurrency)
    assert (gone.error, gone.left, gone.most <= concurrency) == (None, 0, True)


@every_order
@every_concurrency
def test_a_list_that_grows_is_read_to_its_new_end(concurrency: int, order: Order) -> None:
    sky = Restless(1, to=19, moons=7)
    gone = asked_ahead(sky.counted, moons(COUNTED), order=order, concurrency=concurrency)
    assert gone.records == sky.lists["/moons"]


@pytest.mark.parametrize("said", [0, 1, 3, 1000])
@every_concurrency
@every_order
def test_a_number_of_pages_that_is_wrong_changes_nothing(said: int, concurrency: int, order: Order) -> None:
    sky = Sky(moons=13)

    def answer(path: str, query: dict[str, str]) -> Outcome:
        page = int(query["page"])
        return reply({"items": sky.rows(path, query), "more": page < 7, "pages": said})

    paging = NumberedPages(records="items", more="more", pages="pages")
    gone = asked_ahead(answer, moons(paging), order=order, concurrency=concurrency)
    assert (gone.records, gone.left) == (sky.lists["/moons"], 0)


# Enough


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_list_ends_with_the_page_that_is_enough(concurrency: int) -> None:
    gone = asked_ahead(
        Sky(moons=20).counted,
        moons(COUNTED),
        concurrency=concurrency,
        enough=lambda page: {"id": "moon 5"} in page.records,
    )
    assert ([record["id"] for record in gone.records][-1], gone.left) == ("moon 5", 0)


def test_what_is_enough_of_one_list_does_not_end_the_next() -> None:
    def enough(page: Page) -> bool:
        return {"id": "mars 1"} in page.records

    gone = asked_ahead(Sky(mars=20, venus=4).counted, OF_PLANET, *planets("mars", "venus"), enough=enough)
    assert [record["id"] for record in gone.records] == ["mars 0", "mars 1", "venus 0", "venus 1", "venus 2", "venus 3"]


# Trouble


def failing(sky: Sky, *, page: str, outcome: Outcome) -> Answer:
    def answer(path: str, query: dict[str, str]) -> Outcome:
        return outcome if query.get("page") == page else sky.counted(path, query)

    return answer


@every_order
def test_an_error_in_a_page_is_raised_when_its_turn_comes(order: Order) -> None:
    answer = failing(Sky(moons=20), page="4", outcome=reply(status=403))
    gone = asked_ahead(answer, moons(COUNTED), order=order)
    assert (len(gone.emitted), type(gone.failure)) == (3, Forbidden)


def test_an_error_in_a_page_that_is_dropped_is_none() -> None:
    sky = Restless(2, to=6, moons=20)
    gone = asked_ahead(failing(sky, page="5", outcome=reply(status=403)), moons(COUNTED), order=eagerly, concurrency=5)
    assert len(gone.records) == 6


@every_order
def test_a_page_that_failed_is_read_again_in_its_place(order: Order) -> None:
    sky, failed = Sky(moons=20), []

    def answer(path: str, query: dict[str, str]) -> Outcome:
        if query["page"] in {"1", "3", "4"} and query["page"] not in failed:
            failed.append(query["page"])
            return LOST
        return sky.counted(path, query)

    gone = asked_ahead(answer, moons(COUNTED), order=order)
    assert (gone.records, sorted(failed)) == (sky.lists["/moons"], ["1", "3", "4"])


@every_order
def test_a_page_that_keeps_failing_is_raised_after_its_own_attempts(order: Order) -> None:
    answer = failing(Sky(moons=20), page="3", outcome=reply(status=503))
    gone = asked_ahead(answer, moons(COUNTED), order=order, who={"retry": patient(3)})
    assert (type(gone.failure), gone.requests.count("/moons?page=3")) == (ServiceDown, 3)


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]], ids="".join)
def test_a_token_that_comes_back_is_an_error_and_no_loop(tokens: list[str]) -> None:
    left = list(tokens)

    def answer(path: str, query: dict[str, str]) -> Outcome:
        return reply({"items": [], "next": left.pop(0)})

    gone = asked_ahead(answer, moons(CURSOR))
    assert (len(gone.emitted), type(gone.failure)) == (len(tokens), UnexpectedReply)


@every_concurrency
@pytest.mark.parametrize("paging", [UNTIL_EMPTY, NumberedPages(count="n")], ids=["until empty", "never counted"])
def test_a_server_that_takes_no_number_is_an_error_and_no_loop(paging: Paging, concurrency: int) -> None:
    gone = asked_ahead(lambda *_: reply([{"id": 1}, {"id": 2}]), moons(paging), concurrency=concurrency)
    assert (len(gone.emitted), str(gone.failure)) == (2, "Orbit: GET /moons sent the same page twice")


def test_the_same_token_in_two_lists_is_no_loop() -> None:
    gone = asked_ahead(Sky(moons=5).cursor, moons(CURSOR), ListRequest("a"), ListRequest("b"))
    assert gone.labels == ["a"] * 3 + ["b"] * 3


def test_a_complaint_about_a_loop_says_what_was_asked() -> None:
    gone = asked_ahead(lambda *_: reply({"items": [], "next": "a"}), moons(CURSOR))
    assert "Orbit: GET /moons handed out the same page token twice" in str(gone.failure)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_list_that_does_not_exist_is_an_error(concurrency: int) -> None:
    gone = asked_ahead(Sky(mars=3).counted, OF_PLANET, *planets("mars", "pluto"), concurrency=concurrency)
    assert (gone.labels, type(gone.failure)) == (["mars", "mars"], NotFound)


@every_order
@every_concurrency
def test_a_list_that_may_be_missing_is_an_empty_one(concurrency: int, order: Order) -> None:
    gone = asked_ahead(
        Sky(mars=3, earth=1).counted,
        OF_PLANET,
        *planets("mars", "pluto", "earth"),
        concurrency=concurrency,
        order=order,
        missing_ok=True,
    )
    assert (gone.error, gone.labels, gone.left) == (None, ["mars", "mars", "pluto", "earth"], 0)


@pytest.mark.parametrize("status", [401, 403, 422])
def test_only_a_missing_list_may_be_missing(status: int) -> None:
    gone = asked_ahead(lambda *_: reply(status=status), OF_PLANET, *planets("mars"), missing_ok=True)
    assert isinstance(gone.failure, CircleError)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_gathering_passes_trouble_on_to_the_list(concurrency: int) -> None:
    clock = Clock()
    walk = pages_ahead(caller(clock), OF_PLANET, planets("pluto", "earth"), concurrency=concurrency, missing_ok=True)

    def gathered() -> Any:
        yield Emit((yield from collect(walk)))

    assert go(gathered(), Sky(earth=1).counted, clock=clock).records == [{"id": "earth 0"}]


def test_a_value_that_is_missing_in_a_path_is_named() -> None:
    with pytest.raises(ValueError, match="planet_id is missing"):
        asked_ahead(Sky().counted, OF_PLANET, ListRequest("mars"))


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_walk_that_is_closed_early_asks_for_nothing_more(steps: int) -> None:
    walk = pages_ahead(caller(Clock()), moons(COUNTED), [ListRequest()], concurrency=2)
    sent: Any = None
    for number in range(steps):
        step = walk.send(sent)
        sent = Page([{"id": number}], {"page": "2"}, 40, 20) if isinstance(step, Join) else None
    walk.close()
    with pytest.raises(StopIteration):
        next(walk)
