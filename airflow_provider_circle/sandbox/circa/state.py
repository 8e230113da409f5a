"""
Everything the service remembers.

Knows the tables, how they hang together, and what happens to the one when the other changes. It believes what it is
told: a request is checked before it gets here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_circle.sandbox.circa.generated import BLANK, FIELDS, TEAMS, base_values, company_of, email_of
from airflow_provider_circle.sandbox.circa.ids import id_of
from airflow_provider_circle.sandbox.circa.refusals import not_found
from airflow_provider_circle.sandbox.circa.table import Table
from airflow_provider_circle.sandbox.circa.times import write_time
from airflow_provider_circle.sandbox.clock import VirtualClock

__all__ = ["KINDS", "CircaState", "Counts", "Quirks"]

KINDS = ("Team", "Event", "Company", "Contact", "CustomFieldType")

_WEEK_S = 7 * 86400.0

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows to begin with."""

    events: int = 5
    companies: int = 12
    contacts: int = 120
    contacts_per_event: int = 40


@dataclass(slots=True)
class Quirks:
    """
    What no document says, and a client must not rely upon.

    :param open_bounds: a row exactly at a bound of a filter is not found.
    :param blind: the lists, as paths, that ignore ``updated_at``.
    """

    order: str = "id"
    open_bounds: bool = False
    blind: frozenset[str] = field(default_factory=frozenset)
    page_size: int = 25


class CircaState:
    """
    The rows of all kinds.

    :ivar tables: the rows by kind.
    :ivar deleted: what was deleted, oldest first.
    :ivar expired: the subscription is.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Be as at the first start."""
        self.quirks = Quirks()
        self.expired = False
        self.populate(Counts())

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return self._clock.now()

    def now_s(self) -> int:
        """Whole virtual seconds since 1970, as rows are dated."""
        return int(self.now())

    def populate(self, counts: Counts, since_s: float | None = None, until_s: float | None = None) -> None:
        """
        Replace all rows by generated ones, created evenly over a time.

        :param since_s: begin of that time; a week before now by default.
        :param until_s: end of that time; now by default.
        """
        until_s = self.now() if until_s is None else until_s
        since_s = until_s - _WEEK_S if since_s is None else since_s
        totals = {"Event": counts.events, "Company": counts.companies, "Contact": counts.contacts}
        totals |= {"Team": len(TEAMS), "CustomFieldType": len(FIELDS)}
        self.tables = {
            kind: Table(range(1, totals[kind] + 1), _spread(totals[kind], since_s, until_s)) for kind in KINDS
        }
        self._last = totals
        self._generated_companies = counts.companies
        self._members: dict[int, Table] = {}
        self._mailboxes: dict[int, str] = {}
        self.deleted: list[Values] = []
        contacts = self.tables["Contact"]
        for event in self.tables["Event"].numbers:
            chosen = sorted(
                (rank * counts.contacts // counts.contacts_per_event + event) % counts.contacts + 1
                for rank in range(counts.contacts_per_event)
            )
            self._members[event] = Table(chosen, [contacts.created_s(number) for number in chosen])

    def members(self, event: int) -> Table:
        """Give the contacts of an event, by the contacts' numbers."""
        return self._members[event]

    def values(self, kind: str, number: int) -> Values:
        """Give what a row holds: what follows from its number, and what was written to it."""
        written = self.tables[kind].values(number)
        if _is_ours(written):
            return {**BLANK[kind], **written}
        return {**base_values(kind, number, self._generated_companies), **written}

    def company(self, contact: int) -> int | None:
        """Give the company of a contact, unless it is gone."""
        written = self.tables["Contact"].values(contact)
        otherwise = None if _is_ours(written) else company_of(contact, self._generated_companies)
        number: int | None = written.get("company", otherwise)
        return number if number in self.tables["Company"] else None

    def mailbox(self, contact: int) -> str:
        """Give a contact's address in lower case; remembered, for searches look at all of them."""
        known = self._mailboxes.get(contact)
        if known is None:
            written = self.tables["Contact"].values(contact)
            address = written.get("email", None if _is_ours(written) else email_of(contact))
            known = self._mailboxes[contact] = (address or "").lower()
        return known

    def create(self, kind: str, values: Values | None = None) -> int:
        """
        Add a row.

        :param values: what the API was told; ``None`` generates a row.
        """
        number = self._last[kind] = self._last[kind] + 1
        written = None if values is None else {**self._resolved(values), "created_by": 1}
        self.tables[kind].add(number, self.now_s(), written)
        if kind == "Event":
            self._members[number] = Table()
        return number

    def edit(self, kind: str, number: int, values: Values) -> None:
        """Write to a row; that of a contact changes in its events, too."""
        now_s = self.now_s()
        self.tables[kind].edit(number, now_s, self._resolved(values))
        if kind == "Contact":
            self._mailboxes.pop(number, None)
            for members in self._members.values():
                if number in members:
                    members.edit(number, now_s)

    def remove(self, kind: str, number: int) -> None:
        """Delete a row and what hangs on it."""
        self._bury(kind, number)
        self.tables[kind].remove(number)
        if kind == "Event":
            del self._members[number]
        elif kind == "Contact":
            self._mailboxes.pop(number, None)
            for event, members in self._members.items():
                if number in members:
                    self.leave(event, number)

    def join(self, event: int, contact: int, values: Values | None = None) -> None:
        """Add a contact to an event."""
        self.members(event).add(contact, self.now_s(), values)

    def leave(self, event: int, contact: int) -> None:
        """Take a contact out of an event."""
        self._bury("EventContact", contact, event)
        self.members(event).remove(contact)

    def company_named(self, name: str) -> int:
        """Find a company by its name, or make one. Unverified: what Circa does with a name it does not know."""
        for number in self.tables["Company"].numbers:
            if self.values("Company", number)["name"] == name:
                return number
        return self.create("Company", {"name": name})

    def find(self, kind: str, number: int | None) -> int:
        """
        Make sure that a row exists.

        :raises Refused: 404.
        """
        if number is None or number not in self.tables[kind]:
            raise not_found(kind)
        return number

    def _resolved(self, values: Values) -> Values:
        """Turn the name of a company into its number."""
        name = values.get("company")
        return {**values, "company": self.company_named(name)} if isinstance(name, str) else values

    def _bury(self, kind: str, number: int, event: int | None = None) -> None:
        stone: Values = {
            "id": id_of("Contact" if kind == "EventContact" else kind, number),
            "resource_type": kind,
            "deleted_at": write_time(self.now_s()),
        }
        if event is not None:
            stone |= {"parent_type": "Event", "parent_id": id_of("Event", event)}
        self.deleted.append(stone)


def _is_ours(written: Values) -> bool:
    """Say whether a row was made through the API, and so has nothing but what was written to it."""
    return "created_by" in written


def _spread(count: int, since_s: float, until_s: float) -> Iterable[int]:
    return (int(since_s + (until_s - since_s) * rank / count) for rank in range(count))
