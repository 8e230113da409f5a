"""
What is written to Circa, checked before it is sent: contacts, events, companies, a contact's part in an event.

Attributes that nobody here knows pass as they are, for Circa's own fields grow. All mistakes are told at once. Values
that may be personal are not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circa.types import Writer, write_boolean, write_date, write_email, write_text

__all__ = ["EVENT_STATUSES", "checked_company", "checked_contact", "checked_event", "checked_event_contact"]

EVENT_STATUSES = ("COMMITTED", "CONSIDERING", "SKIPPING", "CANCELLED", "POSTPONED")


def checked_contact(contact: Any, *, required: Sequence[str] = ()) -> JsonObject:
    """
    Check a contact to be written.

    :param contact: attributes; ``company`` is a company's name, ``owner`` a member's e-mail address. ``None`` clears.
    :param required: attributes that must be given.
    :return: a copy, ready to be sent.
    :raises ValueError: says what is wrong with each attribute.

    Source: https://docs.circa.co/ (Contacts)
    """
    return _checked("contact", contact, _CONTACT, required)


def checked_event(event: Any, *, new: bool = False) -> JsonObject:
    """
    Check an event to be written.

    :param event: attributes; ``status`` is one of five words.
    :param new: it is created, so ``name``, ``status`` and ``team_id`` must be given.
    :return: a copy, ready to be sent.
    :raises ValueError: says what is wrong with each attribute.

    Source: https://docs.circa.co/ (Events)
    """
    return _checked("event", event, _EVENT, ("name", "status", "team_id") if new else ())


def checked_company(company: Any, *, new: bool = False) -> JsonObject:
    """
    Check a company to be written.

    :param new: it is created, so ``name`` must be given. Unverified: that Circa asks for it.
    :return: a copy, ready to be sent.
    :raises ValueError: says what is wrong with each attribute.

    Source: https://docs.circa.co/ (Companies)
    """
    return _checked("company", company, _COMPANY, ("name",) if new else ())


def checked_event_contact(event_contact: Any) -> JsonObject:
    """
    Check what is to be written about a contact's part in an event.

    :param event_contact: such as ``{"attendance_status": …}``, which is read as ``check_in_status``.
    :return: a copy, ready to be sent.
    :raises ValueError: says what is wrong with each attribute.

    Source: https://docs.circa.co/ (Event contacts)
    """
    return _checked("event_contact", event_contact, _EVENT_CONTACT, ())


def _checked(kind: str, wanted: Any, attributes: Mapping[str, Writer], required: Sequence[str]) -> JsonObject:
    if not isinstance(wanted, Mapping) or not wanted:
        got = "an empty one" if isinstance(wanted, Mapping) else f"a {type(wanted).__name__}"
        raise ValueError(f"{kind} must be a mapping of attributes to values, got {got}")
    mistakes = [
        f"{kind}[{name!r}] is required"
        for name in required
        if wanted.get(name) is None or not str(wanted[name]).strip()
    ]
    body: JsonObject = {}
    for name, value in wanted.items():
        if not isinstance(name, str):
            mistakes.append(f"{kind} must have texts for attributes, got {name!r:.60}")
            continue
        write = attributes.get(name)
        try:
            body[name] = value if write is None or value is None else write(f"{kind}[{name!r}]", value)
        except ValueError as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return body


def _write_company(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        got = "an empty text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise ValueError(f"{name} must be the company's name, got {got}")
    return value


def _write_owner(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be the e-mail address of a member, got a {type(value).__name__}")
    return write_email(name, value)


def _write_status(name: str, value: Any) -> str:
    if value not in EVENT_STATUSES:
        raise ValueError(f"{name} must be one of {', '.join(EVENT_STATUSES)}, got {value!r:.60}")
    return str(value)


def _write_word(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        got = "an empty text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise ValueError(f"{name} must be a word such as Circa shows for it, got {got}")
    return value


def _texts(*names: str) -> dict[str, Writer]:
    return dict.fromkeys(names, write_text)


_PLACE = _texts("address", "city", "state", "postal_index", "country", "website", "description")

_CONTACT: Mapping[str, Writer] = {
    **_texts("first_name", "last_name", "contact_type", "title", "office_phone", "mobile_phone", "twitter", "linkedin"),
    **_PLACE,
    "email": write_email,
    "company": _write_company,
    "owner": _write_owner,
    "hot_lead": write_boolean,
    "email_opt_in": write_boolean,
}

_EVENT: Mapping[str, Writer] = {
    **_texts("name", "team_id"),
    **_PLACE,
    "status": _write_status,
    "start_date": write_date,
    "end_date": write_date,
}

_COMPANY: Mapping[str, Writer] = {**_texts("name"), **_PLACE}

_EVENT_CONTACT: Mapping[str, Writer] = {"attendance_status": _write_word, "registration_status": _write_word}
