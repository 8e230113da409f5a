"""
When a request is worth repeating, and after how long: a decision, made from values.

Whoever carries it out waits; whoever asks passes the time and the chance in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from airflow_provider_circle.core.message import Outcome, Response
from airflow_provider_circle.exceptions import UnexpectedReply, Unreachable

__all__ = ["RetryPolicy", "date_s", "retry_after_s"]

_MOST_DOUBLINGS = 30
"""More than any wait needs, and within a float's range."""


def date_s(value: str | None) -> float | None:
    """
    Read an HTTP date.

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


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """
    How often and how patiently one request is repeated.

    :param attempts: how often it is sent at most, the first time included.
    :param wait_s: seconds before the second attempt; doubled before each further one.
    :param max_wait_s: seconds such a wait may grow to.
    :param max_retry_after_s: seconds a server's ``Retry-After`` is honoured for at most.
    """

    attempts: int = 5
    wait_s: float = 1.0
    max_wait_s: float = 30.0
    max_retry_after_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse settings that make no sense, by name."""
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ValueError(f"attempts must be a whole number of at least 1, got {self.attempts!r}")
        for name in ("wait_s", "max_wait_s", "max_retry_after_s"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise ValueError(f"{name} must be a number of seconds, 0 or more, got {value!r}")

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
            return min(asked_s, self.max_retry_after_s) + jitter * self.wait_s
        if limited_wait_s is not None and isinstance(outcome, Response) and outcome.status == 429:
            return limited_wait_s + jitter * self.wait_s
        # Half of the wait is fixed, half is chance: late enough to help, spread enough not to return as a crowd.
        ceiling_s: float = min(self.max_wait_s, self.wait_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))
        return ceiling_s * (0.5 + 0.5 * jitter)


def _may_repeat(outcome: Outcome | UnexpectedReply, *, idempotent: bool) -> bool:
    match outcome:
        case Response(status=429) | Unreachable(sent=False):
            return True
        case Response(status=status):
            return idempotent and (status == 408 or status >= 500)
        case _:
            return idempotent
