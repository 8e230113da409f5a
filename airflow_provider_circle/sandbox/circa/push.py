"""
Push notifications: what Circa tells of changes, sent when a test asks for it.

Knows the body. Nothing is sent by itself, and nothing is tried again: a test decides.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.controls import read_fields
from airflow_provider_circle.sandbox.sending import is_acceptable, send

__all__ = ["PushControls"]

_TIMEOUT_S = 5.0
_NEEDED = frozenset({"action", "resource_id", "resource_type"})
_ACTIONS = ("create", "update", "delete")
_TYPES = ("Event", "Contact", "EventContact", "Company", "Field")


class PushControls:
    """Pushing, relative to ``/_sandbox/circa``."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def routes(self) -> list[Route]:
        """Build the routes."""
        return [Route("/push", self._push, methods=["POST"])]

    async def _push(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "url", "changes", "changed_at")
        url, changes = fields.get("url"), fields.get("changes")
        if not is_acceptable(url):
            raise ValueError("url must be https, or http on this machine")
        if not isinstance(changes, list) or not all(_is_change(each) for each in changes):
            raise ValueError(
                f"changes must be objects with action ({', '.join(_ACTIONS)}), resource_id and resource_type "
                f"({', '.join(_TYPES)})"
            )
        changed_at = fields.get("changed_at") or _second(self._clock.now())
        body = json.dumps({"changed_at": changed_at, "change_log": changes}).encode()
        return JSONResponse({"changed_at": changed_at, "status": await send(str(url), body, {}, _TIMEOUT_S)})


def _is_change(change: Any) -> bool:
    return (
        isinstance(change, dict)
        and change.keys() >= _NEEDED
        and change["action"] in _ACTIONS
        and change["resource_type"] in _TYPES
    )


def _second(now_s: float) -> str:
    return datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
