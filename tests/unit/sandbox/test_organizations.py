"""The stand-in's organizations and what they own: made, listed, deleted, and refused when it makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PROJECT, InProcess

ID = "b9291e0d-a11e-41fb-8517-c545388b5953"
OTHER_ID = "39723015-b399-4601-9ff6-bd1bfbed8fa8"
GROUPS = f"/organizations/{ID}/groups"
EXPORTER = {"org_id": ID, "endpoint": "otel.example:4317", "protocol": "grpc"}
ENTRY = {"name": "ours", "prefix": "https://orbs.example/", "auth": "none"}


def status(sandbox: InProcess, method: str, path: str, body: Any = None, **query: str) -> int:
    return sandbox.api(method, path, body, query=query).status


def made(sandbox: InProcess, path: str, body: Any) -> dict[str, Any]:
    reply = sandbox.api("POST", path, body)
    assert reply.status in {200, 201}, reply.body
    found: dict[str, Any] = reply.json()
    return found


# Organizations


@pytest.mark.parametrize("path", ["/organization/gh/acme", "/organization/gh%2Facme", "/organization/github%2Facme"])
def test_an_organization_is_found_by_its_slug_escaped_or_not(sandbox: InProcess, path: str) -> None:
    assert sandbox.get(path)["slug"] == "gh/acme"


def test_an_organization_of_a_code_host_is_the_same_by_its_id(sandbox: InProcess) -> None:
    found = sandbox.get("/organization/bb/acme")

    assert sandbox.get(f"/organization/{found['id'].upper()}") == found
    assert found["vcs_type"] == "bitbucket"


@pytest.mark.parametrize("named", ["gh/nobody", "gl/acme", "acme", "circleci/acme"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_organization_that_is_not_there_is_not_found(sandbox: InProcess, method: str, named: str) -> None:
    assert status(sandbox, method, f"/organization/{named}") == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "Lighthouse", "vcs_type": "circleci"}, 201),
        ({"name": "acme", "vcs_type": "github"}, 201),
        ({"name": "nobody", "vcs_type": "github"}, 404),
        ({"name": "", "vcs_type": "circleci"}, 400),
        ({"name": "Lighthouse", "vcs_type": "gitlab"}, 400),
        ({"vcs_type": "circleci"}, 400),
        ([], 400),
        (b"{", 400),
    ],
    ids=str,
)
def test_an_organization_is_made_or_refused(sandbox: InProcess, body: Any, expected: int) -> None:
    assert status(sandbox, "POST", "/organization", body) == expected


def test_two_organizations_of_one_name_are_two(sandbox: InProcess) -> None:
    ids = {made(sandbox, "/organization", {"name": "A", "vcs_type": "circleci"})["id"] for _ in range(2)}

    assert len(ids) == 2


def test_a_deleted_organization_takes_all_it_owns_along(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger()
    found = sandbox.get("/organization/gh/acme")
    project_id = sandbox.get(PROJECT)["id"]
    made(sandbox, "/organization/gh/acme/url-orb-allow-list", ENTRY)
    definition = {
        "name": "Build",
        "config_source": {"provider": "circleci", "file_path": "a.yml"},
        "checkout_source": {"provider": "github_app", "repo": {"external_id": "7"}},
    }
    made(sandbox, f"/projects/{project_id}/pipeline-definitions", definition)
    assert status(sandbox, "DELETE", f"/organization/{found['id']}") == 202
    assert status(sandbox, "GET", f"/pipeline/{pipeline_id}") == 404
    made(sandbox, "/organization", {"name": "acme", "vcs_type": "github"})

    assert sandbox.get("/organization/gh/acme/url-orb-allow-list")["items"] == []
    assert sandbox.get(f"/projects/{project_id}/pipeline-definitions")["items"] == []


def test_a_deleted_organization_leaves_the_others_alone(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger()
    made(sandbox, "/organization/gh/acme/url-orb-allow-list", ENTRY)
    sandbox.api("DELETE", "/organization/bb/acme")

    assert status(sandbox, "GET", f"/pipeline/{pipeline_id}") == 200
    assert len(sandbox.get("/organization/gh/acme/url-orb-allow-list")["items"]) == 1


def test_a_reset_brings_everything_back(sandbox: InProcess) -> None:
    made(sandbox, "/organization/bb/acme/url-orb-allow-list", ENTRY)
    sandbox.api("DELETE", "/organization/gh/acme")
    sandbox.control("POST", "/reset")

    assert status(sandbox, "GET", "/organization/gh/acme") == 200
    assert sandbox.get("/organization/bb/acme/url-orb-allow-list")["items"] == []


# Allow-lists


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"prefix": 7}, {"auth": "gitlab"}, {"auth": None}], ids=["name", "prefix", "auth", "none"]
)
def test_an_entry_that_makes_no_sense_is_refused(sandbox: InProcess, change: Any) -> None:
    assert status(sandbox, "POST", "/organization/gh/acme/url-orb-allow-list", {**ENTRY, **change}) == 400


def test_an_entry_is_removed_from_its_own_list_only(sandbox: InProcess) -> None:
    entry = made(sandbox, "/organization/gh/acme/url-orb-allow-list", ENTRY)["id"]

    assert status(sandbox, "DELETE", f"/organization/bb/acme/url-orb-allow-list/{entry}") == 404
    assert status(sandbox, "DELETE", f"/organization/gh%2Facme/url-orb-allow-list/{entry}") == 200
    assert status(sandbox, "DELETE", f"/organization/gh/acme/url-orb-allow-list/{entry}") == 404


# Groups


def test_groups_are_paged_as_the_client_likes(sandbox: InProcess) -> None:
    for number in range(25):
        made(sandbox, GROUPS, {"name": f"Team {number}"})
    usual = sandbox.get(GROUPS)
    first = sandbox.get(GROUPS, query={"limit": "24"})
    last = sandbox.get(GROUPS, query={"limit": "24", "page-token": first["next_page_token"]})

    assert (len(usual["items"]), usual["total_count"]) == (20, 25)
    assert [each["name"] for each in first["items"] + last["items"]] == [f"Team {number}" for number in range(25)]
    assert last["next_page_token"] is None


def test_a_page_that_holds_all_that_is_left_names_no_next(sandbox: InProcess) -> None:
    for number in range(2):
        made(sandbox, GROUPS, {"name": f"Team {number}"})

    assert sandbox.get(GROUPS, query={"limit": "2"})["next_page_token"] is None


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"page-token": "x"}], ids=str)
def test_a_page_that_makes_no_sense_is_refused(sandbox: InProcess, query: dict[str, str]) -> None:
    assert status(sandbox, "GET", GROUPS, **query) == 400


@pytest.mark.parametrize(
    ("body", "expected"), [({"name": "A"}, 409), ({"name": " "}, 400), ({"name": "B", "colour": "red"}, 400)], ids=str
)
def test_a_group_is_refused(sandbox: InProcess, body: Any, expected: int) -> None:
    made(sandbox, GROUPS, {"name": "A"})

    assert status(sandbox, "POST", GROUPS, body) == expected


def test_a_group_belongs_to_one_organization(sandbox: InProcess) -> None:
    group = made(sandbox, GROUPS, {"name": "A"})["id"]

    assert status(sandbox, "GET", f"/organizations/{OTHER_ID}/groups/{group}") == 404
    assert status(sandbox, "POST", f"/organizations/{OTHER_ID}/groups", {"name": "A"}) == 201


def test_an_organization_of_a_code_host_has_no_groups(sandbox: InProcess) -> None:
    owner = sandbox.get("/organization/gh/acme")["id"]

    assert status(sandbox, "POST", f"/organizations/{owner}/groups", {"name": "A"}) == 403
    assert sandbox.get(f"/organizations/{owner}/groups")["items"] == []


# Exporters


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://otel.example"},
        {"endpoint": ""},
        {"protocol": "udp"},
        {"headers": {"a": 7}},
        {"headers": []},
        {"insecure": "yes"},
        {"colour": "red"},
        {"org_id": None},
    ],
    ids=str,
)
def test_an_exporter_that_makes_no_sense_is_refused(sandbox: InProcess, change: Any) -> None:
    assert status(sandbox, "POST", "/otel/exporters", {**EXPORTER, **change}) == 400


def test_a_sixth_exporter_is_refused(sandbox: InProcess) -> None:
    assert [status(sandbox, "POST", "/otel/exporters", EXPORTER) for _ in range(6)] == [201] * 5 + [400]
    assert status(sandbox, "POST", "/otel/exporters", {**EXPORTER, "org_id": OTHER_ID}) == 201


def test_the_values_of_an_exporters_headers_are_never_told(sandbox: InProcess) -> None:
    told = sandbox.api("POST", "/otel/exporters", {**EXPORTER, "headers": {"a": "secret"}})

    assert b"secret" not in told.body + sandbox.api("GET", "/otel/exporters", query={"org-id": ID}).body


def test_exporters_are_listed_for_an_organization(sandbox: InProcess) -> None:
    made(sandbox, "/otel/exporters", EXPORTER)

    assert status(sandbox, "GET", "/otel/exporters") == 400
    assert sandbox.get("/otel/exporters", query={"org-id": OTHER_ID}) == []
    assert status(sandbox, "GET", "/otel/exporters", **{"org-id": "acme"}) == 404


# Claims


@pytest.mark.parametrize(
    ("method", "path", "body", "query"),
    [
        pytest.param("PATCH", ID, {"ttl": "an hour"}, {}, id="ttl"),
        pytest.param("PATCH", ID, {"audience": "me"}, {}, id="audience"),
        pytest.param("PATCH", ID, {"audience": [7]}, {}, id="audience_of_numbers"),
        pytest.param("DELETE", ID, None, {"claims": "sub"}, id="claim"),
        pytest.param("DELETE", ID, None, {}, id="no_claim"),
        pytest.param("GET", "acme", None, {}, id="organization"),
        pytest.param("GET", f"{ID}/project/web", None, {}, id="project"),
    ],
)
def test_claims_that_make_no_sense_are_refused_as_an_error(
    sandbox: InProcess, method: str, path: str, body: Any, query: dict[str, str]
) -> None:
    reply = sandbox.api(method, f"/org/{path}/oidc-custom-claims", body, query=query)

    assert (reply.status, list(reply.json())) == (400, ["error"])


def test_a_claim_says_when_it_was_set(sandbox: InProcess) -> None:
    path = f"/org/{ID}/oidc-custom-claims"
    first = sandbox.api("PATCH", path, {"audience": ["a"], "ttl": "1h"}).json()
    sandbox.wait(60)
    second = sandbox.api("PATCH", path, {"ttl": "2h"}).json()

    assert second["audience_updated_at"] == first["audience_updated_at"]
    assert second["ttl_updated_at"] > first["ttl_updated_at"]
