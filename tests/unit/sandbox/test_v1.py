"""How v1.1 answers: to whom, in which format, and what beside builds it remembers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from .conftest import TOKEN, InProcess, Reply
from .test_v1_builds import API, PROJECT, read, triggered, v1

# Formats.


def test_without_accept_the_reply_is_edn(sandbox: InProcess) -> None:
    triggered(sandbox)
    reply = v1(sandbox, "GET", PROJECT, headers={"Circle-Token": TOKEN})
    text = reply.body.decode()

    assert (reply.headers["content-type"], text[:2], ":build_num 1," in text, ":outcome nil," in text) == (
        "application/edn;charset=UTF-8",
        "[{",
        True,
        True,
    )


@pytest.mark.parametrize(("accept", "lines"), [("application/json", 1), ("text/plain", 7), ("*/*", 7)])
def test_only_json_that_was_asked_for_is_compact(sandbox: InProcess, accept: str, lines: int) -> None:
    reply = v1(sandbox, "GET", "/me", headers={"Circle-Token": TOKEN, "Accept": accept})

    assert (reply.json()["login"], len(reply.body.decode().splitlines())) == ("sandbox-user", lines)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("POST", "/me"), ("DELETE", PROJECT), ("GET", f"{PROJECT}/newest")]
)
def test_an_unknown_path_is_answered_with_a_page(sandbox: InProcess, method: str, path: str) -> None:
    reply = v1(sandbox, method, path)

    assert (reply.status, reply.body[:15]) == (404, b"<!DOCTYPE html>")


@pytest.mark.parametrize("path", ["/project/github/acme/missing", f"{PROJECT}/7", "/project/svn/acme/web"])
def test_what_there_is_not_is_answered_with_a_message(sandbox: InProcess, path: str) -> None:
    reply = v1(sandbox, "GET", path)

    assert (reply.status, list(reply.json())) == (404, ["message"])


# To whom.


@pytest.mark.parametrize(
    "headers",
    [{}, {"Circle-Token": "wrong"}, {"Authorization": "Basic d3Jvbmc6"}],
    ids=["no token", "a wrong token", "a wrong user"],
)
def test_who_is_not_known_is_not_let_in(sandbox: InProcess, headers: dict[str, str]) -> None:
    assert v1(sandbox, "GET", PROJECT, headers=headers).status == 401


@pytest.mark.parametrize("header", [{"Circle-Token": TOKEN}, {"Authorization": "Basic c2FuZGJveC10b2tlbjo="}])
def test_a_token_is_a_header_or_a_user(sandbox: InProcess, header: dict[str, str]) -> None:
    assert v1(sandbox, "GET", PROJECT, headers=header).status == 200


def test_a_token_in_the_query_is_refused(sandbox: InProcess) -> None:
    assert v1(sandbox, "GET", PROJECT, headers={}, query={"circle-token": TOKEN}).status == 401


@pytest.fixture
def public(sandbox: InProcess) -> InProcess:
    sandbox.trigger("success")
    sandbox.wait(60)
    sandbox.control("POST", "/circleci/v1/public", {"project_slug": "gh/acme/web"})
    return sandbox


def anybody(sandbox: InProcess, method: str, path: str, api: str = API, **headers: str) -> Reply:
    return sandbox.call(method, api + path, headers={"Accept": "application/json", **headers})


@pytest.mark.parametrize("place", ["", "/tree/main", "/1", "/1/artifacts", "/1/tests", "/latest/artifacts"])
def test_what_is_public_is_read_by_anybody(public: InProcess, place: str) -> None:
    assert anybody(public, "GET", PROJECT + place).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{PROJECT}/checkout-key"),
        ("GET", "/me"),
        ("GET", "/recent-builds"),
        ("GET", "/project/github/acme/app"),
        ("POST", f"{PROJECT}/tree/main"),
        ("POST", f"{PROJECT}/1/cancel"),
        ("POST", PROJECT),
        ("DELETE", f"{PROJECT}/checkout-key/c9"),
    ],
)
def test_anything_else_is_not(public: InProcess, method: str, path: str) -> None:
    assert anybody(public, method, path).status == 401


def test_v2_is_not_public(public: InProcess) -> None:
    assert anybody(public, "GET", "/project/gh/acme/web", api="/circleci/api/v2").status == 401


def test_a_wrong_token_is_refused_where_none_would_do(public: InProcess) -> None:
    assert anybody(public, "GET", PROJECT, **{"Circle-Token": "wrong"}).status == 401


@pytest.mark.parametrize("undo", ["control", "reset"])
def test_what_was_public_can_be_private_again(public: InProcess, undo: str) -> None:
    if undo == "reset":
        public.control("POST", "/reset")
    else:
        public.control("POST", "/circleci/v1/public", {"project_slug": "gh/acme/web", "public": False})

    assert anybody(public, "GET", PROJECT).status == 401


@pytest.mark.parametrize(
    "body", [{}, {"project_slug": "web"}, {"project_slug": "gh/acme/web", "public": "yes"}, {"slug": "gh/acme/web"}]
)
def test_a_control_that_makes_no_sense_is_refused(sandbox: InProcess, body: dict[str, Any]) -> None:
    assert sandbox.call("POST", "/_sandbox/circleci/v1/public", body).status == 400


# How long a reply is good.


@pytest.mark.parametrize(("after_s", "said"), [(10, None), (30, "private, max-age=600")])
def test_only_a_finished_build_may_be_kept(sandbox: InProcess, after_s: float, said: str | None) -> None:
    number = triggered(sandbox)
    sandbox.wait(after_s)

    assert v1(sandbox, "GET", f"{PROJECT}/{number}").headers.get("cache-control") == said


# What steps wrote.


def output_url(sandbox: InProcess, number: int, step: int) -> str:
    build = read(sandbox, f"{PROJECT}/{number}")
    return str(build["steps"][step]["actions"][0]["output_url"])


def output(sandbox: InProcess, url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    return sandbox.call("GET", parts.path, query=dict([parts.query.split("=")]), headers=headers)


@pytest.fixture
def broken(sandbox: InProcess) -> InProcess:
    """Has a failed build."""
    triggered(sandbox, "failed")
    sandbox.wait(30)
    return sandbox


def test_the_last_step_fails_with_its_job(broken: InProcess) -> None:
    steps = read(broken, f"{PROJECT}/1")["steps"]

    assert [step["actions"][0]["status"] for step in steps] == ["success", "success", "failed"]


def test_a_build_that_has_not_begun_has_no_steps(sandbox: InProcess) -> None:
    assert read(sandbox, f"{PROJECT}/{triggered(sandbox)}")["steps"] == []


def test_a_running_step_has_no_output_yet(sandbox: InProcess) -> None:
    number = triggered(sandbox)
    sandbox.wait(10)

    assert "output_url" not in read(sandbox, f"{PROJECT}/{number}")["steps"][-1]["actions"][0]


def test_an_output_is_at_another_host(broken: InProcess) -> None:
    assert urlsplit(output_url(broken, 1, 2)).hostname == "localhost"


def test_an_output_is_a_list_of_pieces_for_anybody(broken: InProcess) -> None:
    reply = output(broken, output_url(broken, 1, 2))
    text = "".join(piece["message"] for piece in reply.json())

    assert ({tuple(piece) for piece in reply.json()}, "Error 2" in text) == ({("message", "time", "type")}, True)


def test_a_step_that_went_well_tells_no_error(broken: InProcess) -> None:
    assert b"Error" not in output(broken, output_url(broken, 1, 0)).body


@pytest.mark.parametrize("change", [lambda url: url[:-1] + "x", lambda url: url.replace("/2?", "/1?")])
def test_an_output_is_opened_by_its_signature_alone(broken: InProcess, change: Any) -> None:
    assert output(broken, change(output_url(broken, 1, 2)), **{"Circle-Token": TOKEN}).status == 403


def test_the_end_of_an_output_can_be_asked_for(broken: InProcess) -> None:
    url = output_url(broken, 1, 2)
    whole, end = output(broken, url), output(broken, url, Range="bytes=-100")
    size = len(whole.body)

    assert (end.status, end.headers["content-range"], end.body) == (
        206,
        f"bytes {size - 100}-{size - 1}/{size}",
        whole.body[-100:],
    )


def test_more_than_there_is_is_all_of_it(broken: InProcess) -> None:
    reply = output(broken, output_url(broken, 1, 2), Range="bytes=-100000000")

    assert (reply.status, isinstance(json.loads(reply.body), list)) == (200, True)


# Projects and keys.


def test_a_followed_project_is_listed_once_with_its_builds(sandbox: InProcess) -> None:
    first = v1(sandbox, "POST", f"{PROJECT}/follow").json()["first_build"]
    again = v1(sandbox, "POST", f"{PROJECT}/follow").json()
    sandbox.wait(30)
    (project,) = read(sandbox, "/projects")

    assert (again, first["why"], [b["build_num"] for b in project["branches"]["main"]["recent_builds"]]) == (
        {"followed": True},
        "first-build",
        [1],
    )


def key(sandbox: InProcess, kind: str = "deploy-key") -> dict[str, Any]:
    reply = v1(sandbox, "POST", f"{PROJECT}/checkout-key", {"type": kind})
    assert reply.status == 201, reply.body
    issued: dict[str, Any] = reply.json()
    return issued


def test_the_newest_checkout_key_is_preferred(sandbox: InProcess) -> None:
    keys = [key(sandbox)["fingerprint"], key(sandbox, "github-user-key")["fingerprint"]]

    assert {found["fingerprint"]: found["preferred"] for found in read(sandbox, f"{PROJECT}/checkout-key")} == {
        keys[0]: False,
        keys[1]: True,
    }


def test_a_checkout_key_is_found_until_it_is_deleted(sandbox: InProcess) -> None:
    place = f"{PROJECT}/checkout-key/{key(sandbox)['fingerprint']}"
    statuses = [v1(sandbox, method, place).status for method in ("GET", "DELETE", "GET", "DELETE")]

    assert statuses == [200, 200, 404, 404]


def test_a_checkout_key_has_a_known_type(sandbox: InProcess) -> None:
    assert v1(sandbox, "POST", f"{PROJECT}/checkout-key", {"type": "user-key"}).status == 400


def test_an_ssh_key_is_kept_until_it_is_deleted_and_never_answered(sandbox: InProcess) -> None:
    body = {"hostname": "h", "private_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}
    created = v1(sandbox, "POST", f"{PROJECT}/ssh-key", body)
    where = {"project_slug": "gh/acme/web"}
    (kept,) = sandbox.control("GET", "/circleci/v1/ssh_keys", query=where)["items"]
    deleted = [v1(sandbox, "DELETE", f"{PROJECT}/ssh-key", kept).status for _ in range(2)]

    assert (created.status, created.body, deleted) == (201, b"", [200, 404])


@pytest.mark.parametrize("body", [{"hostname": "h"}, {"hostname": "h", "private_key": "ssh-rsa"}, {"private_key": 7}])
def test_what_is_no_private_key_is_refused(sandbox: InProcess, body: dict[str, Any]) -> None:
    assert v1(sandbox, "POST", f"{PROJECT}/ssh-key", body).status == 400
