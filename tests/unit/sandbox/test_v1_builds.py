"""Builds as v1.1 shows them: the jobs of v2, and its own."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PROJECT as V2_PROJECT
from .conftest import TOKEN, InProcess, Reply

API = "/circleci/api/v1.1"
PROJECT = "/project/github/acme/web"
JSON = {"Circle-Token": TOKEN, "Accept": "application/json"}


def v1(sandbox: InProcess, method: str, path: str, body: Any = None, **options: Any) -> Reply:
    return sandbox.call(method, API + path, body, **{"headers": JSON, **options})


def read(sandbox: InProcess, path: str, **query: str) -> Any:
    reply = v1(sandbox, "GET", path, query=query)
    assert reply.status == 200, reply.body
    return reply.json()


def triggered(sandbox: InProcess, scenario: str = "success", branch: str = "main", **parameters: str) -> int:
    """Start a build of 20 s; its number."""
    body = {"build_parameters": {"sandbox_scenario": scenario, **parameters}}
    reply = v1(sandbox, "POST", f"{PROJECT}/tree/{branch}", body)
    assert reply.status == 201, reply.body
    return int(reply.json()["build_num"])


def words(build: dict[str, Any]) -> tuple[str, str, str | None]:
    return build["lifecycle"], build["status"], build["outcome"]


@pytest.mark.parametrize(
    ("scenario", "after_s", "expected"),
    [
        ("success", 0, ("not_running", "not_running", None)),
        ("success", 10, ("running", "running", None)),
        ("success", 30, ("finished", "success", "success")),
        ("failed", 30, ("finished", "failed", "failed")),
        ("canceled", 30, ("finished", "canceled", "canceled")),
        ("queued", 5, ("scheduled", "not_run", None)),
        ("queued", 15, ("running", "running", None)),
        ("nothing_runs", 30, ("not_run", "not_run", None)),
        ("unauthorized", 30, ("not_run", "not_run", None)),
        ("on_hold", 30, ("running", "running", None)),
        ("unknown_status", 15, ("recovering", "recovering", None)),
        ("never_ends", 3600, ("running", "running", None)),
    ],
)
def test_a_build_goes_as_its_scenario(
    sandbox: InProcess, scenario: str, after_s: float, expected: tuple[str, str, str | None]
) -> None:
    number = triggered(sandbox, scenario)
    sandbox.wait(after_s)

    assert words(read(sandbox, f"{PROJECT}/{number}")) == expected


def test_a_job_of_v2_is_a_build_of_the_same_number(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("failed")
    sandbox.wait(60)
    jobs = sandbox.jobs(sandbox.workflows(pipeline_id)[0]["id"])
    seen = {job["job_number"]: job["status"] for job in jobs if "job_number" in job}

    assert {build["build_num"]: build["status"] for build in read(sandbox, PROJECT)} == seen


def test_a_job_that_never_ran_is_no_build(sandbox: InProcess) -> None:
    sandbox.trigger("unauthorized")
    sandbox.wait(60)

    assert (read(sandbox, PROJECT), v1(sandbox, "GET", f"{PROJECT}/1").status) == ([], 404)


def test_builds_are_listed_newest_first(sandbox: InProcess) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(triggered(sandbox))
        sandbox.wait(1)

    assert [build["build_num"] for build in read(sandbox, PROJECT)] == numbers[::-1]


@pytest.mark.parametrize(("query", "count"), [({}, 30), ({"limit": "100"}, 100), ({"limit": "500"}, 100)])
def test_a_page_holds_thirty_builds_or_a_hundred_at_most(sandbox: InProcess, query: dict[str, str], count: int) -> None:
    for _ in range(101):
        triggered(sandbox)

    assert len(read(sandbox, PROJECT, **query)) == count


def test_an_offset_leaves_the_newest_out(sandbox: InProcess) -> None:
    numbers = [triggered(sandbox) for _ in range(5)]

    assert [build["build_num"] for build in read(sandbox, PROJECT, offset="3")] == numbers[1::-1]


@pytest.mark.parametrize(("word", "scenarios"), [("completed", 2), ("successful", 1), ("failed", 1), ("running", 1)])
def test_a_filter_leaves_builds_out(sandbox: InProcess, word: str, scenarios: int) -> None:
    for scenario in ("success", "failed", "never_ends", "nothing_runs"):
        triggered(sandbox, scenario)
    sandbox.wait(30)

    assert len(read(sandbox, PROJECT, filter=word)) == scenarios


def test_a_branch_has_its_own_builds(sandbox: InProcess) -> None:
    triggered(sandbox)
    number = triggered(sandbox, branch="feature%2Fx")

    found = read(sandbox, f"{PROJECT}/tree/feature%2Fx")
    assert [(build["build_num"], build["branch"]) for build in found] == [(number, "feature/x")]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_slash_of_a_branch_must_be_escaped(sandbox: InProcess, method: str) -> None:
    reply = v1(sandbox, method, f"{PROJECT}/tree/feature/x")

    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (404, "text/html")


def test_recent_builds_are_of_all_projects(sandbox: InProcess) -> None:
    triggered(sandbox)
    v1(sandbox, "POST", "/project/bitbucket/acme/app")

    assert {build["vcs_url"] for build in read(sandbox, "/recent-builds")} == {
        "https://github.com/acme/web",
        "https://bitbucket.org/acme/app",
    }


def test_a_shallow_build_says_less(sandbox: InProcess) -> None:
    triggered(sandbox)
    (shallow,), (full,) = read(sandbox, PROJECT, shallow="true"), read(sandbox, PROJECT)

    assert (shallow.items() < full.items(), "retry_of" in shallow) == (True, False)


def test_builds_can_be_hidden_from_lists_for_a_while(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleci/hide_mine", {"seconds": 5})
    number = triggered(sandbox)
    listed = []
    for pause_s in (4, 1):
        sandbox.wait(pause_s)
        listed.append([build["build_num"] for build in read(sandbox, PROJECT)])

    assert listed == [[], [number]]


# What is done to them.


def test_a_retry_is_a_new_build_that_names_the_old(sandbox: InProcess) -> None:
    number = triggered(sandbox, "failed", A="1")
    sandbox.wait(30)
    again = v1(sandbox, "POST", f"{PROJECT}/{number}/retry").json()
    sandbox.wait(30)

    build = read(sandbox, f"{PROJECT}/{again['build_num']}")
    assert (build["retry_of"], build["why"], build["outcome"], build["build_parameters"]["A"]) == (
        number,
        "retry",
        "success",
        "1",
    )


def test_a_retry_can_fail(sandbox: InProcess) -> None:
    number = triggered(sandbox, "failed", sandbox_rerun="failed")
    again = v1(sandbox, "POST", f"{PROJECT}/{number}/retry").json()["build_num"]
    sandbox.wait(30)

    assert read(sandbox, f"{PROJECT}/{again}")["outcome"] == "failed"


def test_a_cancel_is_told_at_once_and_done_a_second_later(sandbox: InProcess) -> None:
    number = triggered(sandbox, "never_ends")
    sandbox.wait(10)
    told = [words(v1(sandbox, "POST", f"{PROJECT}/{number}/cancel").json())]
    for pause_s in (0.5, 0.5):
        sandbox.wait(pause_s)
        told.append(words(read(sandbox, f"{PROJECT}/{number}")))

    ended = ("finished", "canceled", "canceled")
    assert told == [("running", "canceled", "canceled"), ("running", "canceled", "canceled"), ended]


def test_a_cancel_of_a_finished_build_is_answered_200_with_its_old_status(sandbox: InProcess) -> None:
    number = triggered(sandbox)
    sandbox.wait(30)
    reply = v1(sandbox, "POST", f"{PROJECT}/{number}/cancel")
    sandbox.wait(30)

    assert (reply.status, words(reply.json()), words(read(sandbox, f"{PROJECT}/{number}"))) == (
        200,
        ("finished", "success", "success"),
        ("finished", "success", "success"),
    )


def test_a_cancel_of_a_job_of_v2_ends_its_workflow(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger("never_ends")
    sandbox.wait(10)
    v1(sandbox, "POST", f"{PROJECT}/1/cancel")
    sandbox.wait(1)

    assert (sandbox.workflows(pipeline_id)[0]["status"], words(read(sandbox, f"{PROJECT}/1"))[0]) == (
        "canceled",
        "finished",
    )


def test_who_may_log_in_is_remembered_once(sandbox: InProcess) -> None:
    number = triggered(sandbox)
    for _ in range(2):
        v1(sandbox, "POST", f"{PROJECT}/{number}/ssh-users")

    assert read(sandbox, f"{PROJECT}/{number}")["ssh_users"] == [{"login": "sandbox-user"}]


def test_nobody_logs_in_to_a_build_that_is_over(sandbox: InProcess) -> None:
    number = triggered(sandbox)
    sandbox.wait(30)

    assert v1(sandbox, "POST", f"{PROJECT}/{number}/ssh-users").status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"tag": "v1", "revision": "a"},
        {"build_parameters": {"A": 1}},
        {"build_parameters": "A=1"},
        {"tag": 7},
        {"build_parameters": {"sandbox_scenario": "none"}},
        {"build_parameters": {"sandbox_duration_s": "long"}},
        ["main"],
        b"{",
    ],
    ids=repr,
)
def test_a_trigger_that_makes_no_sense_is_refused(sandbox: InProcess, body: Any) -> None:
    reply = v1(sandbox, "POST", PROJECT, body)

    assert (reply.status, read(sandbox, PROJECT)) == (400, [])


def test_the_newest_builds_artifacts_are_the_latest(sandbox: InProcess) -> None:
    sandbox.trigger("success")
    sandbox.wait(60)
    latest = read(sandbox, f"{PROJECT}/latest/artifacts", branch="main", filter="successful")

    assert [artifact["path"] for artifact in latest] == ["test/log.txt", "test/report.json"]


def test_where_there_is_no_build_there_is_no_latest(sandbox: InProcess) -> None:
    assert v1(sandbox, "GET", f"{PROJECT}/latest/artifacts").status == 404


def test_artifacts_have_the_addresses_of_v2(sandbox: InProcess) -> None:
    sandbox.trigger("success")
    sandbox.wait(60)
    of_v2 = {item["path"]: item["url"] for item in sandbox.get(f"{V2_PROJECT}/2/artifacts")["items"]}

    assert {item["pretty_path"]: item["url"] for item in read(sandbox, f"{PROJECT}/2/artifacts")} == of_v2


def test_test_results_are_in_an_object(sandbox: InProcess) -> None:
    sandbox.trigger("failed")
    sandbox.wait(60)

    assert len(read(sandbox, f"{PROJECT}/2/tests")["tests"]) == 30
