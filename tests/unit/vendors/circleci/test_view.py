"""What is drawn of a pipeline: complete where it fits, in order, bounded, printable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.view import (
    MOST_JOBS,
    MOST_TESTS,
    MOST_WORKFLOWS,
    kept_of_job,
    says_the_same,
    view_of,
)

from .walking import NOW, SERVICE, TOKEN, stamp

PIPELINE = {"id": "p", "number": 42, "project_slug": "gh/acme/web", "state": "created"}
PAGE = "https://app.circleci.com/pipelines/gh/acme/web/42"


def workflow(name: str = "w", status: str = "running", at_s: float = 0.0, /, **changes: Any) -> JsonObject:
    return {
        "id": name,
        "name": name,
        "status": status,
        "project_slug": "gh/acme/web",
        "pipeline_number": 42,
        "created_at": stamp(at_s),
        "stopped_at": None,
        **changes,
    }


def job(
    name: str, status: str = "success", at_s: float = 0.0, /, after: tuple[str, ...] = (), **more: Any
) -> JsonObject:
    return {
        "id": f"id-{name}",
        "name": name,
        "type": "build",
        "status": status,
        "job_number": 7,
        "started_at": stamp(at_s),
        "stopped_at": stamp(at_s + 5),
        "dependencies": [f"id-{one}" for one in after],
        **more,
    }


def view(*jobs: JsonObject, subject: JsonObject | None = None, **changes: Any) -> JsonObject:
    given: dict[str, Any] = {
        "workflows": (workflow(),),
        "jobs": {"w": jobs},
        "status": "running",
        "message": "w running",
        "taken_s": NOW,
        "noted_s": NOW,
        **changes,
    }
    workflows, listed = given.pop("workflows"), given.pop("jobs")
    return view_of(SERVICE, PIPELINE if subject is None else subject, workflows, listed, **given)


def names(seen: JsonObject) -> list[str]:
    return [each["name"] for each in seen["workflows"][0]["jobs"]]


def test_pipeline_workflows_and_jobs_are_told_with_their_pages() -> None:
    seen = view(job("build"))

    assert seen["pipeline"] == {"number": 42, "project": "gh/acme/web", "url": PAGE}
    assert seen["workflows"][0] == {
        "name": "w",
        "status": "running",
        "url": f"{PAGE}/workflows/w",
        "started_s": NOW,
        "stopped_s": None,
        "jobs": [
            {
                "name": "build",
                "type": "build",
                "status": "success",
                "url": f"{PAGE}/workflows/w/jobs/7",
                "started_s": NOW,
                "stopped_s": NOW + 5,
                "after": [],
            }
        ],
        "jobs_read": True,
        "jobs_left_out": 0,
    }


def test_workflow_alone_tells_of_which_pipeline_it_is() -> None:
    assert view(subject=workflow())["pipeline"]["url"] == PAGE


def test_nothing_at_all_can_be_drawn() -> None:
    seen = view(subject={}, workflows=(), status="never_ran", message="no workflow")

    assert seen["pipeline"] == {"number": None, "project": None, "url": None}
    assert (seen["workflows"], seen["message"]) == ([], "no workflow")


@pytest.mark.parametrize(
    ("jobs", "order"),
    [
        pytest.param([job("test", after=("build",)), job("build")], ["build", "test"], id="listed the other way round"),
        pytest.param(
            [job("late", "success", 9), job("early", "success", 1)], ["early", "late"], id="the earlier first"
        ),
        pytest.param(
            [job("deploy", "blocked", 0, after=("test",)), job("lint", "success", 3), job("test", "success", 1)],
            ["test", "lint", "deploy"],
            id="what has not begun comes after what has",
        ),
        pytest.param(
            [job("a", after=("b",)), job("b", after=("a",)), job("c")], ["c", "a", "b"], id="waiting for each other"
        ),
        pytest.param([job("a", after=("unknown",))], ["a"], id="after a job that is not listed"),
    ],
)
def test_jobs_come_after_those_they_wait_for(jobs: list[JsonObject], order: list[str]) -> None:
    assert names(view(*jobs)) == order


def test_job_names_those_it_waits_for_by_their_place() -> None:
    seen = view(job("deploy", after=("build", "test")), job("build"), job("test", after=("build",)))

    assert [each["after"] for each in seen["workflows"][0]["jobs"]] == [[], [0], [0, 1]]


def test_workflows_are_in_the_order_they_began() -> None:
    flows = (workflow("second", "running", 5), workflow("unknown", created_at=None), workflow("first", "running", 1))

    assert [flow["name"] for flow in view(workflows=flows)["workflows"]] == ["first", "second", "unknown"]


@pytest.mark.parametrize("status", ["blocked", "not_run", "queued", "not_running", "unauthorized"])
def test_job_that_has_not_begun_has_no_times_whatever_circleci_says(status: str) -> None:
    (told,) = view(job("deploy", status))["workflows"][0]["jobs"]

    assert (told["started_s"], told["stopped_s"]) == (None, None)


def test_workflow_whose_jobs_were_not_read_says_so() -> None:
    assert view(jobs={})["workflows"][0]["jobs_read"] is False


def test_too_many_workflows_jobs_and_tests_are_counted_and_left_out() -> None:
    flows = [workflow(f"w{place}", "running", place) for place in range(MOST_WORKFLOWS + 2)]
    jobs = [job(f"j{place}", "success", place) for place in range(MOST_JOBS - 10)]
    tests = [{"name": f"t{place}"} for place in range(MOST_TESTS + 1)]
    seen = view(workflows=flows, jobs={"w0": jobs, "w1": jobs}, failed_tests=tests)

    assert (len(seen["workflows"]), seen["workflows_left_out"]) == (MOST_WORKFLOWS, 2)
    assert [len(flow["jobs"]) for flow in seen["workflows"][:3]] == [MOST_JOBS - 10, 10, 0]
    assert seen["workflows"][1]["jobs_left_out"] == MOST_JOBS - 20
    assert (len(seen["failed_tests"]), seen["tests_left_out"]) == (MOST_TESTS, True)


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}"], ids=["short", "long in UTF-8"])
def test_largest_view_stays_small(letter: str) -> None:
    long = letter * 1000
    ids = [f"{place}{long}" for place in range(MOST_JOBS + 10)]
    jobs = [job(name, long, after=tuple(ids[:place]), type=long) for place, name in enumerate(ids)]
    tests = [{"name": long, "classname": long, "message": long, "file": long, "job_name": long}] * 99
    flows = [workflow(long, long, id=f"{place}") for place in range(99)]
    seen = view(workflows=flows, jobs={"0": jobs}, failed_tests=tests, message=long)

    assert len(seen["workflows"][0]["jobs"][-1]["after"]) == MOST_JOBS - 1
    assert len(json.dumps(seen, ensure_ascii=False).encode()) < 500_000


def test_strangers_texts_are_on_one_line_without_control_characters() -> None:
    evil = "a\x1b[31m\nb\u202ec"
    test = {"name": evil, "classname": evil, "message": evil, "file": evil, "job_name": evil}
    seen = view(job(evil, evil, type=evil), workflows=(workflow(name=evil, id="w"),), message=evil, failed_tests=[test])

    assert all(char.isprintable() for char in json.loads(json.dumps(seen, ensure_ascii=False)).__repr__())
    assert "\\x1b" not in repr(seen)
    assert "\\u202e" not in repr(seen)


@pytest.mark.parametrize("strange", [None, 7, [], {}, True, "x"], ids=repr)
def test_what_circleci_garbles_breaks_nothing(strange: Any) -> None:
    fields = ("name", "type", "status", "job_number", "started_at", "stopped_at", "dependencies")
    jobs = [kept_of_job({"id": strange, **dict.fromkeys(fields, strange)}), kept_of_job({})]
    flow = {"id": "w", "name": strange, "status": strange, "created_at": strange, "pipeline_number": strange}
    seen = view(*jobs, workflows=(flow,), subject={"number": strange, "project_slug": strange, "state": strange})

    assert len(json.loads(json.dumps(seen))["workflows"][0]["jobs"]) == 2


def test_view_holds_no_token() -> None:
    assert TOKEN not in json.dumps(view(job("build")))


def test_views_that_differ_in_their_moments_only_say_the_same() -> None:
    one = view(job("build"))

    assert says_the_same(one, {**one, "taken_s": NOW + 9, "noted_s": NOW + 9})
    assert not says_the_same(one, {**one, "status": "failed"})
    assert not says_the_same(None, one)


def test_of_a_job_only_what_is_drawn_is_kept() -> None:
    assert set(kept_of_job({**job("build"), "requires": {"x": ["success"]}, "approved_by": "somebody"})) == {
        "id",
        "name",
        "type",
        "status",
        "job_number",
        "started_at",
        "stopped_at",
        "dependencies",
    }
