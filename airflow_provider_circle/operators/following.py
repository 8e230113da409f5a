"""
What operators share that start something in CircleCI and follow it to its end: tries, deferral, XCom, killing.

Each says how to start or find it, how to look at it, which trigger waits for it and how to cancel it. What is followed
is a *run*: plain JSON with at least a ``url``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
    BaseOperator,
)

from airflow_provider_circle.exceptions import (
    CircleError,
    NothingRan,
    PipelineFailed,
    PipelineTimedOut,
    ServiceDown,
    TriggerAmbiguous,
    UnexpectedReply,
    Unreachable,
)
from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.options import checked_timeout
from airflow_provider_circle.operators.waiting import Waits

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject

__all__ = ["FollowingOperator"]

_DAY_S = 86_400.0
_T = TypeVar("_T")


class FollowingOperator(Waits, BaseOperator):
    """
    Base of the operators that start something and follow it.

    A try that died finds its run again (Airflow 3.3 or newer); a cleared task starts a new one.

    :param wait_for_completion: ``False`` ends the task once the run is started.
    :param timeout_s: seconds to wait at most, deferred or not; ``execution_timeout`` holds while deferred, too.
    :param cancel_on_kill: cancel the run when the task is killed, marked or cleared.
    """

    memory_key: ClassVar[str]
    begun: ClassVar[str] = "started"
    """What has been done to a run once there is one, in a message."""
    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        wait_for_completion: bool = True,
        timeout_s: float = _DAY_S,
        cancel_on_kill: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_for_completion = wait_for_completion
        self.timeout_s = checked_timeout(timeout_s)
        self.cancel_on_kill = cancel_on_kill
        self._show: Callable[..., None] | None = None
        self._run: JsonObject | None = None
        self._memory: TaskMemory | None = None
        self._killed = False
        self._puts_off_kills = False
        self._canceled = False
        self._found_again = False

    def execute(self, context: Context) -> JsonObject:
        """Start the run, or find what an earlier try started; then wait here or in the triggerer."""
        return self.follow(context, time.time())

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        self._run, self._memory = event["handed_back"], TaskMemory(context, self.memory_key)
        with airflow_errors(), self.hook, self.canceling_at_a_timeout():
            return self._finish(context, event["handed_back"], self.ending_of_event(event))

    def follow(self, context: Context, started_s: float) -> JsonObject:
        """
        Start or find the run, and wait for its end.

        :param started_s: when the task's wait began, in seconds since the epoch.
        """
        memory = self._memory = TaskMemory(context, self.memory_key)
        push = self._show = partial(self._push, context["ti"])
        with airflow_errors(), self.hook, self.canceling_at_a_timeout():
            while True:
                try:
                    with self._putting_off_kills():
                        run = self._run = self.obtain(memory, started_s)
                except NothingRan as nothing:
                    return self._finish(context, {}, self.ending_without_run(nothing))
                for key, value in self.told(run).items():
                    push(key=key, value=value)
                self.show_begun(push, run)
                if self._killed:
                    self._forget_if_canceled()
                    raise AirflowException(f"killed; {self.named(run)} had just been {self.begun}")
                if not self.wait_for_completion:
                    return self.summary(run, {"status": "triggered"})
                ending = self._look_at_once(run) if self._found_again else None
                if ending is not None and self._was_canceled_with_its_try(ending):
                    self.log.info("%s was canceled with the try that was killed; starting anew", self.named(run))
                    self._found_again = False
                    memory.forget()
                    continue
                if ending is None or ending["status"] == "timed_out":
                    ending = self._wait(run, self.wait_began_s(started_s), has_looked=ending is not None)
                return self._finish(context, run, ending)

    def on_kill(self) -> None:
        """
        Cancel the run, unless Airflow took this try for dead and another one goes on with it.

        Runs in a signal handler, so it uses nothing the interrupted code may be holding.
        """
        self._killed = True
        if not self.cancel_on_kill or self._run is None or self._canceled or self._puts_off_kills:
            return
        if self._memory is not None and self._memory.taken_over():
            self.log.warning("Nothing is canceled: the next try goes on with %s", self.named(self._run))
            return
        self._canceled = True
        try:
            if canceled := self.cancel(self._run):
                self.log.info("Canceled %s", canceled)
            else:
                self.log.warning("Found nothing to cancel of %s", self.named(self._run))
        except CircleError as error:
            self.log.error("%s may still be running: %s", self.named(self._run), error)  # noqa: TRY400

    def obtain(self, memory: TaskMemory, started_s: float) -> JsonObject:
        """
        Find the run to follow: an earlier try's, or a new one. Whatever is started is remembered.

        :param started_s: when the task's wait began, in seconds since the epoch.
        """
        raise NotImplementedError

    def found_again(self, run: JsonObject) -> JsonObject:
        """Take up the run of an earlier try; for :meth:`obtain`."""
        self._found_again = True
        self.log.info("Found %s of an earlier try again: %s", self.named(run), run["url"])
        return run

    def start_noted(self, memory: TaskMemory, note: JsonObject, start: Callable[[], _T]) -> _T:
        """
        Start a run with a note of it before, by which the next try finds it should this one die; for :meth:`obtain`.

        :param note: JSON's own types; dropped when there can be no run.
        :param start: starts it, once; its ``ValueError`` means that nothing was sent.
        """
        memory.keep(**note)
        try:
            return start()
        except (CircleError, ValueError) as error:
            if not _may_have_started(error):
                memory.forget()
            raise

    def wait_began_s(self, task_began_s: float) -> float:
        """
        Say since when the run is waited for, in seconds since the epoch, now that there is one.

        :param task_began_s: since when the task waits; counts unless a task waits for nothing but its run.
        """
        return task_began_s

    def ending_without_run(self, nothing: NothingRan) -> JsonObject:
        """
        Say, as :meth:`look` returns it, what it means that CircleCI started nothing.

        :raises NothingRan: the task has no policy for it, and fails.
        """
        raise nothing

    def may_have_ended(self, run: JsonObject) -> bool:
        """Say whether a look at the run is worth it before the task defers."""
        return True

    def look(self, run: JsonObject, *, started_s: float, deadline_s: float) -> JsonObject:
        """
        Wait in the worker.

        :return: ``{"status", "action", "message", …}``: ``status`` is the plain truth, or ``timed_out``; ``action`` is
            ``succeed``, ``skip`` or ``fail``.
        """
        raise NotImplementedError

    def ending_of_event(self, event: JsonObject) -> JsonObject:
        """
        Read a trigger's event as :meth:`look` returns it.

        :raises CircleError: the trigger was turned away.
        """
        raise NotImplementedError

    def trigger(self, run: JsonObject, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits in place of this task; its event has the run as ``handed_back``."""
        raise NotImplementedError

    def cancel(self, run: JsonObject) -> str:
        """
        Cancel the run, over a session of its own.

        :return: what was canceled, for the log; empty where nothing was left to cancel.
        """
        raise NotImplementedError

    def named(self, run: JsonObject) -> str:
        """Name the run in a message; it is empty where CircleCI started nothing, see :meth:`ending_without_run`."""
        raise NotImplementedError

    def told(self, run: JsonObject) -> dict[str, Any]:
        """Say what goes to XCom as soon as there is a run."""
        raise NotImplementedError

    def show_begun(self, push: Callable[..., None], run: JsonObject) -> None:
        """Keep for a view in Airflow's UI that there is a run; where there is such a view."""

    def show_end(self, push: Callable[..., None], ending: Mapping[str, Any]) -> None:
        """Keep for a view in Airflow's UI how it ended; where there is such a view."""

    def summary(self, run: JsonObject, ending: JsonObject) -> JsonObject:
        """Sum up for XCom."""
        raise NotImplementedError

    def failure_lines(self, ending: JsonObject) -> Sequence[str]:
        """Say more about a failure, line by line."""
        raise NotImplementedError

    def leave_failed(self, memory: TaskMemory, run: JsonObject, ending: JsonObject) -> None:
        """Leave the next try what it needs of a run that failed: nothing, where it starts another."""
        memory.forget()

    def _wait(self, run: JsonObject, started_s: float, *, has_looked: bool) -> JsonObject:
        """Wait in the worker, and tell how it ended; or leave for the triggerer."""
        deadline_s = started_s + self.limit_s(self.timeout_s)[0]
        if not self.deferrable or (self.may_have_ended(run) and not has_looked):
            try:
                # Deferring costs a round through scheduler and triggerer, so a first look decides whether it is needed.
                ending = self.look(run, started_s=started_s, deadline_s=started_s if self.deferrable else deadline_s)
            except _Killed:
                self._forget_if_canceled()
                raise
            if self._killed:
                self._forget_if_canceled()
                raise _Killed("killed while looking at CircleCI")
            if not (self.deferrable and ending["status"] == "timed_out"):
                return ending
        self._tell_what_goes_on_when_killed(run)
        self.defer(
            trigger=self.trigger(run, self.waiting_arguments(started_s, deadline_s)), method_name="execute_complete"
        )
        raise AssertionError("unreachable: deferring leaves by exception")

    def _tell_what_goes_on_when_killed(self, run: JsonObject) -> None:
        from airflow.triggers.base import BaseTrigger

        if self.cancel_on_kill and not hasattr(BaseTrigger, "on_kill"):
            self.log.info(
                "Deferred tasks learn only from Airflow 3.3 on that they are marked or cleared: should this one be, "
                "%s goes on",
                self.named(run),
            )

    def _finish(self, context: Context, run: JsonObject, ending: JsonObject) -> JsonObject:
        """Turn how it ended into how the task ends."""
        memory, push = TaskMemory(context, self.memory_key), partial(self._push, context["ti"])
        summary = self.summary(run, ending)
        push(key="summary", value=summary)
        self.show_end(push, ending)
        headline = f"{self.named(run)}: {ending['status']} ({ending['message']})"
        if ending["status"] == "timed_out":
            limit_s, is_execution_timeout = self.limit_s(self.timeout_s)
            message = f"{self.named(run)} was still going after {limit_s:g} s: {ending['message']}\n{run['url']}"
            if is_execution_timeout:
                self.on_kill()
                raise AirflowTaskTimeout(message)
            raise _unended(memory, PipelineTimedOut(message))
        if ending["action"] == "fail" and ending["status"] == "held":
            raise _unended(memory, PipelineFailed(f"{headline}\n{run['url']}"))
        # Ends that are no failure stay remembered: Airflow may lose them, and tries again what has ended well.
        if ending["action"] == "succeed":
            self.log.info("%s", headline)
            return summary
        if ending["action"] == "skip":
            raise AirflowSkipException(headline)
        lines = self.failure_lines(ending)
        self.leave_failed(memory, run, ending)
        error = NothingRan if ending["status"] == "never_ran" else PipelineFailed
        raise error("\n".join([headline, *([run["url"]] if run.get("url") else []), *lines]))

    def _push(self, task_instance: Any, *, key: str, value: Any) -> None:
        with self._putting_off_kills():
            task_instance.xcom_push(key=key, value=value)

    @contextmanager
    def _putting_off_kills(self) -> Iterator[None]:
        """Let a kill wait for the end of this: in the midst of talking to Airflow, nobody can ask it anything."""
        self._puts_off_kills = True
        try:
            yield
        finally:
            self._puts_off_kills = False
            if self._killed:
                self.on_kill()

    @contextmanager
    def canceling_at_a_timeout(self) -> Iterator[None]:
        """``execution_timeout`` cancels; Airflow's own call of :meth:`on_kill` comes too late to forget the run."""
        try:
            yield
        except AirflowTaskTimeout:
            self.on_kill()
            self._forget_if_canceled()
            raise

    def _forget_if_canceled(self) -> None:
        if self._canceled and self._memory is not None:
            self._memory.forget()

    def _look_at_once(self, run: JsonObject) -> JsonObject:
        """Look once."""
        now_s = time.time()
        return self.look(run, started_s=now_s, deadline_s=now_s)

    def _was_canceled_with_its_try(self, ending: JsonObject) -> bool:
        """Whether an earlier try canceled its run when it was killed, without a chance to forget it."""
        return bool(self.cancel_on_kill and ending["status"] == "canceled" and ending["action"] == "fail")

    def sleep(self, seconds: float) -> None:
        """Sleep in short naps: a signal handler cannot end a nap, only what comes after it."""
        awake_s = time.monotonic() + seconds
        while (left_s := awake_s - time.monotonic()) > 0:
            time.sleep(min(1.0, left_s))
            if self._killed:
                raise _Killed("killed while waiting for CircleCI")


class _Killed(AirflowException):
    """The task was killed while it waited in its worker."""


def _may_have_started(error: Exception) -> bool:
    """Whether a run may exist although starting it raised."""
    if isinstance(error, Unreachable):
        return error.sent
    return isinstance(error, ServiceDown | UnexpectedReply | TriggerAmbiguous)


def _unended(memory: TaskMemory, error: CircleError) -> Exception:
    """
    Choose how to fail while the run goes on.

    A retry that remembers it waits for it again; one that does not would start another beside it, so there is none.
    """
    return error if memory.lasting else AirflowFailException(str(error))
