"""A walk reads a list page by page and hands its records on, or gathers them; fed with replies here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome, Request
from airflow_provider_circle.core.walk import (
    Begin,
    Branch,
    Drop,
    Emit,
    Join,
    Send,
    Wait,
    Walk,
    collect,
    pages,
    read_page,
    relayed,
)
from airflow_provider_circle.exceptions import NotFound
from tests.unit.core.moons import LIST_MOONS, listed, page
from tests.unit.walking import LOST, NOW_S, UNSENT, Clock, Walked, caller, drive, orbit, patient, reply

# Lists


def test_a_list_is_emitted_page_by_page() -> None:
    walked = listed([page(1, 2, after="t"), page(3)])
    assert walked.emitted == [[{"id": 1}, {"id": 2}], [{"id": 3}]]


def test_a_page_is_emitted_before_the_next_is_asked_for() -> None:
    assert listed([page(1, after="t"), page(2)]).done == ["send", "emit", "send", "emit"]


def test_the_token_is_sent_back() -> None:
    walked = listed([page(after="t/1"), page()])
    assert [request.url.partition("?")[2] for request in walked.requests] == ["", "after=t%2F1"]


def test_the_query_goes_with_every_page() -> None:
    walked = listed([page(after="a"), page(after="b"), page()], query={"mine": True})
    assert [request.url.partition("?")[2] for request in walked.requests] == [
        "mine=true",
        "mine=true&after=a",
        "mine=true&after=b",
    ]


def test_an_empty_page_in_the_middle_does_not_end_a_list() -> None:
    assert len(listed([page(1, after="a"), page(after="b"), page(2)]).emitted) == 3


@pytest.mark.parametrize("fault", [LOST, UNSENT, reply(status=502), reply(b"{"), reply({"rows": []})], ids=str)
def test_a_page_that_failed_is_read_again_and_nothing_is_emitted_twice(fault: Outcome) -> None:
    walked = listed([page(1, after="t"), fault, page(2)])
    assert walked.emitted == [[{"id": 1}], [{"id": 2}]]


def test_each_page_has_its_own_attempts() -> None:
    walked = listed([LOST, page(1, after="t"), LOST, page(2)], retry=patient(2))
    assert walked.error is None


def test_a_page_that_is_refused_ends_the_list() -> None:
    walked = listed([page(1, after="t"), reply(status=404)])
    assert (walked.emitted, type(walked.failure)) == ([[{"id": 1}]], NotFound)


@pytest.mark.parametrize(
    "tokens",
    [pytest.param(["a", "a"], id="at once"), pytest.param(["a", "b", "a"], id="in a circle")],
)
def test_a_token_that_comes_back_is_an_error_and_no_loop(tokens: list[str]) -> None:
    walked = listed([page(number, after=token) for number, token in enumerate(tokens)])
    assert "GET /moons handed out the same page token twice" in str(walked.failure)


@pytest.mark.parametrize(
    ("ids", "emitted"),
    [
        pytest.param([[1, 2], [1, 2]], 2, id="at once"),
        pytest.param([[1, 2], [3], [3]], 3, id="later"),
    ],
)
def test_the_same_page_again_is_an_error_and_no_loop(ids: list[list[int]], emitted: int) -> None:
    walked = listed([page(*numbers, after=f"t{place}") for place, numbers in enumerate(ids)])
    assert (len(walked.emitted), str(walked.failure)) == (emitted, "Orbit: GET /moons sent the same page twice")


@pytest.mark.parametrize(
    "outcomes",
    [
        pytest.param([page(1, after="a"), page(1)], id="the last"),
        pytest.param([page(1, after="a"), page(2, after="b"), page(1, after="c"), page(3)], id="not in a row"),
        pytest.param([page(after="a"), page(after="b"), page(1)], id="empty"),
        pytest.param([page(1, 2, after="a"), page(2, 1, after="b"), page(3)], id="in another order"),
    ],
)
def test_a_page_like_another_is_one_unless_it_is_that_of_before_and_promises_more(outcomes: list[Outcome]) -> None:
    assert listed(outcomes).error is None


def test_the_services_query_goes_with_every_page() -> None:
    walked = listed([page(after="a"), page()], service=orbit(query={"community_id": "7"}))
    assert [request.url.partition("?")[2] for request in walked.requests] == [
        "community_id=7",
        "community_id=7&after=a",
    ]


@pytest.mark.parametrize(
    ("date", "server_s"),
    [
        pytest.param({"date": "Fri, 15 Jan 2027 07:00:00 GMT"}, NOW_S - 3600, id="its own"),
        pytest.param({}, None, id="none"),
        pytest.param({"date": "today"}, None, id="no date"),
    ],
)
def test_a_page_carries_the_servers_clock(date: dict[str, Any], server_s: float | None) -> None:
    clock = Clock()
    walk = read_page(caller(clock), LIST_MOONS, path=None, query={})
    assert drive(walk, [reply({"items": []}, **date)], clock).result.server_s == server_s


def test_what_is_emitted_carries_its_page() -> None:
    walk = pages(caller(Clock()), LIST_MOONS)
    next(walk)
    step = cast("Emit", walk.send(page(1, after="t")))
    assert (step.page and step.page.next_query, step.label) == ({"after": "t"}, "")


# Another walk's emissions, changed


def labelled(emitted: Emit) -> Emit:
    return replace(emitted, label="moon")


def test_going_along_changes_what_is_emitted_and_nothing_else() -> None:
    branch, sent = Branch(pages(caller(Clock()), LIST_MOONS)), Send(Request("GET", "/", {}, None, 1.0))
    steps: list[Any] = [sent, Begin(branch), Wait(1.0), Join(branch), Drop(branch)]
    answers: list[Any] = []

    def walk() -> Walk[str]:
        for step in steps:
            answer = yield step
            answers.append(answer)
        yield Emit([{"id": 1}])
        return "done"

    along, seen, answer = relayed(walk(), labelled), [], None
    try:
        while True:
            seen.append(along.send(answer))
            answer = len(seen)
    except StopIteration as end:
        returned = end.value
    assert (seen, answers, returned) == ([*steps, Emit([{"id": 1}], "moon")], [1, 2, 3, 4, 5], "done")


def test_going_along_passes_a_branchs_error_on_to_whoever_joins_it() -> None:
    trouble = NotFound("gone")

    def walk() -> Walk[str]:
        branch = Branch(pages(caller(Clock()), LIST_MOONS))
        yield Begin(branch)
        try:
            yield Join(branch)
        except NotFound as error:
            yield Emit([{"id": 1}])
            return str(error)
        return "nothing"

    along = relayed(walk(), labelled)
    next(along)
    along.send(None)
    assert along.throw(trouble) == Emit([{"id": 1}], "moon")
    with pytest.raises(StopIteration) as end:
        next(along)
    assert end.value.value == "gone"


def test_going_along_fails_with_a_branch_that_is_joined_without_care() -> None:
    closing: list[bool] = []

    def walk() -> Walk[None]:
        try:
            yield Join(Branch(pages(caller(Clock()), LIST_MOONS)))
        finally:
            closing.append(True)

    along, trouble = relayed(walk(), labelled), NotFound("gone")
    next(along)
    with pytest.raises(NotFound) as raised:
        along.throw(trouble)
    assert (raised.value is trouble, closing) == (True, [True])


def test_going_along_only_a_part_closes_the_walk() -> None:
    closing = Closing()
    walk = closing.walk()
    along = relayed(walk, labelled)
    next(along)
    along.close()
    assert closing.closed


# Short lists, gathered


def gathered(outcomes: list[Outcome], **options: Any) -> Walked[list[JsonObject]]:
    clock = Clock()
    return drive(collect(pages(caller(clock), LIST_MOONS), **options), outcomes, clock)


def test_a_short_list_is_gathered() -> None:
    assert gathered([page(1, after="t"), page(2)]).result == [{"id": 1}, {"id": 2}]


def test_a_gathered_list_is_not_emitted() -> None:
    assert gathered([page(1, after="t"), page(2)]).emitted == []


def test_gathering_passes_waits_on() -> None:
    assert gathered([UNSENT, page(1)]).waits_s == [0.5]


def test_gathering_ends_when_there_is_enough() -> None:
    walked = gathered([page(1, 2, after="t")], enough=lambda rows: len(rows) >= 2)
    assert walked.result == [{"id": 1}, {"id": 2}]


def test_gathering_fails_with_its_list() -> None:
    assert isinstance(gathered([page(1, after="t"), reply(status=404)]).failure, NotFound)


class Closing:
    """A walk that tells whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def walk(self) -> Walk[None]:
        try:
            while True:
                yield Emit([{"id": 1}])
        finally:
            self.closed = True


def test_a_list_that_is_not_read_to_its_end_is_closed() -> None:
    closing = Closing()
    walk = closing.walk()  # held here, so that nothing but the gathering closes it
    drive(collect(walk, enough=bool), [])
    assert closing.closed
