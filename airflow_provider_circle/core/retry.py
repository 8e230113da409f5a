"""
When a request is worth repeating, and after how long: a decision, made from values.

Whoever carries it out waits; whoever asks passes the time and the chance in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

from airflow_provider_circle.core.message import Outcome, Response
from airflow_provider_circle.core.patience import ATTEMPTS, MAX_WAIT_S, check_repeating
from airflow_provider_circle.exceptions import UnexpectedReply, Unreachable

__all__ = ["RetryPolicy", "date_s", "retry_after_s", "used_up_s"]

_MOST_DOUBLINGS = 30
"""More than any wait needs, and within a float's range."""

_SPREAD = 0.05
"""Share by which a wait that the service demanded is prolonged, at most."""

_BROKEN_WAIT = 0.05
"""Share of the first wait that is waited when the connection broke: servers close idle ones any time."""

_LONGEST_WINDOW_S = 86_400.0
"""A reset that is further away is a point in time, not seconds to wait."""

_UNDER_WAY = 16
"""Requests that may be under way when a reply says how many more will be accepted."""


@lru_cache(maxsize=64)
def date_s(value: str | None) -> float | None:
    """
    Read an HTTP date. Many replies have the same, for a second.

    :return: seconds since the epoch; ``None`` for anything that is no date.
    """
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError):
        return None
    if moment is None:
        return None
    # HTTP dates are in UTC; one that names no zone is not in ours.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def retry_after_s(response: Response, now_s: float) -> float | None:
    """
    Read ``Retry-After``, given as seconds or as a date.

    A date is held against the reply's own ``Date``, so that a wrong clock on our side does not matter.

    :param now_s: seconds since the epoch, for replies without a ``Date``.
    :return: seconds to wait, never negative; ``None`` where the header is missing or unreadable.
    """
    value = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        due_s = date_s(value)
        if due_s is None:
            return None
        sent_s = date_s(response.headers.get("date"))
        seconds = due_s - (now_s if sent_s is None else sent_s)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def used_up_s(response: Response) -> float | None:
    """
    Read ``RateLimit-Remaining`` and ``RateLimit-Reset``, as far as they tell to be silent.

    :return: seconds until more will be accepted, where no more are left than may be under way already (16, but no more
        than a tenth of ``RateLimit-Limit``); ``None`` where there are more, or where the headers are missing or
        unreadable.

    Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06 (the reset is in seconds from
    now). Unverified: that CircleCI means the same by these names.
    """
    headers = response.headers
    try:
        left, reset_s = float(headers["ratelimit-remaining"]), float(headers["ratelimit-reset"])
        limit = float(headers["ratelimit-limit"].partition(",")[0].partition(";")[0])
    except (KeyError, ValueError):
        return None
    if not 0 <= left <= min(_UNDER_WAY, limit / 10) or not 0 < reset_s <= _LONGEST_WINDOW_S:
        return None
    return reset_s


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """
    How often and how patiently one request is repeated.

    :param attempts: how often it is sent at most, the first time included.
    :param wait_s: seconds before the second attempt; doubled before each further one.
    :param max_wait_s: seconds such a wait may grow to.
    :param max_retry_after_s: seconds a server's ``Retry-After`` is honoured for at most.
    """

    attempts: int = ATTEMPTS
    wait_s: float = 1.0
    max_wait_s: float = MAX_WAIT_S
    max_retry_after_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse settings that make no sense, by name."""
        check_repeating(
            self.attempts, wait_s=self.wait_s, max_wait_s=self.max_wait_s, max_retry_after_s=self.max_retry_after_s
        )

    def next_wait_s(
        self,
        attempt: int,
        outcome: Outcome | UnexpectedReply,
        *,
        idempotent: bool,
        now_s: float,
        jitter: float,
        limited_wait_s: float | None = None,
    ) -> float | None:
        """
        Decide on another attempt.

        Only two outcomes prove that nothing was done: the request was never sent, or it was refused with 429. Anything
        else is repeated only when a second request does no harm.

        :param attempt: how many were made, counted from 1.
        :param idempotent: whether a request that may have been processed can be sent again.
        :param jitter: chance, from 0 to 1; spreads the waits of many.
        :param limited_wait_s: seconds to wait after a 429 that does not say how long; ``None`` for the usual wait.
        :return: seconds to wait before the next attempt; ``None`` to give up.
        """
        if attempt >= self.attempts or not _may_repeat(outcome, idempotent=idempotent):
            return None
        if isinstance(outcome, Response) and (asked_s := retry_after_s(outcome, now_s)) is not None:
            return self._demanded_s(asked_s, jitter)
        if limited_wait_s is not None and isinstance(outcome, Response) and outcome.status == 429:
            return self._demanded_s(limited_wait_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS), jitter)
        if isinstance(outcome, Unreachable) and outcome.sent and attempt == 1:
            return min(self.max_wait_s, self.wait_s * _BROKEN_WAIT) * (0.5 + 0.5 * jitter)
        # Half of the wait is fixed, half is chance: late enough to help, spread enough not to return as a crowd.
        ceiling_s: float = min(self.max_wait_s, self.wait_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))
        return ceiling_s * (0.5 + 0.5 * jitter)

    def _demanded_s(self, seconds: float, jitter: float) -> float:
        """Prolong a wait that the service demanded, a little, so that a crowd does not return together."""
        seconds = min(seconds, self.max_retry_after_s)
        return seconds + jitter * min(self.wait_s, seconds * _SPREAD)


def _may_repeat(outcome: Outcome | UnexpectedReply, *, idempotent: bool) -> bool:
    match outcome:
        case Response(status=429) | Unreachable(sent=False):
            return True
        case Response(status=status):
            return idempotent and (status == 408 or status >= 500)
        case _:
            return idempotent
