"""
A status as a function of time.

Knows how planned changes of one status are kept, read and rewritten. Which statuses there are is said by the plans.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Change", "Timeline"]

Change = tuple[float, str]


class Timeline:
    """
    Planned changes of a status: each holds from its second on until the next.

    :param changes: ``(second, status)`` in order of time, at least one.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = list(changes)

    @property
    def begins_at(self) -> float:
        """When the thing comes into existence."""
        return self._changes[0][0]

    def status(self, now_s: float) -> str | None:
        """Give the status at a moment; ``None`` before the beginning."""
        status = None
        for at_s, changed in self._changes:
            if at_s > now_s:
                break
            status = changed
        return status

    def first(self, statuses: Iterable[str], now_s: float) -> float | None:
        """Give the second at which one of these statuses was first reached, if it was by now."""
        wanted = frozenset(statuses)
        return next((at_s for at_s, status in self._changes if status in wanted and at_s <= now_s), None)

    def rewrite(self, *changes: Change) -> None:
        """Forget what was planned from the first of these changes on, and plan them instead."""
        self._changes = [change for change in self._changes if change[0] < changes[0][0]]
        self._changes.extend(changes)
