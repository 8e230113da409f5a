"""When a build has ended, and how; and that each is listed once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.exceptions import NotFound, UnexpectedReply
from airflow_provider_circle.vendors.circleci.v1.builds import (
    BuildVerdict,
    judge_build,
    list_builds,
    wait_for_build,
)
from airflow_provider_circle.vendors.circleci.v1.endpoints import LIST_PROJECT_BUILDS
from tests.unit.vendors.answering import LOST, Answering

from .building import NOW_S, PROJECT, SLUG, answering, build, finished, in_turn, reply

SCHEDULE = PollSchedule(10.0, 10.0, 0.0)


def judged(**words: Any) -> BuildVerdict:
    return judge_build(SLUG, 7, build(**words))


@pytest.mark.parametrize(
    ("lifecycle", "outcome", "status", "state"),
    [
        pytest.param("finished", "success", "success", "succeeded", id="success"),
        pytest.param("finished", "success", "fixed", "succeeded", id="fixed"),
        pytest.param("finished", "failed", "failed", "failed", id="failed"),
        pytest.param("finished", "failed", "retried", "failed", id="failed, and retried"),
        pytest.param("finished", "timedout", "timedout", "failed", id="timedout"),
        pytest.param("finished", "infrastructure_fail", "infrastructure_fail", "failed", id="infrastructure_fail"),
        pytest.param("finished", "no_tests", "no_tests", "failed", id="no_tests"),
        pytest.param("finished", "canceled", "canceled", "canceled", id="canceled"),
        pytest.param("not_run", None, "not_run", "never_ran", id="not_run"),
        pytest.param("not_run", "success", "success", "never_ran", id="not_run, whatever else it says"),
        pytest.param("scheduled", None, "not_run", "running", id="scheduled is not the end"),
        pytest.param("queued", None, "queued", "running", id="queued"),
        pytest.param("queued", "canceled", "canceled", "running", id="told to stop while queued"),
        pytest.param("running", "canceled", "canceled", "running", id="told to stop while running"),
        pytest.param("not_running", None, "not_running", "running", id="not_running"),
        pytest.param("running", None, "running", "running", id="running"),
        pytest.param("running", "failed", "failed", "running", id="failing, its other containers go on"),
        pytest.param("finished", None, "running", "running", id="no outcome yet"),
        pytest.param("finished", "", "", "running", id="an empty outcome"),
        pytest.param("finished", "exploded", "exploded", "running", id="an outcome nobody knows"),
        pytest.param("archived", "success", "success", "running", id="a lifecycle nobody knows"),
        pytest.param("FINISHED", "success", "success", "running", id="another spelling"),
        pytest.param(None, "success", "success", "running", id="no lifecycle"),
        pytest.param(True, {"a": 1}, 7, "running", id="words that are none"),
    ],
)
def test_a_build_ends_by_its_lifecycle_then_its_outcome(lifecycle: Any, outcome: Any, status: Any, state: str) -> None:
    assert judged(lifecycle=lifecycle, outcome=outcome, status=status).state == state


def test_an_empty_build_is_no_end() -> None:
    assert judge_build(SLUG, 7, {}).state == "running"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"lifecycle": "finished", "outcome": "failed", "status": "failed"}, "finished: failed"),
        ({"lifecycle": "finished", "outcome": "failed", "status": "retried"}, "finished: failed, status retried"),
        ({"lifecycle": "not_run", "status": "not_run", "dont_build": "ci-skip"}, "was not run (ci-skip)"),
        ({"lifecycle": "scheduled", "status": "not_run"}, "is scheduled, status not_run"),
        ({"lifecycle": None, "status": None}, "is without a lifecycle"),
    ],
)
def test_a_verdict_words_it(words: JsonObject, message: str) -> None:
    assert judged(**words).message == f"build 7 of {SLUG} {message}"


@pytest.mark.parametrize(
    "words", [{"lifecycle": "finished", "outcome": "exploded"}, {"lifecycle": "archived", "outcome": None}]
)
def test_a_word_nobody_knows_is_news(words: JsonObject) -> None:
    (news,) = judged(**words).news
    assert "new to this provider and not taken for an end" in news


def test_known_words_are_no_news() -> None:
    assert judged(lifecycle="finished", outcome="no_tests").news == frozenset()


def test_a_verdict_sums_the_build_up() -> None:
    assert judge_build(SLUG, 7, finished("failed")).summary == {
        "project_slug": SLUG,
        "build_num": 7,
        "status": "failed",
        "lifecycle": "finished",
        "outcome": "failed",
        "url": "https://circleci.com/gh/acme/web/7",
    }


# Waiting.


def waiting(asking: Answering, deadline_s: float | None = None) -> JsonObject:
    return asking.run(wait_for_build(asking.caller, SLUG, 7, SCHEDULE, started_s=asking.now_s, deadline_s=deadline_s))


def test_a_build_is_looked_at_until_it_has_ended() -> None:
    asking = answering(in_turn(*map(reply, (build(), build(lifecycle="running"), finished("failed")))))

    assert waiting(asking) == {
        "state": "failed",
        "project_slug": SLUG,
        "build_num": 7,
        "status": "failed",
        "lifecycle": "finished",
        "outcome": "failed",
        "url": "https://circleci.com/gh/acme/web/7",
        "message": f"build 7 of {SLUG} finished: failed",
    }
    assert asking.routes == [f"GET {PROJECT}/7"] * 3


def test_what_a_wait_came_to_is_plain_json() -> None:
    ended = waiting(answering(in_turn(reply(finished()))))

    assert json.loads(json.dumps(ended)) == ended


def test_a_deadline_ends_the_wait_after_one_more_look() -> None:
    asking = answering(lambda _: reply(build(lifecycle="running", status="running")))
    ended = waiting(asking, NOW_S + 25)

    assert (ended["state"], ended["lifecycle"], ended["message"], len(asking.asked)) == (
        "timed_out",
        "running",
        f"last seen: build 7 of {SLUG} is running",
        4,
    )


def test_an_end_that_comes_with_the_deadline_counts() -> None:
    asking = answering(in_turn(reply(build()), reply(finished())))

    assert waiting(asking, NOW_S + 5)["state"] == "succeeded"


def test_a_wait_that_never_saw_anything_says_why() -> None:
    ended = waiting(answering(lambda _: LOST, attempts=1), NOW_S + 5)

    assert (ended["state"], ended["build_num"], "the last look failed" in ended["message"]) == ("timed_out", 7, True)


def test_a_fault_while_looking_is_no_end() -> None:
    asking = answering(in_turn(reply({}, 503), reply(finished())), attempts=1)

    assert waiting(asking)["state"] == "succeeded"


def test_being_turned_away_ends_the_wait() -> None:
    with pytest.raises(NotFound):
        waiting(answering(in_turn(reply({"message": "Build not found"}, 404))))


def test_news_are_said_once() -> None:
    words = {"lifecycle": "archived", "status": "archived"}
    asking = answering(in_turn(*map(reply, (build(**words), build(**words), finished()))))
    waiting(asking)

    assert sum("archived" in said for said in asking.said) == 1


# Lists.


class Listed:
    """A project's builds, newest first; one more starts after each page."""

    def __init__(self, count: int, grows: int = 0) -> None:
        self.numbers = list(range(count, 0, -1))
        self.grows = grows

    def __call__(self, asked: Any) -> Any:
        limit, offset = int(asked.query["limit"]), int(asked.query.get("offset", 0))
        rows = [build(number) for number in self.numbers[offset : offset + limit]]
        self.numbers = [self.numbers[0] + n for n in range(self.grows, 0, -1)] + self.numbers if self.numbers else []
        return reply(rows)


