"""
Reading cards: back in time to a given moment, or only those the service has not handed out yet.

Each page of the walk back repeats the last second of the page before, so cards are told apart by their id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.paging import NoPages
from airflow_provider_circle.core.stream import checked_filters, read_stream
from airflow_provider_circle.core.walk import Caller, Emit, Walk, exchange, relayed
from airflow_provider_circle.core.window import Window, seconds_of
from airflow_provider_circle.vendors.circleme.endpoints import CARDS_PER_PAGE, TAKE_NEW_CARDS
from airflow_provider_circle.vendors.circleme.streams import STREAMS

__all__ = ["list_cards", "take_new_cards"]

_CARDS = STREAMS["cards"]


def list_cards(
    caller: Caller, *, since: datetime | None, before: datetime | None, filters: Mapping[str, Any]
) -> Walk[None]:
    """
    Emit cards, newest first, each once.

    :param since: the oldest date wanted; ``None`` for all there are.
    :param before: only cards older than this.
    :param filters: as the stream ``cards`` allows.
    :raises ValueError: a filter of the wrong type, or a span that ends before it begins.
    """
    window = Window(since, before)
    last_second: dict[str, float] = {}
    walk = read_stream(caller, _CARDS, window=window, filters=filters)
    return relayed(walk, lambda emitted: Emit(_fresh(emitted.records, window, last_second)))


def take_new_cards(caller: Caller, filters: Mapping[str, Any]) -> Walk[list[JsonObject]]:
    """
    Ask, once, for cards that were in no earlier reply; at most 50.

    :param filters: as the stream ``cards`` allows.
    :return: the cards, maybe none.

    Source: CircleMe's feed API documentation (Custom query parameters)
    """
    query: Query = {**checked_filters(_CARDS, filters), "new_cards": True, "limit": CARDS_PER_PAGE}

    def read(reply: Any, _: Response) -> list[JsonObject]:
        return NoPages().read(reply, query).records

    return exchange(caller, TAKE_NEW_CARDS, read, query=query)


def _fresh(cards: list[JsonObject], window: Window, known: dict[str, float]) -> list[JsonObject]:
    """Leave out what is outside the window or was read before; forget ids that cannot come again."""
    fresh: list[JsonObject] = []
    oldest_s = min((at_s for card in cards if (at_s := seconds_of(card.get("date"))) is not None), default=0.0)
    for card in cards:
        card_id, at_s = str(card.get("id")), seconds_of(card.get("date")) or 0.0
        if card_id not in known and window.holds(at_s):
            fresh.append(card)
        known[card_id] = at_s
    for card_id in [one for one, at_s in known.items() if at_s > oldest_s + 2.0]:
        del known[card_id]
    return fresh
