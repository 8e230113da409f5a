"""CircleCI's timestamps, read leniently: what cannot be read is ``None``, never an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

__all__ = ["epoch_s"]


def epoch_s(text: Any) -> float | None:
    """
    Read a timestamp such as ``2026-01-01T12:00:00.000Z``.

    :return: seconds since the epoch; ``None`` for anything else.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
