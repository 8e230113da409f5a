"""The CircleCI hook on organizations, their allow-lists, groups and claims: what is sent, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.exceptions import Forbidden, Invalid, NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import UNKNOWN_ID, Flavour, both, call

SLUG = "gh/acme"


@pytest.fixture
def standalone(sandbox: Sandbox, hook: CircleCIHook) -> str:
    """Id of an organization that stands alone."""
    made = hook.create_organization("Lighthouse", "circleci")
    sandbox.clear_requests()
    return str(made["id"])


def bodies(sandbox: Sandbox) -> list[Any]:
    return [request["body"] for request in sandbox.requests()]


# Organizations


@both
def test_an_organization_is_found_by_slug_and_by_id(hook: CircleCIHook, standalone: str, flavour: Flavour) -> None:
    found = [call(hook, "get_organization", flavour, named) for named in (standalone, f"circleci/{standalone}")]

    assert [each["name"] for each in found] == ["Lighthouse", "Lighthouse"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_organization", ()),
        ("delete_organization", ()),
        ("create_url_orb_allow_list_entry", ("ours", "https://orbs.example/")),
        ("list_url_orb_allow_list_entries", ()),
    ],
)
def test_a_slug_is_one_segment_of_the_path(
    sandbox: Sandbox, hook: CircleCIHook, name: str, arguments: tuple[str, ...]
) -> None:
    call(hook, name, "sync", "github/acme", *arguments)

    assert sandbox.requests()[0]["path"].removeprefix("/circleci/api/v2/organization/").partition("/")[0] == "gh%2Facme"


@both
def test_a_deleted_organization_is_gone(hook: CircleCIHook, standalone: str, flavour: Flavour) -> None:
    call(hook, "delete_organization", flavour, standalone)

    with pytest.raises(NotFound, match="answered 404: Organization not found"):
        call(hook, "get_organization", flavour, standalone)


@both
def test_an_entry_of_an_allow_list_comes_and_goes(hook: CircleCIHook, flavour: Flavour) -> None:
    made = call(hook, "create_url_orb_allow_list_entry", flavour, SLUG, "ours", "https://orbs.example/")
    listed = call(hook, "list_url_orb_allow_list_entries", flavour, SLUG)
    call(hook, "remove_url_orb_allow_list_entry", flavour, SLUG, made["id"])

    assert listed == [{"id": made["id"], "name": "ours", "prefix": "https://orbs.example/", "auth": "none"}]
    assert call(hook, "list_url_orb_allow_list_entries", flavour, SLUG) == []


# Groups


@both
def test_all_groups_are_listed_whatever_the_page(hook: CircleCIHook, standalone: str, flavour: Flavour) -> None:
    made = [hook.create_group(standalone, f"Team {number}")["id"] for number in range(45)]

    assert [each["id"] for each in call(hook, "list_groups", flavour, standalone)] == made


@both
def test_a_group_comes_and_goes(hook: CircleCIHook, standalone: str, flavour: Flavour) -> None:
    made = call(hook, "create_group", flavour, standalone, "Keepers", "of the light")
    read = call(hook, "get_group", flavour, standalone, made["id"])
    call(hook, "delete_group", flavour, standalone, made["id"])

    assert read == {"id": made["id"], "name": "Keepers", "description": "of the light"}
    with pytest.raises(NotFound):
        call(hook, "get_group", flavour, standalone, made["id"])


def test_a_description_that_was_left_out_is_not_sent(sandbox: Sandbox, hook: CircleCIHook, standalone: str) -> None:
    hook.create_group(standalone, "Keepers")

    assert bodies(sandbox) == [{"name": "Keepers"}]


def test_a_second_group_of_the_same_name_is_refused(hook: CircleCIHook, standalone: str) -> None:
    hook.create_group(standalone, "Keepers")

    with pytest.raises(Invalid, match="answered 409"):
        hook.create_group(standalone, "Keepers")


# Claims


@both
@pytest.mark.parametrize("of", ["organization", "project"])
def test_claims_are_set_one_by_one_and_removed(hook: CircleCIHook, standalone: str, of: str, flavour: Flavour) -> None:
    place = (standalone,) if of == "organization" else (standalone, UNKNOWN_ID)
    call(hook, f"update_{of}_claims", flavour, *place, audience=("a", "b"))
    both_set = call(hook, f"update_{of}_claims", flavour, *place, ttl="1h30m")
    left = call(hook, f"delete_{of}_claims", flavour, *place, ["audience"])

    assert (both_set["audience"], both_set["ttl"]) == (["a", "b"], "1h30m")
    assert call(hook, f"get_{of}_claims", flavour, *place) == left
    assert {"audience", "audience_updated_at"} & set(left) == set()
    assert left["ttl"] == "1h30m"


def test_only_the_claims_that_were_given_are_sent(sandbox: Sandbox, hook: CircleCIHook, standalone: str) -> None:
    hook.update_organization_claims(standalone, ttl="5m")
    hook.update_project_claims(standalone, UNKNOWN_ID, audience=["a"])

    assert bodies(sandbox) == [{"ttl": "5m"}, {"audience": ["a"]}]


def test_claims_to_remove_are_named_with_commas(sandbox: Sandbox, hook: CircleCIHook, standalone: str) -> None:
    hook.delete_organization_claims(standalone, iter(["audience", "ttl"]))

    assert sandbox.requests()[0]["query"] == {"claims": "audience,ttl"}


def test_a_projects_claims_are_not_its_organizations(hook: CircleCIHook, standalone: str) -> None:
    hook.update_organization_claims(standalone, ttl="5m")

    assert "ttl" not in hook.get_project_claims(standalone, UNKNOWN_ID)


def test_a_refusal_that_says_error_is_told(hook: CircleCIHook, standalone: str) -> None:
    hook.delete_organization(standalone)

    with pytest.raises(Forbidden, match="answered 403: Forbidden"):
        hook.get_organization_claims(standalone)
