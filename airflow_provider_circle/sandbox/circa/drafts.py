"""
What clients write, checked.

Knows the attributes that can be written, what each must look like, and that all complaints are made at once. Attributes
that nobody knows are ignored, as are those only the service sets. Unverified: all of it but the example for ``status``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from airflow_provider_circle.sandbox.circa.generated import FIELDS, STATUSES, USERS
from airflow_provider_circle.sandbox.circa.ids import number_of
from airflow_provider_circle.sandbox.circa.refusals import Refused, invalid
from airflow_provider_circle.sandbox.circa.state import CircaState
from airflow_provider_circle.sandbox.circa.times import is_date

__all__ = ["read_draft", "read_member_draft", "read_object"]

Values = dict[str, Any]
_Reader = Callable[[CircaState, Any], Any]


def read_object(body: bytes) -> Values:
    """
    Read the JSON object of a request.

    :raises Refused: 400.
    """
    try:
        wanted = json.loads(body)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise Refused(400, {"error": "The body is not a JSON object"})
    return wanted


def read_draft(state: CircaState, kind: str, wanted: Values, *, new: bool) -> Values:
    """
    Read what is to be written to a row.

    :param new: nothing is there yet, so what is required must be given.
    :return: in the form in which rows are kept; a company still as a name.
    :raises Refused: 422, with everything that is wrong.
    """
    values, errors = _read(state, wanted, _ATTRIBUTES[kind], _REQUIRED[kind] if new else ())
    if errors:
        raise invalid(errors)
    if "team_id" in values:
        values["team"] = values.pop("team_id")
    return values


def read_member_draft(state: CircaState, event: int, wanted: Values, *, new: bool) -> tuple[int, Values]:
    """
    Read what is to be written about a contact's part in an event.

    Unverified: that a contact who is in the event already is refused.

    :return: the contact to add, 0 if none is, and the values.
    :raises Refused: 422, with everything that is wrong.
    """
    attributes = {"contact_id": _id("Contact"), **_MEMBER} if new else _MEMBER
    values, errors = _read(state, wanted, attributes, ("contact_id",) if new else ())
    contact = values.pop("contact_id", 0)
    if contact in state.members(event):
        errors["contact_id"] = ["has already been added to the event"]
    if errors:
        raise invalid(errors)
    if "attendance_status" in values:
        values["check_in_status"] = values.pop("attendance_status")
    return contact, values


def _read(
    state: CircaState, wanted: Values, attributes: dict[str, _Reader], required: tuple[str, ...]
) -> tuple[Values, dict[str, list[str]]]:
    values: Values = {}
    errors: dict[str, list[str]] = {}
    for name, read in attributes.items():
        if name not in wanted and name not in required:
            continue
        try:
            values[name] = read(state, wanted.get(name))
        except ValueError as error:
            errors[name] = [str(error)]
    return values, errors


def _if(is_good: Callable[[Any], bool], message: str) -> _Reader:
    """Take a value as it is if it is good."""

    def read(_state: CircaState, value: Any) -> Any:
        if not is_good(value):
            raise ValueError(message)
        return value

    return read


def _is_filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


_text = _if(lambda value: value is None or isinstance(value, str), "should be a String")
_filled = _if(_is_filled, "can't be blank")
_email = _if(lambda value: value is None or (isinstance(value, str) and "@" in value), "should be an e-mail address")
_flag = _if(lambda value: isinstance(value, bool), "should be a Boolean")
_amount = _if(lambda value: value is None or type(value) in (int, float), "should be a Float")
_date = _if(
    lambda value: value is None or (isinstance(value, str) and is_date(value)), "should be a Date like 2020-09-28"
)
_status = _if(lambda value: value in STATUSES, f"should be one of {', '.join(STATUSES)}")
_company = _if(lambda value: value is None or _is_filled(value), "should be the name of a company")


def _id(kind: str) -> _Reader:
    def read(state: CircaState, value: Any) -> int:
        number = number_of(kind, value) if isinstance(value, str) else None
        if number is None or number not in state.tables[kind]:
            raise ValueError(f"should be the id of a {kind.lower()}")
        return number

    return read


def _owner(_state: CircaState, value: Any) -> int | None:
    if value is None:
        return None
    for number, user in enumerate(USERS, 1):
        if user["email"] == value:
            return number
    raise ValueError("should be the e-mail of a member of the organization")


def _custom_fields(kind: str) -> _Reader:
    def read(_state: CircaState, value: Any) -> dict[int, Any]:
        entries: list[Any] = value if isinstance(value, list) else [None]
        read: dict[int, Any] = {}
        for entry in entries:
            field = entry if isinstance(entry, dict) else {}
            number = number_of("CustomFieldType", str(field.get("id"))) or 0
            if not 1 <= number <= len(FIELDS) or FIELDS[number - 1]["fields_for"] != kind:
                raise ValueError(f"should be a list of objects with the id of a field for {kind} and a value")
            read[number] = field.get("value")
        return read

    return read


_PLACE: dict[str, _Reader] = dict.fromkeys(
    ("address", "city", "state", "postal_index", "country", "website", "description"), _text
)

_ATTRIBUTES: dict[str, dict[str, _Reader]] = {
    "Contact": {
        **dict.fromkeys(("first_name", "last_name", "contact_type", "title", "office_phone", "mobile_phone"), _text),
        **dict.fromkeys(("twitter", "linkedin"), _text),
        **_PLACE,
        "email": _email,
        "company": _company,
        "owner": _owner,
        "hot_lead": _flag,
        "email_opt_in": _flag,
        "custom_fields": _custom_fields("Contact"),
    },
    "Event": {
        "name": _filled,
        "status": _status,
        "team_id": _id("Team"),
        "owner": _owner,
        "start_date": _date,
        "end_date": _date,
        "budget": _amount,
        **_PLACE,
        "custom_fields": _custom_fields("Event"),
    },
    "Company": {"name": _filled, "owner": _owner, "phone": _text, **_PLACE, "custom_fields": _custom_fields("Company")},
}

_REQUIRED: dict[str, tuple[str, ...]] = {"Contact": (), "Event": ("name", "status", "team_id"), "Company": ("name",)}

_MEMBER: dict[str, _Reader] = {"registration_status": _filled, "attendance_status": _filled}
