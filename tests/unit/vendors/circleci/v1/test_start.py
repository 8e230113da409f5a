"""A build is started once, whatever becomes of the reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_circle.core.caching import ReplyStore
from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.exceptions import (
    CircleError,
    Invalid,
    NothingRan,
    TriggerAmbiguous,
    UnexpectedReply,
    Unreachable,
)
from airflow_provider_circle.vendors.circleci.v1.start import find_retried, find_triggered, retry_build, trigger_build
from tests.unit.vendors.answering import LOST, UNSENT

from .building import NOW_S, PROJECT, SLUG, Project, build, reply, stamp

BRANCH = {"branch": "main"}
TRIGGER = f"POST {PROJECT}/tree/main"
RETRY = f"POST {PROJECT}/7/retry"
OLD = build(3, usage_queued_at=stamp(-600))


def triggered(project: Project, to_build: dict[str, str] | None = None, **parameters: str) -> JsonObject:
    asking = project.asking
    return asking.run(trigger_build(asking.caller, SLUG, BRANCH if to_build is None else to_build, parameters))


def retried(project: Project) -> JsonObject:
    return project.asking.run(retry_build(project.asking.caller, SLUG, 7))


@pytest.mark.parametrize(
    ("to_build", "parameters", "route", "body"),
    [
        pytest.param({}, {}, f"POST {PROJECT}", {}, id="the default branch"),
        pytest.param(BRANCH, {}, TRIGGER, {}, id="a branch"),
        pytest.param(
            {**BRANCH, "revision": "abc"},
            {"A": "1"},
            TRIGGER,
            {"revision": "abc", "build_parameters": {"A": "1"}},
            id="a revision of a branch",
        ),
        pytest.param({"tag": "v1"}, {}, f"POST {PROJECT}", {"tag": "v1"}, id="a tag"),
        pytest.param({"revision": "abc"}, {}, f"POST {PROJECT}", {"revision": "abc"}, id="a revision"),
    ],
)
def test_a_trigger_says_what_to_build(
    to_build: dict[str, str], parameters: dict[str, str], route: str, body: JsonObject
) -> None:
    project = Project()
    triggered(project, to_build, **parameters)
    (asked,) = project.asking.asked

    assert (str(asked), asked.body) == (route, body)


def test_a_trigger_returns_the_build() -> None:
    assert triggered(Project())["build_num"] == 99


def test_a_retry_returns_the_new_build() -> None:
    project = Project()

    assert (retried(project)["build_num"], project.sent) == (99, [RETRY])


Start = Callable[[Project], JsonObject]
MINE: dict[Start, JsonObject] = {triggered: build(8), retried: build(8, retry_of=7, why="retry")}
starts = pytest.mark.parametrize("start", [triggered, retried], ids=["trigger", "retry"])

GARBLED = Response(201, {"content-type": "application/json"}, b'{"build_num": ')


@starts
@pytest.mark.parametrize("lost", [LOST, reply({}, 502), reply({}, 500), GARBLED], ids=["lost", "502", "500", "garbled"])
def test_a_lost_start_that_happened_is_adopted(start: Start, lost: Any) -> None:
    project = Project(MINE[start], OLD, lost=[lost])

    assert (start(project)["build_num"], len(project.sent)) == (8, 1)


@starts
def test_a_lost_start_that_did_not_happen_is_sent_again(start: Start) -> None:
    project = Project(OLD, lost=[LOST])

    assert (start(project)["build_num"], len(project.sent)) == (99, 2)


@starts
def test_it_is_looked_for_several_times_before_it_is_sent_again(start: Start) -> None:
    project = Project(OLD, lost=[LOST])
    start(project)

    assert project.asking.routes.count(f"GET {PROJECT}") == 3


@starts
def test_two_that_could_be_ours_are_ambiguous(start: Start) -> None:
    project = Project({**MINE[start], "build_num": 9}, MINE[start], OLD, lost=[LOST])

    with pytest.raises(TriggerAmbiguous, match="9, 8; nothing was started again") as ambiguous:
        start(project)
    assert (ambiguous.value.pipeline_ids, len(project.sent)) == (("9", "8"), 1)


@starts
def test_a_start_that_never_left_is_sent_again_without_a_look(start: Start) -> None:
    project = Project(MINE[start], lost=[UNSENT])
    start(project)

    assert (len(project.sent), len(project.asking.asked)) == (2, 2)


@starts
def test_a_start_that_was_refused_is_not_sent_again(start: Start) -> None:
    project = Project(lost=[reply({"message": "config version 2.1"}, 400)])

    with pytest.raises(Invalid, match=r"config version 2\.1"):
        start(project)
    assert len(project.sent) == 1


@starts
def test_a_start_that_is_always_lost_is_given_up(start: Start) -> None:
    project = Project(OLD, lost=[LOST] * 3)

    with pytest.raises(Unreachable):
        start(project)
    assert len(project.sent) == 3


@starts
@pytest.mark.parametrize(
    "said", [{}, {"message": "ignored"}, {"build_num": None}, {"build_num": "8"}, {"build_num": True}]
)
def test_an_answer_that_names_no_build_started_none(start: Start, said: JsonObject) -> None:
    with pytest.raises(NothingRan, match="CircleCI started no"):
        start(Project(lost=[reply(said, 201)]))


@pytest.mark.parametrize(
    ("changes", "to_build"),
    [
        pytest.param({"branch": "other"}, BRANCH, id="another branch"),
        pytest.param({"branch": "other"}, {}, id="not the default branch"),
        pytest.param({"vcs_tag": "v1"}, BRANCH, id="a tag"),
        pytest.param({"vcs_tag": "v2"}, {"tag": "v1"}, id="another tag"),
        pytest.param({"vcs_revision": "b" * 40}, {"revision": "a" * 40}, id="another revision"),
        pytest.param({"retry_of": 3}, BRANCH, id="a retry"),
        pytest.param({"why": "retry"}, BRANCH, id="started by a retry"),
        pytest.param({"why": "github"}, BRANCH, id="started by a push"),
        pytest.param({"why": "bitbucket"}, BRANCH, id="started by a push to bitbucket"),
        pytest.param({"why": "first-build"}, BRANCH, id="started by following"),
        pytest.param({"user": {"login": "somebody"}}, BRANCH, id="started by somebody else"),
        pytest.param({"usage_queued_at": stamp(-5)}, BRANCH, id="before the attempt"),
        pytest.param({"usage_queued_at": stamp(-5), "queued_at": stamp(3)}, BRANCH, id="queued since, begun before"),
        pytest.param({"usage_queued_at": None}, BRANCH, id="without a time"),
    ],
)
def test_a_build_that_cannot_be_ours_is_not_adopted(changes: JsonObject, to_build: dict[str, str]) -> None:
    project = Project(build(8, **changes), lost=[LOST])

    assert triggered(project, to_build)["build_num"] == 99


@pytest.mark.parametrize(
    ("changes", "to_build"),
    [
        pytest.param({"branch": None}, BRANCH, id="no branch told"),
        pytest.param({"branch": "develop"}, {}, id="the default branch"),
        pytest.param({"branch": None}, {}, id="no branch told, and none named"),
        pytest.param({"vcs_tag": "v1", "branch": None}, {"tag": "v1"}, id="the tag"),
        pytest.param({"why": "api"}, BRANCH, id="a reason nobody knows"),
        pytest.param({"user": None}, BRANCH, id="no user told"),
        pytest.param({"user": {}}, BRANCH, id="a user without a login"),
        pytest.param({"usage_queued_at": None, "queued_at": stamp(1)}, BRANCH, id="queued"),
        pytest.param({"usage_queued_at": None, "start_time": stamp(1)}, BRANCH, id="begun"),
        pytest.param({"usage_queued_at": stamp(-1.5)}, BRANCH, id="within the slack of clocks"),
    ],
)
def test_a_build_that_can_be_ours_is_adopted(changes: JsonObject, to_build: dict[str, str]) -> None:
    project = Project(build(8, **changes), lost=[LOST])

    assert triggered(project, to_build)["build_num"] == 8


@pytest.mark.parametrize(
    "followed",
    [
        pytest.param([], id="not followed"),
        pytest.param([{"vcs_type": "github", "username": "acme", "reponame": "web"}], id="not told"),
    ],
)
def test_a_build_that_may_be_of_the_default_branch_is_ambiguous(followed: list[JsonObject]) -> None:
    project = Project(build(8), lost=[LOST])
    project.followed = followed

    with pytest.raises(TriggerAmbiguous, match="8; nothing was started again"):
        triggered(project, {})
    assert len(project.sent) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_may_not_see_the_default_branch_leaves_it_ambiguous(status: int) -> None:
    project = Project(build(8), lost=[LOST])
    project.followed = reply({"message": "no"}, status)

    with pytest.raises(TriggerAmbiguous, match="8; nothing was started again"):
        triggered(project, {})
    assert len(project.sent) == 1


def test_another_builds_retry_is_not_adopted() -> None:
    project = Project(build(8, retry_of=6, why="retry"), lost=[LOST])

    assert retried(project)["build_num"] == 99


def test_a_projects_token_adopts_what_anybody_started() -> None:
    project = Project(build(8, user={"login": "somebody"}), lost=[LOST], login="")

    assert triggered(project)["build_num"] == 8


def test_somebody_elses_build_is_no_ambiguity() -> None:
    project = Project(build(9, user={"login": "somebody"}), build(8), lost=[LOST])

    assert triggered(project)["build_num"] == 8


@pytest.mark.parametrize("ahead_s", [-7200.0, 0.0, 7200.0])
def test_times_are_counted_on_the_servers_clock(ahead_s: float) -> None:
    before, since = (build(n, usage_queued_at=stamp(ahead_s + s)) for n, s in ((7, -60), (8, 1)))
    project = Project(since, before, lost=[LOST], ahead_s=ahead_s)

    assert triggered(project)["build_num"] == 8


def test_further_pages_are_read_while_they_are_newer_than_the_attempt() -> None:
    pushed = [build(n, why="github") for n in range(300, 100, -1)]
    project = Project(*pushed, build(8), OLD, lost=[LOST])

    assert triggered(project)["build_num"] == 8


def test_reading_ends_where_builds_are_older_than_the_attempt() -> None:
    old = [build(n, usage_queued_at=stamp(-600)) for n in range(300, 0, -1)]
    project = Project(build(301), *old, lost=[LOST])
    triggered(project)

    assert [asked.query.get("offset") for asked in project.asking.asked if asked.path == PROJECT] == [None]


def test_a_list_that_leads_nowhere_starts_nothing() -> None:
    project = Project(*[build(n, why="github") for n in range(100)], lost=[LOST])
    same = project.builds
    project.builds = same * 50

    with pytest.raises(UnexpectedReply, match="sent the same page twice"):
        triggered(project)
    assert len(project.sent) == 1


def test_looks_are_never_answered_by_what_was_read_before() -> None:
    project = Project(OLD, lost=[LOST])
    asking = project.asking
    usual = asking.answer

    def keepable(asked: Any) -> Any:
        outcome = usual(asked)
        if not isinstance(outcome, Response):
            return outcome
        if str(asked) == f"GET {PROJECT}" and asking.routes.count(str(asked)) == 2:
            project.builds.insert(0, build(8))
            return usual(asked)
        return Response(outcome.status, {**outcome.headers, "cache-control": "max-age=600"}, outcome.body)

    asking.answer = keepable
    caller = replace(asking.caller, store=ReplyStore())

    assert asking.run(trigger_build(caller, SLUG, BRANCH, {}))["build_num"] == 8


# A process that died while it was starting a build, or before.


def test_a_trigger_of_a_process_that_died_is_found() -> None:
    project = Project(build(8), OLD)
    found = project.asking.run(find_triggered(project.asking.caller, SLUG, BRANCH, NOW_S - 1))

    assert found is not None
    assert (found["build_num"], project.sent) == (8, [])


@pytest.mark.parametrize(
    ("told", "found"),
    [
        pytest.param([[], [], []], 8, id="nobody else's"),
        pytest.param([["page of 8"]] * 3, None, id="another's"),
        pytest.param([[], ["page of 8"], ["page of 8"]], None, id="told a moment later"),
        pytest.param([["page of 8 elsewhere"]] * 3, 8, id="the same number in another project"),
    ],
)
def test_a_build_that_others_have_told_of_is_not_taken_for_ours(told: list[list[str]], found: int | None) -> None:
    asking, answers = Project(build(8, build_url="page of 8"), OLD).asking, iter(told)

    ours = asking.run(find_triggered(asking.caller, SLUG, BRANCH, NOW_S - 1, lambda: next(answers)))

    assert (ours and ours["build_num"]) == found


def test_a_retry_of_a_process_that_died_is_found() -> None:
    project = Project(build(8, retry_of=7), OLD)
    found = project.asking.run(find_retried(project.asking.caller, SLUG, 7, NOW_S - 1))

    assert found is not None
    assert found["build_num"] == 8


@pytest.mark.parametrize("find", ["trigger", "retry"])
def test_what_a_process_never_started_is_not_found(find: str) -> None:
    asking = Project(OLD).asking
    walk = (
        find_triggered(asking.caller, SLUG, BRANCH, NOW_S)
        if find == "trigger"
        else find_retried(asking.caller, SLUG, 7, NOW_S)
    )

    assert asking.run(walk) is None


def test_a_look_that_fails_starts_nothing_again() -> None:
    project = Project(lost=[LOST])
    usual = project.asking.answer
    project.asking.answer = lambda asked: usual(asked) if asked.method == "POST" else reply({}, 403)

    with pytest.raises(CircleError):
        triggered(project)
    assert len(project.sent) == 1
