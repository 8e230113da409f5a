from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.exceptions import CircleError, RateLimited, ServiceDown, UnexpectedReply, Unreachable
from airflow_provider_circle.vendors.circleme.cards import list_cards, take_new_cards
from airflow_provider_circle.vendors.circleme.service import circleme
from airflow_provider_circle.vendors.circleme.streams import time_text
from tests.unit.vendors.answering import LOST, UNSENT, Answering, Asked, in_turn, reply

FEED = circleme("https://feed.example", "secret-token")
NEWEST = datetime(2017, 5, 10, tzinfo=UTC)
CARDS: list[JsonObject] = [
    {"id": str(number), "date": time_text(NEWEST - timedelta(seconds=number // 3))} for number in range(200)
]
"""Three of a second."""


def answer(asked: Asked) -> Outcome:
    before = asked.query.get("before_date", "9999")
    return reply([card for card in CARDS if card["date"] < before][: int(asked.query["limit"])])


def listed(since: datetime | None = None, before: datetime | None = None, **filters: Any) -> Answering:
    feed = Answering(FEED, answer)
    feed.run(list_cards(feed.caller, since=since, before=before, filters=filters))
    return feed


def ids(feed: Answering) -> list[int]:
    return [int(row["id"]) for row in feed.rows]


def test_all_cards_come_newest_first_and_each_once() -> None:
    assert ids(listed()) == list(range(200))


def test_nothing_before_since_comes_and_since_itself_does() -> None:
    assert ids(listed(since=NEWEST - timedelta(seconds=20))) == list(range(63))


def test_reading_ends_with_the_first_page_that_is_all_before_since() -> None:
    # The first page goes back 16 s, the second 32 s; a pinned card may be the only old one there, so a third tells.
    assert len(listed(since=NEWEST - timedelta(seconds=20)).asked) == 3


def test_only_what_is_older_than_before_comes() -> None:
    assert ids(listed(before=NEWEST - timedelta(seconds=60))) == list(range(183, 200))


def test_a_span_is_read_from_both_ends() -> None:
    feed = listed(since=NEWEST - timedelta(seconds=20), before=NEWEST - timedelta(seconds=10))

    assert ids(feed) == list(range(33, 63))


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it begins"):
        listed(since=NEWEST, before=NEWEST)


def test_filters_are_sent_with_every_page() -> None:
    assert {asked.query.get("lang") for asked in listed(lang="italian").asked} == {"italian"}


def test_no_cards_are_no_error() -> None:
    feed = Answering(FEED, in_turn(reply([])))
    feed.run(list_cards(feed.caller, since=None, before=None, filters={}))

    assert feed.rows == []


def take(*outcomes: Outcome, **filters: Any) -> tuple[list[JsonObject], Answering]:
    feed = Answering(FEED, in_turn(*outcomes))
    return feed.run(take_new_cards(feed.caller, filters)), feed


def test_new_cards_are_asked_for_by_name() -> None:
    taken, feed = take(reply(CARDS[:2]), lang="italian", item_ids=[7, 8])

    assert (taken, feed.asked[0].query) == (
        CARDS[:2],
        {"new_cards": "true", "limit": "50", "lang": "italian", "item_ids": "7,8"},
    )


def test_no_new_cards_are_an_empty_list() -> None:
    assert take(reply([]))[0] == []


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        pytest.param(LOST, Unreachable, id="no_reply"),
        pytest.param(reply({}, 500), ServiceDown, id="500"),
        pytest.param(Response(200, {}, b'[{"id": "1'), UnexpectedReply, id="cut"),
        pytest.param(reply(["350481"]), UnexpectedReply, id="no_cards"),
    ],
)
def test_new_cards_are_never_asked_for_twice(outcome: Outcome, error: type[CircleError]) -> None:
    with pytest.raises(error):
        take(outcome)


@pytest.mark.parametrize("outcome", [pytest.param(reply({}, 429), id="429"), pytest.param(UNSENT, id="unsent")])
def test_a_request_that_took_nothing_is_sent_again(outcome: Outcome) -> None:
    assert take(outcome, reply(CARDS[:1]))[0] == CARDS[:1]


def test_in_the_end_a_limit_is_told() -> None:
    with pytest.raises(RateLimited):
        take(*[reply({}, 429)] * 3)
