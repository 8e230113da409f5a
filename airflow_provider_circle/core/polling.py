"""
When to look next at something that takes its time.

The interval grows with the time already waited, so the end is noticed within a fixed share of the whole duration at
logarithmic cost. Knows neither what is looked at nor a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["PollSchedule"]

_SPREAD = 0.1
"""Share by which intervals vary, so that waits that began together do not stay together."""


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """
    Interval = ``poll_backoff`` times time waited, kept between two bounds.

    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far; 0 keeps the interval fixed.
    """

    poll_interval_s: float = 10.0
    max_poll_interval_s: float = 60.0
    poll_backoff: float = 0.1

    def __post_init__(self) -> None:
        """Refuse settings that make no sense, by name."""
        for name, least in (
            ("poll_interval_s", "above 0"),
            ("max_poll_interval_s", "above 0"),
            ("poll_backoff", "0 or more"),
        ):
            value = getattr(self, name)
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 <= value < math.inf
                or (least == "above 0" and value == 0)
            ):
                raise ValueError(f"{name} must be a number, {least}, got {value!r}")
        if self.max_poll_interval_s < self.poll_interval_s:
            raise ValueError(
                f"max_poll_interval_s must be at least poll_interval_s ({self.poll_interval_s}), "
                f"got {self.max_poll_interval_s!r}"
            )

    def next_wait_s(self, waited_s: float, jitter: float) -> float:
        """
        Seconds until the next look.

        :param waited_s: seconds since the wait began.
        :param jitter: chance, from 0 to 1.
        """
        interval_s = min(max(self.poll_backoff * waited_s, self.poll_interval_s), self.max_poll_interval_s)
        return interval_s * (1 - _SPREAD + 2 * _SPREAD * jitter)
