"""A span of time that a pull covers, and how it is read out of what people and services write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Window", "moment_of", "seconds_of"]


@dataclass(frozen=True, slots=True)
class Window:
    """
    The moments from ``min`` on and before ``max``.

    :param min: aware; ``None`` for no beginning.
    :param max: aware; ``None`` for no end.
    :raises ValueError: it ends before it begins, or UTC has no year for one of its ends.
    """

    min: datetime | None = None
    max: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a window that no moment is in."""
        for name in ("min", "max"):
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"the window's {name} must name its time zone, got {value.isoformat()}")
            if value is not None:
                # Arithmetic and comparisons within a zone go by its clocks on the wall, which are put forward and back.
                object.__setattr__(self, name, _in_utc(f"the window's {name}", value))
        if self.min is not None and self.max is not None and self.max <= self.min:
            raise ValueError(
                f"the window must end after it begins, got min {self.min.isoformat()} and max {self.max.isoformat()}"
            )

    def holds(self, moment_s: float) -> bool:
        """Tell whether a moment, in seconds since the epoch, is in the window."""
        return (self.min is None or self.min.timestamp() <= moment_s) and (
            self.max is None or moment_s < self.max.timestamp()
        )

    def as_json(self) -> dict[str, str | None]:
        """Write both ends as ISO 8601 in UTC."""
        return {
            name: None if moment is None else moment.isoformat().replace("+00:00", "Z")
            for name, moment in (("min", self.min), ("max", self.max))
        }


def moment_of(name: str, value: Any) -> datetime:
    """
    Read a moment that a person gave.

    :param name: the argument's, for the message.
    :param value: an aware ``datetime`` or ISO 8601 text with a time zone; a date means its beginning in UTC.
    :raises ValueError: neither of them, or UTC has no such year.
    """
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
        else:
            if len(value.strip()) <= len("2020-09-28"):
                moment = moment.replace(tzinfo=UTC)
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"{name} must be a time with its zone, such as 2020-09-28T14:30:00Z, got {value!r}")
    _in_utc(name, moment)
    return moment


def seconds_of(value: Any) -> float | None:
    """
    Read a moment that a service wrote.

    :param value: ISO 8601; without a zone it is UTC. Also ``2026-01-22 14:54:18 UTC``.
    :return: seconds since the epoch; ``None`` for anything else.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.removesuffix(" UTC"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_utc(name: str, moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} must lie within the years 1 to 9999 of UTC, got {moment.isoformat()}") from None
