from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome
from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.vendors.circa.membership import add_contact_to_event
from airflow_provider_circle.vendors.circa.service import circa_v1
from tests.unit.vendors.answering import LOST, Answering, in_turn, reply

CIRCA = circa_v1("https://app.circa.co", "secret-key")
LOOK = "GET /events/e1/contacts/c1"
ADD = "POST /events/e1/contacts"
MEMBER: JsonObject = {"id": "c1", "registration_status": "REGISTERED"}
THERE = reply(MEMBER)
MISSING = reply({}, 404)


def add(*outcomes: Outcome) -> tuple[Any, Answering]:
    circa = Answering(CIRCA, in_turn(*outcomes))
    return circa.run(add_contact_to_event(circa.caller, "e1", "c1")), circa


@pytest.mark.parametrize(
    ("outcomes", "added", "routes"),
    [
        pytest.param([THERE], False, [LOOK], id="there_already"),
        pytest.param([MISSING, reply(MEMBER, 201)], True, [LOOK, ADD], id="not_there"),
        pytest.param([MISSING, LOST, THERE], True, [LOOK, ADD, LOOK], id="lost_reply"),
        pytest.param([MISSING, reply({}, 500), THERE], True, [LOOK, ADD, LOOK], id="failed_reply"),
        pytest.param([MISSING, LOST, MISSING, MISSING, THERE], True, [LOOK, ADD, LOOK, LOOK, LOOK], id="lost_and_slow"),
        pytest.param(
            [MISSING, LOST, MISSING, MISSING, MISSING, reply(MEMBER, 201)],
            True,
            [LOOK, ADD, LOOK, LOOK, LOOK, ADD],
            id="lost_request",
        ),
        pytest.param([MISSING, reply({}, 422), THERE], False, [LOOK, ADD, LOOK], id="somebody_was_faster"),
    ],
)
def test_a_contact_is_added_once(outcomes: list[Outcome], added: bool, routes: list[str]) -> None:
    done, circa = add(*outcomes)

    assert (done, circa.routes) == ({"event_contact": MEMBER, "added": added}, routes)


def test_the_contact_is_named_by_its_id() -> None:
    _, circa = add(MISSING, reply(MEMBER, 201))

    assert circa.asked[-1].body == {"contact_id": "c1"}


def test_an_event_that_does_not_exist_is_told() -> None:
    with pytest.raises(NotFound, match="POST"):
        add(MISSING, MISSING)


def test_a_refusal_that_nobody_else_caused_is_told() -> None:
    with pytest.raises(Invalid, match="contact_id: is unknown"):
        add(MISSING, reply({"errors": {"contact_id": ["is unknown"]}}, 422), MISSING)
