"""Whether contacts changed since a moment: one request, of which only the count is used."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, read_page
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.core.window import Window, seconds_of
from airflow_provider_circle.vendors.circa.streams import STREAMS

__all__ = ["look_for_changed_contacts"]


def look_for_changed_contacts(caller: Caller, since: datetime) -> Walk[Sight[JsonObject]]:
    """
    Look once for contacts that changed at or after a moment.

    :return: with ``{"count", "newest"}`` when there are some; ``newest`` is of those on the first page.

    Source: https://docs.circa.co/ (Contacts)
    """
    stream = STREAMS["contacts"]
    if stream.window is None or stream.cursor is None:
        raise TypeError("contacts are read by window")
    query = stream.window.query(Window(since), datetime.fromtimestamp(caller.clock(), UTC))
    page = yield from read_page(caller, stream.endpoint, path=None, query=query)
    # The window is asked for a little wider than it is, so what is on the page has to be looked at, too.
    moments = [seconds_of(contact.get(stream.cursor)) for contact in page.records]
    newest_s = max((moment_s for moment_s in moments if moment_s is not None), default=0.0)
    count = page.count or len(page.records)
    more_pages = page.next_query is not None
    if newest_s < since.timestamp() and not more_pages:
        return Sight(None, f"no contact changed since {since.isoformat()}")
    newest = datetime.fromtimestamp(newest_s, UTC).isoformat().replace("+00:00", "Z")
    return Sight({"count": count, "newest": newest}, f"{count} contacts changed since {since.isoformat()}")
