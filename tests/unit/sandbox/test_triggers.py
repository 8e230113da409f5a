"""Starting pipelines, and what is refused."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from .conftest import API, PROJECT, TOKEN, InProcess

OPAQUE = "circleci/1285fe1d-d3a6-44fc-8886-8979558254c4/84996744-a854-4f5e-aea3-04e2851dc1d2"


@pytest.mark.parametrize(
    "headers",
    [
        {"Circle-Token": TOKEN},
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": "Basic " + b64encode(f"{TOKEN}:".encode()).decode()},
    ],
    ids=["header", "bearer", "basic"],
)
def test_token_is_accepted(sandbox: InProcess, headers: dict[str, str]) -> None:
    assert sandbox.api("GET", "/me", headers=headers).status == 200


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({"Circle-Token": "wrong"}, {}),
        ({"Authorization": "Basic !"}, {}),
        ({"Circle-Token": TOKEN}, {"circle-token": TOKEN}),
    ],
    ids=["none", "wrong", "unreadable", "in the query"],
)
def test_token_is_refused(sandbox: InProcess, headers: dict[str, str], query: dict[str, str]) -> None:
    reply = sandbox.api("GET", "/me", headers=headers, query=query)
    assert (reply.status, list(reply.json())) == (401, ["message"])


@pytest.mark.parametrize(
    ("slug", "normal"),
    [
        ("gh/acme/web", "gh/acme/web"),
        ("github/acme/web", "gh/acme/web"),
        ("bb/acme/web", "bb/acme/web"),
        ("bitbucket/acme/web", "bb/acme/web"),
        ("gh%2Facme%2Fweb", "gh/acme/web"),
        (OPAQUE, OPAQUE),
    ],
)
def test_project_is_found_by_any_form_of_its_slug(sandbox: InProcess, slug: str, normal: str) -> None:
    assert sandbox.get(f"/project/{slug}")["slug"] == normal


@pytest.mark.parametrize(
    "slug", ["gh/acme/missing", "gh/other/web", "gl/acme/web", "circleci/acme/web", "github/acme/missing"]
)
def test_project_is_not_found(sandbox: InProcess, slug: str) -> None:
    reply = sandbox.api("POST", f"/project/{slug}/pipeline", {})
    assert (reply.status, reply.json()) == (404, {"message": "Project not found"})


@pytest.mark.parametrize(
    ("slug", "status"),
    [("gh/acme/web", 201), (OPAQUE, 201), ("github/acme/web", 404), ("gh%2Facme%2Fweb", 404)],
)
def test_run_endpoint_takes_the_plain_slug_only(sandbox: InProcess, slug: str, status: int) -> None:
    assert sandbox.api("POST", f"/project/{slug}/pipeline/run", {}).status == status


def test_run_endpoint_starts_what_is_to_be_checked_out(sandbox: InProcess) -> None:
    body = {"config": {"branch": "main"}, "checkout": {"tag": "v1"}, "parameters": {"deploy": True}}
    sandbox.api("POST", f"{PROJECT}/pipeline/run", body)
    (pipeline,) = sandbox.control("GET", "/circleci/pipelines")["items"]
    assert (pipeline["tag"], pipeline["branch"], pipeline["parameters"]) == ("v1", None, {"deploy": True})


@pytest.mark.parametrize("endpoint", ["pipeline", "pipeline/run"])
def test_not_triggered_is_a_good_reply_without_id(sandbox: InProcess, endpoint: str) -> None:
    body = {"parameters": {"sandbox_scenario": "not_triggered"}}
    reply = sandbox.api("POST", f"{PROJECT}/{endpoint}", body)
    assert (reply.status, list(reply.json())) == (200, ["message"])
    assert sandbox.control("GET", "/circleci/pipelines")["items"] == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        ([], "JSON object"),
        ({"branch": "main", "tag": "v1"}, "branch and tag"),
        ({"branch": 1}, "branch must be a string"),
        ({"parameters": []}, "parameters must be an object"),
        ({"parameters": {"a": 1.5}}, "Parameter a"),
        ({"parameters": {"a": None}}, "Parameter a"),
        ({"parameters": {"a": ["x"]}}, "Parameter a"),
        ({"parameters": {f"p{number}": 1 for number in range(101)}}, "At most 100"),
        ({"parameters": {"k" * 129: 1}}, "128"),
        ({"parameters": {"a": "v" * 513}}, "512"),
        ({"parameters": {"undeclared_x": 1, "a": 1}}, "Unexpected argument(s): undeclared_x"),
        ({"parameters": {"sandbox_scenario": "nonsense"}}, "known are auto_rerun,"),
        ({"parameters": {"sandbox_duration_s": "soon"}}, "number of seconds"),
        ({"parameters": {"sandbox_duration_s": 0}}, "number of seconds"),
        ({"parameters": {"sandbox_rerun": "maybe"}}, "sandbox_rerun"),
    ],
)
def test_trigger_that_makes_no_sense_is_refused(sandbox: InProcess, body: Any, message: str) -> None:
    reply = sandbox.api("POST", f"{PROJECT}/pipeline", body)
    assert reply.status == 400
    assert message in reply.json()["message"]
    assert sandbox.control("GET", "/circleci/pipelines")["items"] == []


def test_parameters_at_their_limits_are_accepted(sandbox: InProcess) -> None:
    parameters: dict[str, Any] = {f"p{number}": number for number in range(97)}
    parameters |= {"k" * 128: "v" * 512, "yes": True, "sandbox_duration_s": "5"}
    assert sandbox.api("POST", f"{PROJECT}/pipeline", {"parameters": parameters}).status == 201


def test_pipelines_are_numbered_per_project(sandbox: InProcess) -> None:
    replies = [sandbox.api("POST", f"/project/gh/acme/{name}/pipeline", {}).json() for name in ("a", "a", "b")]
    assert [reply["number"] for reply in replies] == [1, 2, 1]


def test_lists_are_newest_first_and_filtered(sandbox: InProcess) -> None:
    for project, branch in (("web", "main"), ("web", "dev"), ("api", "main")):
        sandbox.api("POST", f"/project/gh/acme/{project}/pipeline", {"branch": branch})

    def found(path: str, **query: str) -> list[tuple[str, str]]:
        items = sandbox.get(path, query=query)["items"]
        return [(item["project_slug"][8:], item["vcs"]["branch"]) for item in items]

    assert found(f"{PROJECT}/pipeline") == [("web", "dev"), ("web", "main")]
    assert found(f"{PROJECT}/pipeline", branch="main") == [("web", "main")]
    assert found(f"{PROJECT}/pipeline/mine") == [("web", "dev"), ("web", "main")]
    assert found("/pipeline", **{"org-slug": "github/acme"}) == [("api", "main"), ("web", "dev"), ("web", "main")]


def test_hidden_pipeline_is_found_by_id_but_listed_later(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleci/hide_mine", {"seconds": 5})
    pipeline_id = sandbox.trigger()
    assert sandbox.get(f"{PROJECT}/pipeline/mine")["items"] == []
    assert sandbox.get(f"/pipeline/{pipeline_id}")["id"] == pipeline_id
    sandbox.wait(5)
    assert [item["id"] for item in sandbox.get(f"{PROJECT}/pipeline/mine")["items"]] == [pipeline_id]


@pytest.mark.parametrize(
    "path",
    [
        *("/pipeline/x", "/pipeline/x/workflow", "/workflow/x", "/workflow/x/job", "/jobs/x", "/user/x", "/nonsense"),
        *(f"{PROJECT}/pipeline/99", f"{PROJECT}/job/99", f"{PROJECT}/99/tests"),
    ],
)
def test_unknown_things_are_answered_404_with_a_message(sandbox: InProcess, path: str) -> None:
    reply = sandbox.api("GET", path)
    assert (reply.status, list(reply.json())) == (404, ["message"])


def test_page_token_that_was_never_given_is_refused(sandbox: InProcess) -> None:
    assert sandbox.api("GET", f"{PROJECT}/pipeline", query={"page-token": "nonsense"}).status == 400


def test_defaults_apply_unless_parameters_say_otherwise(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleci/defaults", {"scenario": "failed", "duration_s": 7})
    sandbox.control("POST", "/circleci/defaults", {"project_slug": "github/acme/api", "scenario": "errored"})
    sandbox.api("POST", f"{PROJECT}/pipeline", {})
    sandbox.api("POST", "/project/gh/acme/api/pipeline", {})
    sandbox.trigger("success", sandbox_duration_s=3)
    chosen = [(p["scenario"], p["duration_s"]) for p in sandbox.control("GET", "/circleci/pipelines")["items"]]
    assert chosen == [("failed", 7), ("errored", 7), ("success", 3)]


@pytest.mark.parametrize(
    "body",
    [
        {"scenario": "nonsense"},
        {"duration_s": -1},
        {"project_slug": "gh/acme/missing"},
        {"project_slug": "x"},
        {"a": 1},
    ],
)
def test_default_that_makes_no_sense_is_refused(sandbox: InProcess, body: dict[str, Any]) -> None:
    assert sandbox.call("POST", "/_sandbox/circleci/defaults", body).status == 400


def test_requests_above_the_limit_are_answered_429(sandbox: InProcess) -> None:
    sandbox.control("POST", "/circleci/limits", {"requests_per_minute": 2})
    replies = []
    for _ in range(3):
        replies.append(sandbox.api("GET", "/me"))
        sandbox.wait(10)
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert [reply.headers["ratelimit-remaining"] for reply in replies] == ["1", "0", "0"]
    assert replies[2].headers["retry-after"] == "40"
    sandbox.wait(30)
    assert sandbox.api("GET", "/me").status == 200


def test_api_prefix_is_part_of_the_path(sandbox: InProcess) -> None:
    assert API == "/circleci/api/v2"
    assert sandbox.call("GET", "/circleci/me", headers={"Circle-Token": TOKEN}).status == 404
