"""A rate limit in front of another service, as strict as one can be: it holds in every window of time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from benchmarks.standin.protocol import Reply, Service

__all__ = ["Limited"]


class Limited:
    """
    Refuses what exceeds a limit with 429, and says when it would not.

    A refused request does not count towards the limit.

    :param service: answers the others.
    :param clock: seconds.
    :param most: requests in any window of time; ``None`` for no limit.
    :param window_s: its length.
    """

    def __init__(self, service: Service, clock: Callable[[], float], most: int | None, window_s: float = 60.0) -> None:
        self._service = service
        self._clock = clock
        self._most = most
        self._window_s = window_s
        self._next_retry_after_s = 0
        self._passed: deque[float] = deque()
        self.arrived: list[float] = []
        """When requests came, refused ones included."""
        self.refused: list[float] = []
        """When requests were refused."""

    def refuse_next(self, retry_after_s: int) -> None:
        """Refuse the next request, whatever the limit."""
        self._next_retry_after_s = retry_after_s

    def answer(self, method: bytes, target: bytes) -> Reply | None:
        """Answer or refuse; see ``protocol.Service``."""
        now_s = self._clock()
        self.arrived.append(now_s)
        if self._next_retry_after_s:
            retry_after_s, self._next_retry_after_s = self._next_retry_after_s, 0
            return self._refusal(now_s, retry_after_s)
        while self._passed and self._passed[0] <= now_s - self._window_s:
            self._passed.popleft()
        if self._most is not None and len(self._passed) >= self._most:
            return self._refusal(now_s, math.ceil(self._passed[0] + self._window_s - now_s))
        self._passed.append(now_s)
        return self._service.answer(method, target)

    def _refusal(self, now_s: float, retry_after_s: int) -> Reply:
        self.refused.append(now_s)
        return Reply(b'{"message":"Too many requests"}', 429, (("Retry-After", str(retry_after_s)),))
