"""
Starting and repeating builds of CircleCI's API v1.1 from a DAG.

For projects whose configuration is older than 2.1, and for servers that know no pipelines; everybody else triggers
pipelines. This module fits the pieces into Airflow; how a build is started once, and when it has ended, is written in
``vendors/circleci/v1``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_circle.core.patience import (
    ATTEMPTS,
    MAX_POLL_INTERVAL_S,
    MAX_WAIT_S,
    POLL_BACKOFF,
    POLL_INTERVAL_S,
)
from airflow_provider_circle.links.circleci import BUILD_URL_KEY, CircleCIBuildLink
from airflow_provider_circle.operators.building import WaitsForBuild, build_summary, check_build
from airflow_provider_circle.operators.following import FollowingOperator
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.options import raise_reported
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.vendors.circleci.options import OnEnd
from airflow_provider_circle.vendors.circleci.parameters import checked_number

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.once import Others
    from airflow_provider_circle.operators.keywords import BuildKeywords

__all__ = [
    "CircleCIV1BuildOperator",
    "CircleCIV1RetryBuildOperator",
    "CircleCIV1TriggerBuildOperator",
]


class CircleCIV1BuildOperator(WaitsForBuild, FollowingOperator):
    """
    What the two operators that start a build share; the parameters below are theirs, too.

    A try that died finds its build again (Airflow 3.3 or newer); a cleared task starts a new one.

    XCom: ``build_num`` and ``build_url`` as soon as the build exists; at the end ``summary``, which is also returned:
    ``{"project_slug", "build_num", "url", "status", "lifecycle", "outcome"}``.

    :param project_slug: ``gh/<org>/<repo>`` or ``bb/…``; the connection's default project where left out. (templated)
    :param wait_for_completion: ``False`` ends the task once the build is started.
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait at most, deferred or not; ``execution_timeout`` holds while deferred, too.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :param on_canceled: the build was canceled: ``fail``, ``skip`` or ``succeed``.
    :param on_not_run: CircleCI will not build it at all: ``fail``, ``skip`` or ``succeed``.
    :param cancel_on_kill: cancel the build when the task is killed, marked or cleared.
    :param request_attempts: how often one request is sent at most.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    :raises PipelineFailed: the build failed, or was canceled; the message names its page and the step.
    :raises NothingRan: CircleCI started nothing, or did not build it.
    :raises PipelineTimedOut: it is still going after ``timeout_s``.
    """

    operator_extra_links = (CircleCIBuildLink(),)

    def __init__(
        self,
        *,
        project_slug: str | None = None,
        deferrable: bool | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        on_canceled: OnEnd = "fail",
        on_not_run: OnEnd = "fail",
        request_attempts: int = ATTEMPTS,
        request_max_wait_s: float = MAX_WAIT_S,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.keep_build_options(
            on_canceled=on_canceled,
            on_not_run=on_not_run,
            circleci_conn_id=circleci_conn_id,
            deferrable=deferrable,
            poll_interval_s=poll_interval_s,
            max_poll_interval_s=max_poll_interval_s,
            poll_backoff=poll_backoff,
            request_attempts=request_attempts,
            request_max_wait_s=request_max_wait_s,
        )
        self.project_slug = project_slug
        check_build(project_slug)

    def obtain(self, memory: TaskMemory, started_s: float) -> JsonObject:
        """Find the build to follow: an earlier try's, or a new one."""
        self.check_rendered()
        slug = self.hook.project_slug(self.project_slug or None)
        left, others = memory.recall() or {}, memory.siblings(BUILD_URL_KEY)
        if left.get("build_num"):
            return self.found_again(left)
        build = None
        if left.get("began_s"):
            self.log.info("An earlier try died while it started a build of %s; looking for it", slug)
            build = self.find(slug, left["began_s"], others)
        if build is None:
            build = self.start_noted(memory, {"began_s": time.time()}, lambda: self.start(slug, others))
        run = {"build_num": build["build_num"], "project_slug": slug, "url": build.get("build_url")}
        memory.keep(**run)
        self.log.info("Started build %s of %s: %s", run["build_num"], slug, run["url"])
        return run

    def check_rendered(self) -> None:
        """
        Check the arguments as Airflow has rendered them.

        :raises ValueError: CircleCI would refuse one; nothing was sent.
        """
        raise NotImplementedError

    def start(self, project_slug: str, others: Others[str] | None) -> JsonObject:
        """
        Start the build, once.

        :param others: tells the pages of builds that other instances of the task have started.
        """
        raise NotImplementedError

    def find(self, project_slug: str, began_s: float, others: Others[str] | None) -> JsonObject | None:
        """Find the build that an earlier try began to start; the arguments are those of :meth:`start`."""
        raise NotImplementedError

    def look(self, run: JsonObject, *, started_s: float, deadline_s: float) -> JsonObject:
        """Wait in the worker for the build."""
        return self._ending(
            self.hook.wait_for_build(
                run["build_num"], self.schedule(), run["project_slug"], started_s=started_s, deadline_s=deadline_s
            )
        )

    def ending_of_event(self, event: JsonObject) -> JsonObject:
        """Read how the triggerer saw the build end."""
        raise_reported(event, ValueError)
        return self._ending(event["seen"])

    def trigger(self, run: JsonObject, waiting: dict[str, Any]) -> BaseTrigger:
        """Build the trigger that waits for the build."""
        from airflow_provider_circle.triggers.circleci_v1 import CircleCIV1BuildTrigger

        return CircleCIV1BuildTrigger(
            project_slug=run["project_slug"],
            build_num=run["build_num"],
            cancel_on_kill=self.cancel_on_kill,
            hand_back=run,
            **waiting,
        )

    def cancel(self, run: JsonObject) -> str:
        """Cancel the build."""
        with self.hook.twin() as hook:
            hook.cancel_build(run["build_num"], run["project_slug"])
        return self.named(run)

    def named(self, run: JsonObject) -> str:
        """Name the build."""
        return f"CircleCI build {run['build_num']} of {run['project_slug']}"

    def told(self, run: JsonObject) -> dict[str, Any]:
        """Tell the build's number and page."""
        return {"build_num": run["build_num"], BUILD_URL_KEY: run["url"]}

    def summary(self, run: JsonObject, ending: JsonObject) -> JsonObject:
        """Sum the build up."""
        known = {name: value for name, value in ending.get("build", {}).items() if value is not None}
        return build_summary({**run, **known, "state": ending["status"]})

    def failure_lines(self, ending: JsonObject) -> Sequence[str]:
        """Name the step that failed."""
        return self.failed_step_lines(ending["build"], self.log.info) if ending["status"] == "failed" else ()

    def _ending(self, ended: JsonObject) -> JsonObject:
        state = ended["state"]
        return {"status": state, "action": self.action_on(state), "message": ended["message"], "build": ended}


