"""
Interests and cards.

Knows what a card looks like and which interests there are. Which cards exist, and who has got them, is the state's
business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["ASSIGNED", "FOREIGN", "LANGUAGES", "Card", "interest"]

LANGUAGES = ("english", "italian")

ASSIGNED = (350101, 350202, 350303, 350404, 350505)
"""Interests the account may read."""

FOREIGN = (360606, 360707)
"""Interests of other accounts."""

_NAMES = {
    350101: "Board Games",
    350202: "Espresso",
    350303: "Long-Distance Trains",
    350404: "Science Fiction",
    350505: "Street Photography",
    360606: "Alpine Botany",
    360707: "Sailing",
}
_SOURCES = ("news-sandbox.example", "blog-sandbox.example", "forum-sandbox.example")
_FIRST_ID = 1_000_000
_WITHOUT_THUMBNAIL = 3

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """
    A card, all of which follows from its number, its date and its language.

    :param date_ms: milliseconds since 1970.
    """

    number: int
    date_ms: int
    lang: str

    @property
    def id(self) -> str:
        """What the service calls the card: a string of digits."""
        return str(_FIRST_ID + self.number)

    @property
    def item_id(self) -> int:
        """The interest the card is about; a number here, a string in the list of interests."""
        return ASSIGNED[self.number % len(ASSIGNED)]

    def as_json(self) -> JsonObject:
        """Write the card as the service does; every third has no thumbnail."""
        name = _NAMES[self.item_id]
        source = _SOURCES[self.number % len(_SOURCES)]
        title = f"{name}: notizie, {self.number}" if self.lang == "italian" else f"{name}, news no. {self.number}"
        link_url = f"https://{source}/{self.id}/"
        written: JsonObject = {
            "id": self.id,
            "title": title,
            "body": f"{title} {link_url}",
            "source": source,
            "link_url": link_url,
            "item_id": self.item_id,
            "date": _time(self.date_ms),
        }
        if self.number % _WITHOUT_THUMBNAIL:
            written["thumbnail"] = f"https://thumbnails-sandbox.example/{self.id}.jpg?{self.number}"
        return written


def interest(item_id: int) -> JsonObject:
    """Write the details of an interest."""
    name = _NAMES[item_id]
    return {
        "item_id": item_id,
        "name": name,
        "description": f'{name} is an interest of the sandbox.\r\nIt has "cards".',
        "thumbnail": f"https://thumbnails-sandbox.example/items/{item_id}.jpg",
    }


def _time(date_ms: int) -> str:
    seconds, milliseconds = divmod(date_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"
