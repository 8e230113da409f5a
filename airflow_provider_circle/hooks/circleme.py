"""
CircleMe's content feed as an Airflow hook.

How cards are walked back and taken is written in ``vendors/circleme``; here are the calls by name, and what Airflow
asks of a hook: names and the connection's test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, Unpack

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.stream import Stream
from airflow_provider_circle.core.walk import Caller, Walk, call, exchange
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.hooks.base import CircleHook, Patience, operation, stream
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.hooks.trial import try_connection
from airflow_provider_circle.vendors.circleme import cards, endpoints
from airflow_provider_circle.vendors.circleme.news import look_for_newer_cards
from airflow_provider_circle.vendors.circleme.service import DEFAULT_TIMEOUT_S, REQUESTS_PER_MINUTE, circleme
from airflow_provider_circle.vendors.circleme.streams import STREAMS

__all__ = ["CircleMeHook"]


class CircleMeHook(CircleHook):
    """
    Reads CircleMe's content feed: interests, and the cards about them.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircleMeHook()
        hook.list_interest_ids()
        for card in hook.list_cards(since="2026-03-01T00:00:00Z"): ...
        await hook.get_interest.aio("350481")

    Requests are spread over time, 30 a minute unless the connection says otherwise; the limit is the token's.

    :param circleme_conn_id: connection of type *CircleMe*; its host is the address the contract names.
    :param patience: ``request_attempts``, ``request_max_wait_s`` and ``sleep``; see ``CircleHook``.

    Source: CircleMe's feed API documentation
    """

    conn_name_attr = "circleme_conn_id"
    default_conn_name = "circleme_default"
    conn_type = "circleme"
    hook_name = "CircleMe"
    default_host = None
    default_timeout_s = DEFAULT_TIMEOUT_S
    default_requests_per_minute: ClassVar[float | None] = REQUESTS_PER_MINUTE
    streams: ClassVar[Mapping[str, Stream]] = STREAMS

    def __init__(self, circleme_conn_id: str = default_conn_name, **patience: Unpack[Patience]) -> None:
        super().__init__(circleme_conn_id, **patience)

    def service(self, settings: ConnectionSettings) -> Service:
        """Describe CircleMe's feed as this connection reaches it."""
        return circleme(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection, for the button in Airflow's form.

        :return: whether it works, and how many interests the token sees, or why not.
        """
        return try_connection(self, lambda once: exchange(once, endpoints.LIST_INTEREST_IDS, _ids), _told)

    @operation
    def list_interest_ids(self, caller: Caller) -> Walk[list[str]]:
        """
        List the ids of the interests that are assigned to the account.

        Source: CircleMe's feed API documentation (GET /feed/items)
        """
        return exchange(caller, endpoints.LIST_INTEREST_IDS, _ids)

    @operation
    def get_interest(self, caller: Caller, item_id: str | int) -> Walk[JsonObject]:
        """
        Read an interest.

        :param item_id: one of the ids of :meth:`list_interest_ids`.
        :return: ``{"item_id": int, "name", "description", "thumbnail"}``.
        :raises NotFound: no such interest, or it is not assigned to the account.

        Source: CircleMe's feed API documentation (GET /items/{id})
        """
        return call(caller, endpoints.GET_INTEREST, path={"item_id": item_id})

    @stream
    def list_cards(
        self,
        caller: Caller,
        *,
        since: datetime | str | None = None,
        before: datetime | str | None = None,
        lang: Literal["english", "italian"] | None = None,
        item_ids: Sequence[str | int] | None = None,
    ) -> Walk[None]:
        """
        List cards, newest first, each once; walks back in time, 50 per request.

        The same call again gives the same cards. Unverified: whether cards that were in no reply before count against
        the daily limit of new cards here, too; then those above it are missing.

        :param since: the oldest date wanted, inclusive; where left out, all cards there ever were.
        :param before: only cards older than this.
        :param lang: language of the cards; ``english`` where left out.
        :param item_ids: only about these interests; all of the account's where left out, an empty list is a mistake.
        :return: ``{"id", "title", "body", "source", "link_url", "item_id": int, "date", "thumbnail"}``; the thumbnail
            may be missing.
        :raises ValueError: a time without its zone, or another argument of the wrong kind.

        Source: CircleMe's feed API documentation (Custom query parameters)
        """
        return cards.list_cards(
            caller,
            since=None if since is None else moment_of("since", since),
            before=None if before is None else moment_of("before", before),
            filters=_filters(lang, item_ids),
        )

    @operation
    def take_new_cards(
        self,
        caller: Caller,
        *,
        lang: Literal["english", "italian"] | None = None,
        item_ids: Sequence[str | int] | None = None,
    ) -> Walk[list[JsonObject]]:
        """
        Take cards that no earlier reply held, at most 50.

        **This uses them up**: CircleMe counts them against the daily limit of new cards and never calls them new again,
        whatever becomes of the reply. So it is sent once and not repeated when the reply is lost (but for a refusal
        with 429), and what it returns should be stored before anything else is done. Cards that were lost this way are
        still found by :meth:`list_cards`.

        :param lang: language of the cards; ``english`` where left out.
        :param item_ids: only about these interests; all of the account's where left out, an empty list is a mistake.
        :return: cards as :meth:`list_cards` gives them. An empty list means that there are no new cards, or that the
            daily limit is met: CircleMe does not say which.
        :raises ValueError: an argument of the wrong kind; nothing was sent.
        :raises CircleError: the reply was lost, as ``Unreachable``, ``ServiceDown`` or
            ``UnexpectedReply``: cards may have been used up.

        Source: CircleMe's feed API documentation (Rate Limits & Daily Content Limit)
        """
        taken = yield from cards.take_new_cards(caller, _filters(lang, item_ids))
        if not taken:
            self.log.info("CircleMe gave no new cards: there are none, or the daily limit of new cards is met")
        return taken

    @operation
    def wait_for_newer_cards(
        self,
        caller: Caller,
        since: datetime,
        schedule: PollSchedule,
        *,
        filters: Mapping[str, Any],
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[Sight[JsonObject]]:
        """
        Wait until there is a card newer than a moment; looking uses up no new card.

        :param since: aware.
        :param schedule: when to look next.
        :param filters: ``lang``, ``item_ids``.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: with ``{"id", "date", "title"}`` of the newest card once there is one.

        Source: CircleMe's feed API documentation (Custom query parameters)
        """

        def look(caller: Caller) -> Walk[Sight[JsonObject]]:
            return look_for_newer_cards(caller, since, filters)

        return wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)


def _filters(lang: str | None, item_ids: Sequence[str | int] | None) -> dict[str, Any]:
    return {name: value for name, value in (("lang", lang), ("item_ids", item_ids)) if value is not None}


def _ids(reply: Any, _: object) -> list[str]:
    return endpoints.interest_ids(reply)


def _told(ids: list[str]) -> str:
    return f"Connected to CircleMe: {len(ids)} interest{'' if len(ids) == 1 else 's'}"
