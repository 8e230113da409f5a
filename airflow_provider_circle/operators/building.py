"""
What the tasks about builds of CircleCI's API v1.1 share: options, the hook, what an end means, what is told of it.

A build's own words, and when it has ended, are the vendor's business (``vendors/circleci/v1``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.operators.templates import is_template
from airflow_provider_circle.operators.waiting import Waits
from airflow_provider_circle.vendors.circleci.options import OnEnd
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook

__all__ = ["WaitsForBuild", "build_summary", "check_build"]


class WaitsForBuild(Waits):
    """Mixin of tasks that wait until a build has ended."""

    def keep_build_options(self, *, on_canceled: str, on_not_run: str, **patience: Any) -> None:
        """
        Store the options as attributes.

        :param patience: see ``Waits.keep_patience``.
        :raises ValueError: one of them makes no sense; names it.
        """
        for name, word in (("on_canceled", on_canceled), ("on_not_run", on_not_run)):
            if word not in get_args(OnEnd):
                raise ValueError(f"{name} must be one of {', '.join(get_args(OnEnd))}, got {word!r}")
        self.on_canceled = on_canceled
        self.on_not_run = on_not_run
        self.keep_patience(**patience)

    @cached_property
    def hook(self) -> CircleCIV1Hook:
        """The hook; built when the task runs, so that parsing a DAG costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook

        return CircleCIV1Hook(self.circleci_conn_id, **self.patience())

    def action_on(self, state: str) -> str:
        """Say what a build's end means for the task: ``succeed``, ``skip`` or ``fail``."""
        return {"succeeded": "succeed", "canceled": self.on_canceled, "never_ran": self.on_not_run}.get(state, "fail")

    def failed_step_lines(self, build: JsonObject, say: Any) -> Sequence[str]:
        """
        Name the step that failed.

        :param build: has ``build_num`` and ``project_slug``.
        :param say: writes what the step wrote last to the log: it may hold anything, and stays there.
        """
        try:
            step, lines = self.hook.read_failed_step(build["build_num"], build["project_slug"])
        except (CircleError, ValueError) as error:
            return [f"(its failed step could not be read: {error})"]
        if not step:
            return ["none of its steps failed"]
        if lines:
            say("\n".join([f"Step {step!r} wrote last:", *(f"  | {line}".rstrip() for line in lines)]))
        return [f"step {step!r} failed"]


def build_summary(ended: JsonObject) -> JsonObject:
    """
    Sum a build up for XCom.

    :param ended: as ``CircleCIV1Hook.wait_for_build`` tells it; what it lacks is ``None``.
    :return: ``{"project_slug", "build_num", "url", "status", "lifecycle", "outcome"}``; ``status`` is the plain truth:
        ``succeeded``, ``failed``, ``canceled``, ``never_ran`` or ``timed_out``; ``triggered`` or ``canceling`` where
        the end is not waited for.
    """
    kept = {name: ended.get(name) for name in ("project_slug", "build_num", "url", "lifecycle", "outcome")}
    return {**kept, "status": ended["state"]}


def check_build(project_slug: Any, build_num: Any = 1) -> None:
    """
    Refuse, while a DAG is parsed, what no template can mend.

    :raises ValueError: a malformed slug, or no number.
    """
    if isinstance(project_slug, str) and project_slug and not is_template(project_slug):
        project_slug_of(project_slug)
    if isinstance(build_num, int | float) or (isinstance(build_num, str) and not is_template(build_num)):
        checked_number("build_num", build_num)
