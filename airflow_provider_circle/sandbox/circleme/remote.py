"""
What a test tells the stand-in for CircleMe, and asks it.

Knows the controls of this service by name. Standard library only.
"""

from __future__ import annotations

from typing import Literal

from airflow_provider_circle.sandbox.remote import JsonObject, Remote, given

__all__ = ["CircleMeRemote"]

Language = Literal["english", "italian"]


class CircleMeRemote(Remote):
    """The CircleMe part of a running sandbox."""

    @property
    def circleme_host(self) -> str:
        """Base URL of the CircleMe service: the ``host`` of a connection."""
        return f"{self.url}/circleme"

    def circleme_connection_json(self) -> str:
        """Write the connection as ``AIRFLOW_CONN_CIRCLEME_DEFAULT`` takes it."""
        return self._connection("circleme", self.circleme_host)

    def circleme_populate(
        self,
        *,
        cards: int | None = None,
        italian: int | None = None,
        since_s: float | None = None,
        until_s: float | None = None,
        equal_timestamps: int | None = None,
    ) -> None:
        """
        Replace all cards by generated ones, always the same, dated evenly over a time, none of them handed out.

        :param cards: English ones; 200 by default.
        :param italian: Italian ones besides; a quarter as many by default.
        :param since_s: begin of that time, seconds since 1970; a week before its end by default.
        :param until_s: end of that time, itself not part of it; the virtual now by default.
        :param equal_timestamps: so many cards at a time have the same date; 3 by default.
        """
        wanted = {
            "cards": cards,
            "italian": italian,
            "since_s": since_s,
            "until_s": until_s,
            "equal_timestamps": equal_timestamps,
        }
        self._call("POST", "/circleme/populate", given(wanted))

    def circleme_cards(self, lang: Language | None = "english") -> list[JsonObject]:
        """
        List all cards as the service writes them, newest first.

        :param lang: in this language; ``None`` is both.
        """
        return self._items("/circleme/cards", lang=lang)

    def circleme_add(self, count: int = 1, *, lang: Language = "english", date_s: float | None = None) -> list[str]:
        """
        Add cards that all have the same date.

        :param date_s: seconds since 1970; the virtual now by default. In the past, it makes cards that come late.
        :return: their ids.
        """
        wanted = given({"count": count, "lang": lang, "date_s": date_s})
        added: list[str] = self._call("POST", "/circleme/add", wanted)["ids"]
        return added

    def circleme_limit(self, requests_per_minute: int | None) -> None:
        """Answer requests above this rate (per virtual minute; 30 at first) with 429; ``None`` lifts the limit."""
        self._call("POST", "/circleme/limits", {"requests_per_minute": requests_per_minute})

    def circleme_daily_limit(self, new_cards: int | None, *, strict: bool = False) -> None:
        """
        Hand out only so many new cards within any virtual 24 hours, 100 at first; ``None`` lifts the limit.

        :param strict: cards read without ``new_cards`` are handed out and count, too; above the limit only cards handed
            out before can be read.
        """
        self._call("POST", "/circleme/daily_limit", {"new_cards": new_cards, "strict": strict})

    def circleme_handed_out(self) -> list[str]:
        """List the ids of the cards that were handed out as new, in that order; also if the reply got lost."""
        handed_out: list[str] = self._call("GET", "/circleme/handed_out")["ids"]
        return handed_out
