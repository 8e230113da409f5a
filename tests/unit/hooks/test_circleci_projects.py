"""The CircleCI hook's calls about projects, their settings, keys and variables: what they ask for and return."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.exceptions import NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.asking_circleci import EachCall, Mistake, Plain, filled, mistake, plain, row
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, VARIABLE, Flavour, both, call

PROJECT = f"/project/{SLUG}"
TOKEN = {"name": "TOKEN", "value": "xxxxalue"}

CALLS = {
    "create_project_by_slug": row(
        "create_project",
        "lighthouse",
        "github/acme",
        asked="POST /organization/gh%2Facme/project",
        body={"name": "lighthouse"},
        answered={"name": "lighthouse", "slug": "gh/acme/lighthouse"},
    ),
    "create_project_by_id": row(
        "create_project",
        "lighthouse",
        UNKNOWN_ID,
        asked=f"POST /organization/{UNKNOWN_ID}/project",
        body={"name": "lighthouse"},
        answered={"name": "lighthouse", "organization_id": UNKNOWN_ID},
    ),
    "delete_project": row(
        "delete_project", "github/acme/web", asked=f"DELETE {PROJECT}", answered={"message": "Project deleted."}
    ),
    "get_project_settings": row(
        "get_project_settings",
        "github/acme/web",
        asked=f"GET {PROJECT}/settings",
        answered={"advanced": {"disable_ssh": False, "pr_only_branch_overrides": ["main"]}},
    ),
    "update_one_setting": row(
        "update_project_settings",
        SLUG,
        disable_ssh=True,
        asked=f"PATCH {PROJECT}/settings",
        body={"advanced": {"disable_ssh": True}},
        answered={"advanced": {"disable_ssh": True, "set_github_status": True}},
    ),
    "turn_settings_off": row(
        "update_project_settings",
        SLUG,
        autocancel_builds=False,
        build_fork_prs=False,
        build_prs_only=False,
        forks_receive_secret_env_vars=False,
        oss=False,
        pr_only_branch_overrides=(),
        set_github_status=False,
        setup_workflows=False,
        write_settings_requires_admin=False,
        asked=f"PATCH {PROJECT}/settings",
        body={
            "advanced": {
                "autocancel_builds": False,
                "build_fork_prs": False,
                "build_prs_only": False,
                "forks_receive_secret_env_vars": False,
                "oss": False,
                "pr_only_branch_overrides": [],
                "set_github_status": False,
                "setup_workflows": False,
                "write_settings_requires_admin": False,
            }
        },
        answered={"advanced": {"pr_only_branch_overrides": [], "set_github_status": False}},
    ),
    "list_env_vars": row("list_env_vars", SLUG, asked=f"GET {PROJECT}/envvar", answered=[TOKEN]),
    "create_env_var": row(
        "create_env_var",
        "NEW",
        "another secret",
        SLUG,
        asked=f"POST {PROJECT}/envvar",
        body={"name": "NEW", "value": "another secret"},
        answered={"name": "NEW", "value": "xxxxcret"},
    ),
    "get_env_var": row("get_env_var", "TOKEN", SLUG, asked=f"GET {PROJECT}/envvar/TOKEN", answered=TOKEN),
    "delete_env_var": row(
        "delete_env_var",
        "TOKEN",
        SLUG,
        asked=f"DELETE {PROJECT}/envvar/TOKEN",
        answered={"message": "Environment variable deleted."},
    ),
    "list_context_env_vars": row(
        "list_context_env_vars",
        "$context",
        asked="GET /context/$context/environment-variable",
        answered=[{"variable": "TOKEN", "context_id": "$context", "value": None}],
    ),
    "set_context_env_var": row(
        "set_context_env_var",
        "$context",
        "NEW",
        "another secret",
        asked="PUT /context/$context/environment-variable/NEW",
        body={"value": "another secret"},
        answered={"variable": "NEW", "context_id": "$context", "value": None},
    ),
    "delete_context_env_var": row(
        "delete_context_env_var",
        "$context",
        "TOKEN",
        asked="DELETE /context/$context/environment-variable/TOKEN",
        answered={"message": "Environment variable deleted."},
    ),
    "list_checkout_keys": row(
        "list_checkout_keys",
        SLUG,
        asked=f"GET {PROJECT}/checkout-key",
        answered=[{"fingerprint": "$md5", "type": "deploy-key", "preferred": True}],
    ),
    "list_checkout_keys_by_sha256": row(
        "list_checkout_keys",
        SLUG,
        digest="sha256",
        asked=f"GET {PROJECT}/checkout-key",
        query={"digest": "sha256"},
        answered=[{"fingerprint": "$slashed"}],
    ),
    "create_checkout_key": row(
        "create_checkout_key",
        "user-key",
        SLUG,
        asked=f"POST {PROJECT}/checkout-key",
        body={"type": "user-key"},
        answered={"type": "github-user-key"},
    ),
    "get_checkout_key_by_md5": row(
        "get_checkout_key",
        "$md5",
        SLUG,
        asked=f"GET {PROJECT}/checkout-key/$md5_escaped",
        answered={"fingerprint": "$md5"},
    ),
    "get_checkout_key_by_sha256": row(
        "get_checkout_key",
        "$slashed",
        SLUG,
        asked=f"GET {PROJECT}/checkout-key/$slashed_escaped",
        answered={"fingerprint": "$slashed"},
    ),
    "delete_checkout_key": row(
        "delete_checkout_key",
        "$slashed",
        SLUG,
        asked=f"DELETE {PROJECT}/checkout-key/$slashed_escaped",
        answered={"message": "Checkout key deleted."},
    ),
}


@pytest.fixture
def ids(hook: CircleCIHook) -> dict[str, str]:
    """A variable each of gh/acme/web and of a context, and a checkout key whose SHA-256 fingerprint has a slash."""
    context_id = hook.create_context("deploy", owner_slug="gh/acme")["id"]
    hook.set_context_env_var(context_id, "TOKEN", "a secret value")
    hook.create_env_var("TOKEN", "a secret value", SLUG)
    slashed = ""
    while "/" not in slashed:
        for key in hook.list_checkout_keys(SLUG):
            hook.delete_checkout_key(key["fingerprint"], SLUG)
        md5 = hook.create_checkout_key("deploy-key", SLUG)["fingerprint"]
        (slashed,) = [each["fingerprint"] for each in hook.list_checkout_keys(SLUG, digest="sha256")]
    return {
        "context": context_id,
        "md5": md5,
        "md5_escaped": md5.replace(":", "%3A"),
        "slashed": slashed,
        "slashed_escaped": slashed.replace(":", "%3A").replace("/", "%2F").replace("+", "%2B"),
    }


@pytest.mark.parametrize("row", CALLS.values(), ids=CALLS)
class TestEveryCall(EachCall):
    """Each call of the table, blocking and awaited."""


OF_THE_CONNECTION = (
    plain("get_project_settings"),
    plain("update_project_settings", disable_ssh=True),
    plain("list_env_vars"),
    plain("create_env_var", "TOKEN", "a secret value"),
    plain("get_env_var", "TOKEN"),
    plain("delete_env_var", "TOKEN"),
    plain("list_checkout_keys"),
    plain("create_checkout_key", "deploy-key"),
    plain("get_checkout_key", "$md5"),
    plain("delete_checkout_key", "$md5"),
)


@pytest.mark.parametrize("asked", OF_THE_CONNECTION, ids=[each.name for each in OF_THE_CONNECTION])
def test_the_connections_project_is_meant_where_none_is_named(
    ids: dict[str, str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, asked: Plain
) -> None:
    connection = {**json.loads(sandbox.connection_json()), "extra": {"project_slug": SLUG}}
    monkeypatch.setenv(VARIABLE, json.dumps(connection))
    sandbox.clear_requests()
    with CircleCIHook() as hook:
        call(hook, asked.name, "sync", *filled(asked.args, ids), **asked.options)

    assert f"{PROJECT}/" in sandbox.requests()[0]["path"]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda hook, number: hook.create_env_var(f"TOKEN_{number}", "a secret value", SLUG), "list_env_vars"),
        (lambda hook, _: hook.create_checkout_key("deploy-key", SLUG), "list_checkout_keys"),
    ],
    ids=["env_vars", "checkout_keys"],
)
@both
def test_a_list_is_read_over_pages(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, make: Any, name: str
) -> None:
    for number in range(21):
        make(hook, number)

    assert len(call(hook, name, flavour, SLUG)) == 21


def test_pages_of_keys_keep_to_the_digest(sandbox: Sandbox, hook: CircleCIHook) -> None:
    for _number in range(21):
        hook.create_checkout_key("deploy-key", SLUG)

    fingerprints = [key["fingerprint"] for key in hook.list_checkout_keys(SLUG, digest="sha256")]

    assert {each.partition(":")[0] for each in fingerprints} == {"SHA256"}


def test_a_deleted_project_is_not_found(hook: CircleCIHook) -> None:
    hook.delete_project(SLUG)

    with pytest.raises(NotFound):
        hook.get_project(SLUG)


MISTAKES = {
    "project_without_a_name": mistake("create_project", "", "gh/acme", message="name must be a text"),
    "project_of_nobody": mistake("create_project", "web", "acme", message="organization must be a UUID, or a slug"),
    "project_of_a_project": mistake("create_project", "web", SLUG, message="organization must be a UUID, or a slug"),
    "nothing_to_delete": mistake("delete_project", None, message="project_slug must name the project to delete"),
    "delete_no_slug": mistake("delete_project", "acme/web", message="project_slug must look like"),
    "settings_of_no_slug": mistake("get_project_settings", "gh/acme", message="project_slug must look like"),
    "no_setting": mistake("update_project_settings", SLUG, message="at least one setting"),
    "setting_that_is_no_boolean": mistake("update_project_settings", SLUG, oss="true", message="oss must be True or"),
    "setting_that_is_a_number": mistake(
        "update_project_settings", SLUG, disable_ssh=1, message="disable_ssh must be True or False"
    ),
    "branches_in_a_text": mistake(
        "update_project_settings", SLUG, pr_only_branch_overrides="main", message="must be a list of branches"
    ),
    "empty_branch": mistake(
        "update_project_settings",
        SLUG,
        pr_only_branch_overrides=["main", ""],
        message="each of pr_only_branch_overrides must be a text",
    ),
    "too_many_branches": mistake(
        "update_project_settings",
        SLUG,
        pr_only_branch_overrides=["main"] * 101,
        message="at most 100 branches, got 101",
    ),
    "another_digest": mistake("list_checkout_keys", SLUG, digest="sha1", message="digest must be one of md5, sha256"),
    "another_key": mistake("create_checkout_key", "github-user-key", SLUG, message="key_type must be one of"),
    "no_fingerprint": mistake("get_checkout_key", "", SLUG, message="fingerprint must be a text"),
    "no_fingerprint_to_delete": mistake("delete_checkout_key", None, SLUG, message="fingerprint must be a text"),
    "variable_without_a_name": mistake("create_env_var", "", "v", SLUG, message="name must be an environment"),
    "variable_with_an_equals_sign": mistake("create_env_var", "A=B", "v", SLUG, message="name must be an environment"),
    "variable_with_a_space": mistake("get_env_var", "A B", SLUG, message="name must be an environment"),
    "variable_with_a_line_break": mistake("delete_env_var", "A\n", SLUG, message="name must be an environment"),
    "value_that_is_no_text": mistake("create_env_var", "A", 7, SLUG, message="value must be a text, got a int"),
    "variables_of_nothing": mistake("list_context_env_vars", "deploy", message="context_id must be a UUID"),
    "variable_of_nothing": mistake("set_context_env_var", "deploy", "A", "v", message="context_id must be a UUID"),
    "context_variable_without_a_name": mistake(
        "set_context_env_var", UNKNOWN_ID, "", "v", message="name must be an environment"
    ),
    "context_value_that_is_no_text": mistake(
        "set_context_env_var", UNKNOWN_ID, "A", None, message="value must be a text, got a NoneType"
    ),
    "no_context_variable": mistake(
        "delete_context_env_var", UNKNOWN_ID, None, message="name must be an environment .* got a NoneType"
    ),
}


@pytest.mark.parametrize("wrong", MISTAKES.values(), ids=MISTAKES)
@both
def test_a_mistake_is_named_before_anything_is_sent(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, wrong: Mistake
) -> None:
    with pytest.raises(ValueError, match=wrong.message):
        call(hook, wrong.name, flavour, *wrong.args, **wrong.options)

    assert sandbox.requests() == []
