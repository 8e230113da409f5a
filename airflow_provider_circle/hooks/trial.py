"""Trying a connection for the button in Airflow's form: one attempt, not kept waiting by what else goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.base import CircleHook

__all__ = ["try_connection"]

T = TypeVar("T")

_TIMEOUT_S = 20.0
"""Seconds *Test connection* may take; Airflow's own limit is 60."""


def try_connection(hook: CircleHook, ask: Callable[[Caller], Walk[T]], tell: Callable[[T], str]) -> tuple[bool, str]:
    """
    Ask a service once.

    :param tell: words the answer.
    :return: whether the connection works, and what was told, or why not.
    """
    try:
        transport, caller = hook.blocking()
        service = replace(caller.service, timeout_s=min(caller.service.timeout_s, _TIMEOUT_S))
        once = replace(caller, service=service, retry=RetryPolicy(attempts=1), pace=Pace())
        return True, tell(transport.run(ask(once)))
    except (CircleError, ValueError) as error:
        return False, str(error)
    finally:
        hook.close()
