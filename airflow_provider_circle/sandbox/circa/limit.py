"""
The rate limit of Circa, which documents none.

Knows what a refusal tells: nothing, unless asked to. The counting is shared with the other services.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.limits import RateLimit

__all__ = ["Limit"]


class Limit:
    """
    A rate limit that clients are told nothing about.

    :ivar retry_after: the header of refusals, if there is to be one.
    """

    def __init__(self) -> None:
        self._rate = RateLimit()
        self.retry_after: str | None = None

    def set(self, requests_per_minute: int | None, retry_after: str | None = None) -> None:
        """Change the limit and start counting anew."""
        self._rate.set(requests_per_minute)
        self.retry_after = retry_after

    def admit(self, now_s: float) -> bool:
        """Decide about one request."""
        return self._rate.admit(now_s)[0]
