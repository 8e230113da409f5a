"""Running a trigger until it has said what it waited for."""

from __future__ import annotations

import json
from typing import Any

from airflow.triggers.base import BaseTrigger

__all__ = ["event_of"]


async def event_of(trigger: BaseTrigger) -> dict[str, Any]:
    """Give the one event of a trigger; Airflow stores it as JSON."""
    (payload,) = [event.payload async for event in trigger.run()]
    assert json.loads(json.dumps(payload)) == payload
    return dict(payload)
