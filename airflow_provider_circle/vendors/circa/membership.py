"""Adding a contact to an event, once: whether it is there is looked up before, and after a lost reply."""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import send_once
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.vendors.circa.endpoints import ADD_EVENT_CONTACT, GET_EVENT_CONTACT

__all__ = ["add_contact_to_event"]


def add_contact_to_event(caller: Caller, event_id: str, contact_id: str) -> Walk[JsonObject]:
    """
    Add a contact to an event, unless it is there already.

    :return: ``{"event_contact": …, "added": bool}``.
    :raises NotFound: no such event, or no such contact.

    Source: https://docs.circa.co/ (Event contacts)
    """
    present = yield from _present(caller, event_id, contact_id)
    if present is not None:
        return {"event_contact": present, "added": False}

    def add() -> Walk[JsonObject]:
        return call(caller, ADD_EVENT_CONTACT, path={"event_id": event_id}, json={"contact_id": contact_id})

    try:
        added = yield from send_once(caller, add, lambda _: _present(caller, event_id, contact_id))
    except Invalid:
        # Somebody else may have been faster.
        present = yield from _present(caller, event_id, contact_id)
        if present is None:
            raise
        return {"event_contact": present, "added": False}
    return {"event_contact": added, "added": True}


def _present(caller: Caller, event_id: str, contact_id: str) -> Walk[JsonObject | None]:
    try:
        return (yield from call(caller, GET_EVENT_CONTACT, path={"event_id": event_id, "contact_id": contact_id}))
    except NotFound:
        return None
