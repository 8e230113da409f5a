"""Tagging by id and by name."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import Outcome
from airflow_provider_circle.core.walk import Walk
from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.vendors.circle_admin import tag
from airflow_provider_circle.vendors.circle_admin.endpoints import community_members, member_tags, tagged_members
from airflow_provider_circle.vendors.circle_admin.service import circle_admin_v2
from tests.unit.vendors.answering import LOST, Answering, in_turn, reply

EMAIL = "ada@example.com"
DONE = reply({"message": "Tagged."}, 201)
REFUSED = reply({"success": False, "message": "No.", "error_details": {}}, 422)


def tags(*names: str, more: bool = False) -> Outcome:
    rows = [{"id": number, "name": name} for number, name in enumerate(names, start=1)]
    return reply({"page": 1, "per_page": 100, "has_next_page": more, "count": len(rows), "records": rows})


def circle(*outcomes: Outcome) -> Answering:
    return Answering(circle_admin_v2("https://app.circle.so", "secret-token"), in_turn(*outcomes))


def tagging(answering: Answering, wanted: Any) -> Walk[dict[str, Any]]:
    return tag.tag_member(
        answering.caller,
        EMAIL,
        wanted,
        search=community_members.SEARCH_COMMUNITY_MEMBER,
        create=tagged_members.CREATE_TAGGED_MEMBER,
        tags=member_tags.LIST_MEMBER_TAGS,
    )


@pytest.mark.parametrize(
    ("wanted", "answers", "asked"),
    [
        pytest.param(2, [DONE], ["POST /tagged_members"], id="by_id"),
        pytest.param("2", [DONE], ["POST /tagged_members"], id="by_digits"),
        pytest.param(
            "Speakers",
            [tags("Guests", "Speakers"), DONE],
            ["GET /member_tags", "POST /tagged_members"],
            id="by_name",
        ),
        pytest.param(2, [LOST, DONE], ["POST /tagged_members"] * 2, id="repeated_when_lost"),
        pytest.param(
            2,
            [REFUSED, reply({"id": 1, "email": EMAIL, "member_tags": [{"id": 2, "name": "Speakers"}]})],
            ["POST /tagged_members", "GET /community_members/search"],
            id="refused_because_they_have_it",
        ),
    ],
)
def test_a_member_is_tagged(wanted: Any, answers: list[Outcome], asked: list[str]) -> None:
    answering = circle(*answers)

    assert answering.run(tagging(answering, wanted)) == {"member_tag_id": 2, "user_email": EMAIL}
    assert answering.routes == asked


@pytest.mark.parametrize("has", [[], None, [{"id": 3}], ["2"]])
def test_a_refusal_stays_one_when_they_have_it_not(has: Any) -> None:
    answering = circle(REFUSED, reply({"id": 1, "email": EMAIL, "member_tags": has}))

    with pytest.raises(Invalid):
        answering.run(tagging(answering, 2))


def test_a_member_who_does_not_exist_is_told() -> None:
    answering = circle(reply({"message": "Missing record: user"}, 404))

    with pytest.raises(NotFound, match="Missing record: user"):
        answering.run(tagging(answering, 2))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        pytest.param(["Guests", "Speaker", "speakers"], "near it are 'speakers', 'Speaker'", id="near_names"),
        pytest.param(["Alpha", "Beta"], "there are 'Alpha', 'Beta'$", id="none_near"),
        pytest.param(list("abcdefg"), "there are 'a', 'b', 'c', 'd', 'e' and 2 more", id="many"),
        pytest.param([], "the community has no member tags", id="none_at_all"),
    ],
)
def test_an_unknown_name_is_answered_with_what_there_is(names: list[str], told: str) -> None:
    answering = circle(tags(*names))

    with pytest.raises(
        ValueError, match=f"tag must be the id or the exact name of a member tag, got 'Speakers'; {told}"
    ):
        answering.run(tagging(answering, "Speakers"))


def test_a_name_that_two_tags_have_is_refused() -> None:
    answering = circle(tags("Guests", "Speakers", "Speakers "))

    with pytest.raises(ValueError, match="2 are named 'Speakers'; give one of the ids 2, 3"):
        answering.run(tagging(answering, "Speakers"))


def test_tags_are_read_in_full_pages_to_the_end() -> None:
    answering = circle(
        tags("Guests", more=True), reply({"has_next_page": False, "records": [{"id": 9, "name": "VIP"}]})
    )

    assert answering.run(tag.find_tag(answering.caller, member_tags.LIST_MEMBER_TAGS, "VIP")) == 9
    assert [asked.query for asked in answering.asked] == [{"per_page": "100"}, {"per_page": "100", "page": "2"}]


def test_a_tag_is_taken_away() -> None:
    answering = circle(reply({"message": "Tag has been removed"}))

    assert answering.run(untagging(answering)) == {"member_tag_id": 2, "user_email": EMAIL}
    assert (str(answering.asked[0]), answering.asked[0].query) == (
        "DELETE /tagged_members",
        {"member_tag_id": "2", "user_email": EMAIL},
    )


def test_taking_away_what_is_not_there_is_no_error() -> None:
    answering = circle(reply({"message": "Missing record."}, 404), reply({"id": 1, "email": EMAIL}))

    assert answering.run(untagging(answering)) == {"member_tag_id": 2, "user_email": EMAIL}


def test_taking_a_tag_from_nobody_is_an_error() -> None:
    answering = circle(*[reply({"message": "Missing record."}, 404)] * 2)

    with pytest.raises(NotFound):
        answering.run(untagging(answering))


def untagging(answering: Answering) -> Walk[dict[str, Any]]:
    return tag.untag_member(
        answering.caller,
        EMAIL,
        2,
        search=community_members.SEARCH_COMMUNITY_MEMBER,
        delete=tagged_members.DELETE_TAGGED_MEMBER,
        tags=member_tags.LIST_MEMBER_TAGS,
    )
