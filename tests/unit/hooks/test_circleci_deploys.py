"""The CircleCI hook on what was deployed where, and on the way back."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call

DEPLOYED_S = 60.0
"""Virtual seconds in which the sandbox's pipelines are over."""


@pytest.fixture
def project(sandbox: Sandbox, hook: CircleCIHook) -> dict[str, Any]:
    """A project that was deployed twice."""
    for _ in range(2):
        hook.trigger_pipeline(SLUG, branch="main")
        sandbox.advance(DEPLOYED_S)
    found = hook.get_project(SLUG)
    sandbox.clear_requests()
    return found


@both
def test_what_was_deployed_is_found(hook: CircleCIHook, project: dict[str, Any], flavour: Flavour) -> None:
    (component,) = call(hook, "list_components", flavour, project["organization_id"])
    environments = call(hook, "list_environments", flavour, project["organization_id"])
    versions = call(hook, "list_component_versions", flavour, component["id"])

    assert (component["name"], component["project_id"]) == ("web", project["id"])
    assert call(hook, "get_component", flavour, component["id"]) == component
    assert [call(hook, "get_environment", flavour, each["id"]) for each in environments] == environments
    assert {each["environment_id"] for each in versions} == {each["id"] for each in environments}


@both
def test_the_versions_of_one_environment_are_asked_for(
    sandbox: Sandbox, hook: CircleCIHook, project: dict[str, Any], flavour: Flavour
) -> None:
    (component,) = hook.list_components(project["organization_id"])
    environment = next(iter(hook.list_environments(project["organization_id"])))
    sandbox.clear_requests()
    found = call(hook, "list_component_versions", flavour, component["id"], environment_id=environment["id"])

    assert [(each["name"], each["is_live"]) for each in found] == [("1.0.2", True), ("1.0.1", False)]
    assert [each["query"] for each in sandbox.requests()] == [{"environment-id": environment["id"]}]


@both
def test_all_components_and_versions_are_listed_whatever_the_page(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    for number in range(25):
        hook.trigger_pipeline(f"gh/acme/service-{number}", branch="feature")
        hook.trigger_pipeline(SLUG, branch="feature")
    sandbox.advance(DEPLOYED_S)
    project = hook.get_project(SLUG)
    components = call(hook, "list_components", flavour, project["organization_id"])
    web = next(each for each in components if each["name"] == "web")

    assert len({each["id"] for each in components}) == len(components) == 26
    assert len({each["name"] for each in call(hook, "list_component_versions", flavour, web["id"])}) == 25


def test_lists_say_how_many_rows_a_page_has(sandbox: Sandbox, hook: CircleCIHook) -> None:
    list(hook.list_components(UNKNOWN_ID, project_id=UNKNOWN_ID))
    list(hook.list_environments(UNKNOWN_ID))

    of_organization = {"org-id": UNKNOWN_ID, "page-size": "20"}
    assert [each["query"] for each in sandbox.requests()] == [
        {**of_organization, "project-id": UNKNOWN_ID},
        of_organization,
    ]


@both
def test_an_earlier_version_is_live_after_a_rollback(
    sandbox: Sandbox, hook: CircleCIHook, project: dict[str, Any], flavour: Flavour
) -> None:
    names = {"component_name": "web", "environment_name": "production"}
    back = partial(call, hook, "rollback_project", flavour, project["id"], **names)
    started = back(current_version="1.0.2", target_version="1.0.1", reason="it smokes")
    sandbox.advance(DEPLOYED_S)
    (component,) = hook.list_components(project["organization_id"])
    live = [each["name"] for each in hook.list_component_versions(component["id"]) if each["is_live"]]

    assert hook.get_pipeline(started["id"])["project_slug"] == SLUG
    assert live == ["1.0.1", "1.0.2"]  # production went back, staging did not
    with pytest.raises(Invalid, match=r"answered 409: Version 1\.0\.2 is not live"):
        back(current_version="1.0.2", target_version="1.0.1")


@pytest.mark.parametrize(
    "optional",
    [{}, {"namespace": "default", "reason": "it smokes", "parameters": {"fast": True}}],
    ids=["none", "all"],
)
def test_a_rollback_says_what_was_given_and_no_more(
    sandbox: Sandbox, hook: CircleCIHook, project: dict[str, Any], optional: Any
) -> None:
    names: dict[str, Any] = {
        "component_name": "web",
        "environment_name": "production",
        "current_version": "1.0.2",
        "target_version": "1.0.1",
    }
    hook.rollback_project(project["id"], **names, **optional)

    assert sandbox.requests()[0]["body"] == {**names, **optional}


@both
@pytest.mark.parametrize("name", ["get_component", "get_environment", "list_component_versions"])
def test_what_is_not_there_is_not_found(hook: CircleCIHook, name: str, flavour: Flavour) -> None:
    with pytest.raises(NotFound):
        call(hook, name, flavour, UNKNOWN_ID)
