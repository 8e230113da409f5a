"""
What operators and sensors that wait for CircleCI share: their options, checked, and the hook they use.

Whoever waits hands the same plain numbers and words to its trigger.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.common.compat.sdk import AirflowTaskTimeout

from airflow_provider_circle.core.patience import check_polling
from airflow_provider_circle.exceptions import PipelineTimedOut
from airflow_provider_circle.operators.options import (
    check_patience,
    deferrable_or_default,
    longest_wait_s,
    raise_reported,
)
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.operators.viewing import keep_view
from airflow_provider_circle.vendors.circleci.options import INSIGHTS, check_policy, checked_duration

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.polling import PollSchedule
    from airflow_provider_circle.hooks.base import CircleHook
    from airflow_provider_circle.hooks.circleci import CircleCIHook
    from airflow_provider_circle.vendors.circleci.report import Ending
    from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
    from airflow_provider_circle.vendors.circleci.watch import Record

__all__ = ["Waits", "WaitsForCircleCI", "WaitsOnV2", "ending_from"]


class Waits:
    """Mixin of tasks that wait for something in CircleCI, whatever its end means."""

    circleci_conn_id: str
    deferrable: bool
    execution_timeout: timedelta | None

    @property
    def hook(self) -> CircleHook:
        """The hook."""
        raise NotImplementedError

    def keep_patience(
        self,
        *,
        circleci_conn_id: str,
        deferrable: bool | None,
        poll_interval_s: float,
        max_poll_interval_s: float,
        poll_backoff: float,
        request_attempts: int,
        request_max_wait_s: float,
    ) -> None:
        """
        Store how to wait and how to ask as attributes.

        :raises ValueError: one of them makes no sense; names it.
        """
        self.circleci_conn_id = circleci_conn_id
        self.deferrable = deferrable_or_default(deferrable)
        self.poll_interval_s = poll_interval_s
        self.max_poll_interval_s = max_poll_interval_s
        self.poll_backoff = poll_backoff
        self.request_attempts = request_attempts
        self.request_max_wait_s = request_max_wait_s
        check_polling(poll_interval_s, max_poll_interval_s, poll_backoff)
        check_patience(request_attempts, request_max_wait_s)

    def schedule(self) -> PollSchedule:
        """When to look next."""
        from airflow_provider_circle.core.polling import PollSchedule

        return PollSchedule(self.poll_interval_s, self.max_poll_interval_s, self.poll_backoff)

    def limit_s(self, timeout_s: float) -> tuple[float, bool]:
        """Say how long to wait at most, and whether that is the task's ``execution_timeout``."""
        return longest_wait_s(timeout_s, self.execution_timeout)

    def too_late(self, timeout_s: float, what: str, standing: str) -> BaseException:
        """
        Build the error of a wait that came to nothing.

        :param what: what had not happened.
        :param standing: how things stood at the last look.
        """
        limit_s, is_execution_timeout = self.limit_s(timeout_s)
        message = f"{what} after {limit_s:g} s; {standing}"
        return AirflowTaskTimeout(message) if is_execution_timeout else PipelineTimedOut(message)

    def waiting_arguments(self, started_s: float, deadline_s: float | None) -> dict[str, Any]:
        """
        What any trigger needs to wait in place of this task.

        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
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
        }

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


class WaitsOnV2(Waits):
    """Mixin of tasks that wait through CircleCI's API v2."""

    @cached_property
    def hook(self) -> CircleCIHook:
        """The hook; built when the task runs, so that parsing a DAG costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.circleci_conn_id, **self.patience())


class WaitsForCircleCI(WaitsOnV2):
    """Mixin of tasks that wait until a pipeline, workflow or job has ended, and judge the end."""

    _show: Callable[..., None] | None = None
    """Pushes to XCom what the view in Airflow's UI shows of a wait in the worker, once the task runs."""

    def keep_options(
        self,
        *,
        on_hold: str,
        on_canceled: str,
        on_no_workflow: str,
        no_workflow_grace_s: float,
        expected_duration_s: float | str | None = None,
        **patience: Any,
    ) -> None:
        """
        Store the options as attributes.

        :param expected_duration_s: how long what is waited for takes as a rule, ``insights`` or a template.
        :param patience: see :meth:`Waits.keep_patience`.
        :raises ValueError: one of them makes no sense; names it.
        """
        self.on_hold = on_hold
        self.on_canceled = on_canceled
        self.on_no_workflow = on_no_workflow
        self.no_workflow_grace_s = no_workflow_grace_s
        self.expected_duration_s = expected_duration_s
        self.keep_patience(**patience)
        check_policy(**self.policy_arguments())
        if not is_template(expected_duration_s):
            checked_duration(expected_duration_s)

    def expectation(self, *, whole: bool = True, new_since_s: float | None = None) -> dict[str, Any]:
        """
        Say what is known of how long it will take, as ``CircleCIHook.watch`` and the triggers take it.

        :param whole: everything runs; what a part takes, Insights do not tell.
        :param new_since_s: when this task started what it waits for, in seconds since the epoch: it has not ended yet.
        :return: empty where nothing is known.
        :raises ValueError: no such duration.
        """
        from airflow_provider_circle.core.polling import Expectation

        duration_s = checked_duration(self.expected_duration_s)
        if duration_s is None or (duration_s == INSIGHTS and not whole):
            return {}
        if new_since_s is None:
            return {"expected_duration_s": duration_s}
        schedule, jitter = self.schedule(), random.random()  # noqa: S311  spreads load, guards nothing
        first_s = schedule.next_wait_s(0.0, jitter)
        if not isinstance(duration_s, str):
            first_s = min(first_s, schedule.next_wait_expecting_s(0.0, jitter, Expectation(duration_s), 0.0))
        # What is refused ends at once, so the first look is as early as ever.
        return {"expected_duration_s": duration_s, "look_from_s": new_since_s + first_s}

    def policy(self, **waited_for: Any) -> VerdictPolicy:
        """
        What to make of the cases that are nobody's success and nobody's failure.

        :param waited_for: further fields of the policy.
        """
        from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy

        return VerdictPolicy(**self.policy_arguments(), **waited_for)

    def policy_arguments(self) -> dict[str, Any]:
        """The fields of the policy, as a trigger takes them."""
        return {
            "on_hold": self.on_hold,
            "on_canceled": self.on_canceled,
            "on_no_workflow": self.on_no_workflow,
            "no_workflow_grace_s": self.no_workflow_grace_s,
        }

    def trigger_arguments(self, started_s: float, deadline_s: float) -> dict[str, Any]:
        """
        What a trigger of ``triggers.circleci`` needs to wait in place of this task.

        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch.
        """
        return {**self.waiting_arguments(started_s, deadline_s), **self.policy_arguments()}

    def failure_lines(self, ending: Mapping[str, Any]) -> Sequence[str]:
        """
        Name the failed jobs and tests, line by line; what the failing steps wrote goes to the log alone.

        :param ending: an ``Ending``.
        """
        self.hook.log_failed_steps(ending["workflows"])
        return self.hook.failure_report(ending["workflows"])

    def record(self) -> Record | None:
        """Say how a wait in the worker is recorded; one that only looks once before it defers is not."""
        push = self._show
        if self.deferrable or push is None:
            return None
        from airflow_provider_circle.vendors.circleci.recording import Recorder

        return Recorder(lambda view: keep_view(push, lambda: view)).record

    def show_end(self, push: Callable[..., None], ending: Mapping[str, Any]) -> None:
        """
        Keep for the view in Airflow's UI how it ended.

        :param ending: an ``Ending``.
        """
        keep_view(push, lambda: self.hook.view_of_end(cast("Ending", ending)))


def ending_from(event: JsonObject) -> Ending:
    """
    Read a trigger's event.

    :raises CircleError: the trigger was turned away; what it reported.
    """
    raise_reported(event, ValueError)
    return cast("Ending", event)
