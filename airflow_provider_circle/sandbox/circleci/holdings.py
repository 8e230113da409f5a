"""
What organizations and projects own beside pipelines: records of any kind, in the order of their creation.

Knows who owns what and what belongs to what else. What a record says, and who may make one, is said by the routes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from airflow_provider_circle.sandbox.circleci.refusals import not_found

__all__ = ["Holding", "Holdings"]

JsonObject = dict[str, Any]


@dataclass(slots=True)
class Holding:
    """
    One record.

    :param kind: such as ``group``.
    :param owner: id of the organization or the project it belongs to.
    :param within: id of what it belongs to there; empty for the owner itself.
    """

    id: str
    kind: str
    owner: str
    within: str
    record: JsonObject


class Holdings:
    """All records."""

    def __init__(self) -> None:
        self._held: dict[str, Holding] = {}

    def reset(self) -> None:
        """Forget all records."""
        self._held.clear()

    def add(self, kind: str, owner: str, make: Callable[[str], JsonObject], within: str = "") -> JsonObject:
        """
        Add a record.

        :param make: writes it, given its id.
        """
        holding_id = str(uuid4())
        self._held[holding_id] = Holding(holding_id, kind, owner, within, make(holding_id))
        return self._held[holding_id].record

    def all(self, kind: str, owner: str, within: str = "") -> list[JsonObject]:
        """List the records of a kind, oldest first."""
        return [
            each.record for each in self._held.values() if (each.kind, each.owner, each.within) == (kind, owner, within)
        ]

    def find(self, kind: str, owner: str | None, holding_id: str) -> Holding:
        """
        Find a record.

        :param owner: it must be this owner's; ``None`` for anybody's.
        :raises Refused: 404.
        """
        found = self._held.get(holding_id.lower())
        if found is None or found.kind != kind or owner not in (None, found.owner):
            raise not_found(kind.capitalize())
        return found

    def only(self, kind: str, owner: str, within: str, make: Callable[[str], JsonObject]) -> JsonObject:
        """Find the one record of its kind, or make it."""
        found = self.all(kind, owner, within)
        return found[0] if found else self.add(kind, owner, make, within)

    def remove(self, holding: Holding) -> None:
        """Remove a record, and what belongs to it."""
        self._keep(lambda each: holding.id not in (each.id, each.within))

    def forget(self, owner: str) -> None:
        """Remove all an owner has."""
        self._keep(lambda each: each.owner != owner)

    def _keep(self, kept: Callable[[Holding], bool]) -> None:
        self._held = {each.id: each for each in self._held.values() if kept(each)}
