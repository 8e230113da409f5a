"""Inviting once, whatever is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import Outcome
from airflow_provider_circle.exceptions import CircleError, Forbidden, Invalid, ServiceDown, Unreachable
from airflow_provider_circle.vendors.circle_admin import invite
from airflow_provider_circle.vendors.circle_admin.endpoints import community_members, v1
from airflow_provider_circle.vendors.circle_admin.service import circle_admin_v1, circle_admin_v2
from tests.unit.vendors.answering import LOST, UNSENT, Answering, in_turn, reply

EMAIL = "ada@example.com"
ADA = {"id": 1, "user_id": 2, "email": "Ada@Example.com", "name": "Ada"}
ABSENT = reply({"success": False, "message": "Oops! Missing record.", "error_details": {}}, 404)
CREATED = reply({"message": "Invited.", "community_member": ADA}, 201)
DOWN = reply({"message": "Down."}, 503)
TAKEN = reply({"success": False, "message": "Email has already been taken", "error_details": {}}, 422)

SEARCH = "GET /community_members/search"
POST = "POST /community_members"


def invited(*outcomes: Outcome) -> tuple[Answering, Any]:
    circle = Answering(circle_admin_v2("https://app.circle.so", "secret-token"), in_turn(*outcomes), attempts=2)
    walk = invite.invite_member(
        circle.caller,
        EMAIL,
        {"email": EMAIL},
        search=community_members.SEARCH_COMMUNITY_MEMBER,
        create=community_members.CREATE_COMMUNITY_MEMBER,
    )
    try:
        return circle, circle.run(walk)
    except CircleError as error:
        return circle, error


@pytest.mark.parametrize(
    ("outcomes", "asked", "created"),
    [
        pytest.param([ABSENT, CREATED], [SEARCH, POST], True, id="new"),
        pytest.param([reply(ADA)], [SEARCH], False, id="there_already"),
        pytest.param([ABSENT, TAKEN, reply(ADA)], [SEARCH, POST, SEARCH], False, id="invited_by_another_meanwhile"),
        pytest.param([ABSENT, LOST, reply(ADA)], [SEARCH, POST, SEARCH], True, id="reply_lost_but_done"),
        pytest.param([ABSENT, DOWN, ABSENT, reply(ADA)], [SEARCH, POST, SEARCH, SEARCH], True, id="listed_late"),
        pytest.param(
            [ABSENT, LOST, ABSENT, ABSENT, ABSENT, CREATED],
            [SEARCH, POST, SEARCH, SEARCH, SEARCH, POST],
            True,
            id="request_lost",
        ),
        pytest.param([ABSENT, UNSENT, CREATED], [SEARCH, POST, POST], True, id="never_sent"),
    ],
)
def test_somebody_is_invited_once(outcomes: list[Outcome], asked: list[str], created: bool) -> None:
    circle, member = invited(*outcomes)

    assert (circle.routes, member) == (asked, {**ADA, "created": created})


def test_a_member_that_comes_without_an_envelope_is_taken_as_it_is() -> None:
    _, member = invited(ABSENT, reply(ADA, 201))

    assert member == {**ADA, "created": True}


def test_the_invitation_carries_what_was_given() -> None:
    circle, _ = invited(ABSENT, CREATED)

    assert (circle.asked[0].query, circle.asked[1].body) == ({"email": EMAIL}, {"email": EMAIL})


def test_a_refusal_stays_one_when_nobody_is_there() -> None:
    _, error = invited(ABSENT, TAKEN, ABSENT)

    assert isinstance(error, Invalid)
    assert "already been taken" in str(error)


def test_the_plans_limit_is_told() -> None:
    _, error = invited(ABSENT, reply({"success": False, "errors": "Daily member limit exceeded."}, 403))

    assert isinstance(error, Forbidden)
    assert "Daily member limit exceeded." in str(error)


@pytest.mark.parametrize(("lost", "error"), [(LOST, Unreachable), (DOWN, ServiceDown)], ids=["lost", "down"])
def test_what_is_lost_every_time_is_an_error(lost: Outcome, error: type[CircleError]) -> None:
    _, failure = invited(ABSENT, lost, ABSENT, ABSENT, ABSENT, lost, ABSENT, ABSENT, ABSENT)

    assert isinstance(failure, error)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        pytest.param(reply(ADA), ADA, id="in_another_case"),
        pytest.param(reply({**ADA, "email": "bada@example.com"}), None, id="somebody_like_it"),
        pytest.param(reply({}), None, id="nobody"),
        pytest.param(ABSENT, None, id="404"),
    ],
)
def test_a_member_is_found_by_the_exact_address(answer: Outcome, found: Any) -> None:
    circle = Answering(circle_admin_v2("https://app.circle.so", "secret-token"), in_turn(answer))

    assert circle.run(invite.find_member(circle.caller, community_members.SEARCH_COMMUNITY_MEMBER, EMAIL)) == found


def test_v1_finds_nobody_by_null() -> None:
    circle = Answering(circle_admin_v1("https://app.circle.so", "secret-token", 7), in_turn(reply(None)))

    assert circle.run(invite.find_member(circle.caller, v1.SEARCH_COMMUNITY_MEMBER, EMAIL)) is None


def test_v1_answers_a_user() -> None:
    answer = reply({"success": True, "message": "Invited.", "user": ADA})
    circle = Answering(circle_admin_v1("https://app.circle.so", "secret-token", 7), in_turn(reply(None), answer))
    walk = invite.invite_member(
        circle.caller, EMAIL, {"email": EMAIL}, search=v1.SEARCH_COMMUNITY_MEMBER, create=v1.CREATE_COMMUNITY_MEMBER
    )

    assert circle.run(walk) == {**ADA, "created": True}
