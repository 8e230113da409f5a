"""
Invented people: what their names, numbers and remarks look like, always the same for the same number.

Varied about as much as real ones, so that packing them costs what it costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

__all__ = ["Draw", "utc_text"]

T = TypeVar("T")

_FIRST = (
    "Amara", "Benoît", "Carmen", "Dagný", "Emil", "Fumiko", "Goran", "Hanna", "Ilse", "Joaquín", "Kiri", "Lars",
    "Mónica", "Nils", "Oyelaran", "Petra", "Rania", "Søren", "Tomasz", "Ursula", "Valentina", "Wanjiru", "Yusuf",
    "Zoë",
)  # fmt: skip
_LAST = (
    "Adeyemi", "Brânză", "Castañeda", "Dvořák", "Eklund", "Fujimoto", "García Núñez", "O'Hara", "Smit", "Haddad",
    "Ivanov", "Kowalczyk", "Lefèvre", "Mbeki", "Nakamura", "Olsen", "Pereira", "Quispe", "Rossi", "Tremblay",
    "Ueda", "Vogel", "Weiß",
)  # fmt: skip
_WORDS = (
    "about", "after", "again", "asked", "autumn", "badge", "before", "board", "booth", "budget", "call", "came",
    "catering", "coffee", "colleague", "comes", "contract", "decide", "demo", "dinner", "early", "email", "event",
    "every", "evening", "few", "first", "flight", "follow", "garden", "group", "guest", "hall", "hotel",
    "interested", "invite", "keynote", "knows", "last", "later", "lead", "likes", "local", "long", "market",
    "meeting", "moderate", "morning", "needs", "never", "next", "ninety", "notes", "often", "once", "open", "panel",
    "partner", "plan", "prices", "quiet", "ready", "remote", "room", "schedule", "second", "send", "session",
    "soon", "speaker", "sponsor", "spring", "stand", "still", "summit", "table", "talk", "team", "ticket", "travel",
    "twice", "until", "vegan", "venue", "wants", "week", "wishes", "workshop", "year",
)  # fmt: skip


class Draw:
    """
    Draws values for one row.

    :param row: names the row, among all of all kinds.
    """

    __slots__ = ("_left",)

    def __init__(self, row: str) -> None:
        self._left = int.from_bytes(blake2b(row.encode()).digest())

    def below(self, bound: int) -> int:
        """Draw a whole number from 0 on. A row has 512 bits to draw from."""
        self._left, drawn = divmod(self._left, bound)
        return drawn

    def one_of(self, values: Sequence[T]) -> T:
        """Draw one of several values."""
        return values[self.below(len(values))]

    def name(self) -> tuple[str, str]:
        """Draw a first and a last name."""
        return self.one_of(_FIRST), self.one_of(_LAST)

    def digits(self, count: int) -> str:
        """Draw a number with that many digits."""
        return f"{self.below(10**count):0{count}}"

    def words(self, most: int) -> str:
        """Draw a remark of up to so many words."""
        return " ".join(self.one_of(_WORDS) for _ in range(self.below(most + 1)))


def utc_text(moment: datetime, timespec: str = "seconds") -> str:
    """Write a moment in UTC with ``Z``."""
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
