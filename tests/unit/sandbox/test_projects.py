"""Projects of the sandbox, their settings, variables and checkout keys."""

from __future__ import annotations

from base64 import b64decode
from hashlib import md5, sha256
from typing import Any
from urllib.parse import quote

import pytest

from .conftest import PROJECT, InProcess

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
ALONE = f"/project/circleci/{UNKNOWN_ID}/{UNKNOWN_ID}"


def test_deleted_project_is_not_found_whatever_is_asked_of_it(sandbox: InProcess) -> None:
    sandbox.trigger()
    assert sandbox.api("DELETE", PROJECT).json() == {"message": "Project deleted."}
    paths = ["", "/pipeline", "/pipeline/1", "/job/1", "/1/tests", "/envvar", "/checkout-key", "/settings", "/schedule"]
    assert [sandbox.api("GET", PROJECT + path).status for path in paths] == [404] * len(paths)
    assert sandbox.api("POST", f"{PROJECT}/pipeline", {}).status == 404
    assert sandbox.api("DELETE", PROJECT).status == 404


def test_deleted_project_is_gone_under_all_its_slugs_and_no_other(sandbox: InProcess) -> None:
    sandbox.api("DELETE", "/project/github/acme/web")
    slugs = ["gh/acme/web", "github/acme/web", "bb/acme/web", "gh/acme/other"]
    assert [sandbox.api("GET", f"/project/{slug}").status for slug in slugs] == [404, 404, 200, 200]


@pytest.mark.parametrize("organization", ["gh%2Facme", "gh/acme", "github%2Facme"])
def test_project_that_is_made_again_is_there_without_what_it_had(sandbox: InProcess, organization: str) -> None:
    before = sandbox.get(PROJECT)
    sandbox.api("POST", f"{PROJECT}/envvar", {"name": "A", "value": "a secret"})
    sandbox.api("DELETE", PROJECT)
    assert sandbox.api("POST", f"/organization/{organization}/project", {"name": "web"}).json() == before
    assert sandbox.get(PROJECT) == before
    assert sandbox.get(f"{PROJECT}/envvar")["items"] == []


def test_project_that_stands_alone_keeps_its_name(sandbox: InProcess) -> None:
    made = sandbox.api("POST", f"/organization/{UNKNOWN_ID}/project", {"name": "lighthouse"}).json()
    assert (made["name"], made["slug"]) == ("lighthouse", f"circleci/{UNKNOWN_ID}/{made['id']}")
    assert sandbox.get(f"/project/{made['slug']}") == made


@pytest.mark.parametrize(
    ("organization", "body", "status"),
    [
        ("gh%2Fnobody", {"name": "web"}, 404),
        ("acme", {"name": "web"}, 404),
        ("gh%2Facme", {"name": "missing"}, 404),
        ("gh%2Facme", {"name": ""}, 400),
        ("gh%2Facme", {"name": "web", "oss": True}, 400),
    ],
)
def test_project_that_makes_no_sense_is_refused(
    sandbox: InProcess, organization: str, body: dict[str, Any], status: int
) -> None:
    reply = sandbox.api("POST", f"/organization/{organization}/project", body)
    assert (reply.status, list(reply.json())) == (status, ["message"])


def test_reset_brings_deleted_projects_back(sandbox: InProcess) -> None:
    sandbox.api("DELETE", PROJECT)
    sandbox.control("POST", "/reset")
    assert sandbox.api("GET", PROJECT).status == 200


# Settings.


def test_settings_that_are_not_named_stay(sandbox: InProcess) -> None:
    before = sandbox.get(f"{PROJECT}/settings")["advanced"]
    change = {"disable_ssh": True, "pr_only_branch_overrides": ["release"]}
    reply = sandbox.api("PATCH", f"{PROJECT}/settings", {"advanced": change})
    assert reply.json() == {"advanced": {**before, **change}}
    assert sandbox.get(f"{PROJECT}/settings") == reply.json()
    assert sandbox.get("/project/gh/acme/other/settings")["advanced"] == before


