"""
A rate limit as a service keeps it, on virtual time.

Knows how many requests fit in a minute and the headers that tell the client. The refusal's body is the vendor's.
"""

from __future__ import annotations

import math
from collections import deque

__all__ = ["RateLimit"]

_WINDOW_S = 60.0


class RateLimit:
    """At most so many requests within any minute; ``None`` is no limit."""

    def __init__(self) -> None:
        self._admitted_at: deque[float] = deque()
        self._per_minute: int | None = None

    @property
    def requests_per_minute(self) -> int | None:
        """The limit in force."""
        return self._per_minute

    def set(self, requests_per_minute: int | None) -> None:
        """Change the limit and start counting anew."""
        self._per_minute = requests_per_minute
        self._admitted_at.clear()

    def admit(self, now_s: float) -> tuple[bool, dict[str, str]]:
        """
        Decide about one request.

        :return: whether it may pass, and the headers for its reply.
        """
        if self._per_minute is None:
            return True, {}
        while self._admitted_at and self._admitted_at[0] <= now_s - _WINDOW_S:
            self._admitted_at.popleft()
        admitted = len(self._admitted_at) < self._per_minute
        if admitted:
            self._admitted_at.append(now_s)
        oldest_s = self._admitted_at[0] if self._admitted_at else now_s
        reset_s = str(max(1, math.ceil(oldest_s + _WINDOW_S - now_s)))
        headers = {
            "RateLimit-Limit": str(self._per_minute),
            "RateLimit-Remaining": str(self._per_minute - len(self._admitted_at)),
            "RateLimit-Reset": reset_s,
        }
        if not admitted:
            headers["Retry-After"] = reset_s
        return admitted, headers
