"""
When a failed task is tried again: :class:`CircleRetryPolicy` times its retries by what the service asked for.

What can only fail again fails the task at once, with or without it; that is written in ``operators/errors.py``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.operators.errors import airflow_errors

if TYPE_CHECKING:
    from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
else:
    try:
        from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
    except ImportError:
        RetryDecision = None

        class RetryPolicy:
            """Stands in for Airflow's own where there is none, so that this module can still be imported."""

            def __init__(self) -> None:
                raise AirflowOptionalProviderFeatureException(
                    "CircleRetryPolicy needs Airflow 3.3 or newer, whose tasks take a retry_policy. What can only fail "
                    "again fails a task at once without it, too."
                )


__all__ = ["CircleRetryPolicy", "airflow_errors"]

_LONGEST_DELAY_S = 3600.0
"""Seconds a service's ``Retry-After`` puts a task off at most."""


class CircleRetryPolicy(RetryPolicy):
    """
    Retries a task when the service is ready for it: after its ``Retry-After``, where it gave one.

    Give it to a task as ``retry_policy=CircleRetryPolicy()``; ``retries`` stays the upper bound.

    :raises AirflowOptionalProviderFeatureException: this Airflow is older than 3.3.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Decide how a failed try goes on."""
        if isinstance(exception, CircleError):
            if exception.permanent:
                return RetryDecision.fail(reason=str(exception))
            if exception.retry_after_s is not None:
                delay = timedelta(seconds=min(exception.retry_after_s, _LONGEST_DELAY_S))
                return RetryDecision.retry(delay, reason=str(exception))
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """There is nothing to remember."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CircleRetryPolicy:
        """Build the policy again."""
        return cls()
