"""A stream is data: windows, filters and parents become requests, and records come with their parent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.paging import NoPages, NumberedPages
from airflow_provider_circle.core.stream import (
    Between,
    NewestFirst,
    Parent,
    Stream,
    checked_filters,
    number,
    one_of,
    read_stream,
    text,
    time_range,
    truth,
)
from airflow_provider_circle.core.walk import Emit
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import NotFound
from tests.unit.core.branching import ORDERS, Answer, Gone, Order, go, lazily
from tests.unit.walking import Clock, caller, reply

SOURCE = "https://docs.orbit.example/v3/moons"
PAGED = NumberedPages(records="items", more="more", pages="pages")
LIST_MOONS = Endpoint("GET", "/moons", SOURCE, pages=PAGED)
OF_PLANET = Endpoint("GET", "/planets/{planet_id}/moons", SOURCE, pages=PAGED)
NEW_YORK = ZoneInfo("America/New_York")


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


CHANGED = Between("changed_min", "changed_max", iso)
LOW, HIGH = utc("2026-03-02T00:00:00"), utc("2026-03-03T00:00:00")


def moons(endpoint: Endpoint = LIST_MOONS, **changes: Any) -> Stream:
    return Stream("moons", endpoint, **changes)


def nothing(path: str, query: dict[str, str]) -> Outcome:
    return reply({"items": [], "more": False})


def read(stream: Stream, answer: Answer = nothing, order: Order = lazily, **options: Any) -> Gone:
    clock = Clock()
    return go(read_stream(caller(clock), stream, **options), answer, order, clock)


def asked(stream: Stream, **options: Any) -> dict[str, str]:
    """Parameters of the only request, without the page's number."""
    queries: list[dict[str, str]] = []

    def answer(path: str, query: dict[str, str]) -> Outcome:
        queries.append(query)
        return nothing(path, query)

    read(stream, answer, **options)
    (query,) = queries
    return {name: value for name, value in query.items() if name != "page"}


# Plain


def test_a_stream_without_anything_is_its_list() -> None:
    gone = read(moons(), lambda *_: reply({"items": [{"id": 1}], "more": False}))
    assert (gone.records, gone.requests, gone.labels) == ([{"id": 1}], ["/moons?page=1"], [""])


def test_the_streams_own_query_goes_with_every_page() -> None:
    gone = read(
        moons(query={"status": "all"}), lambda _, query: reply({"items": [{"id": 1}], "more": query["page"] == "1"})
    )
    assert gone.requests == ["/moons?status=all&page=1", "/moons?status=all&page=2"]


def test_a_filter_goes_before_the_streams_own_query() -> None:
    stream = moons(query={"status": "all", "size": "10"}, filters={"status": text("status")})
    assert asked(stream, filters={"status": "new"}) == {"status": "new", "size": "10"}


def test_nothing_is_asked_for_before_the_first_step() -> None:
    walk = read_stream(caller(Clock()), moons(), filters={"unknown": 1})
    walk.close()


def test_an_unknown_filter_is_refused_before_anything_is_asked_for() -> None:
    with pytest.raises(ValueError, match="moons cannot be narrowed by 'unknown'"):
        next(read_stream(caller(Clock()), moons(), filters={"unknown": 1}))


# A window that the service picks


@pytest.mark.parametrize(
    ("window", "low", "high"),
    [
        pytest.param(Window(LOW, HIGH), "2026-03-01T23:59:59Z", "2026-03-03T00:00:01Z", id="both ends"),
        pytest.param(Window(LOW), "2026-03-01T23:59:59Z", "2027-01-16T08:00:01Z", id="no end is tomorrow"),
        pytest.param(Window(None, HIGH), "1970-01-01T00:00:00Z", "2026-03-03T00:00:01Z", id="no beginning"),
        pytest.param(Window(utc("1970-01-01T00:00:00"), HIGH), "1970-01-01T00:00:00Z", "2026-03-03T00:00:01Z", id="0"),
        pytest.param(Window(), "1970-01-01T00:00:00Z", "2027-01-16T08:00:01Z", id="neither"),
    ],
)
def test_a_window_is_asked_for_with_a_second_more_at_both_ends(window: Window, low: str, high: str) -> None:
    assert asked(moons(cursor="at", window=CHANGED), window=window) == {"changed_min": low, "changed_max": high}


