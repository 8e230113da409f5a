"""
How patiently to look and to ask: the numbers that hold where nobody says, and which make sense.

A DAG file says them by name and has them checked each time it is read, so this costs nothing to import. What is done
with them is written in ``polling.py`` and ``retry.py``.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = [
    "ATTEMPTS",
    "MAX_POLL_INTERVAL_S",
    "MAX_WAIT_S",
    "POLL_BACKOFF",
    "POLL_INTERVAL_S",
    "check_polling",
    "check_repeating",
]

POLL_INTERVAL_S = 4.6
"""Seconds between two looks, at least. This and the next two are the outcome of ``benchmarks/schedules.py``."""

MAX_POLL_INTERVAL_S = 60.0
"""Seconds between two looks, at most."""

POLL_BACKOFF = 0.055
"""Share of the time waited so far by which the interval grows."""

ATTEMPTS = 5
"""How often one request is sent at most, the first time included."""

MAX_WAIT_S = 30.0
"""Seconds the wait between two attempts may grow to."""


def check_polling(poll_interval_s: Any, max_poll_interval_s: Any, poll_backoff: Any) -> None:
    """
    Check how often to look.

    :raises ValueError: one of them makes no sense; names it.
    """
    for name, value, least in (
        ("poll_interval_s", poll_interval_s, "above 0"),
        ("max_poll_interval_s", max_poll_interval_s, "above 0"),
        ("poll_backoff", poll_backoff, "0 or more"),
    ):
        if not _is_amount(value) or (least == "above 0" and value == 0):
            raise ValueError(f"{name} must be a number, {least}, got {value!r}")
    if max_poll_interval_s < poll_interval_s:
        raise ValueError(
            f"max_poll_interval_s must be at least poll_interval_s ({poll_interval_s}), got {max_poll_interval_s!r}"
        )


def check_repeating(attempts: Any, **waits_s: Any) -> None:
    """
    Check how often, and how patiently, one request is repeated.

    :param waits_s: seconds, by the names they have in messages.
    :raises ValueError: one of them makes no sense; names it.
    """
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise ValueError(f"attempts must be a whole number of at least 1, got {attempts!r}")
    for name, value in waits_s.items():
        if not _is_amount(value):
            raise ValueError(f"{name} must be a number of seconds, 0 or more, got {value!r}")


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
