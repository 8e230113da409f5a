"""What the operators that make a few calls share: how patiently they call, and the hook they call through."""

from __future__ import annotations

import time
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_circle.core.patience import ATTEMPTS, MAX_WAIT_S
from airflow_provider_circle.operators.options import check_patience

__all__ = ["CallingOperator"]


class CallingOperator(BaseOperator):
    """
    Base of the operators that make a few calls.

    :param request_attempts: how often one request is sent at most; what is not safe to repeat is looked up first.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    """

    def __init__(
        self,
        *,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.request_attempts = request_attempts
        self.request_max_wait_s = request_max_wait_s
        check_patience(request_attempts, request_max_wait_s)

    def patience(self) -> dict[str, Any]:
        """Say to a hook how patiently this task calls."""
        return {
            "request_attempts": self.request_attempts,
            "request_max_wait_s": self.request_max_wait_s,
            "sleep": self.sleep,
        }

    def sleep(self, seconds: float) -> None:
        """Wait in the worker."""
        time.sleep(seconds)
