"""The CircleCI hook on pipeline definitions and their triggers: what is sent, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_calls import triggers
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import UNKNOWN_ID as PROJECT
from tests.unit.hooks.calling_circleci import Flavour, both, call

APP: dict[str, Any] = {"provider": "github_app", "repo": {"external_id": "7"}}
CONFIG = {**APP, "file_path": "a.yml"}
HOOK = {"provider": "webhook", "webhook": {"sender": "us"}}
TIMED = {"provider": "schedule", "schedule": {"cron_expression": "0 5 * * *", "attribution_actor": "system"}}
REFS: dict[str, Any] = {"event_name": "nightly", "checkout_ref": "main", "config_ref": "main"}


@pytest.fixture
def definition(sandbox: Sandbox, hook: CircleCIHook) -> str:
    """Id of a pipeline definition."""
    made = hook.create_pipeline_definition(PROJECT, "Build", config_source=CONFIG, checkout_source=APP)
    sandbox.clear_requests()
    return str(made["id"])


def bodies(sandbox: Sandbox) -> list[Any]:
    return [request["body"] for request in sandbox.requests()]


# Definitions


@both
def test_a_definition_comes_and_goes(hook: CircleCIHook, flavour: Flavour) -> None:
    sources = {"config_source": CONFIG, "checkout_source": APP}
    made = call(hook, "create_pipeline_definition", flavour, PROJECT, "Build", **sources, description="all of it")
    read = call(hook, "get_pipeline_definition", flavour, PROJECT, made["id"])
    listed = call(hook, "list_pipeline_definitions", flavour, PROJECT)
    call(hook, "delete_pipeline_definition", flavour, PROJECT, made["id"])

    assert (read, listed) == (made, [made])
    assert (made["description"], made["config_source"]["file_path"]) == ("all of it", "a.yml")
    assert call(hook, "list_pipeline_definitions", flavour, PROJECT) == []
    with pytest.raises(NotFound):
        call(hook, "get_pipeline_definition", flavour, PROJECT, made["id"])


def test_only_what_was_given_of_a_definition_is_sent(sandbox: Sandbox, hook: CircleCIHook) -> None:
    made = hook.create_pipeline_definition(PROJECT, "Build", config_source=CONFIG, checkout_source=APP)
    hook.update_pipeline_definition(PROJECT, made["id"], description="")

    created = {"name": "Build", "config_source": CONFIG, "checkout_source": APP}
    assert bodies(sandbox) == [created, {"description": ""}]


@both
def test_a_definition_is_changed_in_part(hook: CircleCIHook, definition: str, flavour: Flavour) -> None:
    changes: dict[str, Any] = {
        "config_source": {"file_path": "b.yml"},
        "checkout_source": {"repo": {"external_id": "8"}},
    }
    changed = hook.update_pipeline_definition(PROJECT, definition, name="Other", **changes)

    assert call(hook, "get_pipeline_definition", flavour, PROJECT, definition) == changed
    assert (changed["name"], changed["config_source"]["file_path"]) == ("Other", "b.yml")
    assert changed["config_source"]["repo"]["external_id"] == "7"
    assert changed["checkout_source"]["repo"]["external_id"] == "8"


def test_an_empty_name_is_named(hook: CircleCIHook) -> None:
    with pytest.raises(ValueError, match=r"^name must be a text"):
        hook.update_pipeline_definition(PROJECT, PROJECT, name="")


# Triggers


@both
@pytest.mark.parametrize(
    ("source", "given"),
    [
        pytest.param(APP, {"event_preset": "only-tags"}, id="repository"),
        pytest.param(HOOK, REFS, id="webhook"),
        pytest.param(TIMED, {**REFS, "parameters": {"deep": True}}, id="schedule"),
    ],
)
def test_a_trigger_comes_and_goes(
    hook: CircleCIHook, definition: str, source: Any, given: Any, flavour: Flavour
) -> None:
    made = call(hook, "create_trigger", flavour, PROJECT, definition, source, **given)
    read = call(hook, "get_trigger", flavour, PROJECT, made["id"])
    listed = call(hook, "list_pipeline_definition_triggers", flavour, PROJECT, definition)
    call(hook, "delete_trigger", flavour, PROJECT, made["id"])

    assert (read, listed) == (made, [made])
    assert given.items() <= made.items()
    assert call(hook, "list_pipeline_definition_triggers", flavour, PROJECT, definition) == []
    with pytest.raises(NotFound):
        call(hook, "get_trigger", flavour, PROJECT, made["id"])


def test_only_what_was_given_of_a_trigger_is_sent(sandbox: Sandbox, hook: CircleCIHook, definition: str) -> None:
    made = hook.create_trigger(PROJECT, definition, APP, disabled=False)
    hook.update_trigger(PROJECT, made["id"], disabled=True)

    assert bodies(sandbox) == [{"event_source": APP, "disabled": False}, {"disabled": True}]


@both
def test_a_trigger_is_changed_in_part(hook: CircleCIHook, definition: str, flavour: Flavour) -> None:
    made = hook.create_trigger(PROJECT, definition, TIMED, **REFS)
    later = {"schedule": {"cron_expression": "0 6 * * *"}}
    changed = call(hook, "update_trigger", flavour, PROJECT, made["id"], event_source=later, config_ref="next")

    actor = made["event_source"]["schedule"]["attribution_actor"]
    assert changed["event_source"]["schedule"] == {"cron_expression": "0 6 * * *", "attribution_actor": actor}
    assert (changed["config_ref"], changed["checkout_ref"]) == ("next", "main")
    assert hook.get_trigger(PROJECT, made["id"]) == changed


def test_the_triggers_of_a_deleted_definition_are_gone(hook: CircleCIHook, definition: str) -> None:
    made = hook.create_trigger(PROJECT, definition, APP)
    hook.delete_pipeline_definition(PROJECT, definition)

    with pytest.raises(NotFound):
        hook.get_trigger(PROJECT, made["id"])


def test_a_change_that_does_not_go_with_the_trigger_is_refused(hook: CircleCIHook, definition: str) -> None:
    made = hook.create_trigger(PROJECT, definition, HOOK, **REFS)

    with pytest.raises(Invalid, match="event_preset is not supported for the provider webhook"):
        hook.update_trigger(PROJECT, made["id"], event_preset="only-tags")


@both
def test_the_secret_of_a_webhooks_address_is_masked(
    hook: CircleCIHook, definition: str, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    masked: list[str] = []
    monkeypatch.setattr(triggers, "mask_secret", masked.append)
    for source, given in ((APP, {}), (TIMED, REFS), (HOOK, REFS)):
        made = call(hook, "create_trigger", flavour, PROJECT, definition, source, **given)

    assert masked == [made["event_source"]["webhook"]["url"].partition("?")[2]]
