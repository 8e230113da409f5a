"""
Changes behind the API's back: at once, or while lists are being read.

Knows which rows a list shows and which of them a draw hits. Draws repeat: the same calls after the same start hit the
same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from airflow_provider_circle.sandbox.circa.ids import id_of, kind_and_number
from airflow_provider_circle.sandbox.circa.state import CircaState
from airflow_provider_circle.sandbox.circa.table import Table

__all__ = ["CONTACTS", "Changes", "Churn", "Target"]

_EDITABLE = {"Contact": "title", "Event": "description", "Company": "description"}


@dataclass(frozen=True, slots=True)
class Target:
    """
    Rows that change together.

    :param event: only the contacts of this event.
    """

    kind: str
    event: int | None = None


CONTACTS = Target("Contact")


@dataclass(slots=True)
class Churn:
    """So many changes after every so many lists, a limited number of times."""

    every: int
    edits: int
    adds: int
    deletes: int
    times: int
    random: Random
    lists: int = 0

    def is_due(self) -> bool:
        """Count a list; say whether changes follow."""
        self.lists += 1
        if self.times <= 0 or self.lists % self.every:
            return False
        self.times -= 1
        return True


class Changes:
    """Changes rows as somebody else would: at the virtual now, without a request."""

    def __init__(self, state: CircaState) -> None:
        self._state = state
        self.reset()

    def reset(self) -> None:
        """Draw from the beginning again, and do nothing unasked."""
        self._random = Random(0)  # noqa: S311  # Repeats on purpose.
        self._edits = 0
        self.churn: Churn | None = None

    def after_list(self, target: Target, listed: Sequence[int]) -> None:
        """
        Let rows of a list change that has just been answered.

        :param listed: all rows of the list, not only those of the page.
        """
        churn = self.churn
        if churn is None or not churn.is_due():
            return
        edited, deleted = (
            churn.random.sample(listed, min(count, len(listed))) for count in (churn.edits, churn.deletes)
        )
        self.edit(target, edited)
        self.delete(target, deleted)
        self.add(target, churn.adds)

    def edit(self, target: Target, numbers: Sequence[int]) -> list[str]:
        """Write something to rows; their ids."""
        attribute = _EDITABLE[target.kind]
        for number in numbers:
            self._edits += 1
            self._state.edit(target.kind, number, {attribute: f"Edited {self._edits}"})
        return [id_of(target.kind, number) for number in numbers]

    def add(self, target: Target, count: int) -> list[str]:
        """Add generated rows; their ids."""
        numbers = [self._state.create(target.kind) for _ in range(count)]
        if target.event is not None:
            for number in numbers:
                self._state.join(target.event, number)
        return [id_of(target.kind, number) for number in numbers]

    def delete(self, target: Target, numbers: Sequence[int]) -> list[str]:
        """Delete rows, or take contacts out of the event; their ids."""
        for number in numbers:
            if target.event is None:
                self._state.remove(target.kind, number)
            else:
                self._state.leave(target.event, number)
        return [id_of(target.kind, number) for number in numbers]

    def choose(self, target: Target, ids: Any, count: Any) -> list[tuple[Target, int]]:
        """
        Read which rows a test wants to change.

        :param ids: of rows of any kind that can be edited; those of contacts if the target is an event.
        :param count: so many drawn rows of the target instead; one by default.
        :raises ValueError: a row that does not exist, or more rows than there are.
        """
        rows = self._rows(target)
        if ids is None:
            count = 1 if count is None else count
            if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= len(rows):
                raise ValueError(f"count must be an integer from 0 to {len(rows)}, got {count!r}")
            return [(target, number) for number in self._random.sample(rows.numbers, count)]
        if count is not None or not isinstance(ids, list):
            raise ValueError("give either ids, a list, or count")
        return [self._chosen(target, opaque) for opaque in ids]

    def _chosen(self, target: Target, opaque: Any) -> tuple[Target, int]:
        kind, number = (kind_and_number(opaque) if isinstance(opaque, str) else None) or ("", 0)
        wanted = target if target.event is not None else Target(kind)
        if kind not in _EDITABLE or kind != wanted.kind or number not in self._rows(wanted):
            raise ValueError(f"there is no row {opaque!r} to change")
        return wanted, number

    def _rows(self, target: Target) -> Table:
        return self._state.tables[target.kind] if target.event is None else self._state.members(target.event)
