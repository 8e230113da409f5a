"""When what was read is complete, judged from what pages say; no service, no clock."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.paging import Page
from airflow_provider_circle.core.stream import Between, NewestFirst, Parent, Stream
from airflow_provider_circle.core.walk import Emit
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import InconsistentRead, UnexpectedReply
from airflow_provider_circle.records.progress import Progress
from airflow_provider_circle.records.pull import MOST_PASSES, Pulled, pull
from airflow_provider_circle.records.spool import Spool

LIST = Endpoint("GET", "/moons", "https://docs.orbit.example/v3/moons")
BETWEEN = Between("min", "max", datetime.isoformat)
END = datetime(2026, 3, 3, tzinfo=UTC)
WINDOW = Window(END - timedelta(days=1), END)
LATER_S = END.timestamp() + 3600
LONG_AGO_S = END.timestamp() - 1_000_000

Rows = str
"""Ids of one letter each; an upper case one has changed since."""


def moons(**settings: Any) -> Stream:
    return Stream("moons", LIST, cursor="at", **settings)


def page(
    rows: Rows,
    count: int | None,
    label: str | int = "",
    server_s: float | None = LATER_S,
    *,
    born: Rows = "",
    born_s: float = LATER_S + 1,
    dated: bool = True,
) -> Emit:
    """Make a page of records that were created long ago; those in ``born`` just then, and not dated ones untold."""
    noon = END - timedelta(hours=12)
    records: list[JsonObject] = [
        {"id": row.lower(), "at": (noon + timedelta(hours=row.isupper())).isoformat(), "list": label} for row in rows
    ]
    for record in records if dated else []:
        created_s = born_s if record["id"] in born else LONG_AGO_S
        record["created_at"] = datetime.fromtimestamp(created_s, UTC).isoformat()
    return Emit(records, label, Page(records, None, count, server_s=server_s))


class Service:
    """Answers each reading with the next prepared pages, and keeps what it was asked."""

    def __init__(self, *passes: Iterable[Emit]) -> None:
        self.passes = [list(one) for one in passes]
        self.asked: list[list[str | int]] = []
        self.closed = 0

    def __call__(self, parents: Sequence[str | int]) -> Generator[Emit, None, None]:
        self.asked.append(list(parents))
        pages = self.passes.pop(0)
        try:
            yield from pages
        finally:
            self.closed += 1


def pulled(
    service: Service,
    stream: Stream | None = None,
    *,
    window: Window | None = None,
    parents: Sequence[str | int] = ("",),
    slept: list[float] | None = None,
) -> tuple[int, str]:
    """Pull; how many passes it took, and what the spool holds, in order."""
    stream = stream or moons()
    with Spool(("id",), "at", window) as spool:
        done = pull(
            service,
            stream,
            spool,
            window=window,
            parents=parents,
            progress=Progress(lambda _: None, lambda: 0.0),
            sleep=(slept if slept is not None else []).append,
        )
        assert service.passes == [], "fewer passes than expected"
        held = (entry.record for entry in spool)
        return done.passes, "".join(row["id"].upper() if "T13" in row["at"] else row["id"] for row in held)


STILL = [page("ab", 4), page("cd", 4)]


@pytest.mark.parametrize(
    ("first", "passes", "held"),
    [
        pytest.param([page("ab", 4), page("cd", 4)], 1, "abcd", id="still"),
        pytest.param([page("", 0)], 1, "", id="empty"),
        pytest.param([page("abc", None)], 1, "abc", id="one_page_without_a_count"),
        pytest.param([page("ab", 4)], 1, "ab", id="one_page"),
        pytest.param([page("ab", 4, server_s=None, dated=False)], 1, "ab", id="one_page_that_says_nothing"),
        pytest.param([page("ab", 4), page("cd", 5), page("e", 5, born="e")], 1, "abcde", id="grew"),
        pytest.param([page("ab", 4), page("", 4), page("cd", 4)], 1, "abcd", id="page_without_records"),
        pytest.param([page("ab", 5), page("bc", 5), page("de", 5)], 1, "abcde", id="came_twice"),
        pytest.param([page("ab", 4), page("d", 3)], 2, "abcd", id="shrank"),
        pytest.param([page("ab", 4), page("d", 4)], 2, "abcd", id="fewer_came_than_there_were"),
        pytest.param([page("ab", 5), page("bc", 5), page("e", 5)], 2, "abcd", id="twice_is_not_two"),
        pytest.param([page("ab", 4), page("cd", 5), page("", 4)], 2, "abcd", id="grew_and_shrank"),
        pytest.param([page("ab", 4), page("dn", 4, born="n")], 2, "abcd", id="a_new_one_hides_a_deletion"),
        pytest.param(
            [page("ab", 4), page("dn", 4, born="n", born_s=LATER_S)], 2, "abcd", id="created_in_the_very_second"
        ),
        pytest.param([page("ab", 4), page("cn", 4, born="n", born_s=LATER_S - 1)], 1, "abcn", id="created_just_before"),
        pytest.param([page("nb", 4, born="n"), page("cd", 4)], 2, "abcd", id="a_new_one_came_first"),
        pytest.param([page("ab", 4), page("cd", 4, dated=False)], 2, "abcd", id="some_do_not_say_when_created"),
        pytest.param([page("ab", 4, server_s=None), page("cd", 4)], 2, "abcd", id="first_reply_without_date"),
        pytest.param([page("ab", 4), page("cd", 4, server_s=None)], 1, "abcd", id="later_reply_without_date"),
    ],
)
def test_full_read_is_repeated_until_nothing_can_be_missing(first: list[Emit], passes: int, held: str) -> None:
    again = [STILL] if passes == 2 else []

    took, there = pulled(Service(first, *again))

    assert (took, sorted(there)) == (passes, list(held))


@pytest.mark.parametrize(
    ("passes", "held"),
    [
        pytest.param(["ab c", "ab c"], "abc", id="still"),
        pytest.param(["ab d", "ab cd", "ab cd"], "abcd", id="one_was_missed"),
        pytest.param(["ab c", "ab cd", "ab cd"], "abcd", id="one_came"),
    ],
)
def test_list_on_several_pages_that_says_no_number_has_to_be_seen_twice_the_same(passes: list[str], held: str) -> None:
    took, there = pulled(Service(*([page(rows, None) for rows in one.split()] for one in passes)))

    assert (took, sorted(there)) == (len(passes), list(held))


@pytest.mark.parametrize("window", [None, WINDOW])
def test_list_from_the_newest_on_that_says_no_number_is_read_once(window: Window | None) -> None:
    service = Service([page("ab", None), page("c", None)])

    took, there = pulled(service, moons(window=NewestFirst()), window=window)

    assert (took, sorted(there.lower())) == (1, list("abc"))


def test_record_that_the_last_pass_did_not_see_was_deleted() -> None:
    passes, held = pulled(Service([page("xa", 5), page("cd", 4)], STILL))

    assert (passes, sorted(held)) == (2, list("abcd"))


@pytest.mark.parametrize(
    "untold", [pytest.param({"dated": False}, id="no_created_at"), pytest.param({"server_s": None}, id="no_date")]
)
@pytest.mark.parametrize(
    ("passes", "held"),
    [
        pytest.param(["ab cd", "ab cd"], "abcd", id="still"),
        pytest.param(["ab cd", "dc ba"], "abcd", id="in_another_order"),
        pytest.param(["ab d", "ab cd", "ab cd"], "abcd", id="one_was_missed"),
        pytest.param(["ab cd", "ab cde", "ab cde"], "abcde", id="one_came"),
        pytest.param(["ab cd", "bc d", "bc d"], "bcd", id="one_went"),
        pytest.param(["ab cd", "bc dn", "bc dn"], "bcdn", id="one_for_another"),
    ],
)
def test_list_that_cannot_tell_new_from_old_has_to_be_seen_twice_the_same(
    passes: list[str], held: str, untold: dict[str, Any]
) -> None:
    read = [[page(rows, 4, **untold) for rows in one.split()] for one in passes]

    took, there = pulled(Service(*read))

    assert (took, sorted(there)) == (len(passes), list(held))


def test_newer_version_wins_whichever_came_first() -> None:
    passes, held = pulled(Service([page("AB", 4), page("c", 3)], [page("ab", 3), page("C", 3)]))

    assert (passes, held) == (2, "ABC")


def test_records_of_a_window_that_has_passed_count_together() -> None:
    stream = moons(window=BETWEEN)
    shrinking = [[page("ab", 5), page("d", 4)], [page("bc", 4), page("e", 3)]]

    passes, held = pulled(Service(*shrinking), stream, window=WINDOW)

    assert (passes, sorted(held)) == (2, list("abcde"))


def test_window_keeps_what_left_it_meanwhile() -> None:
    stream = moons(window=BETWEEN)

    passes, held = pulled(Service([page("xa", 4), page("c", 3)], [page("abc", 3)]), stream, window=WINDOW)

    assert (passes, sorted(held)) == (2, list("abcx"))


def test_children_of_a_window_that_has_passed_have_to_be_seen_in_one_pass() -> None:
    stream = moons(window=BETWEEN, parent=Parent("planets", "planet", "planet_id"))
    shrinking = [[page("ab", 5, 1), page("d", 4, 1)], [page("bc", 4, 1), page("e", 3, 1)]]

    passes, held = pulled(Service(*shrinking, [page("bc", 3, 1), page("e", 3, 1)]), stream, window=WINDOW, parents=[1])

    assert (passes, sorted(held)) == (3, list("abcde"))


def test_list_from_the_newest_on_is_not_held_against_its_count() -> None:
    first, *more = [[page("ab", 400), page("c", 400)] for _ in range(2)]

    assert pulled(Service(first, *more), moons(window=NewestFirst()), window=WINDOW) == (2, "abc")


NEWEST: list[Any] = [moons(window=NewestFirst()), WINDOW, ""]
CHILDREN: list[Any] = [moons(parent=Parent("planets", "planet", "planet_id")), None, 1]


@pytest.mark.parametrize(
    ("stream", "window", "label"), [pytest.param(*NEWEST, id="newest_first"), pytest.param(*CHILDREN, id="children")]
)
@pytest.mark.parametrize(
    ("passes", "held"),
    [
        pytest.param(["ab cd", "ab cd"], "abcd", id="still"),
        pytest.param(["abcd"], "abcd", id="one_page"),
        pytest.param(["ab dn", "bc dn", "bc dn"], "bcdn", id="a_new_one_hides_a_deletion"),
        pytest.param(["ab cd", "ab ce", "ab ce"], "abce", id="one_for_another"),
    ],
)
def test_list_whose_dates_of_creation_say_nothing_has_to_be_seen_twice_the_same(
    stream: Stream, window: Window | None, label: str | int, passes: list[str], held: str
) -> None:
    # By its date ``n`` is new, but it may be only new to this list, or to what is read of it.
    read = [[page(rows, 4, label, born="n") for rows in one.split()] for one in passes]

    took, there = pulled(Service(*read), stream, window=window, parents=[label])

    # What a window saw and what left it meanwhile may both land.
    assert took == len(passes)
    assert set(held) <= set(there)
    if window is None:
        assert sorted(there) == list(held)


def test_newest_first_without_a_beginning_goes_by_dates_of_creation() -> None:
    service = Service([page("ab", 4), page("cn", 4, born="n", born_s=LATER_S - 1)])

    passes, held = pulled(service, moons(window=NewestFirst()), window=Window(None, END))

    assert (passes, sorted(held)) == (1, list("abcn"))


def test_list_from_the_newest_on_that_is_read_whole_is_held_against_its_count() -> None:
    passes, held = pulled(Service([page("ab", 4), page("d", 4)], STILL), moons(window=NewestFirst()))

    assert (passes, sorted(held)) == (2, list("abcd"))


def test_list_from_the_newest_on_that_shrank_is_read_again() -> None:
    still = [page("ab", 399), page("cd", 399)]
    service = Service([page("ab", 400), page("d", 399)], still, still)

    passes, held = pulled(service, moons(window=NewestFirst()), window=WINDOW)

    assert (passes, sorted(held)) == (3, list("abcd"))


def test_list_from_the_newest_on_can_get_new_records_into_its_window() -> None:
    still = [page("ab", 3), page("cd", 3)]
    service = Service([page("abxy", 4), page("d", 3)], still, still)

    passes, held = pulled(service, moons(window=NewestFirst()), window=WINDOW)

    assert (passes, sorted(held)) == (3, list("abcdxy"))


def test_only_lists_that_changed_are_read_again() -> None:
    service = Service([page("a", 1, 1), page("b", 2, 2), page("", 1, 2), page("c", 1, 3)], [page("d", 1, 2)])

    passes, held = pulled(service, parents=[1, 2, 3])

    assert service.asked == [[1, 2, 3], [2]]
    assert (passes, sorted(held)) == (2, list("acd"))


def test_no_parents_need_one_pass() -> None:
    assert pulled(Service([]), parents=[]) == (1, "")


@pytest.mark.parametrize(
    ("passes", "began_s"),
    [
        pytest.param([[page("ab", 4, server_s=LATER_S), page("cd", 4, server_s=LATER_S + 9)]], LATER_S, id="one_pass"),
        pytest.param(
            [[page("ab", 4), page("d", 3)], [page("ab", 3, server_s=LATER_S + 60), page("d", 3)]],
            LATER_S,
            id="the_first_pass",
        ),
        pytest.param([[page("ab", 2, server_s=None)]], None, id="never_told"),
        pytest.param([[]], None, id="nothing_read"),
    ],
)
def test_beginning_is_when_the_very_first_reply_came(passes: list[list[Emit]], began_s: float | None) -> None:
    waits: list[float] = []
    with Spool(("id",), "at") as spool:
        done = pull(
            Service(*passes),
            moons(),
            spool,
            window=None,
            parents=[""] if passes[0] else [],
            progress=Progress(lambda _: None, lambda: 0.0),
            sleep=waits.append,
        )

    assert done == Pulled(len(passes), began_s)


def test_list_that_never_settles_is_an_error() -> None:
    restless = [[page("ab", 4), page("d", 3)]] * MOST_PASSES

    with pytest.raises(InconsistentRead, match=f"each of the {MOST_PASSES} times"):
        pulled(Service(*restless))


def test_record_without_a_key_ends_the_read() -> None:
    service = Service([Emit([{"name": "Io"}], "", Page([], None))])

    with pytest.raises(UnexpectedReply):
        pulled(service)

    assert service.closed == 1


@pytest.mark.parametrize(
    ("behind_s", "slept"),
    [
        pytest.param(-2.0, [], id="it_has_ended"),
        pytest.param(-1.0, [1.0], id="it_has_ended_only_just"),
        pytest.param(0.0, [2.0], id="it_ends_now"),
        pytest.param(5.0, [7.0], id="it_ends_soon"),
        pytest.param(300.0, [302.0], id="as_far_as_clocks_go"),
    ],
)
def test_end_of_the_window_is_waited_for(behind_s: float, slept: list[float]) -> None:
    early = page("ab", 2, server_s=END.timestamp() - behind_s)
    service = Service([early], *([[page("abc", 3)]] if slept else []))
    waits: list[float] = []

    _, held = pulled(service, moons(window=BETWEEN), window=WINDOW, slept=waits)

    assert waits == slept
    assert held == ("abc" if slept else "ab")
    assert service.closed == len(service.asked)


def test_window_far_in_the_future_is_refused() -> None:
    service = Service([page("ab", 2, server_s=END.timestamp() - 301)])

    with pytest.raises(ValueError, match="301 s from now by the service's clock"):
        pulled(service, moons(window=BETWEEN), window=WINDOW)

    assert service.closed == 1


@pytest.mark.parametrize("window", [None, Window(END)])
def test_list_without_an_end_waits_for_nothing(window: Window | None) -> None:
    waits: list[float] = []

    pulled(Service([page("", 0, server_s=0.0)]), moons(window=BETWEEN), window=window, slept=waits)

    assert waits == []


def test_service_without_a_clock_is_believed() -> None:
    waits: list[float] = []

    pulled(Service([page("ab", 2, server_s=None)]), moons(window=BETWEEN), window=WINDOW, slept=waits)

    assert waits == []


def test_row_that_a_new_one_hides_in_the_count_is_noticed() -> None:
    # After the first page ``a`` is deleted and ``n`` is created: the count stays, ``c`` moves up and is not seen.
    balanced = [page("ab", 4), page("dn", 4, born="n")]

    passes, held = pulled(Service(balanced, [page("bc", 4), page("dn", 4, born="n")]))

    assert (passes, sorted(held)) == (2, list("bcdn"))
