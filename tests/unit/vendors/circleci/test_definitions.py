from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.definitions import (
    checked_source,
    checked_source_changes,
    checked_trigger,
    checked_trigger_changes,
)

REPO: dict[str, Any] = {"repo": {"external_id": "7"}}
APP = {"provider": "github_app", **REPO}
OAUTH = {"provider": "github_oauth", **REPO}
HOOK: dict[str, Any] = {"provider": "webhook", "webhook": {"sender": "us"}}
TIMED: dict[str, Any] = {"provider": "schedule", "schedule": {"cron_expression": "0 5 * * *"}}
REFS = {"event_name": "nightly", "checkout_ref": "main", "config_ref": "main"}
NOTHING: dict[str, Any] = dict.fromkeys(
    ("event_name", "event_preset", "checkout_ref", "config_ref", "disabled", "parameters")
)


def created(event_source: Any, **given: Any) -> dict[str, Any]:
    return checked_trigger(event_source, **{**NOTHING, **given})


def changed(event_source: Any = None, **given: Any) -> dict[str, Any]:
    return checked_trigger_changes(event_source, **{**NOTHING, **given})


# Sources


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("config_source", {**APP, "file_path": "a.yml"}, id="config_in_a_repository"),
        pytest.param("config_source", {"provider": "circleci", "file_path": "a.yml"}, id="config_at_circleci"),
        pytest.param("checkout_source", {**APP, "provider": "github_server"}, id="checkout"),
    ],
)
def test_a_good_source_is_taken_as_it_is(name: str, source: Any) -> None:
    assert checked_source(name, source) == source


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        pytest.param("config_source", "a.yml", "config_source must be a mapping", id="no_mapping"),
        pytest.param("config_source", {"file_path": "a.yml"}, r"config_source\['provider'\] must be one of", id="none"),
        pytest.param("config_source", APP, r"config_source\['file_path'\] must be", id="no_file"),
        pytest.param(
            "config_source", {"provider": "github_app", "file_path": "a.yml"}, r"config_source\['repo'\]", id="no_repo"
        ),
        pytest.param(
            "config_source",
            {"provider": "circleci", "file_path": "a.yml", **REPO},
            "does not go with the provider circleci",
            id="repository_at_circleci",
        ),
        pytest.param(
            "checkout_source", {**APP, "provider": "circleci"}, r"checkout_source\['provider'\] must be", id="checkout"
        ),
        pytest.param(
            "checkout_source",
            {"provider": "github_app", "repo": {"external_id": ""}},
            r"checkout_source\['repo'\]\['external_id'\] must be",
            id="empty_repository",
        ),
    ],
)
def test_a_source_that_cannot_be_is_named(name: str, source: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_source(name, source)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("config_source", {"file_path": "b.yml"}),
        ("checkout_source", REPO),
        ("checkout_source", {"provider": "bitbucket_dc", **REPO}),
    ],
)
def test_a_part_of_a_source_can_change(name: str, changes: Any) -> None:
    assert checked_source_changes(name, changes) == changes


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("config_source", {}, "config_source must name file_path to change, got nothing"),
        ("config_source", APP, "config_source must name file_path to change, got provider, repo"),
        ("config_source", {"file_path": ""}, r"config_source\['file_path'\] must be"),
        ("checkout_source", {"file_path": "b.yml"}, "checkout_source must name provider or repo to change"),
        ("checkout_source", {"provider": ""}, r"checkout_source\['provider'\] must be"),
        ("checkout_source", {"repo": {}}, r"checkout_source\['repo'\]\['external_id'\] must be"),
    ],
)
def test_a_change_that_cannot_be_is_named(name: str, changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_source_changes(name, changes)


# Triggers


@pytest.mark.parametrize(
    ("source", "given"),
    [
        pytest.param(APP, {}, id="repository"),
        pytest.param(APP, {"event_preset": "only-tags", "disabled": False, "config_ref": "main"}, id="repository_more"),
        pytest.param(OAUTH, {"event_preset": "only-build-prs"}, id="oauth"),
        pytest.param(HOOK, REFS, id="webhook"),
        pytest.param({"provider": "webhook"}, REFS, id="webhook_without_a_sender"),
        pytest.param(TIMED, {**REFS, "parameters": {"deep": True}}, id="schedule"),
        pytest.param({"provider": "gitlab", **REPO}, {"event_name": "new"}, id="provider_of_tomorrow"),
    ],
)
def test_a_good_trigger_says_what_was_given_and_no_more(source: Any, given: Any) -> None:
    assert created(source, **given) == {"event_source": source, **given}


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        pytest.param({}, {}, r"event_source\['provider'\] must be", id="no_provider"),
        pytest.param({"provider": "github_app"}, {}, r"event_source\['repo'\] must be", id="no_repository"),
        pytest.param({"provider": "github_app", "repo": {}}, {}, "external_id", id="empty_repository"),
        pytest.param({**APP, **HOOK, "provider": "webhook"}, REFS, r"event_source\['repo'\] does not go", id="both"),
        pytest.param({"provider": "schedule"}, REFS, r"event_source\['schedule'\] must be", id="no_schedule"),
        pytest.param({"provider": "schedule", "schedule": {}}, REFS, "cron_expression", id="no_cron"),
        pytest.param(
            {"provider": "schedule", "schedule": {**TIMED["schedule"], "attribution_actor": "me"}},
            REFS,
            r"\['attribution_actor'\] must be one of current, system",
            id="unknown_actor",
        ),
        *(
            pytest.param(source, {**REFS, name: None}, f"^{name} is missing", id=f"{source['provider']}_{name}")
            for source in (HOOK, TIMED)
            for name in REFS
        ),
        pytest.param(HOOK, {**REFS, "event_preset": "only-tags"}, "^event_preset does not go with", id="preset"),
        pytest.param(APP, {"event_name": "push"}, "^event_name does not go with a trigger by github_app", id="name"),
        pytest.param(APP, {"event_preset": "never"}, "^event_preset must be one of", id="unknown_preset"),
        pytest.param(APP, {"checkout_ref": ""}, "^checkout_ref must be", id="empty_ref"),
        pytest.param(APP, {"parameters": {}}, "^parameters does not go with", id="parameters"),
        pytest.param(TIMED, {**REFS, "parameters": [1]}, "^parameters must be a mapping", id="parameters_no_mapping"),
        pytest.param(OAUTH, {}, "^event_preset must be one of all-pushes, only-build-prs", id="oauth_without_preset"),
        pytest.param(OAUTH, {"event_preset": "only-tags"}, "^event_preset must be one of all-pu", id="oauth_preset"),
        pytest.param(OAUTH, {"event_preset": "all-pushes", "disabled": False}, "^disabled does not go", id="disabled"),
    ],
)
def test_a_trigger_that_cannot_be_is_named(source: Any, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        created(source, **given)


@pytest.mark.parametrize(
    "given",
    [
        {"disabled": False},
        {"event_preset": "only-tags"},
        {"event_name": "called", "parameters": {}},
        {"event_source": {"webhook": {"sender": "them"}}},
        {"event_source": {"schedule": {"attribution_actor": "current"}}},
    ],
    ids="_".join,
)
def test_a_change_says_what_was_given_and_no_more(given: Any) -> None:
    assert changed(**given) == given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({}, "nothing is to change", id="nothing"),
        pytest.param({"event_source": {}}, "event_source must name webhook or schedule to change", id="empty_source"),
        pytest.param({"event_source": APP}, "event_source must name .*, got provider, repo", id="repository"),
        pytest.param({"event_source": {"schedule": {"attribution_actor": "me"}}}, "must be one of", id="unknown_actor"),
        pytest.param({"event_preset": "never"}, "event_preset must be one of", id="unknown_preset"),
        pytest.param({"event_name": " "}, "event_name must be", id="empty_name"),
    ],
)
def test_a_change_of_a_trigger_that_cannot_be_is_named(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changed(**given)
