"""What the stand-in says was deployed follows from its pipelines; a rollback is one of them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PROJECT, InProcess

BACK = {
    "component_name": "web",
    "environment_name": "production",
    "current_version": "1.0.2",
    "target_version": "1.0.1",
}


def started(sandbox: InProcess, scenario: str = "success", path: str = PROJECT, **where: str) -> None:
    body = {"parameters": {"sandbox_scenario": scenario}, **where}
    assert sandbox.api("POST", f"{path}/pipeline", body).status == 201


def listed(sandbox: InProcess, what: str, **query: str) -> list[dict[str, Any]]:
    organization = sandbox.get(PROJECT)["organization_id"]
    items: list[dict[str, Any]] = sandbox.get(
        f"/deploy/{what}", query={"org-id": organization, "page-size": "50", **query}
    )["items"]
    return items


def versions(sandbox: InProcess, environment: str = "") -> list[str]:
    """Versions of the project, newest first; the one that is live with a star."""
    (component,) = listed(sandbox, "components", **{"project-id": sandbox.get(PROJECT)["id"]})
    names = {each["id"]: each["name"] for each in listed(sandbox, "environments")}
    return [
        f"{each['name']}{'*' if each['is_live'] else ''}"
        for each in sandbox.get(f"/deploy/components/{component['id']}/versions")["items"]
        if names[each["environment_id"]] == environment
    ]


def rolled_back(sandbox: InProcess, **change: Any) -> int:
    return sandbox.api("POST", f"/projects/{sandbox.get(PROJECT)['id']}/rollback", {**BACK, **change}).status


@pytest.fixture
def deployed(sandbox: InProcess) -> InProcess:
    """A project that was deployed twice."""
    for _ in range(2):
        started(sandbox)
        sandbox.wait(60)
    return sandbox


@pytest.mark.parametrize("scenario", ["failed", "never_ends", "errored", "setup_only", "two_workflows", "on_hold"])
def test_what_did_not_succeed_is_not_deployed(sandbox: InProcess, scenario: str) -> None:
    started(sandbox, scenario)
    sandbox.wait(600)

    assert (listed(sandbox, "components"), listed(sandbox, "environments")) == ([], [])


@pytest.mark.parametrize("scenario", ["success", "setup", "rerun", "mixed_success"])
def test_what_succeeds_in_the_end_is_deployed_then(sandbox: InProcess, scenario: str) -> None:
    started(sandbox, scenario)
    before = listed(sandbox, "components")
    sandbox.wait(600)

    assert (before, [each["name"] for each in listed(sandbox, "components")]) == ([], ["web"])


@pytest.mark.parametrize(
    ("where", "production"),
    [({}, ["1.0.1*"]), ({"branch": "main"}, ["1.0.1*"]), ({"tag": "v2"}, ["v2*"]), ({"branch": "next"}, [])],
    ids=str,
)
def test_the_main_branch_and_tags_go_to_production(
    sandbox: InProcess, where: dict[str, str], production: list[str]
) -> None:
    started(sandbox, **where)
    sandbox.wait(60)

    assert versions(sandbox, "production") == production
    assert len(versions(sandbox, "staging")) == 1


def test_the_newest_version_is_live(deployed: InProcess) -> None:
    assert versions(deployed, "production") == versions(deployed, "staging") == ["1.0.2*", "1.0.1"]


def test_a_component_counts_its_releases(deployed: InProcess) -> None:
    (component,) = listed(deployed, "components")

    assert (component["release_count"], component["created_at"] < component["updated_at"]) == (4, True)


def test_a_rollback_takes_effect_when_its_pipeline_succeeds(deployed: InProcess) -> None:
    status = rolled_back(deployed)
    before = versions(deployed, "production")
    deployed.wait(60)

    assert (status, before) == (202, ["1.0.2*", "1.0.1"])
    assert versions(deployed, "production") == ["1.0.1*", "1.0.2"]
    assert versions(deployed, "staging") == ["1.0.2*", "1.0.1"]


def test_what_was_rolled_back_to_may_be_run_again(deployed: InProcess) -> None:
    first = min(deployed.get(f"{PROJECT}/pipeline")["items"], key=lambda pipeline: pipeline["number"])
    rolled_back(deployed)
    deployed.wait(60)
    deployed.api("POST", f"/workflow/{deployed.workflows(first['id'])[0]['id']}/rerun")
    deployed.wait(2)
    under_way = versions(deployed, "production")
    deployed.wait(60)

    assert (under_way, versions(deployed, "production")) == (["1.0.2*"], ["1.0.1*", "1.0.2"])


def test_a_rollback_that_fails_changes_nothing(deployed: InProcess) -> None:
    rolled_back(deployed, parameters={"sandbox_scenario": "failed"})
    deployed.wait(60)

    assert versions(deployed, "production") == ["1.0.2*", "1.0.1"]
    assert rolled_back(deployed) == 202


def test_what_is_deployed_after_a_rollback_is_live(deployed: InProcess) -> None:
    rolled_back(deployed)
    deployed.wait(60)
    started(deployed)
    deployed.wait(60)

    assert versions(deployed, "production") == ["1.0.4*", "1.0.1", "1.0.2"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"component_name": "api"}, 404),
        ({"environment_name": "moon"}, 404),
        ({"target_version": "0.9"}, 404),
        ({"current_version": "1.0.1", "target_version": "1.0.2"}, 409),
        ({"current_version": "0.9"}, 409),
        ({"current_version": ""}, 400),
        ({"reason": 7}, 400),
        ({"parameters": {"undeclared": 1}}, 400),
        ({"parameters": {"sandbox_scenario": "not_triggered"}}, 400),
        ({"colour": "red"}, 400),
    ],
    ids=str,
)
def test_a_rollback_that_makes_no_sense_is_refused(deployed: InProcess, change: Any, status: int) -> None:
    assert rolled_back(deployed, **change) == status
    assert len(deployed.control("GET", "/circleci/pipelines")["items"]) == 2


def test_a_rollback_is_refused_while_another_is_under_way(deployed: InProcess) -> None:
    assert [rolled_back(deployed), rolled_back(deployed)] == [202, 409]
    assert rolled_back(deployed, environment_name="staging") == 202


def test_a_project_without_deploys_is_not_rolled_back(sandbox: InProcess) -> None:
    assert rolled_back(sandbox) == 404


def test_components_of_one_project_are_asked_for(deployed: InProcess) -> None:
    started(deployed, path="/project/gh/acme/api")
    started(deployed, path="/project/bb/acme/web")
    deployed.wait(60)
    api = deployed.get("/project/gh/acme/api")["id"]

    assert [each["name"] for each in listed(deployed, "components")] == ["web", "api"]
    assert [each["name"] for each in listed(deployed, "components", **{"project-id": api})] == ["api"]


@pytest.mark.parametrize("what", ["components", "environments"])
@pytest.mark.parametrize(
    "query",
    [{}, {"org-id": "acme", "page-size": "20"}, {"org-id": "b9291e0d-a11e-41fb-8517-c545388b5953"}],
    ids=["nothing", "organization", "size"],
)
def test_a_list_says_whose_and_how_long(sandbox: InProcess, what: str, query: dict[str, str]) -> None:
    assert sandbox.api("GET", f"/deploy/{what}", query=query).status == 400
