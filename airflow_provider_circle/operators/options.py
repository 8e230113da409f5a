"""Options that tasks of several kinds share: checked, and filled in from Airflow's configuration."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowFailException, conf

from airflow_provider_circle import exceptions
from airflow_provider_circle.core.patience import check_repeating

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject

__all__ = ["check_patience", "checked_timeout", "deferrable_or_default", "longest_wait_s", "raise_reported"]


def check_patience(request_attempts: int, request_max_wait_s: float) -> None:
    """
    Check how patiently requests are repeated.

    :raises ValueError: one of the two makes no sense; names it.
    """
    try:
        check_repeating(request_attempts, max_wait_s=request_max_wait_s)
    except ValueError as error:
        raise ValueError(f"request_{error}") from None


def checked_timeout(timeout_s: float) -> float:
    """
    Check how long a task is to wait at most.

    :raises ValueError: no number of seconds above 0.
    """
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or not timeout_s > 0:
        raise ValueError(f"timeout_s must be a number of seconds above 0, got {timeout_s!r}")
    return timeout_s


def deferrable_or_default(deferrable: bool | None) -> bool:
    """Follow ``[operators] default_deferrable`` where the DAG does not say."""
    return conf.getboolean("operators", "default_deferrable", fallback=False) if deferrable is None else deferrable


def longest_wait_s(timeout_s: float, execution_timeout: timedelta | None) -> tuple[float, bool]:
    """
    Say how long to wait at most.

    Airflow does not enforce ``execution_timeout`` while a task is deferred, so whoever waits does.

    :return: seconds, and whether that is the task's ``execution_timeout``.
    """
    allowed_s = execution_timeout.total_seconds() if execution_timeout else math.inf
    return min(allowed_s, timeout_s), allowed_s <= timeout_s


def raise_reported(event: JsonObject, otherwise: type[Exception] = AirflowFailException) -> None:
    """
    Raise the error that a trigger's event reports; an event of another kind passes.

    :param otherwise: raised for an error that is not this provider's own, such as a connection that is unusable.
    """
    if event["status"] == "error":
        raise getattr(exceptions, event["error"], otherwise)(event["message"])
