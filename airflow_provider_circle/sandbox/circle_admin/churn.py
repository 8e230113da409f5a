"""
Rows that change while a list is being read.

Knows when how much changes. What a change is, is said by the community.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from airflow_provider_circle.sandbox.circle_admin.community import Community

__all__ = ["Churn", "ChurnBoard"]


@dataclass(slots=True)
class Churn:
    """
    What happens to a resource after lists of it were given.

    :param every: after every so manyth list.
    :param times: at most this often; ``None`` is without end.
    """

    resource: str
    every: int = 1
    edits: int = 0
    adds: int = 0
    deletes: int = 0
    times: int | None = None
    seed: int = 0
    lists: int = 0
    done: int = 0
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # Chance that repeats is what tests want.

    def due(self) -> bool:
        """Count a list, and say whether something happens after it."""
        if self.times is not None and self.done >= self.times:
            return False
        self.lists += 1
        if self.lists % self.every:
            return False
        self.done += 1
        return True


class ChurnBoard:
    """What was asked to happen, at most one thing per resource."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._churns: dict[str, Churn] = {}

    def set(self, churn: Churn) -> None:
        """Let this happen from now on."""
        self._churns[churn.resource] = churn

    def clear(self) -> None:
        """Let nothing happen any more."""
        self._churns.clear()

    def listed(self, resource: str) -> None:
        """Carry out what happens after a list of this resource was given."""
        churn = self._churns.get(resource)
        if churn is None or not churn.due():
            return
        table = self._community.tables[resource]
        rows = list(table)
        chosen = churn.chance.sample(rows, min(len(rows), churn.edits + churn.deletes))
        self._community.edit(resource, chosen[: churn.edits])
        for row in chosen[churn.edits :]:
            table.remove(row)
        self._community.make_up(resource, churn.adds)