def test_project_that_is_not_public_does_not_become_so(sandbox: InProcess) -> None:
    reply = sandbox.api("PATCH", f"{PROJECT}/settings", {"advanced": {"oss": True}})
    assert (reply.status, reply.json()["advanced"]["oss"]) == (200, False)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "No JSON fields found."),
        ({"basic": {}}, "Unexpected JSON field 'basic'"),
        ({"advanced": []}, "Field 'advanced' must be an object."),
        ({"advanced": {"incorrect": True}}, "Unknown advanced setting 'incorrect'."),
        ({"advanced": {"autocancel_builds": 1}}, "Setting 'autocancel_builds' must be boolean."),
        (
            {"advanced": {"pr_only_branch_overrides": "main"}},
            "Setting 'pr_only_branch_overrides' must be a list of strings.",
        ),
        (
            {"advanced": {"pr_only_branch_overrides": ["main"] * 101}},
            "Field 'pr_only_branch_overrides' only supports up to 100 branches.",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(sandbox: InProcess, body: dict[str, Any], message: str) -> None:
    before = sandbox.get(f"{PROJECT}/settings")
    reply = sandbox.api("PATCH", f"{PROJECT}/settings", body)
    assert (reply.status, reply.json()) == (400, {"message": message})
    assert sandbox.get(f"{PROJECT}/settings") == before


# Environment variables.


@pytest.mark.parametrize(
    ("value", "told"), [("abcd1234", "xxxx1234"), ("12345", "xxxx2345"), ("1234", "xxxx"), ("", "xxxx")]
)
def test_of_a_value_the_end_is_told(sandbox: InProcess, value: str, told: str) -> None:
    reply = sandbox.api("POST", f"{PROJECT}/envvar", {"name": "A", "value": value})
    assert (reply.status, reply.json()["value"]) == (201, told)
    assert sandbox.get(f"{PROJECT}/envvar/A") == reply.json()
    assert sandbox.get(f"{PROJECT}/envvar")["items"] == [reply.json()]


def test_variable_of_the_same_name_is_overwritten(sandbox: InProcess) -> None:
    for value in ("the first", "the second"):
        sandbox.api("POST", f"{PROJECT}/envvar", {"name": "A", "value": value})
    assert [each["value"] for each in sandbox.get(f"{PROJECT}/envvar")["items"]] == ["xxxxcond"]


def test_variable_belongs_to_one_project(sandbox: InProcess) -> None:
    sandbox.api("POST", f"{PROJECT}/envvar", {"name": "A", "value": "a secret"})
    assert sandbox.api("GET", "/project/gh/acme/other/envvar/A").status == 404


def test_deleted_variable_is_gone(sandbox: InProcess) -> None:
    sandbox.api("POST", f"{PROJECT}/envvar", {"name": "A", "value": "a secret"})
    assert [sandbox.api("DELETE", f"{PROJECT}/envvar/A").status for _ in range(2)] == [200, 404]


@pytest.mark.parametrize("body", [{"name": "A"}, {"value": "v"}, {"name": "", "value": "v"}, {"name": "A", "value": 7}])
def test_variable_that_makes_no_sense_is_refused(sandbox: InProcess, body: dict[str, Any]) -> None:
    assert sandbox.api("POST", f"{PROJECT}/envvar", body).status == 400


def test_variable_of_a_context_is_told_without_its_value(sandbox: InProcess) -> None:
    owner = {"slug": "gh/acme"}
    context_id = sandbox.api("POST", "/context", {"name": "deploy", "owner": owner}).json()["id"]
    path = f"/context/{context_id}/environment-variable"
    first = sandbox.api("PUT", f"{path}/A", {"value": "a secret"}).json()
    sandbox.wait(60)
    second = sandbox.api("PUT", f"{path}/A", {"value": "another"}).json()
    assert first.keys() == {"variable", "created_at", "updated_at", "context_id"}
    assert second == {**first, "updated_at": "2027-01-15T08:01:00.000Z"}
    assert sandbox.get(path)["items"] == [second]
    assert [sandbox.api("DELETE", f"{path}/A").status for _ in range(2)] == [200, 404]
    assert sandbox.api("PUT", f"{path}/A", {}).status == 400


# Checkout keys.


def made_key(sandbox: InProcess, kind: str = "deploy-key") -> dict[str, Any]:
    reply = sandbox.api("POST", f"{PROJECT}/checkout-key", {"type": kind})
    assert reply.status == 201, reply.body
    key: dict[str, Any] = reply.json()
    return key


@pytest.mark.parametrize(("kind", "told"), [("deploy-key", "deploy-key"), ("user-key", "github-user-key")])
def test_key_is_told_with_its_fingerprint(sandbox: InProcess, kind: str, told: str) -> None:
    key = made_key(sandbox, kind)
    blob = b64decode(key["public-key"].removeprefix("ssh-rsa "))
    assert (key["type"], key["fingerprint"]) == (told, md5(blob, usedforsecurity=False).digest().hex(":"))
    (by_sha256,) = sandbox.get(f"{PROJECT}/checkout-key", query={"digest": "sha256"})["items"]
    assert b64decode(by_sha256["fingerprint"].removeprefix("SHA256:") + "=") == sha256(blob).digest()


@pytest.mark.parametrize("digest", ["md5", "sha256"])
def test_key_is_found_by_either_fingerprint(sandbox: InProcess, digest: str) -> None:
    for _number in range(8):
        made_key(sandbox)
    keys = sandbox.get(f"{PROJECT}/checkout-key", query={"digest": digest})["items"]
    assert len(keys) == 8
    for key in keys:
        path = f"{PROJECT}/checkout-key/{quote(key['fingerprint'], safe='')}"
        assert sandbox.get(path) == key
        assert [sandbox.api("DELETE", path).status for _ in range(2)] == [200, 404]


def test_newest_key_is_the_preferred_one(sandbox: InProcess) -> None:
    for _number in range(3):
        made_key(sandbox)
    preferred = [key["preferred"] for key in sandbox.get(f"{PROJECT}/checkout-key")["items"]]
    assert preferred == [False, False, True]


@pytest.mark.parametrize("path", [PROJECT, ALONE])
@pytest.mark.parametrize("body", [{}, {"type": "github-user-key"}, {"type": "deploy-key", "name": "a"}])
def test_key_that_makes_no_sense_is_refused(sandbox: InProcess, path: str, body: dict[str, str]) -> None:
    assert sandbox.api("POST", f"{path}/checkout-key", body).status == 400


def test_project_that_stands_alone_has_no_keys(sandbox: InProcess) -> None:
    assert sandbox.api("POST", f"{ALONE}/checkout-key", {"type": "deploy-key"}).status == 400


def test_another_digest_is_refused(sandbox: InProcess) -> None:
    assert sandbox.api("GET", f"{PROJECT}/checkout-key", query={"digest": "sha1"}).status == 400
