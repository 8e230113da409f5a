"""The lists worth pulling: what is asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.core.stream import Stream, checked_filters, read_stream
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.vendors.circle_admin.service import circle_admin_v1, circle_admin_v2
from airflow_provider_circle.vendors.circle_admin.streams import STREAMS, V1_STREAMS
from tests.unit.vendors.answering import Answering, Asked, reply

BOTH = [pytest.param(STREAMS, id="v2"), pytest.param(V1_STREAMS, id="v1")]

EVERY = [pytest.param(stream, id=f"v2.{name}") for name, stream in STREAMS.items()] + [
    pytest.param(stream, id=f"v1.{name}") for name, stream in V1_STREAMS.items()
]

GOOD: dict[str, Any] = {
    "archived": True,
    "filter_date[end_date]": "2026-10-03",
    "filter_date[start_date]": "2026-10-02",
    "ids": [7],
    "is_public": "false",
    "member_tag_ids": [7, 8],
    "period": "7_days",
    "scheduled_to_cancel": True,
    "workflow_type": "dynamic",
}
"""A value for each filter; numbers do for the rest but ``status``, whose words differ."""


def circle(answer: Callable[[Asked], Any]) -> Answering:
    return Answering(circle_admin_v2("https://app.circle.so", "secret-token"), lambda asked: reply(answer(asked)))


def page(rows: list[dict[str, Any]], *, more: bool = False, count: int | None = None) -> dict[str, Any]:
    # On the wire, page_count is the number of rows on the page.
    counted = len(rows) if count is None else count
    return {
        "page": 1,
        "per_page": 100,
        "has_next_page": more,
        "count": counted,
        "page_count": len(rows),
        "records": rows,
    }


def pull(answering: Answering, name: str, **options: Any) -> list[dict[str, Any]]:
    answering.run(read_stream(answering.caller, STREAMS[name], **options))
    return answering.rows


@pytest.mark.parametrize("streams", BOTH)
def test_a_stream_is_found_by_its_own_name(streams: Any) -> None:
    assert {name: stream.name for name, stream in streams.items()} == {name: name for name in streams}


@pytest.mark.parametrize("streams", BOTH)
def test_a_parent_is_a_stream_of_the_same_version(streams: Any) -> None:
    assert {stream.parent.stream for stream in streams.values() if stream.parent} <= set(streams)


@pytest.mark.parametrize("stream", EVERY)
def test_every_page_is_asked_for_full(stream: Stream) -> None:
    at_once = stream.name in {"leaderboard", "live_room_transcripts"}

    assert stream.query.get("per_page") == (None if at_once else 100)


@pytest.mark.parametrize("stream", EVERY)
def test_a_window_has_a_cursor(stream: Stream) -> None:
    assert stream.window is None or stream.cursor


@pytest.mark.parametrize("stream", EVERY)
def test_every_filter_takes_what_the_api_takes(stream: Stream) -> None:
    for name in stream.filters:
        values = [GOOD[name]] if name in GOOD else [7] if name != "status" else ["all", "active", "draft"]
        taken = [value for value in values if accepted(stream, name, value)]
        assert taken, f"{name} takes none of {values}"


@pytest.mark.parametrize("stream", EVERY)
def test_every_filter_refuses_what_makes_no_sense(stream: Stream) -> None:
    assert [name for name in stream.filters if accepted(stream, name, {"no": "sense"})] == []


def accepted(stream: Stream, name: str, value: Any) -> bool:
    try:
        checked_filters(stream, {name: value})
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "options", "query"),
    [
        pytest.param("community_members", {}, {"per_page": "100", "status": "all"}, id="members_invited_ones_included"),
        pytest.param(
            "community_members",
            {"filters": {"status": "active"}},
            {"per_page": "100", "status": "active"},
            id="members_narrowed",
        ),
        pytest.param(
            "posts", {}, {"per_page": "100", "status": "all", "sort": "latest_updated"}, id="posts_newest_first"
        ),
        pytest.param("spaces", {}, {"per_page": "100", "sort": "oldest"}, id="spaces_oldest_first"),
        pytest.param(
            "events",
            {"filters": {"filter_date[start_date]": "2026-10-02"}},
            {"per_page": "100", "sort": "oldest", "filter_date[start_date]": "2026-10-02"},
            id="events_with_literal_brackets",
        ),
        pytest.param(
            "access_groups", {"filters": {"ids": 7}}, {"per_page": "100", "status": "all", "ids[]": "7"}, id="ids"
        ),
        pytest.param("workflows", {}, {"per_page": "100"}, id="workflows_archived_ones_included"),
    ],
)
def test_what_a_stream_asks_for(name: str, options: Any, query: dict[str, str]) -> None:
    answering = circle(lambda _: page([]))
    pull(answering, name, **options)

    assert {key: value for key, value in answering.asked[0].query.items() if key != "page"} == query


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("community_member_charges", ("created_at_gte", "created_at_lte")),
        ("community_member_subscriptions", ("start_date_gte", "start_date_lte")),
    ],
)
def test_a_window_is_asked_for_with_a_margin(name: str, bounds: tuple[str, str]) -> None:
    answering = circle(lambda _: page([]))
    window = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC))
    pull(answering, name, window=window)

    asked = answering.asked[0].query
    assert [asked[bound] for bound in bounds] == ["2026-09-30T23:59:59.000Z", "2026-10-02T00:00:01.000Z"]


def test_posts_are_read_until_they_are_older_than_the_window() -> None:
    def answer(asked: Asked) -> Any:
        number = int(asked.query.get("page", 1))
        return page([{"id": number, "updated_at": f"2026-10-0{5 - number}T12:00:00.000Z"}], more=True, count=300)

    answering = circle(answer)
    pull(answering, "posts", window=Window(datetime(2026, 10, 3, tzinfo=UTC)))

    assert [asked.query.get("page", "1") for asked in answering.asked] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "path", "query", "attribute"),
    [
        pytest.param("space_members", "/space_members", {"space_id": "7"}, "space_id", id="space_members"),
        pytest.param(
            "space_group_members", "/space_group_members", {"space_group_id": "7"}, "space_group_id", id="group_members"
        ),
        pytest.param("event_attendees", "/event_attendees", {"event_id": "7"}, "event_id", id="event_attendees"),
        pytest.param(
            "access_group_members", "/access_groups/7/community_members", {}, "access_group_id", id="access_groups"
        ),
        pytest.param("form_submissions", "/forms/7/submissions", {}, "form_id", id="form_submissions"),
        pytest.param("image_posts", "/spaces/7/images/posts", {}, "space_id", id="image_posts"),
    ],
)
def test_children_are_asked_for_by_parent_and_carry_its_id(
    name: str, path: str, query: dict[str, str], attribute: str
) -> None:
    answering = circle(lambda _: page([{"id": 1}]))
    rows = pull(answering, name, parents=[7])

    assert (answering.asked[0].path, rows) == (path, [{"id": 1, attribute: 7}])
    assert query.items() <= answering.asked[0].query.items()


def test_transcripts_of_a_room_are_one_record() -> None:
    answering = circle(lambda _: {"transcripts": ["WEBVTT"]})

    assert pull(answering, "live_room_transcripts", parents=[7]) == [{"transcripts": ["WEBVTT"], "room_id": 7}]


def test_the_leaderboard_comes_at_once() -> None:
    answering = circle(lambda _: [{"community_member_id": 1, "total_points": 5}])

    assert pull(answering, "leaderboard", filters={"period": "7_days"})[0]["total_points"] == 5
    assert answering.asked[0].query == {"period": "7_days"}


def test_a_list_is_read_to_its_end_whatever_page_count_says() -> None:
    def answer(asked: Asked) -> Any:
        number = int(asked.query.get("page", 1))
        rows = [{"id": number * 1000 + row} for row in range(100 if number < 3 else 50)]
        return page(rows, more=number < 3, count=250)

    answering = circle(answer)

    assert len(pull(answering, "tagged_members")) == 250
    assert len(answering.asked) == 3


def test_v1_is_read_to_an_empty_page() -> None:
    answering = Answering(
        circle_admin_v1("https://app.circle.so", "secret-token", 22210),
        lambda asked: reply([{"id": 1}] if asked.query.get("page", "1") == "1" else []),
    )
    answering.run(read_stream(answering.caller, V1_STREAMS["community_members"]))

    assert (answering.rows, len(answering.asked)) == ([{"id": 1}], 2)
    assert {asked.query["community_id"] for asked in answering.asked} == {"22210"}
