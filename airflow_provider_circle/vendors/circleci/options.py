"""
What a task that waits may be told of CircleCI: the words and numbers that hold where nobody says, and which make sense.

A DAG file has them checked each time it is read, so this costs nothing to import. What follows from them is written in
``verdict.py`` and ``durations.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args

__all__ = [
    "INSIGHTS",
    "NO_WORKFLOW_GRACE_S",
    "ON_CANCELED",
    "ON_HOLD",
    "ON_NO_WORKFLOW",
    "OnEnd",
    "OnHold",
    "WaitOrFail",
    "check_policy",
    "checked_duration",
]

OnEnd = Literal["fail", "skip", "succeed"]
"""What a task makes of an end that is nobody's success and nobody's failure."""

WaitOrFail = Literal["wait", "fail"]
"""What a task that only looks makes of a job that waits for a person."""

OnHold = Literal["wait", "fail", "approve"]
"""What a task that may act makes of it."""

ON_HOLD: Literal["wait"] = "wait"
"""A job waits for a person."""

ON_CANCELED: OnEnd = "fail"
"""A workflow was canceled; CircleCI cancels redundant ones by itself."""

ON_NO_WORKFLOW: OnEnd = "fail"
"""Nothing ever ran."""

NO_WORKFLOW_GRACE_S = 600.0
"""Seconds a workflow that is due may take to appear."""

INSIGHTS: Literal["insights"] = "insights"
"""In place of a duration: learn it."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "on_hold": get_args(OnHold),
    "on_canceled": get_args(OnEnd),
    "on_no_workflow": get_args(OnEnd),
}


def check_policy(*, no_workflow_grace_s: Any, **words: Any) -> None:
    """
    Check what is to be made of the cases that are nobody's success and nobody's failure.

    :param words: ``on_hold``, ``on_canceled`` and ``on_no_workflow``.
    :raises ValueError: one of them makes no sense; names it.
    """
    for name, word in words.items():
        if word not in _CHOICES[name]:
            raise ValueError(f"{name} must be one of {', '.join(_CHOICES[name])}, got {word!r}")
    grace_s = no_workflow_grace_s
    if isinstance(grace_s, bool) or not isinstance(grace_s, int | float) or not 0 <= grace_s < math.inf:
        raise ValueError(f"no_workflow_grace_s must be a number of seconds, 0 or more, got {grace_s!r}")


def checked_duration(value: Any) -> float | Literal["insights"] | None:
    """
    Check how long something is said to take. A template that came out empty means "not given".

    :param value: seconds, also as a text; ``insights``; ``None``.
    :raises ValueError: anything else.
    """
    if value is None or value == "":
        return None
    if value == INSIGHTS:
        return INSIGHTS
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ValueError(f"expected_duration_s must be a number of seconds above 0, or {INSIGHTS!r}, got {value!r}")
    return seconds
