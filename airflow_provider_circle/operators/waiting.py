"""
What operators and sensors that wait for CircleCI share: their options, checked, and the hook they use.

Whoever waits hands the same plain numbers and words to its trigger.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.operators.options import (
    check_patience,
    deferrable_or_default,
    longest_wait_s,
    raise_reported,
)
from airflow_provider_circle.vendors.circleci.report import Ending
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy

if TYPE_CHECKING:
    from airflow_provider_circle.hooks.circleci import CircleCIHook

__all__ = ["WaitsForCircleCI", "ending_from"]


class WaitsForCircleCI:
    """Mixin of tasks that wait for CircleCI."""

    circleci_conn_id: str
    deferrable: bool
    execution_timeout: timedelta | None

    def keep_options(
        self,
        *,
        circleci_conn_id: str,
        deferrable: bool | None,
        poll_interval_s: float,
        max_poll_interval_s: float,
        poll_backoff: float,
        on_hold: str,
        on_canceled: str,
        on_no_workflow: str,
        no_workflow_grace_s: float,
        request_attempts: int,
        request_max_wait_s: float,
    ) -> None:
        """
        Store the options as attributes.

        :raises ValueError: one of them makes no sense; names it.
        """
        self.circleci_conn_id = circleci_conn_id
        self.deferrable = deferrable_or_default(deferrable)
        self.poll_interval_s = poll_interval_s
        self.max_poll_interval_s = max_poll_interval_s
        self.poll_backoff = poll_backoff
        self.on_hold = on_hold
        self.on_canceled = on_canceled
        self.on_no_workflow = on_no_workflow
        self.no_workflow_grace_s = no_workflow_grace_s
        self.request_attempts = request_attempts
        self.request_max_wait_s = request_max_wait_s
        self.schedule()
        self.policy()
        check_patience(request_attempts, request_max_wait_s)

    def schedule(self) -> PollSchedule:
        """When to look next."""
        return PollSchedule(self.poll_interval_s, self.max_poll_interval_s, self.poll_backoff)

    def policy(self, **waited_for: Any) -> VerdictPolicy:
        """
        What to make of the cases that are nobody's success and nobody's failure.

        :param waited_for: further fields of the policy.
        """
        return VerdictPolicy(**self._policy_arguments(), **waited_for)

    def limit_s(self, timeout_s: float) -> tuple[float, bool]:
        """Say how long to wait at most, and whether that is the task's ``execution_timeout``."""
        return longest_wait_s(timeout_s, self.execution_timeout)

    def trigger_arguments(self, started_s: float, deadline_s: float) -> dict[str, Any]:
        """
        What a trigger of ``triggers.circleci`` needs to wait in place of this task.

        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch.
        """
        return {
            "circleci_conn_id": self.circleci_conn_id,
            "started_s": started_s,
            "deadline_s": deadline_s,
            "poll_interval_s": self.poll_interval_s,
            "max_poll_interval_s": self.max_poll_interval_s,
            "poll_backoff": self.poll_backoff,
            "request_attempts": self.request_attempts,
            "request_max_wait_s": self.request_max_wait_s,
            **self._policy_arguments(),
        }

    @cached_property
    def hook(self) -> CircleCIHook:
        """The hook; built when the task runs, so that parsing a DAG costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(
            self.circleci_conn_id,
            request_attempts=self.request_attempts,
            request_max_wait_s=self.request_max_wait_s,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        """Wait in the worker."""
        time.sleep(seconds)

    def _policy_arguments(self) -> dict[str, Any]:
        return {
            "on_hold": self.on_hold,
            "on_canceled": self.on_canceled,
            "on_no_workflow": self.on_no_workflow,
            "no_workflow_grace_s": self.no_workflow_grace_s,
        }


def ending_from(event: JsonObject) -> Ending:
    """
    Read a trigger's event.

    :raises CircleError: the trigger was turned away; what it reported.
    """
    raise_reported(event, ValueError)
    return cast("Ending", event)
