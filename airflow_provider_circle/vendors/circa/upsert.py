"""
Writing a contact whether or not it exists already.

Circa has no such operation, and what it does with an e-mail address that is taken is unknown. So the address is looked
for, compared here, and only then is the contact updated or created.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import send_once
from airflow_provider_circle.core.walk import Caller, Emit, Wait, Walk, call, consumed, pages
from airflow_provider_circle.core.window import seconds_of
from airflow_provider_circle.exceptions import Invalid, UnexpectedReply
from airflow_provider_circle.vendors.circa.bodies import checked_contact
from airflow_provider_circle.vendors.circa.endpoints import (
    CREATE_CONTACT,
    EMAIL_PARAMETER,
    LIST_CONTACTS,
    UPDATE_CONTACT,
)
from airflow_provider_circle.vendors.circa.types import read_user

__all__ = ["find_contact", "upsert_contact"]

_SEARCHES = 3
"""How often the contacts are read at most until none of them can have been missed."""


def upsert_contact(caller: Caller, contact: Mapping[str, Any]) -> Walk[JsonObject]:
    """
    Create a contact, or update the one that has its e-mail address; a lost reply is looked up before another attempt.

    :param contact: ``email`` and further attributes, as :func:`checked_contact` takes them.
    :return: ``{"contact": …, "action": …}``, the action being ``created``, ``updated``, or ``unchanged`` where the
        contact already was as wanted and nothing was written.
    :raises ValueError: an attribute Circa would refuse; nothing was sent.
    :raises Invalid: several contacts have this address, or Circa refused a value.

    Source: https://docs.circa.co/ (Contacts)
    """
    wanted = checked_contact(contact, required=("email",))
    found = yield from find_contact(caller, wanted["email"])
    if found is not None:
        return (yield from _update(caller, found, wanted))

    def create() -> Walk[JsonObject]:
        created = yield from call(caller, CREATE_CONTACT, json=wanted)
        if not created.get("id"):
            raise UnexpectedReply("Circa answered without the contact it created")
        return created

    created = yield from send_once(caller, create, lambda _: find_contact(caller, wanted["email"]))
    return {"contact": created, "action": "created"}


def find_contact(caller: Caller, email: str) -> Walk[JsonObject | None]:
    """
    Find the contact that has an e-mail address, upper and lower case being the same.

    The server is asked to narrow its list, but not trusted to have done so.

    :return: the contact; ``None`` when nobody has this address.
    :raises Invalid: several contacts have it; the message names them.
    :raises UnexpectedReply: none was found, but the list changed so much while it was read that one may be missed.
    """
    for search in range(1, _SEARCHES + 1):
        found, missed = yield from _search(caller, email)
        if len(found) > 1:
            raise Invalid(
                f"Circa has {len(found)} contacts with the same e-mail address: {', '.join(found)}; merge or delete "
                f"all but one, then try again"
            )
        if found:
            return next(iter(found.values()))
        if not missed:
            return None
        if search < _SEARCHES:
            yield Wait(1.0, "Circa's contacts changed while they were searched; searching again")
    raise UnexpectedReply(
        f"Circa's contacts changed each of the {_SEARCHES} times they were searched, so the one with this e-mail "
        f"address may have been missed; try again"
    )


def _search(caller: Caller, email: str) -> Walk[tuple[dict[str, JsonObject], bool]]:
    """Read the list once; whose address it is, by id, and whether a row may have been missed between two pages."""
    matches: dict[str, JsonObject] = {}
    ids: set[str] = set()
    counts: list[int] = []
    began_s = 0.0

    def take(emitted: Emit) -> bool:
        nonlocal began_s
        page, contacts = emitted.page, emitted.records
        began_s = began_s or (page.server_s if page else None) or caller.clock()
        # A contact that was created meanwhile may hide in the count that another was deleted.
        ids.update(str(row.get("id")) for row in contacts if (seconds_of(row.get("created_at")) or 0.0) < began_s)
        matches.update({str(row.get("id")): row for row in contacts if _same_address(row.get("email"), email)})
        if page is not None and page.count is not None:
            counts.append(page.count)
        return False

    yield from consumed(pages(caller, LIST_CONTACTS, query={EMAIL_PARAMETER: email}), take)
    # A single page is read in one go; across several, a row that moves up is never seen.
    return matches, len(counts) > 1 and (len(set(counts)) > 1 or len(ids) < counts[0])


def _update(caller: Caller, contact: JsonObject, wanted: JsonObject) -> Walk[JsonObject]:
    changes = {name: value for name, value in wanted.items() if not _is(name, contact.get(name), value)}
    if not changes:
        return {"contact": contact, "action": "unchanged"}
    updated = yield from call(caller, UPDATE_CONTACT, path={"contact_id": str(contact.get("id"))}, json=changes)
    # Unverified: that a PATCH answers with the contact; where it says nothing, what was known and written is told.
    return {"contact": {**contact, **updated} if updated else {**contact, **changes}, "action": "updated"}


def _is(name: str, present: Any, wanted: Any) -> bool:
    """Tell whether an attribute already has a value; some are written otherwise than they are read."""
    match name:
        case "email":
            return _same_address(present, wanted)
        case "owner" if isinstance(wanted, str):
            return _same_address(read_user(present)["email"], wanted)
        case "company" if isinstance(present, dict):
            return bool(present.get("name") == wanted)
        case _:
            return bool(present == wanted)


def _same_address(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.strip().casefold() == other.strip().casefold()
