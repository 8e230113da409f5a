"""CircleCI's description, and recordings of the provider talking to the sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_circle.core.message import Outcome, Request, Response
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transports.blocking import BlockingTransport

from .description import Description, Problem
from .drift import UNDESCRIBED_PAGE_TOKENS
from .tapes import TAPES

_DESCRIPTION = Path(__file__).parents[3] / "shared" / "specs" / "circleci-v2-openapi.json"


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """CircleCI's OpenAPI description, as it is published."""
    if not _DESCRIPTION.is_file():
        pytest.skip("CircleCI's OpenAPI description is not there; put it at ../shared/specs/circleci-v2-openapi.json")
    described: dict[str, Any] = json.loads(_DESCRIPTION.read_text("utf-8"))
    return described


@pytest.fixture(scope="session")
def description(document: dict[str, Any]) -> Description:
    """The same, ready to judge requests and replies."""
    return Description(document, UNDESCRIBED_PAGE_TOKENS)


class Recorder:
    """Plays what is to be recorded, once each, and keeps every request with its reply."""

    def __init__(self, sandbox: Sandbox, description: Description, patch: pytest.MonkeyPatch) -> None:
        self._sandbox = sandbox
        self._description = description
        self._patch = patch
        self._kept: dict[str, list[tuple[Request, Response]]] = {}

    def record(self, tape: str) -> list[tuple[Request, Response]]:
        """Give every exchange of a recording that came to a reply."""
        if tape not in self._kept:
            self._kept[tape] = self._play(tape)
        return self._kept[tape]

    def problems(self, tape: str) -> set[Problem]:
        """Give the deviations in a recording, each kind once."""
        return {
            problem._replace(message="")
            for request, response in self.record(tape)
            for problem in self._description.problems(request, response, below="/circleci")
        }

    def operations(self, tape: str) -> set[str]:
        """Give the operations a recording made use of with success."""
        found = [
            self._description.find(request.method, request.url.partition("/circleci")[2].partition("?")[0])
            for request, response in self.record(tape)
            if response.status < 300
        ]
        return {operation.name for operation in found if operation}

    def _play(self, tape: str) -> list[tuple[Request, Response]]:
        exchanges: list[tuple[Request, Response]] = []
        send = BlockingTransport.send

        def recording(transport: BlockingTransport, request: Request, *options: Any) -> Outcome:
            outcome = send(transport, request, *options)
            if isinstance(outcome, Response):
                exchanges.append((request, outcome))
            return outcome

        self._sandbox.reset()
        self._sandbox.set_speed(0)
        slept: list[float] = []
        with self._patch.context() as patch, CircleCIHook(request_attempts=1, sleep=slept.append) as hook:
            # What is slept for no time at all must pass on the hook's clock all the same.
            patch.setattr(base, "time", SimpleNamespace(time=lambda: time.time() + sum(slept)))
            patch.setattr(base, "_paces", {})
            patch.setattr(BlockingTransport, "send", recording)
            patch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", self._sandbox.connection_json())
            TAPES[tape](hook, self._sandbox)
        return exchanges


@pytest.fixture(scope="session")
def recorder(circle_sandbox_server: Sandbox, description: Description) -> Iterator[Recorder]:
    """The recordings."""
    with pytest.MonkeyPatch.context() as patch:
        yield Recorder(circle_sandbox_server, description, patch)