# A read of everything


WINDOWS = pytest.mark.parametrize(
    "kind", [None, CHANGED, NewestFirst("before", iso)], ids=["none", "between", "newest first"]
)


@WINDOWS
@pytest.mark.parametrize("concurrency", [1, 3])
def test_everything_is_asked_for_without_bounds_and_at_once(
    kind: Between | NewestFirst | None, concurrency: int
) -> None:
    stream = moons(cursor="at", window=kind, query={"status": "all"}, filters={"size": number("size")})
    assert asked(stream, filters={"size": 3}, concurrency=concurrency) == {"status": "all", "size": "3"}


@WINDOWS
def test_everything_is_asked_for_page_by_page(kind: Between | NewestFirst | None) -> None:
    gone = read(
        moons(cursor="at", window=kind),
        lambda _, query: reply({"items": [{"id": query["page"]}], "more": query["page"] != "3"}),
    )
    assert (gone.requests, gone.records) == (
        ["/moons?page=1", "/moons?page=2", "/moons?page=3"],
        [{"id": "1"}, {"id": "2"}, {"id": "3"}],
    )


@WINDOWS
def test_all_children_are_asked_for_without_bounds_and_at_once(kind: Between | NewestFirst | None) -> None:
    stream = moons(OF_PLANET, parent=Parent("planets", "planet", "planet_id"), cursor="at", window=kind)
    assert read(stream, parents=[4, 5]).requests == ["/planets/4/moons?page=1", "/planets/5/moons?page=1"]


def test_a_filter_by_the_cursor_narrows_a_read_of_everything() -> None:
    stream = moons(cursor="at", window=CHANGED, filters={"changed": time_range("changed_min", "changed_max", iso)})
    assert asked(stream, filters={"changed": {"min": LOW, "max": HIGH}}) == {
        "changed_min": "2026-03-02T00:00:00Z",
        "changed_max": "2026-03-03T00:00:00Z",
    }


def test_a_window_in_another_zone_is_asked_for_from_its_very_beginning() -> None:
    # Clocks went from 02:00 to 03:00 then: a second before is 01:59:59, in winter time.
    low = datetime(2026, 3, 8, 3, tzinfo=NEW_YORK)
    query = asked(moons(cursor="at", window=CHANGED), window=Window(low, low + timedelta(days=1)))
    assert datetime.fromisoformat(query["changed_min"]) <= low.astimezone(UTC)


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(Window(None, datetime.max.replace(tzinfo=UTC)), id="to the end of all time"),
        pytest.param(Window(datetime.min.replace(tzinfo=UTC), HIGH), id="from the beginning of all time"),
    ],
)
@pytest.mark.parametrize("kind", [CHANGED, NewestFirst("before", iso)], ids=["between", "newest first"])
def test_a_window_that_is_far_away_is_asked_for(window: Window, kind: Between | NewestFirst) -> None:
    assert read(moons(cursor="at", window=kind), window=window).error is None


def test_records_outside_the_window_are_left_to_whoever_lands_them() -> None:
    rows = [{"id": 1, "at": "2026-03-01T23:59:59Z"}, {"id": 2, "at": "2026-03-02T00:00:00Z"}]
    gone = read(
        moons(cursor="at", window=CHANGED), lambda *_: reply({"items": rows, "more": False}), window=Window(LOW, HIGH)
    )
    assert gone.records == rows


