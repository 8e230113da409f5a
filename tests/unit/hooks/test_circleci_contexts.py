"""The CircleCI hook's calls about contexts and their restrictions: what they ask for and what they return."""

from __future__ import annotations

import pytest

from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.asking_circleci import EachCall, Mistake, mistake, row
from tests.unit.hooks.calling_circleci import UNKNOWN_ID, Flavour, both, call

CALLS = {
    "list_contexts_by_slug": row(
        "list_contexts",
        owner_slug="github/acme",
        asked="GET /context",
        query={"owner-slug": "gh/acme"},
        answered=[{"id": "$context", "name": "deploy"}],
    ),
    "list_contexts_by_id": row(
        "list_contexts",
        owner_id=UNKNOWN_ID,
        owner_type="account",
        asked="GET /context",
        query={"owner-id": UNKNOWN_ID, "owner-type": "account"},
        answered=[],
    ),
    "create_context_by_slug": row(
        "create_context",
        "release",
        owner_slug="gh/acme",
        owner_type="organization",
        asked="POST /context",
        body={"name": "release", "owner": {"slug": "gh/acme", "type": "organization"}},
        answered={"name": "release"},
    ),
    "create_context_by_id": row(
        "create_context",
        "release",
        owner_id=UNKNOWN_ID,
        asked="POST /context",
        body={"name": "release", "owner": {"id": UNKNOWN_ID}},
        answered={"name": "release"},
    ),
    "get_context": row(
        "get_context", "$context", asked="GET /context/$context", answered={"id": "$context", "name": "deploy"}
    ),
    "delete_context": row(
        "delete_context", "$context", asked="DELETE /context/$context", answered={"message": "Context deleted."}
    ),
    "list_context_restrictions": row(
        "list_context_restrictions",
        "$context",
        asked="GET /context/$context/restrictions",
        answered=[{"id": "$restriction", "restriction_type": "project", "restriction_value": UNKNOWN_ID}],
    ),
    "restrict_to_an_expression": row(
        "create_context_restriction",
        "$context",
        "expression",
        'pipeline.git.branch == "main"',
        asked="POST /context/$context/restrictions",
        body={"restriction_type": "expression", "restriction_value": 'pipeline.git.branch == "main"'},
        answered={"restriction_type": "expression", "restriction_value": 'pipeline.git.branch == "main"'},
    ),
    "restrict_to_a_group": row(
        "create_context_restriction",
        "$context",
        "group",
        UNKNOWN_ID,
        asked="POST /context/$context/restrictions",
        body={"restriction_type": "group", "restriction_value": UNKNOWN_ID},
        answered={"restriction_type": "group", "restriction_value": UNKNOWN_ID},
    ),
    "delete_context_restriction": row(
        "delete_context_restriction",
        "$context",
        "$restriction",
        asked="DELETE /context/$context/restrictions/$restriction",
        answered={"message": "Context restriction deleted."},
    ),
}


@pytest.fixture
def ids(hook: CircleCIHook) -> dict[str, str]:
    """A context of gh/acme that is restricted to a project."""
    context_id = hook.create_context("deploy", owner_slug="gh/acme")["id"]
    restriction = hook.create_context_restriction(context_id, "project", UNKNOWN_ID)
    return {"context": context_id, "restriction": restriction["id"]}


@pytest.mark.parametrize("row", CALLS.values(), ids=CALLS)
class TestEveryCall(EachCall):
    """Each call of the table, blocking and awaited."""


@both
def test_contexts_are_listed_over_pages(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    made = [hook.create_context(f"deploy {number}", owner_slug="gh/acme")["id"] for number in range(21)]

    assert [each["id"] for each in call(hook, "list_contexts", flavour, owner_slug="gh/acme")] == made


@both
def test_restrictions_are_listed_over_pages(
    ids: dict[str, str], sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    for number in range(20):
        hook.create_context_restriction(ids["context"], "expression", f"pipeline.number > {number}")

    assert len(call(hook, "list_context_restrictions", flavour, ids["context"])) == 21


def test_a_restriction_a_context_has_already_is_invalid(ids: dict[str, str], hook: CircleCIHook) -> None:
    with pytest.raises(Invalid, match="already exists"):
        hook.create_context_restriction(ids["context"], "project", UNKNOWN_ID)


def test_a_deleted_context_is_not_found(ids: dict[str, str], hook: CircleCIHook) -> None:
    hook.delete_context(ids["context"])

    with pytest.raises(NotFound):
        hook.get_context(ids["context"])


MISTAKES = {
    "list_of_nobody": mistake("list_contexts", message="owner_id or owner_slug must say whose .* got neither"),
    "list_of_two": mistake(
        "list_contexts", owner_id=UNKNOWN_ID, owner_slug="gh/acme", message="owner_id or owner_slug .* got both"
    ),
    "slug_as_id": mistake("list_contexts", owner_id="gh/acme", message="owner_id must be a UUID"),
    "id_as_slug": mistake("list_contexts", owner_slug=UNKNOWN_ID, message="owner_slug must look like"),
    "slug_of_a_project": mistake("list_contexts", owner_slug="gh/acme/web", message="owner_slug must look like"),
    "slug_that_climbs": mistake("create_context", "n", owner_slug="gh/..", message="owner_slug must look like"),
    "another_owner_type": mistake(
        "list_contexts", owner_id=UNKNOWN_ID, owner_type="user", message="owner_type must be one of"
    ),
    "account_by_slug": mistake(
        "create_context", "n", owner_slug="gh/acme", owner_type="account", message="owner_type must be organization"
    ),
    "no_owner": mistake("create_context", "n", message="owner_id or owner_slug must say"),
    "no_name": mistake("create_context", " ", owner_slug="gh/acme", message="name must be a text"),
    "no_id": mistake("get_context", "", message="context_id must be a UUID"),
    "name_as_id": mistake("delete_context", "deploy", message="context_id must be a UUID"),
    "restrictions_of_nothing": mistake("list_context_restrictions", "..", message="context_id must be a UUID"),
    "restriction_of_nothing": mistake(
        "create_context_restriction", "", "project", UNKNOWN_ID, message="context_id must be a UUID"
    ),
    "another_restriction": mistake(
        "create_context_restriction", UNKNOWN_ID, "branch", "main", message="restriction_type must be one of"
    ),
    "restricted_to_a_slug": mistake(
        "create_context_restriction",
        UNKNOWN_ID,
        "project",
        "gh/acme/web",
        message="restriction_value must be a UUID",
    ),
    "restricted_to_a_groups_name": mistake(
        "create_context_restriction", UNKNOWN_ID, "group", "admins", message="restriction_value must be a UUID"
    ),
    "restricted_to_an_empty_expression": mistake(
        "create_context_restriction", UNKNOWN_ID, "expression", "", message="restriction_value must be a text"
    ),
    "no_restriction": mistake("delete_context_restriction", UNKNOWN_ID, "", message="restriction_id must be"),
}


@pytest.mark.parametrize("wrong", MISTAKES.values(), ids=MISTAKES)
@both
def test_a_mistake_is_named_before_anything_is_sent(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, wrong: Mistake
) -> None:
    with pytest.raises(ValueError, match=wrong.message):
        call(hook, wrong.name, flavour, *wrong.args, **wrong.options)

    assert sandbox.requests() == []
