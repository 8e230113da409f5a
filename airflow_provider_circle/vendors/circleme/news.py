"""Whether there are cards newer than a moment: one request for one card, which uses up nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.stream import checked_filters
from airflow_provider_circle.core.walk import Caller, Walk, read_page
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.core.window import seconds_of
from airflow_provider_circle.vendors.circleme.streams import STREAMS

__all__ = ["look_for_newer_cards"]


def look_for_newer_cards(caller: Caller, since: datetime, filters: Mapping[str, Any]) -> Walk[Sight[JsonObject]]:
    """
    Look once for a card that is newer than a moment.

    :param filters: as the stream ``cards`` allows.
    :return: with ``{"id", "date", "title"}`` of the newest card when there is one.

    Source: CircleMe's feed API documentation (Custom query parameters)
    """
    stream = STREAMS["cards"]
    query = {**checked_filters(stream, filters), "limit": 1}
    page = yield from read_page(caller, stream.endpoint, path=None, query=query)
    for card in page.records[:1]:
        date_s = seconds_of(card.get("date"))
        if date_s is not None and date_s > since.timestamp():
            return Sight(
                {name: card.get(name) for name in ("id", "date", "title")}, frozenset({"there is a newer card"})
            )
    none = f"no card is newer than {since.isoformat()}, or the daily limit of new cards is met"
    return Sight(None, frozenset({none}))
