"""
Waiting in the triggerer, whatever the service: arguments that may be stored, one event in the end.

Arguments are ids, plain numbers and words, never secrets. All waits of a triggerer share one HTTP session, and one pace
per connection. A restart resumes a wait where it was, with the deadline it had.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.exceptions import CircleError

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.watching import Sight

__all__ = ["SightTrigger"]

_canceling: set[asyncio.Task[None]] = set()
"""An event loop itself keeps no task alive."""


class SightTrigger(BaseTrigger):
    """
    A wait until there is something to see.

    Its event is ``{"status": "seen", "seen": …}``, ``{"status": "timed_out", "message"}`` or ``{"status": "error",
    "error", "message"}``.

    :param started_s: when the wait began, in seconds since the epoch.
    :param deadline_s: when to give up, in seconds since the epoch; one more look is taken after it.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param subject: what is waited for: connection, ids.
    """

    run_key: ClassVar[str]
    """What :meth:`cancel` cancels: its name in the subject, and in what the task has told in XCom."""

    def __init__(
        self,
        *,
        started_s: float,
        deadline_s: float | None,
        poll_interval_s: float,
        max_poll_interval_s: float,
        poll_backoff: float,
        request_attempts: int,
        request_max_wait_s: float,
        **subject: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.schedule = PollSchedule(poll_interval_s, max_poll_interval_s, poll_backoff)
        self.limits: dict[str, Any] = {"started_s": started_s, "deadline_s": deadline_s}
        self.patience: dict[str, Any] = {
            "request_attempts": request_attempts,
            "request_max_wait_s": request_max_wait_s,
        }
        self.subject = subject

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Say how to build this trigger again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            **self.limits,
            "poll_interval_s": self.schedule.poll_interval_s,
            "max_poll_interval_s": self.schedule.max_poll_interval_s,
            "poll_backoff": self.schedule.poll_backoff,
            **self.patience,
            **self.subject,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and report what was seen."""
        try:
            event = await self.wait()
        except (CircleError, ValueError) as error:
            event = {"status": "error", "error": type(error).__name__, "message": str(error)}
        yield TriggerEvent(self.told(event))  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """
        Cancel what is waited for, if it is to be: a person marked or cleared the task (Airflow 3.3 or newer).

        Airflow comes here as well when it gave the wait to another triggerer because this one was silent for a while.
        The task is still deferred then, for the same run, and somebody else goes on waiting.
        """
        if not self.subject.get("cancel_on_kill"):
            return
        # Airflow interrupts this after a second, to ask for it once more (seen in 3.3.2).
        canceling = asyncio.create_task(self._cancel_if_given_up())
        _canceling.add(canceling)
        canceling.add_done_callback(_canceling.discard)
        await asyncio.shield(canceling)

    async def cancel(self) -> None:
        """Cancel what is waited for."""
        raise NotImplementedError

    async def _cancel_if_given_up(self) -> None:
        try:
            if await asyncio.to_thread(self._is_waited_for_elsewhere):
                self.log.warning("Another triggerer goes on with this wait; nothing is canceled")
            else:
                await self.cancel()
        except (CircleError, ValueError) as error:
            self.log.error("What was waited for may still be running: %s", error)  # noqa: TRY400

    def _is_waited_for_elsewhere(self) -> bool:
        """Ask Airflow whether the task still waits, and for this: a cleared one may be waiting for its next run."""
        from airflow.sdk.execution_time.xcom import XCom

        from airflow_provider_circle.triggers.standing import state_of

        task: Any = self.task_instance
        if state_of(task) != "deferred":
            return False
        told = XCom.get_one(
            key=self.run_key, dag_id=task.dag_id, task_id=task.task_id, run_id=task.run_id, map_index=task.map_index
        )
        return told in (None, self.subject[self.run_key])

    async def wait(self) -> JsonObject:
        """Wait; return the event."""
        sight = await self.sight()
        if sight.seen is None:
            return {"status": "timed_out", "message": f"last seen: {sight}"}
        return {"status": "seen", "seen": sight.seen}

    async def sight(self) -> Sight[JsonObject]:
        """Look until there is something to see, or the deadline has passed."""
        raise NotImplementedError

    def told(self, event: JsonObject) -> JsonObject:
        """Say what of an event, good or bad, is reported."""
        return event
