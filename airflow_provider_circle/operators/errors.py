"""
Where this provider's errors become Airflow's: what can only fail again fails the task at once.

Everything else is left to the task's retries, which ``operators/base.py`` can time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.exceptions import CircleError

__all__ = ["airflow_errors"]


@contextmanager
def airflow_errors() -> Iterator[None]:
    """
    Fail the task at once for what can only fail again.

    :raises AirflowFailException: in place of a permanent error of this provider.
    """
    try:
        yield
    except CircleError as error:
        if error.permanent:
            raise AirflowFailException(str(error)) from error
        raise
