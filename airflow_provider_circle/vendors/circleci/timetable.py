"""
When a schedule starts pipelines, as a value that is checked when it is made.

Knows the rules of CircleCI's description; all times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.core.message import JsonObject

__all__ = ["Timetable"]

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class Timetable:
    """
    When a schedule starts pipelines, in UTC.

    :param per_hour: how many times in each of the hours, 1 to 60.
    :param hours_of_day: hours, 0 to 24.
    :param days_of_week: ``MON`` to ``SUN``; excludes ``days_of_month``.
    :param days_of_month: 1 to 31; excludes ``days_of_week``.
    :param months: ``JAN`` to ``DEC``; all of them where left out.
    :raises ValueError: something out of its range, no hour, or not one kind of days.

    Source: https://circleci.com/docs/api/v2/#operation/createSchedule
    """

    per_hour: int
    hours_of_day: Sequence[int]
    days_of_week: Sequence[str] = ()
    days_of_month: Sequence[int] = ()
    months: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check everything."""
        checked = {
            "per_hour": _numbers("per_hour", [self.per_hour], 1, 60)[0],
            "hours_of_day": _numbers("each of hours_of_day", _listed("hours_of_day", self.hours_of_day), 0, 24),
            "days_of_week": _words("days_of_week", self.days_of_week, _DAYS),
            "days_of_month": _numbers("each of days_of_month", _listed("days_of_month", self.days_of_month), 1, 31),
            "months": _words("months", self.months, _MONTHS),
        }
        if not checked["hours_of_day"]:
            raise ValueError("hours_of_day must name at least one hour, got none")
        if bool(checked["days_of_week"]) == bool(checked["days_of_month"]):
            got = "both" if checked["days_of_week"] else "neither"
            raise ValueError(f"days_of_week or days_of_month must say on which days, got {got}")
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def body(self) -> JsonObject:
        """Write it as the API takes it."""
        written: JsonObject = {"per-hour": self.per_hour, "hours-of-day": list(self.hours_of_day)}
        for name, values in (
            ("days-of-week", self.days_of_week),
            ("days-of-month", self.days_of_month),
            ("months", self.months),
        ):
            if values:
                written[name] = list(values)
        return written


def _listed(name: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a list, got {values!r:.60}")
    return list(values)


def _numbers(name: str, values: list[Any], lowest: int, highest: int) -> tuple[int, ...]:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"{name} must be a whole number from {lowest} to {highest}, got {value!r:.60}")
    return tuple(values)


def _words(name: str, values: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    for value in (words := _listed(name, values)):
        if value not in known:
            raise ValueError(f"each of {name} must be one of {', '.join(known)}, got {value!r:.60}")
    return tuple(words)
