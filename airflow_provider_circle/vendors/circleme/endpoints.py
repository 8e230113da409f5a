"""
CircleMe's content feed, one line of data per operation.

Cards come newest first and are walked back by date. Asking for *new* cards is an operation of its own, for the service
remembers what it handed out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.paging import DatedPages, Page
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleme.service import SOURCE

__all__ = ["CARDS_PER_PAGE", "GET_INTEREST", "LIST_CARDS", "LIST_INTEREST_IDS", "TAKE_NEW_CARDS", "interest_ids"]

CARDS_PER_PAGE = 50
"""The most the service gives; its own default is 20."""


def interest_ids(reply: Any) -> list[str]:
    """
    Read the list of an account's interests.

    :raises UnexpectedReply: anything but a list of ids.
    """
    if not isinstance(reply, list) or any(isinstance(row, bool) or not isinstance(row, str | int) for row in reply):
        raise UnexpectedReply("the reply is not a list of interest ids")
    return [str(interest_id) for interest_id in reply]


@dataclass(frozen=True, slots=True)
class _Ids:
    """
    A list of bare ids, all at once, made records.

    :param attribute: of a record, takes the id.
    """

    attribute: str

    def read(self, reply: Any, asked: Mapping[str, Any]) -> Page:
        """
        Make each id a record.

        :raises UnexpectedReply: anything but a list of ids.
        """
        rows: list[JsonObject] = [{self.attribute: interest_id} for interest_id in interest_ids(reply)]
        return Page(rows, None, count=len(rows))


_FEED = "/feed"
"""Unverified: the path of the cards; those of the interests, ``/feed/items`` and ``/items/{id}``, are documented."""

LIST_INTEREST_IDS = Endpoint("GET", "/feed/items", SOURCE, pages=_Ids("item_id"))
GET_INTEREST = Endpoint("GET", "/items/{item_id}", SOURCE)
LIST_CARDS = Endpoint("GET", _FEED, SOURCE, pages=DatedPages(date="date", parameter="before_date", limit="limit"))
# Cards that were handed out are new no longer: with the reply, a second request would lose them.
TAKE_NEW_CARDS = Endpoint("GET", _FEED, SOURCE, repeatable=False)
