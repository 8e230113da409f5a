"""Whether contacts changed since a moment: most often one request, of which one contact is enough."""

from __future__ import annotations

from datetime import datetime

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.stream import read_stream
from airflow_provider_circle.core.walk import Caller, Emit, Walk, consumed
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.core.window import Window, seconds_of
from airflow_provider_circle.vendors.circa.streams import STREAMS

__all__ = ["look_for_changed_contacts"]


def look_for_changed_contacts(caller: Caller, since: datetime) -> Walk[Sight[JsonObject]]:
    """
    Look once for contacts that changed at or after a moment.

    :return: with ``{"id", "updated_at"}`` of one that did, when there is one.

    Source: https://docs.circa.co/ (Contacts)
    """
    seen: JsonObject | None = None

    def take(emitted: Emit) -> bool:
        nonlocal seen
        for contact in emitted.records:
            # Circa is asked for a little more than the window, so what is on a page has to be looked at, too.
            moment_s = seconds_of(contact.get("updated_at"))
            if moment_s is not None and moment_s >= since.timestamp():
                seen = {name: contact.get(name) for name in ("id", "updated_at")}
                return True
        return False

    yield from consumed(read_stream(caller, STREAMS["contacts"], window=Window(since)), take)
    if seen is None:
        return Sight(None, frozenset({f"no contact changed since {since.isoformat()}"}))
    return Sight(seen, frozenset({f"contacts have changed since {since.isoformat()}"}))
