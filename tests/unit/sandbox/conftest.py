"""An in-process sandbox on a clock that only the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from airflow_provider_circle.sandbox.app import Settings, create_app
from airflow_provider_circle.sandbox.clock import VirtualClock

TOKEN = "sandbox-token"
API = "/circleci/api/v2"
CIRCA = "/circa/api/v1"
PROJECT = "/project/gh/acme/web"


class RealTime:
    """The real clock of the test: stands still unless told."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class InProcess:
    """Calls the ASGI application without a server."""

    def __init__(self, real_time: RealTime) -> None:
        self.real_time = real_time
        self.app = create_app(Settings(token=TOKEN), VirtualClock(wall=real_time, monotonic=real_time))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | Sequence[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": urlencode(query or {}).encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        asyncio.run(self.app(scope, receive, send))
        start, *rest = messages
        return Reply(
            start["status"],
            {name.decode().lower(): value.decode() for name, value in start["headers"]},
            b"".join(message.get("body", b"") for message in rest),
        )

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        """Call CircleCI with the right token."""
        return self.call(method, API + path, body, **{"headers": {"Circle-Token": TOKEN}, **options})

    def get(self, path: str, **options: Any) -> Any:
        """Read from CircleCI; the JSON of a good reply."""
        reply = self.api("GET", path, **options)
        assert reply.status == 200, reply.body
        return reply.json()

    def circa(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        """Call Circa with the right key."""
        return self.call(method, CIRCA + path, body, **{"headers": {"Authorization": f"Bearer {TOKEN}"}, **options})

    def circa_get(self, path: str, **query: str) -> Any:
        """Read from Circa; the JSON of a good reply."""
        reply = self.circa("GET", path, query=query)
        assert reply.status == 200, reply.body
        return reply.json()

    def circa_pages(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Read a list of Circa page by page until one is empty."""
        rows: list[dict[str, Any]] = []
        number = 1
        while page := self.circa_get(path, page=str(number), **query)["data"]:
            rows += page
            number += 1
        return rows

    def circleme(self, path: str, **query: str) -> Reply:
        """Call CircleMe with the right token."""
        return self.call("GET", f"/circleme{path}", query=query, headers={"X-AUTH-TOKEN": TOKEN})

    def feed(self, **query: str) -> list[dict[str, Any]]:
        """Read cards from CircleMe; those of a good reply."""
        reply = self.circleme("/feed", **query)
        assert reply.status == 200, reply.body
        cards: list[dict[str, Any]] = reply.json()
        return cards

    def control(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        reply = self.call(method, f"/_sandbox{path}", body, **options)
        assert reply.status < 300, reply.body
        return reply.json()

    def trigger(self, scenario: str = "success", **parameters: str | int | bool) -> str:
        """Start a pipeline; its id."""
        reply = self.api("POST", f"{PROJECT}/pipeline", {"parameters": {"sandbox_scenario": scenario, **parameters}})
        assert reply.status == 201, reply.body
        return str(reply.json()["id"])

    def workflows(self, pipeline_id: str) -> list[dict[str, Any]]:
        """The first page of a pipeline's workflows."""
        items: list[dict[str, Any]] = self.get(f"/pipeline/{pipeline_id}/workflow")["items"]
        return items

    def jobs(self, workflow_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get(f"/workflow/{workflow_id}/job")["items"]
        return items

    def statuses(self, items: Iterable[dict[str, Any]]) -> str:
        """Objects as ``name:status``, in the order of the reply."""
        return " ".join(f"{item['name']}:{item['status']}" for item in items)

    def wait(self, seconds: float) -> None:
        self.real_time.seconds += seconds


@pytest.fixture
def real_time() -> RealTime:
    return RealTime()


@pytest.fixture
def sandbox(real_time: RealTime) -> InProcess:
    return InProcess(real_time)
