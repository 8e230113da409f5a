"""The stand-in's pipeline definitions and their triggers."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import InProcess

PROJECT_ID = "39723015-b399-4601-9ff6-bd1bfbed8fa8"
OTHER_ID = "b9291e0d-a11e-41fb-8517-c545388b5953"
ALL = f"/projects/{PROJECT_ID}/pipeline-definitions"
REPO = {"repo": {"external_id": "7"}}
APP: dict[str, Any] = {"provider": "github_app", **REPO}
BODY: dict[str, Any] = {"name": "Build", "config_source": {**APP, "file_path": "a.yml"}, "checkout_source": APP}
REFS = {"event_name": "nightly", "checkout_ref": "main", "config_ref": "main"}
PUSHED = {"event_source": APP}
AUTHORIZED = {"event_source": {**APP, "provider": "github_oauth"}, "event_preset": "all-pushes"}
CALLED = {"event_source": {"provider": "webhook", "webhook": {"sender": "us"}}, **REFS}
TIMED = {"event_source": {"provider": "schedule", "schedule": {"cron_expression": "0 5 * * *"}}, **REFS}


@pytest.fixture
def definition(sandbox: InProcess) -> str:
    """Id of a definition."""
    return str(sandbox.api("POST", ALL, BODY).json()["id"])


def trigger(sandbox: InProcess, definition: str, body: Any) -> Any:
    reply = sandbox.api("POST", f"{ALL}/{definition}/triggers", body)
    assert reply.status == 200, reply.body
    return reply.json()


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"colour": "red"},
        {"description": 7},
        {"config_source": APP},
        {"config_source": {"provider": "gitlab", "file_path": "a.yml"}},
        {"config_source": {"provider": "circleci", "file_path": "a.yml", **REPO}},
        {"config_source": "a.yml"},
        {"checkout_source": {}},
        {"checkout_source": {"provider": "circleci", **REPO}},
        {"checkout_source": {"provider": "github_app", "repo": {"external_id": "7", "name": "a"}}},
    ],
    ids=str,
)
def test_a_definition_that_makes_no_sense_is_refused(sandbox: InProcess, change: Any) -> None:
    assert sandbox.api("POST", ALL, {**BODY, **change}).status == 400
    assert sandbox.get(ALL)["items"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"description": "more"}, 200),
        ({"checkout_source": {"provider": "github_server"}}, 200),
        ({"config_source": {"provider": "circleci"}}, 400),
        ({"checkout_source": {"provider": "gitlab"}}, 400),
        ({"name": " "}, 400),
        ({"colour": "red"}, 400),
    ],
    ids=str,
)
def test_a_definition_is_changed_or_refused(sandbox: InProcess, definition: str, change: Any, status: int) -> None:
    assert sandbox.api("PATCH", f"{ALL}/{definition}", change).status == status


def test_a_refused_change_changes_nothing(sandbox: InProcess, definition: str) -> None:
    before = sandbox.get(f"{ALL}/{definition}")
    sandbox.api("PATCH", f"{ALL}/{definition}", {"name": "Other", "config_source": {"provider": "circleci"}})

    assert sandbox.get(f"{ALL}/{definition}") == before


def test_a_definition_belongs_to_one_project(sandbox: InProcess, definition: str) -> None:
    assert sandbox.api("GET", f"/projects/{OTHER_ID}/pipeline-definitions/{definition}").status == 404
    assert sandbox.get(f"/projects/{OTHER_ID}/pipeline-definitions")["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({**PUSHED, "event_name": "push"}, id="named_push"),
        pytest.param({**PUSHED, "event_preset": "never"}, id="unknown_preset"),
        pytest.param({**PUSHED, "parameters": {}}, id="parameters_of_a_push"),
        pytest.param({"event_source": {"provider": "github_app"}}, id="no_repository"),
        pytest.param({"event_source": {**APP, "webhook": {}}}, id="webhook_of_a_repository"),
        pytest.param({"event_source": {"provider": "gitlab", **REPO}}, id="unknown_provider"),
        pytest.param({**PUSHED, "disabled": "no"}, id="disabled_no_boolean"),
        pytest.param({**PUSHED, "colour": "red"}, id="unknown_field"),
        pytest.param({"event_source": AUTHORIZED["event_source"]}, id="oauth_without_preset"),
        pytest.param({**AUTHORIZED, "event_preset": "only-tags"}, id="oauth_preset"),
        pytest.param({**AUTHORIZED, "disabled": True}, id="oauth_disabled"),
        pytest.param({**CALLED, "event_preset": "only-tags"}, id="webhook_preset"),
        pytest.param({**CALLED, "event_name": None}, id="webhook_nameless"),
        pytest.param({**CALLED, "config_ref": ""}, id="webhook_without_ref"),
        pytest.param({**TIMED, "event_source": {"provider": "schedule", "schedule": {}}}, id="no_cron"),
        pytest.param(
            {
                **TIMED,
                "event_source": {
                    "provider": "schedule",
                    "schedule": {"cron_expression": "0 5 * * *", "attribution_actor": "me"},
                },
            },
            id="unknown_actor",
        ),
    ],
)
def test_a_trigger_that_makes_no_sense_is_refused(sandbox: InProcess, definition: str, body: Any) -> None:
    assert sandbox.api("POST", f"{ALL}/{definition}/triggers", body).status == 400


def test_a_trigger_of_a_webhook_has_an_address_with_a_secret(sandbox: InProcess, definition: str) -> None:
    urls = [trigger(sandbox, definition, CALLED)["event_source"]["webhook"]["url"] for _ in range(2)]

    assert all("?secret=" in url for url in urls)
    assert urls[0] != urls[1]


def test_a_schedule_names_its_actor_by_id(sandbox: InProcess, definition: str) -> None:
    me = sandbox.get("/me")["id"]
    made = trigger(sandbox, definition, TIMED)
    path = f"/projects/{PROJECT_ID}/triggers/{made['id']}"
    system = {"event_source": {"schedule": {"attribution_actor": "system"}}}
    changed = sandbox.api("PATCH", path, system).json()

    assert made["event_source"]["schedule"]["attribution_actor"] == {"id": me}
    assert changed["event_source"]["schedule"]["attribution_actor"]["id"] != me
    assert changed["event_source"]["schedule"]["cron_expression"] == "0 5 * * *"


@pytest.mark.parametrize(
    ("made", "change", "status"),
    [
        pytest.param(PUSHED, {"event_preset": "only-tags"}, 200, id="preset"),
        pytest.param(PUSHED, {"event_name": "push"}, 400, id="name_of_a_push"),
        pytest.param(PUSHED, {"event_source": {"webhook": {"sender": "us"}}}, 400, id="another_source"),
        pytest.param(PUSHED, {"event_source": APP}, 400, id="repository"),
        pytest.param(AUTHORIZED, {"config_ref": "next"}, 200, id="oauth_keeps_its_preset"),
        pytest.param(AUTHORIZED, {"disabled": True}, 400, id="oauth_disabled"),
        pytest.param(CALLED, {"event_source": {"webhook": {"sender": "them"}}}, 200, id="sender"),
        pytest.param(CALLED, {"parameters": {}}, 400, id="parameters_of_a_webhook"),
        pytest.param(TIMED, {"parameters": {"deep": True}}, 200, id="parameters"),
        pytest.param(TIMED, {"event_source": {"schedule": {"cron_expression": ""}}}, 400, id="no_cron"),
    ],
)
def test_a_trigger_is_changed_or_refused(
    sandbox: InProcess, definition: str, made: Any, change: Any, status: int
) -> None:
    path = f"/projects/{PROJECT_ID}/triggers/{trigger(sandbox, definition, made)['id']}"
    before = sandbox.get(path)

    assert sandbox.api("PATCH", path, change).status == status
    assert (sandbox.get(path) != before) == (status == 200)


def test_a_trigger_is_not_listed_for_another_definition(sandbox: InProcess, definition: str) -> None:
    trigger(sandbox, definition, PUSHED)
    other = sandbox.api("POST", ALL, BODY).json()["id"]

    assert sandbox.get(f"{ALL}/{other}/triggers")["items"] == []
    assert len(sandbox.get(f"{ALL}/{definition}/triggers")["items"]) == 1
