"""The sandbox hands artifacts out as CircleCI does: on another host, behind a redirect, in parts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.unit.sandbox.conftest import API, PROJECT, TOKEN, InProcess, Reply

LISTING = f"{API}{PROJECT}/2/artifacts"


@pytest.fixture
def done(sandbox: InProcess) -> InProcess:
    """A pipeline has run; its job 2 has left something."""
    headers = {"circle-token": TOKEN}
    assert sandbox.call("POST", f"{API}{PROJECT}/pipeline", {}, headers=headers).status == 201
    sandbox.real_time.seconds += 60
    give(sandbox, {"path": "x/a b.bin", "size": 5000, "node_index": 1}, {"path": "t.txt", "text": "hello"})
    return sandbox


def give(sandbox: InProcess, *artifacts: Any, status: int = 200, **fields: Any) -> None:
    wanted = {"project_slug": "gh/acme/web", "job_number": 2, "artifacts": list(artifacts), **fields}
    assert sandbox.call("POST", "/_sandbox/circleci/outputs", wanted).status == status


def listed(sandbox: InProcess) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = sandbox.call("GET", LISTING, headers={"circle-token": TOKEN}).json()["items"]
    return items


def ask(sandbox: InProcess, url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&")) if parts.query else None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return sandbox.call("GET", parts.path, query=query, headers=named)


def stored(sandbox: InProcess, number: int = 0) -> str:
    return ask(sandbox, listed(sandbox)[number]["url"]).headers["location"]


def test_artifacts_are_listed_with_an_address_each(done: InProcess) -> None:
    first, second = listed(done)

    assert (first["path"], first["node_index"], second["path"]) == ("x/a b.bin", 1, "t.txt")
    assert urlsplit(first["url"]).hostname == "localhost"
    assert "a%20b.bin" in first["url"]


def test_artifact_host_sends_on_to_a_signed_address(done: InProcess) -> None:
    reply = ask(done, listed(done)[1]["url"])

    assert reply.status == 302
    assert ask(done, reply.headers["location"]).body == b"hello"
    assert ask(done, reply.headers["location"].partition("?")[0]).status == 403


def test_size_is_as_it_was_asked_for_and_the_content_always_the_same(done: InProcess) -> None:
    one, other = (ask(done, stored(done)) for _ in range(2))

    assert (len(one.body), one.body, one.headers["etag"]) == (5000, other.body, other.headers["etag"])


@pytest.mark.parametrize(
    ("wanted", "status", "span"),
    [
        ("bytes=0-", 206, (0, 5000)),
        ("bytes=4000-", 206, (4000, 5000)),
        ("bytes=10-19", 206, (10, 20)),
        ("bytes=4990-9999", 206, (4990, 5000)),
        ("bytes=5000-", 416, (0, 0)),
        ("pages=1-", 200, (0, 5000)),
    ],
)
def test_part_is_what_was_asked_for(done: InProcess, wanted: str, status: int, span: tuple[int, int]) -> None:
    whole = ask(done, stored(done)).body

    reply = ask(done, stored(done), range=wanted)

    assert (reply.status, reply.body) == (status, whole[slice(*span)])
    if status == 206:
        assert reply.headers["content-range"] == f"bytes {span[0]}-{span[1] - 1}/5000"


def test_part_of_another_file_comes_whole(done: InProcess) -> None:
    etag = ask(done, stored(done)).headers["etag"]

    assert ask(done, stored(done), range="bytes=1-", if_range=etag).status == 206
    assert ask(done, stored(done), range="bytes=1-", if_range='"other"').status == 200


def test_hosts_do_as_they_are_told(done: InProcess) -> None:
    done.call("POST", "/_sandbox/circleci/artifact_hosts", {"needs_token": True, "redirects": False, "ranges": False})
    url = listed(done)[0]["url"]

    assert ask(done, url).status == 401
    assert ask(done, url, circle_token=TOKEN, range="bytes=1-").status == 200


def test_without_etags_nothing_says_what_a_file_is(done: InProcess) -> None:
    done.call("POST", "/_sandbox/circleci/artifact_hosts", {"etags": False})

    assert "etag" not in ask(done, stored(done)).headers
    assert ask(done, stored(done), range="bytes=1-", if_range='"x"').status == 200


def test_reset_forgets_what_was_given(done: InProcess) -> None:
    done.call("POST", "/_sandbox/circleci/artifact_hosts", {"own_host": True})
    done.call("POST", "/_sandbox/reset")
    done.call("POST", f"{API}{PROJECT}/pipeline", {}, headers={"circle-token": TOKEN})
    done.real_time.seconds += 60

    assert [one["path"] for one in listed(done)] == ["test/log.txt", "test/report.json"]
    assert urlsplit(listed(done)[0]["url"]).hostname == "localhost"


def test_job_that_goes_on_has_left_nothing_yet(sandbox: InProcess) -> None:
    sandbox.call("POST", f"{API}{PROJECT}/pipeline", {}, headers={"circle-token": TOKEN})
    sandbox.real_time.seconds += 12
    give(sandbox, {"path": "a", "size": 1})

    assert listed(sandbox) == []


def test_tests_that_were_given_are_listed(done: InProcess) -> None:
    give(done, tests=[{"name": "t"}])

    reply = done.call("GET", f"{API}{PROJECT}/2/tests", headers={"circle-token": TOKEN})

    assert reply.json()["items"] == [{"name": "t"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"job_number": 99},
        {"project_slug": "nothing"},
        {"artifacts": [{"size": 1}]},
        {"artifacts": [{"path": "a", "size": -1}]},
        {"artifacts": [{"path": "a", "node_index": "1"}]},
        {"artifacts": [{"path": "a", "node_index": None}]},
        {"unknown": 1},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(done: InProcess, fields: dict[str, Any]) -> None:
    give(done, status=400, **fields)


def test_hosts_are_told_yes_or_no(done: InProcess) -> None:
    assert done.call("POST", "/_sandbox/circleci/artifact_hosts", {"ranges": "maybe"}).status == 400
