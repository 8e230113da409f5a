"""
What sensors share: their options, how Airflow waits, how the triggerer takes over.

Each sensor says what to look at.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    BaseSensorOperator,
    PokeReturnValue,
)

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
    check_polling,
)
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.options import (
    check_patience,
    deferrable_or_default,
    longest_wait_s,
    raise_reported,
)

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.polling import Course, PollSchedule
    from airflow_provider_circle.core.watching import Sight

__all__ = ["LookingSensor", "NewsSensor", "SightSensor"]


class LookingSensor(BaseSensorOperator):
    """
    Base of the sensors that look as their own schedule says, in the worker or in the triggerer.

    ``mode``, ``timeout``, ``soft_fail`` and the rest are Airflow's own.
    """

    deferrable: bool
    course: Course | None = None
    """Since when what is waited for runs, and how long that takes as a rule, as far as the last look told."""

    def execute(self, context: Context) -> Any:
        """Wait as the mode says; deferrable, look once and leave the rest to the triggerer."""
        if not self.deferrable:
            return super().execute(context)
        try:
            seen = self.poke(context)
        except AirflowFailException as failure:
            if self.soft_fail or self.never_fail:
                raise AirflowSkipException(str(failure)) from failure
            raise
        if seen.is_done:
            return seen.xcom_value
        started_s = time.time()
        deadline_s = started_s + longest_wait_s(self.timeout, self.execution_timeout)[0]
        self.defer(trigger=self.relief(context, started_s, deadline_s), method_name="execute_complete")
        raise AssertionError("unreachable: deferring leaves by exception")

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        raise NotImplementedError

    def relief(self, context: Context, started_s: float, deadline_s: float) -> BaseTrigger:
        """
        Build the trigger that waits in place of this sensor; the sensor goes on in its ``execute_complete``.

        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch.
        """
        raise NotImplementedError

    def schedule(self) -> PollSchedule:
        """When to look next."""
        raise NotImplementedError

    def overdue(self, message: str) -> BaseException:
        """
        Build what a deferred wait ends with that came to nothing.

        When the task goes on, Airflow applies ``soft_fail`` to the sensor's own timeout, not to ``execution_timeout``.
        """
        if self.soft_fail:
            return AirflowSkipException(message)
        _, is_execution_timeout = longest_wait_s(self.timeout, self.execution_timeout)
        return (AirflowTaskTimeout if is_execution_timeout else AirflowSensorTimeout)(message)

    def _get_next_poke_interval(
        self, started_at: datetime | float, run_duration: Callable[[], float], poke_count: int
    ) -> float:
        """Keep the schedule in Airflow's own loop, too."""
        schedule, waited_s = self.schedule(), run_duration()
        jitter = random.random()  # noqa: S311  spreads load, guards nothing
        if self.course is None:
            return schedule.next_wait_s(waited_s, jitter)
        ran_s = time.time() - self.course.began_s
        return schedule.next_wait_expecting_s(waited_s, jitter, self.course.expected, ran_s)


class SightSensor(LookingSensor):
    """
    Base of the sensors that look until there is something to see.

    ``mode``, ``timeout``, ``soft_fail`` and the rest are Airflow's own.

    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    """

    def __init__(
        self,
        *,
        deferrable: bool | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        **kwargs: Any,
    ) -> None:
        if "poke_interval" in kwargs:
            raise ValueError("poke_interval is named poll_interval_s here; give that, and max_poll_interval_s")
        check_polling(poll_interval_s, max_poll_interval_s, poll_backoff)
        check_patience(request_attempts, request_max_wait_s)
        super().__init__(poke_interval=poll_interval_s, **kwargs)
        self.deferrable = deferrable_or_default(deferrable)
        self.poll_interval_s = poll_interval_s
        self.max_poll_interval_s = max_poll_interval_s
        self.poll_backoff = poll_backoff
        self.request_attempts = request_attempts
        self.request_max_wait_s = request_max_wait_s

    def relief(self, context: Context, started_s: float, deadline_s: float) -> BaseTrigger:
        """Build the trigger, with this sensor's patience."""
        return self.waiting_trigger(
            context,
            {
                "started_s": started_s,
                "deadline_s": deadline_s,
                "poll_interval_s": self.poll_interval_s,
                "max_poll_interval_s": self.max_poll_interval_s,
                "poll_backoff": self.poll_backoff,
                "request_attempts": self.request_attempts,
                "request_max_wait_s": self.request_max_wait_s,
            },
        )

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once; a passing fault is a reason to look again."""
        try:
            with airflow_errors():
                sight = self.sight(context, time.time())
        except ValueError as error:
            raise AirflowFailException(str(error)) from error
        self.log.info("%s", sight)
        if sight.seen is None:
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self.finish(sight.seen))

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors():
            raise_reported(event)
        if event["status"] == "timed_out":
            raise self.overdue(event["message"])
        return self.finish(event["seen"])

    def sight(self, context: Context, now_s: float) -> Sight[JsonObject]:
        """
        Look once.

        :param now_s: seconds since the epoch.
        """
        raise NotImplementedError

    def waiting_trigger(self, context: Context, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits in place of this sensor."""
        raise NotImplementedError

    def finish(self, seen: JsonObject) -> JsonObject:
        """Say what goes to XCom of what was seen, or that it is a failure."""
        return seen

    def schedule(self) -> PollSchedule:
        """When to look next."""
        from airflow_provider_circle.core.polling import PollSchedule

        return PollSchedule(self.poll_interval_s, self.max_poll_interval_s, self.poll_backoff)


class NewsSensor(SightSensor):
    """
    Base of the sensors that wait for something newer than a moment.

    :param since: the moment: ISO 8601 with its zone, or a ``datetime``. Left out, the end of the run's data interval.
        (templated)
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.

    All other parameters: :class:`SightSensor`.
    """

    def __init__(
        self,
        *,
        since: str | datetime | None = None,
        poll_interval_s: float = 60.0,
        max_poll_interval_s: float = 300.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(poll_interval_s=poll_interval_s, max_poll_interval_s=max_poll_interval_s, **kwargs)
        self.since = since

    def sight(self, context: Context, now_s: float) -> Sight[JsonObject]:
        """Look once for news since the moment."""
        return self.look(self._moment(context), now_s)

    def waiting_trigger(self, context: Context, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for news since the moment."""
        return self.trigger(self._moment(context).isoformat(), waiting)

    def look(self, since: datetime, now_s: float) -> Sight[JsonObject]:
        """
        Look once.

        :param now_s: seconds since the epoch.
        """
        raise NotImplementedError

    def trigger(self, since: str, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits in place of this sensor."""
        raise NotImplementedError

    def _moment(self, context: Context) -> datetime:
        from airflow_provider_circle.core.window import moment_of

        if self.since is not None:
            return moment_of("since", self.since)
        end = context.get("data_interval_end")
        if end is None:
            raise ValueError("since: this run has no data interval, as it was started by hand; say since when")
        return datetime.fromtimestamp(end.timestamp(), UTC)
