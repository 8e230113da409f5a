"""
Virtual time: everything that happens in the sandbox happens on this clock.

Knows how virtual seconds follow from real ones. What moves with time is left to the vendors' folders.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["VirtualClock", "timestamp"]

_LAST_S = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


class VirtualClock:
    """
    A clock that starts at the real time of day, may run faster or slower, and can be moved forward.

    :param speed: virtual seconds per real second; 0 stops the clock.
    :param wall: gives the real seconds since 1970 at which virtual time starts.
    :param monotonic: gives real seconds that only ever grow.
    """

    def __init__(
        self,
        speed: float = 1.0,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._initial_speed = speed
        self._wall = wall
        self._monotonic = monotonic
        self.reset()

    def reset(self) -> None:
        """Start again at the real time of day, with the speed the clock was made with."""
        self._virtual_base_s = self._wall()
        self._real_base_s = self._monotonic()
        self._speed = self._initial_speed

    @property
    def speed(self) -> float:
        """Virtual seconds per real second."""
        return self._speed

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._virtual_base_s + (self._monotonic() - self._real_base_s) * self._speed

    def set_speed(self, speed: float) -> None:
        """
        Run at another speed from now on; the present moment stays what it is.

        :raises ValueError: a negative speed; virtual time never runs backwards.
        """
        if speed < 0:
            raise ValueError(f"speed must be 0 or more, got {speed}")
        self._rebase(self.now())
        self._speed = speed

    def advance(self, seconds: float) -> None:
        """
        Jump forward.

        :raises ValueError: negative seconds, for virtual time never runs backwards; or more than the calendar has.
        """
        if seconds < 0:
            raise ValueError(f"advance_s must be 0 or more, got {seconds}")
        if seconds > _LAST_S - self.now():
            raise ValueError("advance_s leads beyond the year 9999")
        self._rebase(self.now() + seconds)

    def _rebase(self, virtual_s: float) -> None:
        self._virtual_base_s = virtual_s
        self._real_base_s = self._monotonic()


def timestamp(seconds: float) -> str:
    """Write seconds since 1970 the way the vendors do: UTC, milliseconds, ``Z``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
