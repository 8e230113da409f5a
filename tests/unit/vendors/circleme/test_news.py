from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleme.news import look_for_newer_cards
from airflow_provider_circle.vendors.circleme.service import circleme
from tests.unit.vendors.answering import Answering, in_turn, reply

FEED = circleme("https://feed.example", "secret-token")
SINCE = datetime(2017, 5, 10, tzinfo=UTC)


def look(outcome: Outcome, **filters: Any) -> tuple[Sight[JsonObject], Answering]:
    feed = Answering(FEED, in_turn(outcome))
    return feed.run(look_for_newer_cards(feed.caller, SINCE, filters)), feed


def card(date: Any) -> JsonObject:
    return {"id": "c1", "date": date, "title": "A card", "body": "left out"}


@pytest.mark.parametrize(
    ("cards", "is_seen"),
    [
        pytest.param([], False, id="none"),
        pytest.param([card("2017-05-09T23:59:59.999Z")], False, id="older"),
        pytest.param([card("2017-05-10T00:00:00.000Z")], False, id="of_that_moment"),
        pytest.param([card("2017-05-10T00:00:00.001Z")], True, id="newer"),
        pytest.param([card("2017-05-10T02:00:00+01:00")], True, id="newer_in_another_zone"),
    ],
)
def test_only_a_newer_card_is_seen(cards: list[JsonObject], is_seen: bool) -> None:
    sight, _ = look(reply(cards))

    assert sight.seen == ({name: cards[0][name] for name in ("id", "date", "title")} if is_seen else None)


def test_a_look_is_one_request_for_one_card_that_is_not_called_new() -> None:
    _, feed = look(reply([]), lang="italian")

    assert [asked.query for asked in feed.asked] == [{"lang": "italian", "limit": "1"}]


def test_nothing_seen_tells_both_reasons() -> None:
    sight, _ = look(reply([]))

    assert str(sight) == "no card is newer than 2017-05-10T00:00:00+00:00, or the daily limit of new cards is met"


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_card_without_a_date_is_no_answer(date: Any) -> None:
    feed = Answering(FEED, lambda _: reply([card(date)]))

    with pytest.raises(UnexpectedReply, match="no time under 'date'"):
        feed.run(look_for_newer_cards(feed.caller, SINCE, {}))


def test_a_filter_of_the_wrong_kind_is_told_before_anything_is_sent() -> None:
    feed = Answering(FEED, in_turn())

    with pytest.raises(ValueError, match="must be one of english, italian"):
        feed.run(look_for_newer_cards(feed.caller, SINCE, {"lang": "german"}))