class CircleCIV1TriggerBuildOperator(CircleCIV1BuildOperator):
    """
    Triggers a build through CircleCI's API v1.1, waits for its end and fails, skips or succeeds by it.

    CircleCI refuses this for a configuration of version 2.1: such a project wants ``CircleCITriggerPipelineOperator``.

    :param branch: branch to build; the default branch where neither it nor a tag is given. (templated)
    :param tag: tag to build; excludes ``branch`` and ``revision``. (templated)
    :param revision: commit to build instead of the branch's head. (templated)
    :param build_parameters: environment variables for the build, texts or whole numbers. They are not secret: CircleCI
        shows them. (templated)

    All other parameters, XCom and errors: :class:`CircleCIV1BuildOperator`.

    Source: https://circleci.com/docs/api/v1/ (Trigger a new Job)
    """

    template_fields: Sequence[str] = (
        "circleci_conn_id",
        "project_slug",
        "branch",
        "tag",
        "revision",
        "build_parameters",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"build_parameters": "json"}
    memory_key = "circleci_v1_build"

    def __init__(
        self,
        *,
        branch: str | None = None,
        tag: str | None = None,
        revision: str | None = None,
        build_parameters: Mapping[str, Any] | None = None,
        **kwargs: Unpack[BuildKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.branch = branch
        self.tag = tag
        self.revision = revision
        self.build_parameters = build_parameters
        given = [text for text in (branch, tag, revision) if text is not None]
        if all(isinstance(text, str) and not is_template(text) for text in given):
            from airflow_provider_circle.vendors.circleci.v1.arguments import checked_what_to_build

            checked_what_to_build(branch, revision, tag)

    def check_rendered(self) -> None:
        """Check what to build."""
        from airflow_provider_circle.vendors.circleci.v1.arguments import (
            checked_build_parameters,
            checked_what_to_build,
        )

        checked_what_to_build(**self._to_build())
        checked_build_parameters(self.build_parameters)

    def start(self, project_slug: str, others: Others[str] | None) -> JsonObject:
        """Trigger the build, once."""
        return self.hook.trigger_build(
            project_slug, build_parameters=self.build_parameters, others=others, **self._to_build()
        )

    def find(self, project_slug: str, began_s: float, others: Others[str] | None) -> JsonObject | None:
        """Find the build that an earlier try began to trigger."""
        return self.hook.find_triggered_build(project_slug, began_s=began_s, others=others, **self._to_build())

    def _to_build(self) -> dict[str, str | None]:
        # A template that came out empty means "not given".
        return {"branch": self.branch or None, "tag": self.tag or None, "revision": self.revision or None}


class CircleCIV1RetryBuildOperator(CircleCIV1BuildOperator):
    """
    Runs a build of CircleCI's API v1.1 again, as a new one, and follows that to its end.

    :param build_num: number of the build to repeat, in its project. (templated)

    All other parameters, XCom and errors: :class:`CircleCIV1BuildOperator`.

    Source: https://circleci.com/docs/api/v1/ (Retry a Build)
    """

    template_fields: Sequence[str] = ("circleci_conn_id", "project_slug", "build_num")
    memory_key = "circleci_v1_retry"

    def __init__(self, *, build_num: int | str, **kwargs: Unpack[BuildKeywords]) -> None:
        super().__init__(**kwargs)
        self.build_num = build_num
        check_build(None, build_num)

    def check_rendered(self) -> None:
        """Check the number."""
        checked_number("build_num", self.build_num)

    def start(self, project_slug: str, others: Others[str] | None) -> JsonObject:
        """Repeat the build, once."""
        return self.hook.retry_build(checked_number("build_num", self.build_num), project_slug)

    def find(self, project_slug: str, began_s: float, others: Others[str] | None) -> JsonObject | None:
        """Find the retry that an earlier try began."""
        return self.hook.find_retried_build(checked_number("build_num", self.build_num), project_slug, began_s=began_s)
