from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_circle.core.message import Outcome
from airflow_provider_circle.core.stream import checked_filters, read_stream
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleme.service import circleme
from airflow_provider_circle.vendors.circleme.streams import STREAMS, time_text
from tests.unit.vendors.answering import Answering, Asked, in_turn, reply

FEED = circleme("https://feed.example", "secret-token")
CARD = {"id": "1004556", "item_id": 350481, "date": "2017-05-10T01:18:04.000Z"}


def read(stream: str, *outcomes: Outcome, **options: Any) -> Answering:
    feed = Answering(FEED, in_turn(*outcomes))
    feed.run(read_stream(feed.caller, STREAMS[stream], **options))
    return feed


def test_there_are_three_streams() -> None:
    assert {name: (stream.key, stream.cursor) for name, stream in STREAMS.items()} == {
        "items": (("item_id",), None),
        "interests": (("item_id",), None),
        "cards": (("id",), "date"),
    }


def test_ids_become_records() -> None:
    feed = read("items", reply(["350481", "418206", 7]))

    assert (feed.routes, feed.rows) == (
        ["GET /feed/items"],
        [{"item_id": "350481"}, {"item_id": "418206"}, {"item_id": "7"}],
    )


def test_no_interests_are_no_records() -> None:
    assert read("items", reply([])).rows == []


@pytest.mark.parametrize("content", [{}, {"items": []}, [{"id": "1"}], [None], [True], "350481"])
def test_what_is_no_list_of_ids_is_refused(content: Any) -> None:
    with pytest.raises(UnexpectedReply, match="not a list of interest ids"):
        read("items", *[reply(content)] * 3)


def test_each_interest_is_asked_for_and_keeps_its_own_id() -> None:
    feed = read("interests", reply({"item_id": 1, "name": "A"}), reply({"item_id": 2}), parents=["1", "2"])

    assert (feed.routes, feed.rows) == (
        ["GET /items/1", "GET /items/2"],
        [{"item_id": 1, "name": "A", "interest_id": "1"}, {"item_id": 2, "interest_id": "2"}],
    )


def test_cards_are_asked_for_fifty_at_a_time() -> None:
    assert read("cards", reply([])).asked[0].query == {"limit": "50"}


def test_a_window_begins_reading_at_its_end() -> None:
    window = Window(max=datetime(2017, 5, 10, 2, tzinfo=UTC))

    assert read("cards", reply([]), window=window).asked[0].query == {
        "limit": "50",
        "before_date": "2017-05-10T02:00:01.000Z",
    }


def test_reading_ends_at_the_windows_beginning() -> None:
    window = Window(min=datetime(2017, 5, 10, 1, 18, 6, tzinfo=UTC))

    assert len(read("cards", reply([CARD]), window=window).asked) == 1


def test_the_next_page_repeats_the_last_second() -> None:
    feed = read("cards", reply([CARD]), reply([CARD]))

    assert feed.asked[1].query == {"limit": "50", "before_date": "2017-05-10T01:18:05.000Z"}


def test_more_cards_of_one_second_than_fit_on_a_page_are_told() -> None:
    full = [{**CARD, "id": str(number)} for number in range(50)]

    with pytest.raises(UnexpectedReply, match="they fit on no page"):
        read("cards", reply(full), *[reply(full)] * 3)


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        pytest.param({"lang": "italian"}, {"lang": "italian"}, id="lang"),
        pytest.param({"item_ids": [350481, "26619"]}, {"item_ids": "350481,26619"}, id="ids"),
        pytest.param({"item_ids": "350481, 26619"}, {"item_ids": "350481,26619"}, id="text"),
        pytest.param({"item_ids": ("7",)}, {"item_ids": "7"}, id="one"),
    ],
)
def test_cards_can_be_narrowed(filters: Any, query: Any) -> None:
    assert checked_filters(STREAMS["cards"], filters) == query


@pytest.mark.parametrize(
    ("filters", "complaint"),
    [
        pytest.param({"lang": "en"}, r"filters\['lang'\] must be one of english, italian", id="lang"),
        pytest.param({"item_ids": []}, r"filters\['item_ids'\] must be a list of interest ids", id="none"),
        pytest.param({"item_ids": ""}, r"filters\['item_ids'\] must be a list of interest ids", id="empty"),
        pytest.param({"item_ids": [1, "x"]}, r"filters\['item_ids'\] must be a list of interest ids", id="word"),
        pytest.param({"item_ids": 350481}, r"filters\['item_ids'\] must be a list of interest ids", id="number"),
        pytest.param({"new_cards": True}, "cards cannot be narrowed by 'new_cards'", id="new_cards"),
    ],
)
def test_another_filter_is_refused(filters: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        checked_filters(STREAMS["cards"], filters)


def test_a_moment_is_written_in_utc() -> None:
    moment = datetime(2017, 5, 10, 3, 18, 4, 5000, tzinfo=timezone(timedelta(hours=2)))

    assert time_text(moment) == "2017-05-10T01:18:04.005Z"


def test_a_walk_back_reads_everything_once_it_is_de_duplicated() -> None:
    dates = [datetime(2017, 5, 10, tzinfo=UTC) - timedelta(seconds=number // 3) for number in range(400)]
    cards = [{"id": str(number), "date": time_text(date)} for number, date in enumerate(dates)]

    def answer(asked: Asked) -> Outcome:
        before = asked.query.get("before_date", "9999")
        return reply([card for card in cards if card["date"] < before][:50])

    feed = Answering(FEED, answer)
    feed.run(read_stream(feed.caller, STREAMS["cards"]))

    assert {row["id"] for row in feed.rows} == {card["id"] for card in cards}