def numbers(asking: Answering, **query: Any) -> list[int]:
    asking.run(list_builds(asking.caller, LIST_PROJECT_BUILDS, {"project": "github/acme/web"}, query))
    return [row["build_num"] for row in asking.rows]


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (99, 1), (100, 2), (250, 3)])
def test_a_hundred_builds_are_asked_for_at_a_time(count: int, requests: int) -> None:
    asking = answering(Listed(count))

    assert (numbers(asking), len(asking.asked)) == (list(range(count, 0, -1)), requests)


def test_each_page_is_asked_for_with_the_same_query() -> None:
    asking = answering(Listed(150))
    numbers(asking, filter="failed", shallow=True)

    assert [asked.query for asked in asking.asked] == [
        {"filter": "failed", "shallow": "true", "limit": "100"},
        {"filter": "failed", "shallow": "true", "limit": "100", "offset": "100"},
    ]


def test_a_build_that_is_pushed_onto_the_next_page_is_listed_once() -> None:
    asking = answering(Listed(250, grows=3))

    assert numbers(asking) == list(range(250, 0, -1))


def test_builds_of_several_projects_may_have_one_number() -> None:
    here, there = [build(n) for n in range(100, 0, -1)], [build(1, vcs_url="https://github.com/acme/app")]

    assert numbers(answering(in_turn(reply(here), reply(there))))[-2:] == [1, 1]


def test_a_page_that_comes_again_is_no_endless_list() -> None:
    asking = answering(lambda _: reply([build(n) for n in range(100)]))

    with pytest.raises(UnexpectedReply, match="sent the same page twice"):
        numbers(asking)


def test_a_page_that_comes_again_a_little_changed_is_no_endless_list() -> None:
    ticks = iter(range(1000))
    asking = answering(lambda _: reply([build(n, build_time_millis=next(ticks)) for n in range(100)]))

    with pytest.raises(UnexpectedReply, match="sent the same page twice"):
        numbers(asking)