def test_a_window_goes_before_a_filter_of_the_same_name() -> None:
    stream = moons(cursor="at", window=CHANGED, filters={"changed": time_range("changed_min", "changed_max", iso)})
    filters = {"changed": {"min": "2020-01-01", "max": "2020-02-01"}}
    assert asked(stream, window=Window(LOW, HIGH), filters=filters)["changed_min"] == "2026-03-01T23:59:59Z"


# A window of a list that begins with the newest


@pytest.mark.parametrize(
    ("kind", "window", "query"),
    [
        pytest.param(NewestFirst(), Window(LOW, HIGH), {}, id="nothing to say"),
        pytest.param(NewestFirst(order={"sort": "latest"}), Window(LOW, HIGH), {"sort": "latest"}, id="order"),
        pytest.param(NewestFirst("before", iso), Window(LOW, HIGH), {"before": "2026-03-03T00:00:01Z"}, id="before"),
        pytest.param(NewestFirst("before", iso), Window(LOW), {}, id="before now"),
        pytest.param(
            NewestFirst("before", iso, {"sort": "latest"}),
            Window(None, HIGH),
            {"sort": "latest", "before": "2026-03-03T00:00:01Z"},
            id="both",
        ),
        pytest.param(NewestFirst("before", iso, {"sort": "latest"}), None, {"sort": "latest"}, id="no window"),
    ],
)
def test_a_list_that_begins_with_the_newest_is_asked_for(
    kind: NewestFirst, window: Window | None, query: dict[str, str]
) -> None:
    assert asked(moons(cursor="at", window=kind), window=window) == query


def days(*pages: list[str]) -> Answer:
    """Answer with pages of records dated at noon of days in March 2026; a text that is no day is taken as it is."""

    def answer(_: str, query: dict[str, str]) -> Outcome:
        page = int(query["page"])
        dates = [f"2026-03-{day}T12:00:00Z" if day.isdigit() else day for day in pages[page - 1]]
        rows = [{"id": f"{page}-{row}", "at": date} for row, date in enumerate(dates)]
        return reply({"items": rows, "more": page < len(pages), "pages": len(pages)})

    return answer


PAGES = (["09", "08"], ["07", "06"], ["05", "04"], ["03", "02"])


@pytest.mark.parametrize(
    ("since", "pages"),
    [
        pytest.param("2026-03-07T12:00:00", 3, id="the page's newest is the beginning"),
        pytest.param("2026-03-07T12:00:01", 3, id="the page's newest is within the margin"),
        pytest.param("2026-03-07T12:00:02", 2, id="the page's newest is before the margin"),
        pytest.param("2026-03-08T12:00:02", 2, id="the page before ends before the margin"),
        pytest.param("2026-03-07T00:00:00", 3, id="in the middle of a page"),
        pytest.param("2026-03-05T12:00:00", 4, id="later"),
        pytest.param("2026-01-01T00:00:00", 4, id="never"),
        pytest.param("2026-12-01T00:00:00", 1, id="at once"),
    ],
)
@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("attributes", [None, ["id", "at"]], ids=["objects", "rows"])
def test_reading_the_newest_first_ends_at_the_windows_beginning(
    since: str, pages: int, concurrency: int, attributes: list[str] | None
) -> None:
    stream = moons(cursor="at", window=NewestFirst())
    gone = read(stream, days(*PAGES), window=Window(utc(since)), concurrency=concurrency, attributes=attributes)
    assert len(gone.emitted) == pages


def test_reading_the_newest_first_in_another_zone_ends_at_the_windows_beginning_and_no_earlier() -> None:
    low = datetime(2026, 3, 8, 3, tzinfo=NEW_YORK)
    answer = days(["2026-03-08T07:30:00Z"], ["2026-03-08T07:10:00Z"], ["2026-03-08T06:00:00Z"], ["01"])
    gone = read(moons(cursor="at", window=NewestFirst()), answer, window=Window(low))
    assert len(gone.emitted) == 3


