"""Running a workflow again, once."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import Invalid, NotFound, ServiceDown, TriggerAmbiguous, UnexpectedReply
from airflow_provider_circle.vendors.circleci.rerun import (
    appeared,
    find_rerun,
    prepare_rerun,
    rerun_once,
)

from .walking import LOST, Driver, Scripted, answer, refused, rows, stamp

WORKFLOWS = "GET /pipeline/p/workflow"
JOBS = "GET /workflow/a/job"
RERUN = "POST /workflow/a/rerun"
ALL = {"from_failed": False}
BEFORE = {"id": "a", "name": "build", "tag": None, "pipeline_id": "p", "known_ids": ["a"]}
SAID = answer({"workflow_id": "b"}, 202)


def workflow(workflow_id: str | None, **changes: Any) -> JsonObject:
    return {"id": workflow_id, "name": "build", "status": "failed", "created_at": stamp(-60), **changes}


def driver(*posts: Scripted, lists: list[Scripted] | None = None, jobs: list[Scripted] | None = None) -> Driver:
    script = {RERUN: list(posts), WORKFLOWS: lists or [rows(workflow("a"))], JOBS: jobs or [rows()]}
    return Driver(script, retry=RetryPolicy(attempts=2))


def test_note_names_what_a_rerun_is_recognized_by() -> None:
    walk = Driver(
        {
            "GET /workflow/a": [answer(workflow("a", pipeline_id="p", tag="setup"))],
            WORKFLOWS: [rows(workflow("a"), workflow(None), token="t"), rows(workflow("z"))],
        }
    )

    assert walk.run(prepare_rerun(walk.caller, "a")) == {**BEFORE, "tag": "setup", "known_ids": ["a", "z"]}


def test_workflow_without_a_pipeline_is_not_rerun_blindly() -> None:
    walk = Driver({"GET /workflow/a": [answer(workflow("a"))]})

    with pytest.raises(UnexpectedReply, match="to which pipeline workflow a belongs"):
        walk.run(prepare_rerun(walk.caller, "a"))


def test_answer_names_the_new_workflow() -> None:
    walk = driver(SAID)

    assert (walk.run(rerun_once(walk.caller, BEFORE, ALL)), walk.asked) == ("b", [RERUN])


def test_lost_rerun_is_found_by_its_name_among_the_new_ones() -> None:
    others = [workflow("x", name="lint"), workflow("y", tag="setup"), workflow("z", auto_rerun_number=1)]
    walk = driver(LOST, lists=[rows(workflow("b"), *others, workflow("a"))])

    assert walk.run(rerun_once(walk.caller, BEFORE, ALL)) == "b"


def test_lost_rerun_that_appears_late_is_found() -> None:
    walk = driver(LOST, lists=[rows(workflow("a")), rows(workflow("b"), workflow("a"))])

    assert (walk.run(rerun_once(walk.caller, BEFORE, ALL)), walk.asked.count(RERUN)) == ("b", 1)


def test_rerun_that_had_no_effect_is_sent_again() -> None:
    walk = driver(LOST, SAID)

    assert (walk.run(rerun_once(walk.caller, BEFORE, ALL)), walk.asked.count(RERUN)) == ("b", 2)


def test_rerun_that_never_has_an_effect_is_given_up() -> None:
    walk = driver(refused(503))

    with pytest.raises(ServiceDown):
        walk.run(rerun_once(walk.caller, BEFORE, ALL))


def test_rerun_is_not_guessed_between_two() -> None:
    walk = driver(LOST, lists=[rows(workflow("b"), workflow("c"))])

    with pytest.raises(TriggerAmbiguous, match=r"rerun of workflow a was lost.* b, c; nothing was rerun again"):
        walk.run(rerun_once(walk.caller, BEFORE, ALL))


def test_accepted_rerun_without_an_id_is_looked_up_and_never_sent_again() -> None:
    walk = driver(answer({"message": "Accepted."}, 202))

    with pytest.raises(UnexpectedReply, match="neither says nor shows"):
        walk.run(rerun_once(walk.caller, BEFORE, ALL))

    assert (walk.asked.count(RERUN), walk.asked.count(WORKFLOWS)) == (1, 3)


def test_refusal_is_passed_on() -> None:
    walk = driver(refused(400, "not finished"))

    with pytest.raises(Invalid, match="not finished"):
        walk.run(rerun_once(walk.caller, BEFORE, ALL))


def test_rerun_of_a_process_that_died_is_found() -> None:
    walk = driver(SAID, lists=[rows(workflow("b"), workflow("a"))])

    assert walk.run(find_rerun(walk.caller, BEFORE)) == "b"


def test_rerun_that_never_began_is_not_found() -> None:
    walk = driver(SAID)

    assert walk.run(find_rerun(walk.caller, BEFORE)) is None


def test_jobs_are_sent_by_id_each_once() -> None:
    jobs = rows({"id": "1", "name": "build"}, {"id": "2", "name": "test"}, token="t")
    more = rows({"id": "3", "name": "test"}, {"name": "no id"})
    walk = driver(SAID, jobs=[jobs, more])

    walk.run(rerun_once(walk.caller, BEFORE, {"jobs": ["test", "2", "1"], "enable_ssh": True}))

    assert walk.bodies(RERUN) == [{"jobs": ["2", "3", "1"], "enable_ssh": True}]


def test_unknown_jobs_are_named_beside_those_there_are() -> None:
    walk = driver(SAID, jobs=[rows({"id": "1", "name": "build"})])

    with pytest.raises(ValueError, match=r"^jobs: workflow a has no x, y; its jobs are: build$"):
        walk.run(rerun_once(walk.caller, BEFORE, {"jobs": ["x", "build", "y"]}))

    assert walk.bodies(RERUN) == []


def test_new_workflow_may_take_a_while_to_be_known() -> None:
    walk = Driver({"GET /workflow/b": [refused(404), refused(404), answer(workflow("b"))]})

    assert (walk.run(appeared(walk.caller, "b"))["id"], sum(walk.waits)) == ("b", 3.0)


def test_new_workflow_that_never_appears_is_not_found() -> None:
    walk = Driver({"GET /workflow/b": [refused(404)]})

    with pytest.raises(NotFound):
        walk.run(appeared(walk.caller, "b"))

    assert sum(walk.waits) == 18.0
