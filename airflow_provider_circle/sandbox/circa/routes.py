"""
The routes that only read.

Knows which question is answered with which rows. The routes that change something are in
:mod:`~airflow_provider_circle.sandbox.circa.actions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circa import replies
from airflow_provider_circle.sandbox.circa.changes import CONTACTS, Changes, Target
from airflow_provider_circle.sandbox.circa.generated import FIELDS
from airflow_provider_circle.sandbox.circa.ids import number_of
from airflow_provider_circle.sandbox.circa.lists import page, read_query
from airflow_provider_circle.sandbox.circa.refusals import invalid, not_found
from airflow_provider_circle.sandbox.circa.state import CircaState
from airflow_provider_circle.sandbox.circa.table import Table

__all__ = ["RESOURCES", "ReadingRoutes", "event_of", "member_of", "row_of"]

RESOURCES = {"events": "Event", "contacts": "Contact", "companies": "Company"}
"""The kinds of rows by the first part of their path."""

_STAFF_PER_EVENT = 2
_EXPENSES_PER_EVENT = 3


def row_of(state: CircaState, kind: str, request: Request) -> int:
    """
    Find the row a path names.

    :raises Refused: 404.
    """
    return state.find(kind, number_of(kind, request.path_params["id"]))


def event_of(state: CircaState, request: Request) -> int:
    """
    Find the event a path names.

    :raises Refused: 404.
    """
    return row_of(state, "Event", request)


def member_of(state: CircaState, request: Request) -> tuple[int, int]:
    """
    Find the event a path names and the contact in it.

    :raises Refused: 404.
    """
    event = event_of(state, request)
    contact = number_of("Contact", request.path_params["contact_id"])
    if contact is None or contact not in state.members(event):
        raise not_found("Contact")
    return event, contact


class ReadingRoutes:
    """The answers to questions about the rows."""

    def __init__(self, state: CircaState, changes: Changes) -> None:
        self._state = state
        self._changes = changes

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v1``."""
        return [
            *(
                route
                for path, kind in {"teams": "Team", **RESOURCES}.items()
                for route in (Route(f"/{path}", self._list(path, kind)), Route(f"/{path}/{{id}}", self._get(kind)))
            ),
            Route("/events/{id}/contacts", self._members),
            Route("/events/{id}/contacts/{contact_id}", self._member),
            Route("/events/{id}/staff", self._staff),
            Route("/events/{id}/expenses", self._expenses),
            Route("/companies/{id}/contacts", self._company_contacts),
            Route("/fields", self._fields),
            Route("/fields/{id}", self._get("CustomFieldType")),
        ]

    def _list(self, path: str, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            def write(number: int) -> dict[str, Any]:
                return replies.row(self._state, kind, number)

            target = None if kind == "Team" else Target(kind)
            return self._page(request, f"/{path}", self._state.tables[kind], write, target)

        return answer

    def _get(self, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            return JSONResponse(replies.row(self._state, kind, row_of(self._state, kind, request)))

        return answer

    async def _members(self, request: Request) -> JSONResponse:
        event = event_of(self._state, request)

        def write(number: int) -> dict[str, Any]:
            return replies.member(self._state, event, number)

        members = self._state.members(event)
        return self._page(request, "/events/{id}/contacts", members, write, Target("Contact", event))

    async def _member(self, request: Request) -> JSONResponse:
        return JSONResponse(replies.member(self._state, *member_of(self._state, request)))

    async def _company_contacts(self, request: Request) -> JSONResponse:
        company = row_of(self._state, "Company", request)

        def write(number: int) -> dict[str, Any]:
            return replies.row(self._state, "Contact", number)

        contacts = self._state.tables["Contact"]
        return self._page(request, "/companies/{id}/contacts", contacts, write, CONTACTS, company=company)

    async def _staff(self, request: Request) -> JSONResponse:
        event = event_of(self._state, request)

        def write(number: int) -> dict[str, Any]:
            return replies.staff_member(event, number)

        return self._page(request, "/events/{id}/staff", self._below(event, _STAFF_PER_EVENT), write, None)

    async def _expenses(self, request: Request) -> JSONResponse:
        rows = self._below(event_of(self._state, request), _EXPENSES_PER_EVENT)
        return self._page(request, "/events/{id}/expenses", rows, replies.expense, None)

    async def _fields(self, request: Request) -> JSONResponse:
        kind = request.query_params.get("fields_for")
        if kind not in RESOURCES.values():
            raise invalid({"fields_for": ["should be one of Event, Company, Contact"]})
        numbers = [number for number, field in enumerate(FIELDS, 1) if field["fields_for"] == kind]
        return JSONResponse({"data": [replies.row(self._state, "CustomFieldType", number) for number in numbers]})

    def _page(
        self,
        request: Request,
        stream: str,
        rows: Table,
        write: Callable[[int], dict[str, Any]],
        target: Target | None,
        *,
        company: int | None = None,
    ) -> JSONResponse:
        """Answer a list; ``target`` are the rows that may change while it is being read."""
        state = self._state
        holds_contacts = target is not None and target.kind == "Contact"
        email = request.query_params.get("email", "").lower() if holds_contacts else ""
        among = f"{company} {email}" if email or company is not None else ""

        def keep(number: int) -> bool:
            # Unverified: that contacts can be searched at all, and that any part of the address will do.
            return email in state.mailbox(number) and (company is None or state.company(number) == company)

        query = read_query(request.query_params, stream, state.quirks, among)
        found = rows.select(query, keep if among else None)
        answer = JSONResponse(page(request.query_params, found, state.quirks.page_size, write))
        if target is not None:
            self._changes.after_list(target, found)
        return answer

    def _below(self, event: int, count: int) -> Table:
        """Make the rows below an event that never change."""
        created_s = self._state.tables["Event"].created_s(event)
        return Table(range((event - 1) * count + 1, event * count + 1), [created_s] * count)
