"""
A table of rows, found by id, by key or by group without looking at all of them.

Knows nothing of the vendor: what a row means is said by the resources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Row", "Table"]


@dataclass(slots=True)
class Row:
    """
    One thing the service remembers.

    :param number: its place among the rows ever added to the table, from 0.
    :param created_s: virtual seconds since 1970.
    :param fields: what is known of it beyond its number; the rest of its record follows from these.
    :param revision: how often it was edited from behind the service's back.
    """

    id: int
    number: int
    created_s: float
    updated_s: float
    fields: dict[str, Any]
    revision: int = 0


class Table:
    """
    Rows in the order of their ids.

    :param first_id: id of the first row.
    :param keys: tuples of fields whose values belong to one row only.
    :param groups: fields by whose value rows are found together.
    """

    def __init__(self, first_id: int = 1, keys: tuple[tuple[str, ...], ...] = (), groups: tuple[str, ...] = ()) -> None:
        self._first_id = first_id
        self._key_fields = keys
        self._group_fields = groups
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Forget all rows; the next begins anew with the first id."""
        self.version += 1
        self._rows: dict[int, Row] = {}
        self._added = 0
        self._keys: dict[tuple[str, ...], dict[tuple[Any, ...], Row]] = {fields: {} for fields in self._key_fields}
        self._groups: dict[str, defaultdict[Any, dict[int, Row]]] = {
            field: defaultdict(dict) for field in self._group_fields
        }

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    @property
    def ids(self) -> list[int]:
        """The ids of all rows, lowest first."""
        return list(self._rows)

    @property
    def next_number(self) -> int:
        """The number the next row will have."""
        return self._added

    def add(self, created_s: float, fields: dict[str, Any]) -> Row:
        """
        Add a row.

        :raises ValueError: there is one with the same key.
        """
        for key in self._key_fields:
            if tuple(fields.get(field) for field in key) in self._keys[key]:
                raise ValueError(f"there is one already with this {' and '.join(key)}")
        row = Row(self._first_id + self._added, self._added, created_s, created_s, fields)
        self._added += 1
        self._rows[row.id] = row
        self._link(row)
        self.version += 1
        return row

    def get(self, row_id: int) -> Row | None:
        """Find a row by its id."""
        return self._rows.get(row_id)

    def find(self, **values: Any) -> Row | None:
        """Find the row with this key; the fields are to be named in the order of the key."""
        return self._keys[tuple(values)].get(tuple(values.values()))

    def group(self, field: str, value: Any) -> list[Row]:
        """Find the rows in which a field has this value."""
        return list(self._groups[field].get(value, {}).values())

    def group_size(self, field: str, value: Any) -> int:
        """Count the rows in which a field has this value."""
        return len(self._groups[field].get(value, ()))

    def change(self, row: Row, fields: dict[str, Any], now_s: float) -> None:
        """Change fields of a row, and when it was last updated."""
        self._unlink(row)
        row.fields.update(fields)
        row.updated_s = now_s
        self._link(row)
        self.version += 1

    def remove(self, row: Row) -> None:
        """Forget a row."""
        self._unlink(row)
        del self._rows[row.id]
        self.version += 1

    def _link(self, row: Row) -> None:
        for key, rows in self._keys.items():
            rows[tuple(row.fields.get(field) for field in key)] = row
        for field, groups in self._groups.items():
            groups[row.fields.get(field)][row.id] = row

    def _unlink(self, row: Row) -> None:
        for key, rows in self._keys.items():
            rows.pop(tuple(row.fields.get(field) for field in key), None)
        for field, groups in self._groups.items():
            groups[row.fields.get(field)].pop(row.id, None)
