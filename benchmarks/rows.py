"""
What every side is asked to pull: which list, how it continues, where its rows are.

Knows the two lists as their vendors document them. Runs in every peer's environment: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["BEGIN", "END", "LISTS", "List"]

BEGIN = "2026-06-01T00:00:00+00:00"
END = "2026-06-02T00:00:00+00:00"
"""The window that is pulled; every contact changed in it."""


@dataclass(frozen=True, slots=True)
class List:
    """
    One list.

    :param path: without the host.
    :param query: parameters of every page beside its number, ``page``.
    :param records: attribute of a page that holds the rows.
    :param more: whether there is a page after this one.
    """

    path: str
    query: Mapping[str, str]
    records: str
    more: Callable[[Mapping[str, Any]], bool]


LISTS: Mapping[str, List] = {
    "contacts": List(
        "/api/v1/contacts",
        {"updated_at[min]": "2026-06-01T00:00:00Z", "updated_at[max]": "2026-06-02T00:00:00Z"},
        "data",
        lambda page: page["pagination"]["current_page"] < page["pagination"]["total_pages"],
    ),
    "members": List(
        "/api/admin/v2/community_members",
        {"per_page": "100", "status": "all"},
        "records",
        lambda page: bool(page["has_next_page"]),
    ),
}
"""By the name that the tables show."""
