"""
What a test tells the stand-in for Circa, and asks it.

Knows the controls of this service by name. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from airflow_provider_circle.sandbox.remote import JsonObject, Remote, given

__all__ = ["CircaRemote"]


class CircaRemote(Remote):
    """The Circa part of a running sandbox."""

    @property
    def circa_host(self) -> str:
        """Base URL of the Circa service: the ``host`` of a connection."""
        return f"{self.url}/circa"

    def circa_connection_json(self) -> str:
        """Write the connection as ``AIRFLOW_CONN_CIRCA_DEFAULT`` takes it."""
        return self._connection("circa", self.circa_host)

    def circa_populate(
        self,
        *,
        contacts: int | None = None,
        events: int | None = None,
        contacts_per_event: int | None = None,
        companies: int | None = None,
        since_s: float | None = None,
        until_s: float | None = None,
    ) -> None:
        """
        Replace all rows by generated ones, always the same, created and updated evenly over a time.

        :param contacts: 120 by default; half a million are no trouble.
        :param events: 5 by default.
        :param contacts_per_event: 40 by default, or all contacts if there are fewer.
        :param companies: 12 by default.
        :param since_s: begin of that time, seconds since 1970; a week before its end by default. Rows have whole
            seconds, rounded down.
        :param until_s: end of that time, itself not part of it; the virtual now by default.
        """
        wanted = {
            "contacts": contacts,
            "events": events,
            "contacts_per_event": contacts_per_event,
            "companies": companies,
            "since_s": since_s,
            "until_s": until_s,
        }
        self._call("POST", "/circa/populate", given(wanted))

    def circa_events(self) -> list[JsonObject]:
        """List all events as they are now, by id."""
        return self._items("/circa/events")

    def circa_companies(self) -> list[JsonObject]:
        """List all companies as they are now, by id."""
        return self._items("/circa/companies")

    def circa_contacts(self, fields: Iterable[str] | None = None) -> list[JsonObject]:
        """
        List all contacts as they are now, by id.

        :param fields: only these attributes; many rows arrive faster that way, most of all their id and times.
        """
        return self._items("/circa/contacts", fields=None if fields is None else ",".join(fields))

    def circa_event_contacts(self, event_id: str, fields: Iterable[str] | None = None) -> list[JsonObject]:
        """
        List all contacts of an event as they are now, by id.

        :param fields: only these attributes.
        """
        return self._items(f"/circa/events/{event_id}/contacts", fields=None if fields is None else ",".join(fields))

    def circa_deleted(self) -> list[JsonObject]:
        """
        List what was deleted by anybody since rows were last populated, oldest first.

        :return: ``id``, ``resource_type`` (``Contact``, ``EventContact``, ``Event``, ``Company``), ``deleted_at``; for
            a contact that left an event ``parent_type`` and ``parent_id``, too.
        """
        return self._items("/circa/deleted")

    def circa_edit(
        self, ids: Iterable[str] | None = None, count: int | None = None, *, event_id: str | None = None
    ) -> list[str]:
        """
        Edit rows behind the API's back, at the virtual now.

        :param ids: of contacts, events or companies.
        :param count: so many drawn contacts instead; one by default.
        :param event_id: draw among the contacts of this event.
        :return: the ids of what was edited.
        """
        return self._change("edit", ids, count, event_id)

    def circa_add(self, count: int = 1, *, event_id: str | None = None) -> list[str]:
        """
        Add generated contacts behind the API's back, at the virtual now.

        :param event_id: add them to this event as well.
        :return: their ids.
        """
        return self._change("add", None, count, event_id)

    def circa_delete(
        self, ids: Iterable[str] | None = None, count: int | None = None, *, event_id: str | None = None
    ) -> list[str]:
        """
        Delete rows behind the API's back.

        :param ids: of contacts, events or companies.
        :param count: so many drawn contacts instead; one by default.
        :param event_id: only take the contacts out of this event.
        :return: the ids of what was deleted.
        """
        return self._change("delete", ids, count, event_id)

    def circa_churn(
        self, every: int = 2, edits: int = 1, adds: int = 1, deletes: int = 1, times: int = 20, *, seed: int = 0
    ) -> None:
        """
        Let rows change while they are being read, so that they shift between pages.

        :param every: after this many lists; those of events, contacts, companies and the contacts of either count.
        :param edits: so many drawn rows of the list just read, on any of its pages, are edited,
        :param adds: so many added, whether the list's filters find them or not,
        :param deletes: and so many deleted; of an event's contacts: taken out of it.
        :param times: this happens at most so often; 0 ends it.
        :param seed: begins the draw.
        """
        wanted = {"every": every, "edits": edits, "adds": adds, "deletes": deletes, "times": times, "seed": seed}
        self._call("POST", "/circa/churn", wanted)

    def circa_quirks(
        self,
        order: Literal["id", "updated_at", "updated_at_desc"] | None = None,
        bounds: Literal["closed", "open"] | None = None,
        ignore_updated_at_for: Iterable[str] | None = None,
    ) -> None:
        """
        Decide what no document says; what is not given stays as it is.

        :param order: of all lists; ``id`` at first.
        :param bounds: whether rows exactly at a bound of a filter are found; ``closed``, they are, at first.
        :param ignore_updated_at_for: lists that ignore the filter ``updated_at``, as paths: ``/contacts``,
            ``/events/{id}/contacts``; none at first.
        """
        blind = None if ignore_updated_at_for is None else list(ignore_updated_at_for)
        wanted = {"order": order, "bounds": bounds, "ignore_updated_at_for": blind}
        self._call("POST", "/circa/quirks", given(wanted))

    def circa_page_size(self, rows: int) -> None:
        """Have so many rows on a page, 25 at first; the service itself lets nobody choose."""
        self._call("POST", "/circa/quirks", {"page_size": rows})

    def circa_limit(self, requests_per_minute: int | None, retry_after: str | None = None) -> None:
        """
        Answer requests above this rate (per virtual minute) with 429; ``None`` lifts the limit.

        :param retry_after: the header ``Retry-After`` of these replies; without it they have none.
        """
        self._call("POST", "/circa/limits", {"requests_per_minute": requests_per_minute, "retry_after": retry_after})

    def circa_expire(self, expired: bool = True) -> None:
        """Let the subscription expire, so that every request is answered 402; or renew it."""
        self._call("POST", "/circa/expire", {"expired": expired})

    def circa_exports(self, duration_s: float | None = None, fails: int | None = None) -> None:
        """
        Say how the exports go that are ordered from now on; what is not given stays as it is.

        :param duration_s: virtual seconds from the order to the end; 10 at first.
        :param fails: so many of the next exports fail.
        """
        self._call("POST", "/circa/exports", given({"duration_s": duration_s, "fails": fails}))

    def circa_refused_downloads(self) -> int:
        """Count the downloads that were refused, mostly because they brought the API key along."""
        return int(self._call("GET", "/circa/exports")["refused_downloads"])

    def _change(self, what: str, ids: Iterable[str] | None, count: int | None, event_id: str | None) -> list[str]:
        wanted = {"ids": None if ids is None else list(ids), "count": count, "event_id": event_id}
        changed: list[str] = self._call("POST", f"/circa/{what}", given(wanted))["ids"]
        return changed
