"""
Rows as numbers: which there are, when each was created and updated, what was written to it.

Knows how to find the rows of a query without looking at all of them for every page. What a row looks like is left to
the replies, for most of it follows from its number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

__all__ = ["ORDERS", "Query", "Table"]

ORDERS = ("id", "updated_at", "updated_at_desc")

_REMEMBERED_QUERIES = 16

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """
    Which rows are wanted, in which order; all bounds belong to the range.

    :param among: a further condition, by a name under which its result may be remembered.
    """

    updated_min_s: float = -inf
    updated_max_s: float = inf
    created_min_s: float = -inf
    created_max_s: float = inf
    order: str = "id"
    among: str = ""


class Table:
    """
    The rows of one kind, or of one kind below one parent.

    :param numbers: the rows there are at first, ascending.
    :param times: when each was created and last updated, whole seconds since 1970.
    """

    def __init__(self, numbers: Iterable[int] = (), times: Iterable[int] = ()) -> None:
        self._numbers = list(numbers)
        self._created = dict(zip(self._numbers, times, strict=True))
        self._updated = dict(self._created)
        self._by_update = sorted(self._numbers, key=self._updated.__getitem__)
        self._values: dict[int, Values] = {}
        self._found: dict[Query, Sequence[int]] = {}

    def __contains__(self, number: object) -> bool:
        return number in self._created

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def numbers(self) -> Sequence[int]:
        """All rows, ascending."""
        return self._numbers

    def created_s(self, number: int) -> int:
        """When a row was created."""
        return self._created[number]

    def updated_s(self, number: int) -> int:
        """When a row was last updated."""
        return self._updated[number]

    def values(self, number: int) -> Values:
        """What was written to a row; the rest of it follows from its number."""
        return self._values.get(number, {})

    def add(self, number: int, now_s: int, values: Values | None = None) -> None:
        """Add a row that is not there yet."""
        insort(self._numbers, number)
        self._created[number] = self._updated[number] = now_s
        insort(self._by_update, number, key=self._update_key)
        if values:
            self._values[number] = values
        self._found.clear()

    def edit(self, number: int, now_s: int, values: Values | None = None) -> None:
        """Write to a row, or only move the time of its update."""
        self._drop_from_updates(number)
        self._updated[number] = now_s
        insort(self._by_update, number, key=self._update_key)
        if values:
            self._values[number] = {**self.values(number), **values}
        self._found.clear()

    def remove(self, number: int) -> None:
        """Forget a row."""
        self._drop_from_updates(number)
        del self._numbers[bisect_left(self._numbers, number)]
        del self._created[number], self._updated[number]
        self._values.pop(number, None)
        self._found.clear()

    def select(self, query: Query, keep: Callable[[int], bool] | None = None) -> Sequence[int]:
        """
        Find the rows of a query; asked again before anything changes, it costs nothing.

        :param keep: the condition that ``query.among`` names.
        """
        found = self._found.get(query)
        if found is None:
            if len(self._found) >= _REMEMBERED_QUERIES:
                self._found.clear()
            found = self._found[query] = self._search(query, keep)
        return found

    def _search(self, query: Query, keep: Callable[[int], bool] | None) -> Sequence[int]:
        rows: list[int]
        if query.updated_min_s == -inf and query.updated_max_s == inf:
            rows = self._numbers if query.order == "id" else self._by_update
        else:
            begin = bisect_left(self._by_update, query.updated_min_s, key=self._updated.__getitem__)
            end = bisect_right(self._by_update, query.updated_max_s, key=self._updated.__getitem__)
            rows = self._by_update[begin:end]
            if query.order == "id":
                rows.sort()
        if query.created_min_s != -inf or query.created_max_s != inf:
            rows = [row for row in rows if query.created_min_s <= self._created[row] <= query.created_max_s]
        if keep is not None:
            rows = [row for row in rows if keep(row)]
        return rows[::-1] if query.order == "updated_at_desc" else rows

    def _update_key(self, number: int) -> tuple[int, int]:
        return self._updated[number], number

    def _drop_from_updates(self, number: int) -> None:
        del self._by_update[bisect_left(self._by_update, self._update_key(number), key=self._update_key)]