@pytest.mark.parametrize(
    ("stream", "window"),
    [
        pytest.param(moons(cursor="at", window=NewestFirst()), None, id="no window"),
        pytest.param(moons(cursor="at", window=NewestFirst()), Window(None, HIGH), id="no beginning"),
        pytest.param(moons(window=NewestFirst()), Window(HIGH), id="no cursor"),
        pytest.param(moons(cursor="at", window=CHANGED), Window(HIGH), id="the service picks"),
        pytest.param(moons(cursor="at"), Window(HIGH), id="no way to ask for a window"),
    ],
)
def test_other_lists_are_read_to_their_end(stream: Stream, window: Window | None) -> None:
    assert len(read(stream, days(["01"], ["01"], ["01"]), window=window).emitted) == 3


@pytest.mark.parametrize("page", [["soon"], [], ["soon", "09"]], ids=["undated", "empty", "partly dated"])
def test_a_page_without_old_dates_does_not_end_the_reading(page: list[str]) -> None:
    gone = read(moons(cursor="at", window=NewestFirst()), days(page, ["09"], ["01"], ["01"]), window=Window(LOW))
    assert len(gone.emitted) == 3


def test_what_is_pinned_in_front_does_not_end_the_reading_however_old() -> None:
    pinned = days(["01", "09"], ["08", "07"], ["03", "02"], ["01"])
    gone = read(moons(cursor="at", window=NewestFirst()), pinned, window=Window(utc("2026-03-05T00:00:00")))
    assert [record["id"] for record in gone.records] == ["1-0", "1-1", "2-0", "2-1", "3-0", "3-1"]


def test_a_date_in_another_spelling_ends_the_reading() -> None:
    gone = read(moons(cursor="at", window=NewestFirst()), days(["2026-03-01 10:00:00 UTC"], ["01"]), window=Window(LOW))
    assert len(gone.emitted) == 1


# Parents


IN_PATH = moons(OF_PLANET, parent=Parent("planets", "planet", "planet_id"))
IN_QUERY = moons(parent=Parent("planets", "planet", "planet_id"))


@pytest.mark.parametrize(
    ("stream", "requests"),
    [
        pytest.param(IN_PATH, ["/planets/mars/moons?page=1", "/planets/4/moons?page=1"], id="in the path"),
        pytest.param(IN_QUERY, ["/moons?planet_id=mars&page=1", "/moons?planet_id=4&page=1"], id="in the query"),
    ],
)
def test_each_parent_is_asked_for_its_children(stream: Stream, requests: list[str]) -> None:
    assert read(stream, parents=["mars", 4]).requests == requests


