"""
Circa's API v1 as an Airflow hook.

The calls by name are in ``circa_calls``, what takes several requests is written in ``vendors/circa``; here is what
Airflow asks of a hook: names and the connection's test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Unpack

from airflow_provider_circle.core.paging import Page
from airflow_provider_circle.core.stream import Stream
from airflow_provider_circle.core.walk import read_page
from airflow_provider_circle.hooks.base import Patience
from airflow_provider_circle.hooks.circa_calls.companies import CompanyCalls
from airflow_provider_circle.hooks.circa_calls.contacts import ContactCalls
from airflow_provider_circle.hooks.circa_calls.event_contacts import EventContactCalls
from airflow_provider_circle.hooks.circa_calls.events import EventCalls
from airflow_provider_circle.hooks.trial import try_connection
from airflow_provider_circle.vendors.circa.endpoints import LIST_TEAMS
from airflow_provider_circle.vendors.circa.streams import STREAMS

__all__ = ["CircaHook"]


class CircaHook(EventCalls, EventContactCalls, ContactCalls, CompanyCalls):
    """
    Calls Circa's API v1: events, contacts, companies.

    Every call blocks when called and awaits as ``.aio``::

        hook = CircaHook()
        hook.upsert_contact({"email": "ada@example.com", "first_name": "Ada"})["action"]
        await hook.get_event.aio("RXZlbnQtNQ")
        for contact in hook.list_event_contacts("RXZlbnQtNQ"): ...

    :param circa_conn_id: connection of type *Circa*.
    :param patience: ``request_attempts``, ``request_max_wait_s`` and ``sleep``; see ``CircleHook``.

    Source: https://docs.circa.co/
    """

    conn_name_attr = "circa_conn_id"
    default_conn_name = "circa_default"
    hook_name = "Circa"
    streams: ClassVar[Mapping[str, Stream]] = STREAMS

    def __init__(self, circa_conn_id: str = default_conn_name, **patience: Unpack[Patience]) -> None:
        super().__init__(circa_conn_id, **patience)

    def test_connection(self) -> tuple[bool, str]:
        """
        Try the connection, for the button in Airflow's form.

        :return: whether it works, and which teams the key sees, or why not.
        """
        return try_connection(self, lambda once: read_page(once, LIST_TEAMS, path=None, query={}), _told)


def _told(page: Page) -> str:
    count = len(page.records) if page.count is None else page.count
    name = next((row["name"] for row in page.records if isinstance(row.get("name"), str) and row["name"]), "")
    told = f"Connected to Circa: {count} team{'' if count == 1 else 's'}"
    return f"{told}, {'among them ' if count > 1 else ''}{name}" if name else told
