"""The Admin API of an in-process sandbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.unit.sandbox.conftest import TOKEN, InProcess, Reply

API = "/circle-admin/api/admin/v2"
V1 = "/circle-admin/api/v1"


class Admin:
    """Calls the Admin API with the right token, and its controls."""

    def __init__(self, sandbox: InProcess) -> None:
        self.sandbox = sandbox

    def call(
        self, method: str, address: str, body: Any = None, *, api: str = API, token: str = f"Token {TOKEN}"
    ) -> Reply:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        headers = {"Authorization": token}
        return self.sandbox.call(method, api + parts.path, body, query=query, headers=headers)

    def get(self, address: str) -> Any:
        """Read; the JSON of a good reply."""
        reply = self.call("GET", address)
        assert reply.status == 200, reply.body
        return reply.json()

    def rows(self, address: str) -> list[dict[str, Any]]:
        """The records of one page."""
        records: list[dict[str, Any]] = self.get(address)["records"]
        return records

    def pages(self, address: str) -> list[dict[str, Any]]:
        """The records of all pages."""
        found: list[dict[str, Any]] = []
        number, more = 1, True
        while more:
            page = self.get(f"{address}{'&' if '?' in address else '?'}per_page=100&page={number}")
            found += page["records"]
            number, more = number + 1, page["has_next_page"]
        return found

    def v1(self, method: str, address: str, body: Any = None) -> Any:
        """Ask v1 about the community; what it replies with status 200."""
        reply = self.call(method, f"{address}{'&' if '?' in address else '?'}community_id=1", body, api=V1)
        assert reply.status == 200, reply.body
        return reply.json()

    def control(self, path: str, **fields: Any) -> Any:
        """Use a control."""
        return self.sandbox.control("POST", f"/circle-admin/{path}", fields)

    def truth(self, resource: str) -> list[dict[str, Any]]:
        """All there is of a resource."""
        items: list[dict[str, Any]] = self.sandbox.control(
            "GET", "/circle-admin/records", query={"resource": resource}
        )["items"]
        return items

    def first(self, resource: str) -> int:
        """The lowest id of a resource."""
        return int(self.truth(resource)[0]["id"])


@pytest.fixture
def admin(sandbox: InProcess) -> Admin:
    return Admin(sandbox)
