"""The feed of CircleMe: what is asked, what is new, and the limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from .conftest import InProcess


def truth(sandbox: InProcess, lang: str = "english") -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = sandbox.control("GET", "/circleme/cards", query={"lang": lang})["items"]
    return cards


@pytest.mark.parametrize("headers", [{}, {"X-AUTH-TOKEN": "wrong"}, {"Authorization": "Bearer sandbox-token"}], ids=str)
def test_only_the_token_opens_the_feed(sandbox: InProcess, headers: dict[str, str]) -> None:
    assert sandbox.call("GET", "/circleme/feed/items", headers=headers).status == 401


def test_interests_are_strings_here_and_numbers_there(sandbox: InProcess) -> None:
    interests = sandbox.circleme("/feed/items").json()
    details = sandbox.circleme(f"/items/{interests[0]}").json()
    assert interests[0] == str(details["item_id"])
    assert list(details) == ["item_id", "name", "description", "thumbnail"]


@pytest.mark.parametrize(("item", "status"), [("360606", 403), ("1", 404), ("nonsense", 404)])
def test_interest_of_others_is_refused(sandbox: InProcess, item: str, status: int) -> None:
    reply = sandbox.circleme(f"/items/{item}")
    assert (reply.status, list(reply.json())) == (status, ["error"])


def test_cards_come_newest_first(sandbox: InProcess) -> None:
    cards = sandbox.feed()
    assert cards == truth(sandbox)[:20]
    assert [card["date"] for card in cards] == sorted((card["date"] for card in cards), reverse=True)
    assert isinstance(cards[0]["id"], str)
    assert isinstance(cards[0]["item_id"], int)
    assert {"thumbnail" in card for card in cards} == {True, False}
    assert len({card["date"] for card in cards}) < 10


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "50"}, 50),
        ({"limit": "1"}, 1),
        ({"lang": "english"}, 20),
        ({"lang": "italian", "limit": "50"}, 50),
        ({"item_ids": "350101,350202", "limit": "50"}, 50),
        ({"item_ids": "350101", "limit": "50"}, 40),
        ({"before_date": "2027-01-15T08:00:00Z"}, 20),
        ({"before_date": "2027-01-15"}, 20),
        ({"before_date": "2020-01-01T00:00:00.000+01:00"}, 0),
        ({"new_cards": "true", "limit": "5"}, 5),
        ({"new_cards": "1", "limit": "5"}, 5),
    ],
    ids=str,
)
def test_query_chooses_cards(sandbox: InProcess, query: dict[str, str], expected: int) -> None:
    cards = sandbox.feed(**query)
    assert len(cards) == expected
    lang, interests = query.get("lang", "english"), query.get("item_ids", "")
    assert all(card in truth(sandbox, lang) for card in cards)
    assert all(str(card["item_id"]) in interests for card in cards if interests)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"lang": "german"}, 400),
        ({"limit": "51"}, 400),
        ({"limit": "0"}, 400),
        ({"limit": "all"}, 400),
        ({"new_cards": "perhaps"}, 400),
        ({"before_date": "yesterday"}, 400),
        ({"item_ids": "350101,360606"}, 403),
        ({"item_ids": "1"}, 403),
        ({"item_ids": ""}, 403),
    ],
    ids=str,
)
def test_query_out_of_bounds_is_refused(sandbox: InProcess, query: dict[str, str], status: int) -> None:
    reply = sandbox.circleme("/feed", **query)
    assert (reply.status, list(reply.json())) == (status, ["error"])


def walk(sandbox: InProcess, overlap_s: float) -> set[str]:
    """Walk back through the feed, stepping to the oldest card seen and a little above."""
    sandbox.control("POST", "/circleme/limits", {"requests_per_minute": None})
    seen: set[str] = set()
    before = "2027-01-16T08:00:00.000Z"
    while fresh := [card for card in sandbox.feed(before_date=before) if card["id"] not in seen]:
        seen |= {card["id"] for card in fresh}
        step = datetime.fromisoformat(fresh[-1]["date"]) + timedelta(seconds=overlap_s)
        before = step.isoformat()
    return seen


@pytest.mark.parametrize(("overlap_s", "all_seen"), [(0, False), (1, True)])
def test_cards_of_one_moment_get_lost_without_an_overlap(sandbox: InProcess, overlap_s: float, all_seen: bool) -> None:
    assert (walk(sandbox, overlap_s) == {card["id"] for card in truth(sandbox)}) is all_seen


def test_fraction_of_a_second_is_dropped(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleme/populate", {"cards": 1, "since_s": 1000.25, "until_s": 2000})
    asked = {"1970-01-01T00:16:40.900Z": 0, "1970-01-01T00:16:41Z": 1}
    assert {date: len(sandbox.feed(before_date=date)) for date in asked} == asked


def test_new_cards_are_given_once(sandbox: InProcess) -> None:
    first, second = (sandbox.feed(new_cards="true", limit="50") for _ in range(2))
    assert [*first, *second] == truth(sandbox)[:100]
    assert sandbox.control("GET", "/circleme/handed_out")["ids"] == [card["id"] for card in [*first, *second]]


def test_new_cards_are_used_up_though_the_reply_is_lost(sandbox: InProcess) -> None:
    sandbox.control("POST", "/faults", {"kind": "status_after", "times": 1})
    assert sandbox.circleme("/feed", new_cards="true").status == 503
    assert sandbox.feed(new_cards="true") == truth(sandbox)[20:40]
    assert sandbox.feed() == truth(sandbox)[:20]


def test_daily_limit_empties_the_new_cards_for_a_day(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleme/daily_limit", {"new_cards": 30})
    assert [len(sandbox.feed(new_cards="true")) for _ in range(3)] == [20, 10, 0]
    assert len(sandbox.feed(before_date="2027-01-14T00:00:00Z")) == 20
    sandbox.wait(86400)
    assert sandbox.feed(new_cards="true") == truth(sandbox)[30:50]


def test_strict_daily_limit_counts_every_card_read(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleme/daily_limit", {"new_cards": 30, "strict": True})
    assert sandbox.feed() == truth(sandbox)[:20]
    assert sandbox.feed(limit="50") == truth(sandbox)[:30]
    assert sandbox.feed(new_cards="true") == []
    assert sandbox.feed(before_date="2027-01-10T00:00:00Z") == []


def test_added_cards_are_new_and_of_one_moment(sandbox: InProcess) -> None:
    sandbox.feed(new_cards="true", limit="50")
    sandbox.wait(10)
    ids = sandbox.control("POST", "/circleme/add", {"count": 3})["ids"]
    cards = sandbox.feed(new_cards="true", limit="3")
    assert sorted(card["id"] for card in cards) == ids
    assert {card["date"] for card in cards} == {"2027-01-15T08:00:10.000Z"}


def test_late_card_takes_its_place_by_date(sandbox: InProcess) -> None:
    (late,) = sandbox.control("POST", "/circleme/add", {"date_s": sandbox.real_time.seconds - 3 * 86400})["ids"]
    assert late not in [card["id"] for card in sandbox.feed()]
    assert late in [card["id"] for card in sandbox.feed(before_date="2027-01-12T08:00:01Z")]


def test_thirty_requests_a_minute_are_answered(sandbox: InProcess) -> None:
    replies = [sandbox.circleme("/feed/items") for _ in range(31)]
    assert [reply.status for reply in replies] == [200] * 30 + [429]
    assert "retry-after" not in replies[30].headers
    sandbox.wait(60)
    assert sandbox.circleme("/feed/items").status == 200
    sandbox.control("POST", "/circleme/limits", {"requests_per_minute": None})
    assert {sandbox.circleme("/feed/items").status for _ in range(40)} == {200}


def test_generated_cards_share_moments_as_told(sandbox: InProcess) -> None:
    wanted = {"cards": 10, "italian": 0, "equal_timestamps": 4, "since_s": 0, "until_s": 30}
    sandbox.control("POST", "/circleme/populate", wanted)
    dates = [card["date"][17:19] for card in sandbox.feed()]
    assert dates == ["20"] * 2 + ["10"] * 4 + ["00"] * 4


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("populate", {"cards": "many"}),
        ("populate", {"equal_timestamps": 0}),
        ("populate", {"since_s": 10, "until_s": 5}),
        ("add", {"count": -1}),
        ("add", {"lang": "german"}),
        ("add", {"date_s": "today"}),
        ("limits", {"requests_per_minute": -1}),
        ("daily_limit", {"new_cards": "all"}),
        ("daily_limit", {"strict": "yes"}),
    ],
    ids=str,
)
def test_control_that_makes_no_sense_is_refused(sandbox: InProcess, name: str, body: dict[str, Any]) -> None:
    reply = sandbox.call("POST", f"/_sandbox/circleme/{name}", body)
    assert (reply.status, list(reply.json())) == (400, ["message"])
