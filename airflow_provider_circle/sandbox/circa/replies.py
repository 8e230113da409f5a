"""
How rows are written in replies.

Knows the JSON of every kind of row. Which rows are asked for is left to the routes.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_circle.sandbox.circa.generated import FIELDS, TEAMS, USERS
from airflow_provider_circle.sandbox.circa.ids import id_of
from airflow_provider_circle.sandbox.circa.state import CircaState
from airflow_provider_circle.sandbox.circa.table import Table
from airflow_provider_circle.sandbox.circa.times import write_time

__all__ = ["expense", "member", "outline", "row", "staff_member", "user"]

JsonObject = dict[str, Any]

_USERS = {number: {"id": id_of("User", number), **user} for number, user in enumerate(USERS, 1)}
_FIELDS = {
    number: {"id": id_of("CustomFieldType", number), "name": field["name"]} for number, field in enumerate(FIELDS, 1)
}

_REGISTRATION = ("REGISTERED", "INVITED", "DECLINED")
_CHECK_IN = ("ATTENDED", "NOT_ATTENDED")


def row(state: CircaState, kind: str, number: int) -> JsonObject:
    """Write a row of one of the tables."""
    match kind:
        case "Team":
            written: JsonObject = {"name": TEAMS[number - 1]}
        case "CustomFieldType":
            written = {"options": None, **FIELDS[number - 1]}
        case "Contact":
            return _contact(state, number)
        case "Event":
            written = _event(state, number)
        case _:
            written = _owned(state.values(kind, number))
    return {"id": id_of(kind, number), **written, **_times(state.tables[kind], number)}


def outline(kind: str, table: Table, number: int) -> JsonObject:
    """Write only which row it is, and its times."""
    return {"id": id_of(kind, number), **_times(table, number)}


def member(state: CircaState, event: int, number: int) -> JsonObject:
    """
    Write a contact of an event.

    Unverified: that the times are those of the later change, of the contact or of its part in the event.
    """
    members = state.members(event)
    return {
        **_contact(state, number),
        "registration_status": _REGISTRATION[number % 3],
        "check_in_status": _CHECK_IN[number % 2],
        **members.values(number),
        **_times(members, number),
    }


def staff_member(event: int, number: int) -> JsonObject:
    """Write who works at an event. Unverified: the attributes."""
    return {"id": id_of("EventStaff", number), "role": "Booth", "user": user((event + number) % len(USERS) + 1)}


def expense(number: int) -> JsonObject:
    """Write what an event cost. Unverified: the attributes."""
    return {
        "id": id_of("Expense", number),
        "name": f"Invoice {number}",
        "category": ("Venue", "Catering", "Travel")[number % 3],
        "amount": number * 99.5,
        "currency": "USD",
    }


def user(number: int | None) -> JsonObject | None:
    """Write a member of the organization."""
    return None if number is None else _USERS[number]


def _contact(state: CircaState, number: int) -> JsonObject:
    values = state.values("Contact", number)
    company = state.company(number)
    return {
        "id": id_of("Contact", number),
        **_owned(values),
        "company": None
        if company is None
        else {"id": id_of("Company", company), "name": state.values("Company", company)["name"]},
        "sync_status": {"status": values["sync_status"]},
        **_times(state.tables["Contact"], number),
        "created_by": user(values.get("created_by", 1)),
        "updated_by": user(values.get("updated_by", 1)),
        "engagement": {"score": number % 100, "channels": ["email", "web"]},  # No document names this attribute.
    }


def _event(state: CircaState, number: int) -> JsonObject:
    values = _owned(state.values("Event", number))
    team = values.pop("team")
    return {**values, "team": {"id": id_of("Team", team), "name": TEAMS[team - 1]}}


def _owned(values: JsonObject) -> JsonObject:
    """Replace the references that all kinds have by what they refer to."""
    written = {name: value for name, value in values.items() if name not in ("created_by", "updated_by")}
    written["owner"] = user(values["owner"])
    written["custom_fields"] = [
        {**_FIELDS[number], "value": value} for number, value in values["custom_fields"].items()
    ]
    return written


def _times(table: Table, number: int) -> JsonObject:
    return {
        "created_at": write_time(table.created_s(number)),
        "updated_at": write_time(table.updated_s(number)),
    }
