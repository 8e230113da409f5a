"""
What a request for the feed asks.

Knows the parameters, their limits, and how a refusal is written. Unverified: every refusal, for the documents describe
none.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from airflow_provider_circle.sandbox.circleme.cards import ASSIGNED, LANGUAGES
from airflow_provider_circle.sandbox.circleme.state import FeedQuery

__all__ = ["Refused", "read_query"]

_DEFAULT_LIMIT = 20
_MAX_LIMIT = 50

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Refused(Exception):
    """
    The service declines a request.

    :param status: HTTP status of the reply.
    :param message: the reply's only content.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def read_query(parameters: QueryParams) -> FeedQuery:
    """
    Read the parameters of the feed.

    :raises Refused: 400, a value out of the allowed ones; 403, an interest that is not the account's.
    """
    lang = parameters.get("lang", LANGUAGES[0])
    if lang not in LANGUAGES:
        raise Refused(400, f"lang must be one of {', '.join(LANGUAGES)}")
    new = _FLAGS.get(parameters.get("new_cards", "false").lower())
    if new is None:
        raise Refused(400, "new_cards must be true or false")
    return FeedQuery(
        lang,
        _item_ids(parameters.get("item_ids")),
        _limit(parameters.get("limit")),
        new,
        _before_ms(parameters.get("before_date")),
    )


def _item_ids(text: str | None) -> frozenset[int]:
    if text is None:
        return frozenset(ASSIGNED)
    known = {str(item_id): item_id for item_id in ASSIGNED}
    wanted = text.split(",")
    if any(item_id not in known for item_id in wanted):
        raise Refused(403, "item_ids names an interest that is not assigned to this account")
    return frozenset(known[item_id] for item_id in wanted)


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MAX_LIMIT:
        raise Refused(400, f"limit must be an integer from 1 to {_MAX_LIMIT}")
    return int(text)


def _before_ms(text: str | None) -> float:
    """Read the moment in whole seconds: the rest is dropped, so later cards of that second stay out of reach."""
    if text is None:
        return math.inf
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "before_date must be a time in ISO 8601") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return math.floor(moment.timestamp()) * 1000
