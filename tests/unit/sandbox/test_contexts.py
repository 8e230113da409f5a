"""Contexts of the sandbox: made, restricted, deleted, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import InProcess

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
ACME = {"slug": "gh/acme"}


def made(sandbox: InProcess, name: str = "deploy", owner: dict[str, str] | None = None) -> str:
    """Make a context; its id."""
    reply = sandbox.api("POST", "/context", {"name": name, "owner": owner or ACME})
    assert reply.status == 200, reply.body
    return str(reply.json()["id"])


def restricted(sandbox: InProcess, context_id: str, kind: str = "project", value: str = UNKNOWN_ID) -> Any:
    body = {"restriction_type": kind, "restriction_value": value}
    return sandbox.api("POST", f"/context/{context_id}/restrictions", body)


def test_context_is_read_as_it_was_made(sandbox: InProcess) -> None:
    context_id = made(sandbox)
    assert sandbox.get(f"/context/{context_id}") == {
        "id": context_id,
        "name": "deploy",
        "created_at": "2027-01-15T08:00:00.000Z",
    }


@pytest.mark.parametrize(
    "query", [{"owner-slug": "github/acme"}, {"owner-slug": "gh/acme", "owner-type": "organization"}]
)
def test_contexts_are_listed_by_their_owner(sandbox: InProcess, query: dict[str, str]) -> None:
    context_id = made(sandbox)
    made(sandbox, owner={"slug": "bb/acme"})
    assert [each["id"] for each in sandbox.get("/context", query=query)["items"]] == [context_id]


def test_owner_by_slug_and_by_id_is_the_same(sandbox: InProcess) -> None:
    organization_id = sandbox.get("/project/gh/acme/web")["organization_id"]
    context_id = made(sandbox)
    (listed,) = sandbox.get("/context", query={"owner-id": organization_id})["items"]
    assert listed["id"] == context_id


def test_contexts_are_listed_20_a_page(sandbox: InProcess) -> None:
    for number in range(21):
        made(sandbox, f"deploy {number}")
    page = sandbox.get("/context", query={"owner-slug": "gh/acme"})
    rest = sandbox.get("/context", query={"owner-slug": "gh/acme", "page-token": page["next_page_token"]})
    assert (len(page["items"]), len(rest["items"]), rest["next_page_token"]) == (20, 1, None)


def test_deleted_context_is_gone_with_all_it_had(sandbox: InProcess) -> None:
    context_id = made(sandbox)
    sandbox.api("PUT", f"/context/{context_id}/environment-variable/A", {"value": "a secret"})
    restricted(sandbox, context_id)
    assert sandbox.api("DELETE", f"/context/{context_id}").status == 200
    paths = ["", "/environment-variable", "/restrictions"]
    assert [sandbox.api("GET", f"/context/{context_id}{path}").status for path in paths] == [404] * 3
    assert sandbox.get("/context", query={"owner-slug": "gh/acme"})["items"] == []


def test_name_is_free_again_when_its_context_is_deleted(sandbox: InProcess) -> None:
    sandbox.api("DELETE", f"/context/{made(sandbox)}")
    assert made(sandbox)


def test_name_belongs_to_one_context_of_an_owner(sandbox: InProcess) -> None:
    made(sandbox)
    assert sandbox.api("POST", "/context", {"name": "deploy", "owner": ACME}).status == 409
    assert made(sandbox, owner={"slug": "bb/acme"})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"owner": ACME}, 400),
        ({"name": "deploy"}, 400),
        ({"name": "deploy", "owner": {}}, 400),
        ({"name": "deploy", "owner": {**ACME, "id": UNKNOWN_ID}}, 400),
        ({"name": "deploy", "owner": {**ACME, "type": "account"}}, 400),
        ({"name": "deploy", "owner": {**ACME, "type": "user"}}, 400),
        ({"name": "deploy", "owner": ACME, "value": "a secret"}, 400),
        ({"name": "deploy", "owner": {"slug": "gh/nobody"}}, 404),
        ({"name": "deploy", "owner": {"id": "acme"}}, 404),
    ],
)
def test_context_that_makes_no_sense_is_refused(sandbox: InProcess, body: dict[str, Any], status: int) -> None:
    reply = sandbox.api("POST", "/context", body)
    assert (reply.status, list(reply.json())) == (status, ["message"])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"owner-id": UNKNOWN_ID, "owner-slug": "gh/acme"}, 400),
        ({"owner-id": UNKNOWN_ID, "owner-type": "user"}, 400),
        ({"owner-slug": "gh/nobody"}, 404),
    ],
)
def test_list_of_no_owner_is_refused(sandbox: InProcess, query: dict[str, str], status: int) -> None:
    assert sandbox.api("GET", "/context", query=query).status == status


@pytest.mark.parametrize(
    ("kind", "value", "more"),
    [
        ("project", UNKNOWN_ID, {"project_id": UNKNOWN_ID}),
        ("group", UNKNOWN_ID, {}),
        ("expression", 'pipeline.git.branch == "main"', {"name": ""}),
    ],
)
def test_restriction_is_listed_as_it_was_made(sandbox: InProcess, kind: str, value: str, more: dict[str, str]) -> None:
    context_id = made(sandbox)
    reply = restricted(sandbox, context_id, kind, value)
    restriction = reply.json()
    assert (reply.status, {**restriction, **more}) == (201, restriction)
    assert ("project_id" in restriction) == (kind == "project")
    assert sandbox.get(f"/context/{context_id}/restrictions")["items"] == [{"context_id": context_id, **restriction}]


def test_deleted_restriction_is_gone(sandbox: InProcess) -> None:
    context_id = made(sandbox)
    path = f"/context/{context_id}/restrictions/{restricted(sandbox, context_id).json()['id']}"
    assert [sandbox.api("DELETE", path).status for _ in range(2)] == [200, 404]
    assert sandbox.get(f"/context/{context_id}/restrictions")["items"] == []


def test_restriction_is_not_found_below_another_context(sandbox: InProcess) -> None:
    restriction_id = restricted(sandbox, made(sandbox)).json()["id"]
    assert sandbox.api("DELETE", f"/context/{made(sandbox, 'other')}/restrictions/{restriction_id}").status == 404


@pytest.mark.parametrize(
    ("kind", "value", "status"),
    [("project", UNKNOWN_ID, 409), ("project", "web", 400), ("group", "admins", 400), ("branch", "main", 400)],
)
def test_restriction_that_makes_no_sense_is_refused(sandbox: InProcess, kind: str, value: str, status: int) -> None:
    context_id = made(sandbox)
    restricted(sandbox, context_id)
    assert restricted(sandbox, context_id, kind, value).status == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/context/7/restrictions"), ("DELETE", f"/context/{UNKNOWN_ID}/restrictions/7")],
)
def test_what_is_no_uuid_is_invalid_where_the_service_says_so(sandbox: InProcess, method: str, path: str) -> None:
    path = path.replace(UNKNOWN_ID, made(sandbox))
    assert sandbox.api(method, path).status == 400


def test_contexts_of_a_deleted_organization_are_gone(sandbox: InProcess) -> None:
    context_id = made(sandbox)
    sandbox.api("DELETE", "/organization/gh%2Facme")
    assert sandbox.api("GET", f"/context/{context_id}").status == 404
    assert sandbox.api("GET", "/context", query={"owner-slug": "gh/acme"}).status == 404


def test_reset_forgets_contexts(sandbox: InProcess) -> None:
    context_id = made(sandbox)
    sandbox.control("POST", "/reset")
    assert sandbox.api("GET", f"/context/{context_id}").status == 404
