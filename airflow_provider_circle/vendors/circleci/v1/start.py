"""
Starting a build exactly once: by a trigger, or as another one's retry.

CircleCI knows no idempotency key, so a lost reply is looked up among the project's newest builds. What is sent was
checked before; how it is sent and waited for is the walk's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.once import Others, Unclaimed, found_later, send_once
from airflow_provider_circle.core.paging import Trail
from airflow_provider_circle.core.walk import Caller, Walk, call, collect, pages, read_page
from airflow_provider_circle.exceptions import (
    Forbidden,
    NotFound,
    NothingRan,
    TriggerAmbiguous,
    Unauthorized,
    UnexpectedReply,
)
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from airflow_provider_circle.vendors.circleci.v1.endpoints import (
    BUILDS_PER_PAGE,
    GET_ME,
    LIST_FOLLOWED_PROJECTS,
    LIST_PROJECT_BUILDS,
    RETRY_BUILD,
    TRIGGER_BRANCH_BUILD,
    TRIGGER_BUILD,
)
from airflow_provider_circle.vendors.circleci.v1.service import project_in_path

__all__ = ["find_retried", "find_triggered", "retry_build", "trigger_build"]

_CLOCK_SLACK_S = 2.0
"""Seconds that a build's time may lie before our request: HTTP dates are whole seconds, and clocks drift."""

_OTHER_REASONS = frozenset({"github", "bitbucket", "retry", "first-build"})
"""Reasons for a build (``why``) that are not a trigger by the API, whose own is ``edit``. The list is open, so only
these are ruled out."""

_Match = Callable[[JsonObject], bool]


def trigger_build(
    caller: Caller,
    project_slug: str,
    to_build: Mapping[str, str],
    build_parameters: Mapping[str, str],
    *,
    others: Others[str] | None = None,
) -> Walk[JsonObject]:
    """
    Start a build; never two.

    :param project_slug: normalised.
    :param to_build: what of ``branch``, ``revision`` and ``tag`` to build, checked.
    :param build_parameters: environment variables, checked.
    :param others: where there are others; each tells the page of its build, which no other project has, as soon as
        there is one.
    :return: the build's summary, its ``build_num`` at least.
    :raises NothingRan: CircleCI answered, but named no build.
    :raises TriggerAmbiguous: the reply was lost and several builds could be ours, or one of a branch that may be the
        default.

    Source: https://circleci.com/docs/api/v1/ (Trigger a new Job)
    """
    path = {"project": project_in_path(project_slug)}
    body: JsonObject = {name: value for name, value in to_build.items() if name != "branch"}
    endpoint = TRIGGER_BUILD
    if branch := to_build.get("branch"):
        endpoint, path = TRIGGER_BRANCH_BUILD, {**path, "branch": branch}
    if build_parameters:
        body["build_parameters"] = dict(build_parameters)
    build = yield from send_once(
        caller,
        lambda: call(caller, endpoint, path=path, json=body),
        _looking_for_triggered(caller, project_slug, to_build, others),
    )
    return _started(build, f"build of {project_slug}")


def retry_build(caller: Caller, project_slug: str, build_num: int) -> Walk[JsonObject]:
    """
    Run a build again, as a new one; never twice.

    :param project_slug: normalised.
    :return: the new build's summary, its ``build_num`` at least.
    :raises NothingRan: CircleCI answered, but named no build.
    :raises TriggerAmbiguous: the reply was lost and several builds could be ours.

    Source: https://circleci.com/docs/api/v1/ (Retry a Build)
    """
    path: dict[str, str | int] = {"project": project_in_path(project_slug), "build_num": build_num}
    build = yield from send_once(
        caller,
        lambda: call(caller, RETRY_BUILD, path=path),
        lambda began_s: _look(caller, project_slug, _retry_of(build_num), began_s),
    )
    return _started(build, f"retry of build {build_num} of {project_slug}")


def find_triggered(
    caller: Caller, project_slug: str, to_build: Mapping[str, str], began_s: float, others: Others[str] | None = None
) -> Walk[JsonObject | None]:
    """
    Find the build that somebody with our token began to trigger, and may not have lived to see.

    :param began_s: when, in seconds since the epoch, by a clock that agrees with ours.
    :param others: as for :func:`trigger_build`.
    :return: its summary; ``None`` when there is none even after a while.
    :raises TriggerAmbiguous: several could be it.
    """
    return found_later(_looking_for_triggered(caller, project_slug, to_build, others), began_s)


def find_retried(caller: Caller, project_slug: str, build_num: int, began_s: float) -> Walk[JsonObject | None]:
    """
    Find the retry of a build that somebody with our token began, and may not have lived to see.

    :param began_s: when, in seconds since the epoch, by a clock that agrees with ours.
    :return: the new build's summary; ``None`` when there is none even after a while.
    :raises TriggerAmbiguous: several could be it.
    """
    return found_later(lambda since_s: _look(caller, project_slug, _retry_of(build_num), since_s), began_s)


