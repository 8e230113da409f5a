"""
Everything the service remembers: the cards, and which of them the account has been given.

Knows the daily limit of new cards. What a request may ask for is read by the queries.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from airflow_provider_circle.sandbox.circleme.cards import LANGUAGES, Card
from airflow_provider_circle.sandbox.clock import VirtualClock

__all__ = ["CARDS", "EQUAL_TIMESTAMPS", "CircleMeState", "FeedQuery"]

CARDS = 200
EQUAL_TIMESTAMPS = 3
_DAILY_LIMIT = 100
_DAY_S = 86400.0
_WEEK_S = 7 * _DAY_S


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """
    Which cards are wanted, newest first.

    :param before_ms: only cards before this moment.
    :param new: only cards the account has not been given.
    """

    lang: str
    item_ids: frozenset[int]
    limit: int
    new: bool = False
    before_ms: float = inf


class CircleMeState:
    """
    The cards of the one account.

    :ivar daily_limit: new cards within any virtual 24 hours; ``None`` is no limit.
    :ivar strict: cards read without ``new_cards`` are given away and count, too.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Be as at the first start."""
        self.daily_limit: int | None = _DAILY_LIMIT
        self.strict = False
        self.populate(CARDS)

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._clock.now()

    def populate(
        self,
        cards: int,
        italian: int | None = None,
        since_s: float | None = None,
        until_s: float | None = None,
        equal_timestamps: int = EQUAL_TIMESTAMPS,
    ) -> None:
        """
        Replace all cards by generated ones, dated evenly over a time, and forget who got any.

        :param cards: English cards.
        :param italian: Italian ones besides; a quarter as many by default.
        :param equal_timestamps: so many cards of a language at a time have the same date.
        """
        until_s = self.now() if until_s is None else until_s
        since_s = until_s - _WEEK_S if since_s is None else since_s
        self._cards: list[Card] = []
        self._last = 0
        self._given: dict[str, float] = {}
        for lang, count in zip(LANGUAGES, (cards, cards // 4 if italian is None else italian), strict=True):
            groups = -(-count // equal_timestamps)
            for rank in range(count):
                date_s = since_s + (until_s - since_s) * (rank // equal_timestamps) / groups
                self._last += 1
                self._cards.append(Card(self._last, int(date_s * 1000), lang))
        self._cards.sort(key=_age)

    def add(self, count: int, lang: str, date_s: float | None = None) -> list[Card]:
        """
        Add cards that all have the same date.

        :param date_s: seconds since 1970; the virtual now by default.
        """
        date_ms = int((self.now() if date_s is None else date_s) * 1000)
        cards = [Card(self._last + rank, date_ms, lang) for rank in range(1, count + 1)]
        self._last += count
        for card in cards:
            insort(self._cards, card, key=_age)
        return cards

    def cards(self, lang: str | None = None) -> list[Card]:
        """List the cards there are, newest first."""
        return [card for card in self._cards if lang in (None, card.lang)]

    def given(self) -> list[str]:
        """List the ids of the cards the account was given as new, in that order."""
        return list(self._given)

    def feed(self, query: FeedQuery) -> list[Card]:
        """Answer a query; what counts as new is used up by this very call."""
        now_s = self.now()
        counts = query.new or self.strict
        budget = self._budget(now_s) if counts else inf
        chosen: list[Card] = []
        for card in self._matching(query):
            if len(chosen) == query.limit:
                break
            known = card.id in self._given
            if known and query.new:
                continue
            if counts and not known:
                if budget <= 0:
                    continue
                budget -= 1
                self._given[card.id] = now_s
            chosen.append(card)
        return chosen

    def _matching(self, query: FeedQuery) -> Iterator[Card]:
        begin = bisect_right(self._cards, (-query.before_ms, inf), key=_age)
        for index in range(begin, len(self._cards)):
            card = self._cards[index]
            if card.lang == query.lang and card.item_id in query.item_ids:
                yield card

    def _budget(self, now_s: float) -> float:
        """Count how many new cards are left. Unverified: that the 24 hours move along, and do not begin at midnight."""
        if self.daily_limit is None:
            return inf
        return self.daily_limit - sum(at_s > now_s - _DAY_S for at_s in self._given.values())


def _age(card: Card) -> tuple[float, float]:
    return -card.date_ms, -card.number
