from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from airflow_provider_circle.vendors.circa.bodies import (
    EVENT_STATUSES,
    checked_company,
    checked_contact,
    checked_event,
    checked_event_contact,
)

CONTACT = {
    "first_name": "Ada",
    "email": "ada@example.com",
    "company": "Analytical Engines",
    "owner": "admin@example.com",
    "hot_lead": True,
    "email_opt_in": "false",
}
EVENT = {"name": "Expo", "status": "COMMITTED", "team_id": "VGVhbS0z"}


@pytest.mark.parametrize(
    ("check", "wanted", "body"),
    [
        pytest.param(checked_contact, CONTACT, {**CONTACT, "email_opt_in": False}, id="contact"),
        pytest.param(checked_contact, {"title": None}, {"title": None}, id="null_clears"),
        pytest.param(checked_contact, {"karma": [1]}, {"karma": [1]}, id="unknown_attribute"),
        pytest.param(checked_contact, {"email": " a@b.c "}, {"email": "a@b.c"}, id="padded_email"),
        pytest.param(checked_event, EVENT, EVENT, id="event"),
        pytest.param(checked_event, {"start_date": date(2027, 1, 15)}, {"start_date": "2027-01-15"}, id="date"),
        pytest.param(checked_company, {"name": "Acme"}, {"name": "Acme"}, id="company"),
        pytest.param(
            checked_event_contact, {"attendance_status": "ATTENDED"}, {"attendance_status": "ATTENDED"}, id="attendance"
        ),
    ],
)
def test_a_body_is_made_ready(check: Callable[[Any], Any], wanted: Any, body: Any) -> None:
    assert check(wanted) == body


@pytest.mark.parametrize(
    ("check", "wanted", "complaint"),
    [
        pytest.param(
            checked_contact, {}, "contact must be a mapping of attributes to values, got an empty", id="empty"
        ),
        pytest.param(checked_contact, "ada", "contact must be a mapping of attributes to values, got a str", id="text"),
        pytest.param(checked_contact, {1: "x"}, "contact must have texts for attributes, got 1", id="key"),
        pytest.param(checked_contact, {"email": "ada"}, r"contact\['email'\] must be an e-mail address", id="email"),
        pytest.param(
            checked_contact,
            {"company": {"id": "Q29tcGFueS0xNA", "name": "Acme"}},
            r"contact\['company'\] must be the company's name, got a dict",
            id="company_as_read",
        ),
        pytest.param(checked_contact, {"company": " "}, r"contact\['company'\] must be the company's name", id="blank"),
        pytest.param(
            checked_contact,
            {"owner": {"id": "VXNlci0x"}},
            r"contact\['owner'\] must be the e-mail address of a member, got a dict",
            id="owner_as_read",
        ),
        pytest.param(checked_contact, {"owner": "Aaron"}, r"contact\['owner'\] must be an e-mail", id="owners_name"),
        pytest.param(checked_contact, {"hot_lead": "very"}, r"contact\['hot_lead'\] must be true or false", id="flag"),
        pytest.param(checked_contact, {"office_phone": 123}, r"contact\['office_phone'\] must be a text", id="number"),
        pytest.param(
            checked_event, {"status": "committed"}, r"event\['status'\] must be one of COMMITTED, CONS", id="status"
        ),
        pytest.param(checked_event, {"start_date": "15.1."}, r"event\['start_date'\] must be a date", id="date"),
        pytest.param(checked_event, {"team_id": 3}, r"event\['team_id'\] must be a text", id="team"),
        pytest.param(checked_company, {"name": 3}, r"company\['name'\] must be a text", id="companys_name"),
        pytest.param(
            checked_event_contact, {"attendance_status": ""}, r"\['attendance_status'\] must be a word", id="attendance"
        ),
        pytest.param(
            checked_event_contact, {"attendance_status": True}, r"must be a word .* got a bool", id="attended"
        ),
    ],
)
def test_a_wrong_body_is_refused_before_it_is_sent(check: Callable[[Any], Any], wanted: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check(wanted)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"hot_lead.*; .*email"):
        checked_contact({"hot_lead": 1, "email": "no"})


@pytest.mark.parametrize("missing", ["name", "status", "team_id"])
def test_a_new_event_needs_an_attribute(missing: str) -> None:
    with pytest.raises(ValueError, match=rf"event\['{missing}'\] is required"):
        checked_event({name: value for name, value in EVENT.items() if name != missing}, new=True)


def test_a_new_company_needs_a_name() -> None:
    with pytest.raises(ValueError, match=r"company\['name'\] is required"):
        checked_company({"city": "London"}, new=True)


def test_what_is_required_may_not_be_blank() -> None:
    with pytest.raises(ValueError, match=r"contact\['email'\] is required"):
        checked_contact({"email": " "}, required=("email",))


@pytest.mark.parametrize("status", EVENT_STATUSES)
def test_an_event_may_have_a_status(status: str) -> None:
    assert checked_event({"status": status}) == {"status": status}


def test_the_original_is_not_changed() -> None:
    wanted = {"email": " a@b.c "}
    checked_contact(wanted)

    assert wanted == {"email": " a@b.c "}