def _started(build: JsonObject, what: str) -> JsonObject:
    if isinstance(build.get("build_num"), bool) or not isinstance(build.get("build_num"), int):
        raise NothingRan(f"CircleCI started no {what}: {build.get('message') or 'no reason given'}")
    return build


def _looking_for_triggered(
    caller: Caller, project_slug: str, to_build: Mapping[str, str], others: Others[str] | None
) -> Callable[[float], Walk[JsonObject | None]]:
    unclaimed, match = Unclaimed(others), _triggered(to_build)
    return lambda since_s: _look(
        caller, project_slug, match, since_s, of_default_branch=not to_build, unclaimed=unclaimed
    )


def _triggered(to_build: Mapping[str, str]) -> _Match:
    def match(build: JsonObject) -> bool:
        if build.get("why") in _OTHER_REASONS or build.get("retry_of") is not None:
            return False
        known = {"branch": build.get("branch"), "revision": build.get("vcs_revision"), "tag": build.get("vcs_tag")}
        if "tag" not in to_build and known["tag"] is not None:
            return False
        return all(known[name] is None or known[name] == value for name, value in to_build.items())

    return match


def _retry_of(build_num: int) -> _Match:
    return lambda build: bool(build.get("retry_of") == build_num)


def _look(
    caller: Caller,
    project_slug: str,
    match: _Match,
    began_s: float,
    *,
    of_default_branch: bool = False,
    unclaimed: Unclaimed[Any] | None = None,
) -> Walk[JsonObject | None]:
    """Read the newest builds, back to when the attempt began; as they are now, whatever was read before."""
    caller = replace(caller, store=None)
    found: dict[Any, JsonObject] = {}
    path = {"project": project_in_path(project_slug)}
    query: dict[str, str | int] = {"limit": BUILDS_PER_PAGE}
    trail = Trail()
    while True:
        page = yield from read_page(caller, LIST_PROJECT_BUILDS, path=path, query=query)
        now_s = caller.clock()
        # Counted back on the server's clock, so that ours may be wrong.
        since_s = (now_s if page.server_s is None else page.server_s) - (now_s - began_s) - _CLOCK_SLACK_S
        ages = [_created_s(build) for build in page.records]
        # By number: a build that a newer one pushes onto the next page is read twice.
        found |= {
            build.get("build_num"): build
            for build, created_s in zip(page.records, ages, strict=True)
            if created_s is not None and created_s >= since_s and match(build)
        }
        # Newest first: once a page reaches back beyond the attempt, the rest is older still.
        if page.next_query is None or any(created_s is not None and created_s < since_s for created_s in ages):
            break
        if loop := trail.loops(page):
            raise UnexpectedReply(f"CircleCI {loop} when asked for the builds of {project_slug}")
        query |= page.next_query
    if unclaimed is not None:
        unclaimed_pages = unclaimed.among({build.get("build_url"): build for build in found.values()})
        found = {number: build for number, build in found.items() if build.get("build_url") in unclaimed_pages}
    if found:
        me = yield from _login(caller)
        found = {number: build for number, build in found.items() if me is None or _starter(build) in {None, me}}
    is_known = True
    if found and of_default_branch:
        branch = yield from _default_branch(caller, project_slug)
        is_known = branch is not None
        found = {
            number: build for number, build in found.items() if build.get("branch") in {None, branch} or not is_known
        }
    if len(found) > 1 or (found and not is_known):
        numbers = [str(number) for number in found]
        raise TriggerAmbiguous(
            f"the reply about a new build of {project_slug} was lost, and any of these builds could be the one it "
            f"started: {', '.join(numbers)}; nothing was started again",
            pipeline_ids=numbers,
        )
    return next(iter(found.values()), None)


def _login(caller: Caller) -> Walk[str | None]:
    """Ask who the token belongs to; ``None`` for a project's token, which belongs to nobody."""
    try:
        login = (yield from call(caller, GET_ME)).get("login")
    except (Unauthorized, Forbidden, NotFound):
        return None
    return login if isinstance(login, str) else None


def _default_branch(caller: Caller, project_slug: str) -> Walk[str | None]:
    """
    Ask what is built where no branch is named; ``None`` where CircleCI does not say.

    Unverified: that the projects somebody follows tell their ``default_branch``.
    """
    try:
        projects = yield from collect(pages(caller, LIST_FOLLOWED_PROJECTS))
    except (Unauthorized, Forbidden, NotFound):
        return None
    for project in projects:
        named = "/".join(str(project.get(part)) for part in ("vcs_type", "username", "reponame"))
        branch = project.get("default_branch")
        if named.lower() == project_in_path(project_slug).lower() and isinstance(branch, str) and branch:
            return branch
    return None


def _starter(build: JsonObject) -> str | None:
    user = build.get("user")
    login = user.get("login") if isinstance(user, dict) else None
    return login if isinstance(login, str) else None


def _created_s(build: JsonObject) -> float | None:
    """
    Find when a build came into being, in seconds since the epoch: it may be queued twice.

    Unverified: that a build in a list always has one of these.
    """
    times = (epoch_s(build.get(name)) for name in ("usage_queued_at", "queued_at", "start_time"))
    return next((time_s for time_s in times if time_s is not None), None)
