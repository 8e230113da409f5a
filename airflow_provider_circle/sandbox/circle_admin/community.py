"""
Everything the service remembers of its one community.

Knows how rows are made up, found, written as records and changed. What there is to remember is said by the resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Resource, Sort
from airflow_provider_circle.sandbox.circle_admin.store import Row, Table
from airflow_provider_circle.sandbox.clock import VirtualClock, timestamp

__all__ = ["Community", "Parents", "Person"]

_WEEK_S = 7 * 24 * 3600.0
_DIRECTIONS = ("asc", "desc")
_ID_STRIDE = 1_000_000
"""Ids of different resources do not overlap: one taken for another is found nowhere."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a member is, or was."""

    member_id: int
    name: str
    email: str
    row: Row | None

    @property
    def user_id(self) -> int:
        """The account's id, which is another number than the membership's."""
        return self.member_id + 1

    @property
    def public_uid(self) -> str:
        """The end of the address of the profile."""
        return f"{self.member_id:08x}"


class Parents:
    """The ids rows that are made up may point to."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._ids: dict[str, list[int]] = {}

    def pick(self, table: str, number: int) -> int:
        """
        Choose the id of a row in turn.

        :raises ValueError: the table is empty.
        """
        if not self.size(table):
            raise ValueError(f"there are no {table} to belong to")
        ids = self._ids[table]
        return ids[number % len(ids)]

    def pair(self, first: str, second: str, number: int) -> tuple[int, int]:
        """Choose ids of two tables, another pair for every number as long as there is one."""
        return self.pick(first, number), self.pick(second, number // max(1, self.size(first)))

    def size(self, table: str) -> int:
        """Count the rows of a table."""
        if table not in self._ids:
            self._ids[table] = self._tables[table].ids
        return len(self._ids[table])


class Community:
    """
    The tables of all resources and the settings.

    :param settings: objects there is one of each, as they are at first.
    """

    def __init__(self, clock: VirtualClock, resources: Iterable[Resource], settings: Mapping[str, JsonObject]) -> None:
        self._clock = clock
        self._initial_settings = settings
        self.resources = {resource.name: resource for resource in resources}
        self._tables = {
            resource.name: Table(index * _ID_STRIDE + 1, resource.keys, resource.groups)
            for index, resource in enumerate(self.resources.values())
        }
        self._views: dict[tuple[Any, ...], Sequence[Row]] = {}
        self._views_version = -1
        self._to_fill_s: float | None = None
        self.reset()

    def reset(self) -> None:
        """Begin anew, with a few rows of everything: made up once somebody looks, for most tests never do."""
        self.settings = deepcopy(dict(self._initial_settings))
        self._to_fill_s = self.now()

    @property
    def tables(self) -> Mapping[str, Table]:
        """The rows of all resources, by name."""
        if self._to_fill_s is not None:
            end_s, self._to_fill_s = self._to_fill_s, None
            for table in self._tables.values():
                table.clear()
            self.populate({resource.name: resource.count for resource in self.resources.values()}, until_s=end_s)
        return self._tables

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._clock.now()

    def populate(self, counts: Mapping[str, int], since_s: float | None = None, until_s: float | None = None) -> None:
        """
        Replace the rows of some resources by made-up ones, the same ones every time, spread evenly over a period.

        :param since_s: when the first is created; a week before the end without.
        :param until_s: end of the period; now without.
        :raises ValueError: an unknown resource, or rows that would have nothing to belong to.
        """
        end_s = self.now() if until_s is None else until_s
        begin_s = end_s - _WEEK_S if since_s is None else since_s
        if begin_s > end_s:
            raise ValueError("since_s must not be after until_s")
        for name, count in counts.items():
            self.resource(name)
            if count > _ID_STRIDE // 2:
                raise ValueError(f"{name} must be at most {_ID_STRIDE // 2}, got {count}")
        for name in self.resources:
            if name in counts:
                self.tables[name].clear()
                self._make_up(name, counts[name], begin_s, end_s)

    def create(self, name: str, fields: JsonObject) -> Row:
        """Add a row, created now."""
        return self.tables[name].add(self.now(), fields)

    def make_up(self, name: str, count: int) -> list[Row]:
        """Add made-up rows, created now."""
        return self._make_up(name, count, self.now(), self.now())

    def edit(self, name: str, rows: Iterable[Row]) -> None:
        """Change rows behind the service's back."""
        field, now_s = self.resource(name).edited, self.now()
        for row in rows:
            row.revision += 1
            text = None if field is None else str(row.fields.get(field) or "").partition(" (edited")[0]
            changed = {} if field is None else {field: f"{text} (edited {row.revision})".strip()}
            self.tables[name].change(row, changed, now_s)

    def resource(self, name: str) -> Resource:
        """
        Find a resource.

        :raises ValueError: names all there are.
        """
        if name not in self.resources:
            raise ValueError(f"there is no resource {name!r}; known are {', '.join(sorted(self.resources))}")
        return self.resources[name]

    def record(self, name: str, row: Row) -> JsonObject:
        """Write a row as the record the service replies with."""
        record = self.resources[name].shape(row, self)
        for field in record.keys() & row.fields.keys():
            record[field] = row.fields[field]
        return record

    def truth(self, name: str) -> list[JsonObject]:
        """Write all rows that exist for the service's lists, whatever their status, lowest id first."""
        listed = self.resource(name).listed
        rows = (row for row in self.tables[name] if listed is None or listed(row))
        return [
            {"created_at": timestamp(row.created_s), "updated_at": timestamp(row.updated_s)} | self.record(name, row)
            for row in rows
        ]

    def select(
        self,
        name: str,
        values: Mapping[str, Sequence[str]],
        sort: str | None = None,
        direction: str | None = None,
        within: Mapping[str, int] | None = None,
    ) -> Sequence[Row]:
        """
        Find the rows of a list.

        What was found is kept until something changes: reading on costs nothing, however long the list.

        :param values: of the query parameters, by name.
        :param direction: ``asc`` or ``desc``; what is usual for the sort without.
        :param within: fields of the rows, as the path of the list has them.
        :raises Refused: a value the service does not accept.
        """
        resource = self.resources[name]
        applied = {
            parameter: tuple(values[parameter]) if values.get(parameter) else (found.default,)
            for parameter, found in resource.filters.items()
            if values.get(parameter) or found.default is not None
        }
        order = sort if sort in resource.sorts else resource.default_sort
        version = sum(table.version for table in self.tables.values())
        if version != self._views_version:
            self._views.clear()
            self._views_version = version
        key = (name, order, direction, tuple(applied.items()), tuple((within or {}).items()))
        if key not in self._views:
            rows = self._matching(resource, applied, within)
            self._views[key] = _sorted(rows, None if order is None else resource.sorts[order], direction)
        return self._views[key]

    def person(self, member_id: int) -> Person:
        """Say who a member is; those who are gone keep their number only."""
        row = self.tables["community_members"].get(member_id)
        if row is None:
            return Person(member_id, "Deleted member", f"deleted-{member_id}@example.com", None)
        return Person(member_id, row.fields["name"], row.fields["email"], row)

    def member(self, email: str) -> Row | None:
        """Find a member who was not deactivated by the email address."""
        row = self.tables["community_members"].find(email=email.strip().lower())
        return None if row is None or row.fields.get("gone") else row

    def _make_up(self, name: str, count: int, begin_s: float, end_s: float) -> list[Row]:
        table, make, parents = self.tables[name], self.resources[name].make, Parents(self.tables)
        step_s = (end_s - begin_s) / max(1, count)
        return [table.add(begin_s + index * step_s, make(table.next_number, parents)) for index in range(count)]

    def _matching(
        self, resource: Resource, applied: Mapping[str, tuple[Any, ...]], within: Mapping[str, int] | None
    ) -> list[Row]:
        tests = [resource.filters[parameter].read(given, self) for parameter, given in applied.items()]
        if resource.listed is not None:
            tests.append(resource.listed)
        rows = list(self.tables[resource.name])
        for name, value in (within or {}).items():
            rows = [row for row in rows if row.fields.get(name) == value]
        for test in tests:
            rows = [row for row in rows if test(row)]
        return rows


def _sorted(rows: list[Row], sort: Sort | None, direction: str | None) -> list[Row]:
    """Sort rows that come by their ids: newest first, unless another order is asked for."""
    if sort is None:
        return rows[::-1]
    down = sort.reverse if direction not in _DIRECTIONS else direction == "desc"
    # The sort is stable: rows equal in it stay newest first, or oldest first where that is the order.
    return sorted(rows[::-1] if down else rows, key=sort.key, reverse=down)
