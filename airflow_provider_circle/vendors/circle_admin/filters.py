"""What may narrow Circle's lists beyond the filters every service shares: ids of several things, and days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.stream import Filter
from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.vendors.circle_admin.arguments import is_id

__all__ = ["day", "ids", "iso_moment"]


def ids(parameter: str) -> Filter:
    """Make a filter that is one id or several; several mean any of them."""

    def read(name: str, value: Any) -> Query:
        given = list(value) if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str) else [value]
        if not given or not all(map(is_id, given)):
            raise ValueError(f"{name} must be an id, a whole number above 0, or a list of them, got {value!r}")
        return {parameter: [int(str(each).strip()) for each in given]}

    return read


def day(parameter: str) -> Filter:
    """Make a filter that is a day, sent as ``2026-10-02``; a moment stands for its day in UTC."""

    def read(name: str, value: Any) -> Query:
        if isinstance(value, date) and not isinstance(value, datetime):
            return {parameter: value.isoformat()}
        try:
            return {parameter: moment_of(name, value).astimezone(UTC).date().isoformat()}
        except ValueError:
            raise ValueError(f"{name} must be a day such as 2026-10-02, got {value!r}") from None

    return read


def iso_moment(moment: datetime) -> str:
    """Write a moment as Circle does: ``2026-10-02T14:30:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
