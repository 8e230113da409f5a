"""
How many webhooks came and what became of them, as Airflow's metrics.

Knows where the API server's own metrics are found, which has moved from release to release; the task SDK has others.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["count"]

_PLACES = ("airflow.observability.stats", "airflow.stats")


def count(outcome: str, source: str, reason: str | None = None) -> None:
    """
    Count one webhook as ``circle.webhook.<outcome>``.

    :param outcome: ``accepted``, ``duplicate``, ``unheard``, ``ignored`` or ``refused``.
    :param source: ``circleci`` or ``circa``; a tag.
    :param reason: why it was refused; a tag.
    """
    _stats().incr(f"circle.webhook.{outcome}", tags={"source": source} | ({"reason": reason} if reason else {}))


@cache
def _stats() -> Any:
    for place in _PLACES:
        try:
            return import_module(place).Stats
        except (ImportError, AttributeError):
            continue
    raise ImportError("this release of Airflow has no metrics where they are known to be")