@pytest.mark.parametrize("stream", [IN_PATH, IN_QUERY], ids=["in the path", "in the query"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_childs_record_gets_its_parents_id(stream: Stream, order: Order, concurrency: int) -> None:
    def answer(path: str, query: dict[str, str]) -> Outcome:
        return reply({"items": [{"id": 1}, {"id": 2}], "more": query["page"] == "1"})

    gone = read(stream, answer, order, parents=["mars", 4], concurrency=concurrency)
    expected: list[JsonObject] = [{"id": id_, "planet": planet} for planet in ("mars", 4) for id_ in (1, 2, 1, 2)]
    assert (gone.records, gone.labels) == (expected, ["mars", "mars", 4, 4])


def test_a_parents_id_goes_before_what_the_service_says() -> None:
    gone = read(IN_PATH, lambda *_: reply({"items": [{"planet": {"id": 9}}], "more": False}), parents=["mars"])
    assert gone.records == [{"planet": "mars"}]


def test_a_record_without_parents_stays_as_it_is() -> None:
    assert read(moons(), lambda *_: reply({"items": [{"id": 1}], "more": False})).records == [{"id": 1}]


def test_no_parents_have_no_children() -> None:
    assert read(IN_PATH, parents=[]).done == []


def test_window_filters_and_query_go_to_each_parent() -> None:
    stream = moons(
        OF_PLANET,
        parent=Parent("planets", "planet", "planet_id"),
        cursor="at",
        window=NewestFirst("before", iso),
        query={"status": "all"},
        filters={"size": number("size")},
    )
    gone = read(stream, parents=["mars", "venus"], filters={"size": 3}, window=Window(LOW, HIGH))
    tail = "moons?status=all&size=3&before=2026-03-03T00%3A00%3A01Z&page=1"
    assert gone.requests == [f"/planets/mars/{tail}", f"/planets/venus/{tail}"]


def test_each_parents_list_ends_at_the_windows_beginning() -> None:
    stream = moons(OF_PLANET, parent=Parent("planets", "planet", "planet_id"), cursor="at", window=NewestFirst())
    gone = read(stream, days(*PAGES), parents=["mars", "venus"], window=Window(utc("2026-03-07T00:00:00")))
    assert gone.labels == ["mars"] * 3 + ["venus"] * 3


def without_pluto(path: str, query: dict[str, str]) -> Outcome:
    if "pluto" in path or "pluto" in query.values():
        return reply(status=404)
    return reply({"items": [{"id": 1}], "more": False})


@pytest.mark.parametrize("stream", [IN_PATH, IN_QUERY], ids=["in the path", "in the query"])
@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_parent_that_may_be_missing_has_no_children(stream: Stream, concurrency: int) -> None:
    gone = read(
        stream,
        without_pluto,
        parents=["mars", "pluto", "venus"],
        concurrency=concurrency,
        missing_ok=True,
    )
    assert gone.records == [{"id": 1, "planet": "mars"}, {"id": 1, "planet": "venus"}]


def test_a_parent_that_may_not_be_missing_ends_the_reading() -> None:
    gone = read(IN_PATH, without_pluto, parents=["mars", "pluto", "venus"])
    assert (gone.labels, type(gone.failure)) == (["mars"], NotFound)


def test_a_reading_that_is_closed_early_closes_its_parents() -> None:
    closed: list[bool] = []

    def parents() -> Any:
        try:
            while True:
                yield "mars"
        finally:
            closed.append(True)

    walk = read_stream(caller(Clock()), IN_PATH, parents=parents(), concurrency=2)
    next(walk)
    walk.close()
    assert closed == [True]


# Filters


EVERY_KIND = moons(
    filters={
        "name": text("name"),
        "size": number("size"),
        "visible": truth("is_visible"),
        "kind": one_of("kind", "rock", "ice"),
        "found": time_range("found[min]", "found[max]", iso),
    }
)


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        pytest.param(None, {}, id="none"),
        pytest.param({}, {}, id="no filters"),
        pytest.param({"name": "Io"}, {"name": "Io"}, id="text"),
        pytest.param({"name": 5}, {"name": 5}, id="a number as a text"),
        pytest.param({"size": 5}, {"size": 5}, id="number"),
        pytest.param({"size": " 5 "}, {"size": 5}, id="a number written as a text"),
        pytest.param({"size": "-5"}, {"size": -5}, id="a number below zero"),
        pytest.param({"size": 0}, {"size": 0}, id="zero"),
        pytest.param({"visible": True}, {"is_visible": True}, id="true"),
        pytest.param({"visible": False}, {"is_visible": False}, id="false"),
        pytest.param({"visible": " False "}, {"is_visible": False}, id="false as a text"),
        pytest.param({"visible": "TRUE"}, {"is_visible": True}, id="true as a text"),
        pytest.param({"kind": "ice"}, {"kind": "ice"}, id="a word"),
        pytest.param(
            {"found": {"min": "2026-03-02", "max": "2026-03-03T01:00:00+01:00"}},
            {"found[min]": "2026-03-02T00:00:00Z", "found[max]": "2026-03-03T00:00:00Z"},
            id="a range",
        ),
        pytest.param(
            {"found": {"min": LOW}},
            {"found[min]": "2026-03-02T00:00:00Z", "found[max]": "9999-01-01T00:00:00Z"},
            id="a range without end",
        ),
        pytest.param(
            {"found": {"max": HIGH, "min": None}},
            {"found[min]": "1970-01-01T00:00:00Z", "found[max]": "2026-03-03T00:00:00Z"},
            id="a range without beginning",
        ),
        pytest.param({"name": "Io", "size": 1}, {"name": "Io", "size": 1}, id="two"),
    ],
)
def test_filters_become_parameters(filters: dict[str, Any] | None, query: dict[str, Any]) -> None:
    assert checked_filters(EVERY_KIND, filters) == query


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        pytest.param(
            {"mass": 1},
            "filters: moons cannot be narrowed by 'mass'; known are name, size, visible, kind, found",
            id="unknown",
        ),
        *[
            pytest.param({"name": value}, f"filters['name'] must be a text, got {value!r}", id=f"text {value!r}")
            for value in ("", "  ", None, True, 1.5, ["Io"])
        ],
        *[
            pytest.param({"size": value}, f"filters['size'] must be a whole number, got {value!r}", id=f"no. {value!r}")
            for value in ("", "5.0", 5.5, None, True, "five", "-", "--5", "5-", "²", "٣", [5], "1e3")
        ],
        *[
            pytest.param(
                {"visible": value}, f"filters['visible'] must be true or false, got {value!r}", id=f"truth {value!r}"
            )
            for value in ("", "yes", 1, 0, None)
        ],
        *[
            pytest.param(
                {"kind": value}, f"filters['kind'] must be one of rock, ice, got {value!r}", id=f"of {value!r}"
            )
            for value in ("", "Ice", "gas", None, 1, ["ice"])
        ],
        *[
            pytest.param(
                {"found": value},
                f"filters['found'] must be a mapping with min and max, got {value!r}",
                id=f"in {value!r}",
            )
            for value in ({}, None, "2026-03-02", ["2026-03-02", "2026-03-03"], {"min": "2026-03-02", "until": 1})
        ],
        pytest.param(
            {"found": {"min": "soon"}},
            "filters['found']['min'] must be a time with its zone, such as 2020-09-28T14:30:00Z, got 'soon'",
            id="a range from no time",
        ),
        pytest.param(
            {"found": {"max": "2026-03-02T00:00:00"}},
            "filters['found']['max'] must be a time with its zone, such as 2020-09-28T14:30:00Z, "
            "got '2026-03-02T00:00:00'",
            id="a range to a time without zone",
        ),
    ],
)
def test_a_filter_of_the_wrong_kind_is_refused_by_name(filters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"^filters") as refused:
        checked_filters(EVERY_KIND, filters)
    assert str(refused.value) == message


@pytest.mark.parametrize("filters", ["{'kind': 'ice'}", ["kind"], 1])
def test_filters_that_are_no_mapping_are_refused(filters: Any) -> None:
    with pytest.raises(ValueError, match=r"filters must be a mapping of names to values, got"):
        checked_filters(EVERY_KIND, filters)


def test_a_range_that_ends_before_it_begins_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"filters\['found'\]"):
        checked_filters(EVERY_KIND, {"found": {"min": "2026-03-03", "max": "2026-03-02"}})


def test_a_stream_without_filters_says_so() -> None:
    with pytest.raises(ValueError, match="moons cannot be narrowed by 'mass'; known are none"):
        checked_filters(moons(), {"mass": 1})


def test_a_stream_of_one_reply_is_read() -> None:
    unpaged = moons(Endpoint("GET", "/moons", SOURCE, pages=NoPages()))
    gone = read(unpaged, lambda *_: reply([{"id": 1}]))
    assert [isinstance(emit, Emit) for emit in gone.emitted] == [True]
