"""
How often the service may be asked.

Knows the two limits and counts on virtual time. How their refusals are written is the service's business.
"""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import UTC, datetime

__all__ = ["DEFAULT_PER_S", "DEFAULT_REQUESTS", "AddressLimit", "MonthlyQuota"]

DEFAULT_REQUESTS = 2_000
DEFAULT_PER_S = 300.0


class AddressLimit:
    """At most so many requests from one address within any period; what is refused does not count."""

    def __init__(self) -> None:
        self.set(DEFAULT_REQUESTS, DEFAULT_PER_S)

    def set(self, requests: int | None, per_s: float) -> None:
        """Change the limit, ``None`` lifts it, and start counting anew."""
        self.requests = requests
        self.per_s = per_s
        self._admitted_at: defaultdict[str, deque[float]] = defaultdict(deque)

    def admits(self, address: str, now_s: float) -> bool:
        """Decide about one request."""
        if self.requests is None:
            return True
        admitted_at = self._admitted_at[address]
        while admitted_at and admitted_at[0] <= now_s - self.per_s:
            admitted_at.popleft()
        if len(admitted_at) >= self.requests:
            return False
        admitted_at.append(now_s)
        return True


class MonthlyQuota:
    """At most so many requests in a calendar month, refused ones included; ``None`` is no limit."""

    def __init__(self) -> None:
        self.set(None)

    def set(self, requests: int | None) -> None:
        """Change the quota and start counting anew."""
        self.requests = requests
        self._month = ""
        self._spent = 0

    def admits(self, now_s: float) -> bool:
        """Decide about one request, and count it."""
        month = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m")
        if month != self._month:
            self._month, self._spent = month, 0
        self._spent += 1
        return self.requests is None or self._spent <= self.requests
