"""
Builds: what their words mean, how they are listed, and how one is waited for.

A build's end is a matter of its ``lifecycle``, then of its ``outcome``; its ``status`` mixes both and is only told.
Every list of words is open: one that is not here is no end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from airflow_provider_circle.core.endpoint import Endpoint, Query
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Emit, Walk, call, pages, relayed
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleci.v1.endpoints import BUILDS_PER_PAGE, GET_BUILD
from airflow_provider_circle.vendors.circleci.v1.service import project_in_path

__all__ = ["BuildState", "BuildVerdict", "judge_build", "list_builds", "wait_for_build"]

BuildState: TypeAlias = Literal["running", "succeeded", "failed", "canceled", "never_ran"]

_OUTCOMES: dict[str, BuildState] = {
    "success": "succeeded",
    "canceled": "canceled",
    "failed": "failed",
    "timedout": "failed",
    "infrastructure_fail": "failed",
    # Unverified: that a build without tests is no success; nothing says it is one.
    "no_tests": "failed",
}
"""Source: https://circleci.com/docs/api/v1/ (Single Job)"""

_UNDER_WAY = frozenset({"queued", "scheduled", "not_running", "running"})


@dataclass(frozen=True, slots=True)
class BuildVerdict:
    """
    What a build came to, or how far it is.

    :param state: ``running`` for everything that is no end; ``never_ran`` when CircleCI will not build it at all.
    :param message: for a person.
    :param summary: ``{"project_slug", "build_num", "status", "lifecycle", "outcome", "url"}``.
    :param news: words that this provider does not know, and did not take for an end.
    """

    state: BuildState
    message: str
    summary: JsonObject
    news: frozenset[str] = field(default=frozenset())


def judge_build(project_slug: str, build_num: int, build: JsonObject) -> BuildVerdict:
    """
    Say what a build's words mean.

    ``lifecycle=scheduled`` with ``status=not_run`` is no end: a build that has not run yet is not one that never will.

    :param build: as CircleCI sent it, in full or as a list shows it.
    """
    lifecycle, outcome, status = (_word(build.get(name)) for name in ("lifecycle", "outcome", "status"))
    summary: JsonObject = {
        "project_slug": project_slug,
        "build_num": build_num,
        "status": status,
        "lifecycle": lifecycle,
        "outcome": outcome,
        "url": _word(build.get("build_url")),
    }
    state: BuildState = "running"
    news: set[str] = set()
    words = f"is {lifecycle or 'without a lifecycle'}"
    if lifecycle == "not_run":
        state, words = "never_ran", "was not run"
        if reason := _word(build.get("dont_build")):
            words += f" ({reason})"
    elif lifecycle == "finished":
        state, words = _OUTCOMES.get(outcome or "", "running"), f"finished: {outcome or 'no outcome yet'}"
        if outcome and outcome not in _OUTCOMES:
            news.add(f"outcome {outcome!r:.60} is new to this provider and not taken for an end")
    elif lifecycle and lifecycle not in _UNDER_WAY:
        news.add(f"lifecycle {lifecycle!r:.60} is new to this provider and not taken for an end")
    if status and status not in {lifecycle, outcome}:
        words += f", status {status}"
    message = f"build {build_num} of {project_slug} {words}"
    return BuildVerdict(state, message, summary, frozenset(news))


def list_builds(caller: Caller, endpoint: Endpoint, path: Mapping[str, str | int], query: Query) -> Walk[None]:
    """
    List builds, newest first, each once: a build that starts meanwhile pushes others onto the next page.

    :param endpoint: one of the lists of builds.
    :raises UnexpectedReply: a page that brings nothing new; the list leads nowhere.

    Source: https://circleci.com/docs/api/v1/ (Recent Builds)
    """
    seen: set[tuple[Any, Any]] = set()

    def new_ones(emitted: Emit) -> Emit:
        fresh = [build for build in emitted.records if _identity(build) not in seen]
        if emitted.records and not fresh:
            raise UnexpectedReply(f"{caller.service.name}: {endpoint.method} {endpoint.path} sent the same page twice")
        seen.update(map(_identity, fresh))
        return replace(emitted, records=fresh)

    return relayed(pages(caller, endpoint, path=path, query={**query, "limit": BUILDS_PER_PAGE}), new_ones)


def wait_for_build(
    caller: Caller,
    project_slug: str,
    build_num: int,
    schedule: PollSchedule,
    *,
    started_s: float,
    deadline_s: float | None,
) -> Walk[JsonObject]:
    """
    Look at a build until it has ended.

    :param schedule: when to look next.
    :param started_s: when the wait began, in seconds since the epoch; intervals grow from there, restarts or not.
    :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never. One more look is taken after it.
    :return: ``{"state", "project_slug", "build_num", "status", "lifecycle", "outcome", "url", "message"}``, fit for a
        trigger's event; ``state`` is a verdict's, or ``timed_out``: then the words are the last ones seen, or ``None``.
    :raises CircleError: turned away for good.

    Source: https://circleci.com/docs/api/v1/ (Single Job)
    """
    last = BuildVerdict("running", "nothing was seen", judge_build(project_slug, build_num, {}).summary)
    path: dict[str, str | int] = {"project": project_in_path(project_slug), "build_num": build_num}

    def look(caller: Caller) -> Walk[Sight[BuildVerdict]]:
        nonlocal last
        last = judge_build(project_slug, build_num, (yield from call(caller, GET_BUILD, path=path)))
        return Sight(None if last.state == "running" else last, last.news | {last.message})

    sight = yield from wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)
    if sight.seen is None:
        trouble = f"; the last look failed: {sight.trouble}" if sight.trouble else ""
        return {"state": "timed_out", **last.summary, "message": f"last seen: {last.message}{trouble}"}
    return {"state": last.state, **last.summary, "message": last.message}


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _identity(build: JsonObject) -> tuple[Any, Any]:
    return str(build.get("vcs_url")), str(build.get("build_num"))
