"""What is recorded about organizations and what they and their projects own: made, read, changed, deleted, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox

__all__ = ["TAPES"]

Tape: TypeAlias = Callable[[CircleCIHook, Sandbox], None]

SLUG = "gh/acme/web"
PROJECT_ID = "39723015-b399-4601-9ff6-bd1bfbed8fa8"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
POLICY = 'package org\npolicy_name["{name}"]\nenable_rule["{rule}"]\n'
HARD_POLICY = POLICY + 'hard_fail["{rule}"]\n'
REPOSITORY = {"provider": "github_app", "repo": {"external_id": "123456"}}
CONFIG = {**REPOSITORY, "file_path": ".circleci/config.yml"}


def _refused(status: int, ask: Callable[[], object]) -> None:
    """Ask for what must be refused; the rows of a list are asked for, too."""
    try:
        answer = ask()
        if isinstance(answer, Iterable):
            list(answer)
    except CircleError as error:
        if error.status == status:
            return
        raise
    raise AssertionError(f"this was not refused with {status}: {ask}")


def _standalone(hook: CircleCIHook) -> str:
    return str(hook.create_organization("Lighthouse", "circleci")["id"])


def _organizations(hook: CircleCIHook, _: Sandbox) -> None:
    made = hook.create_organization("Lighthouse", "circleci")
    for vcs_type in ("github", "bitbucket"):
        hook.create_organization("acme", vcs_type)
    for named in (made["id"], made["slug"], "gh/acme", "bitbucket/acme"):
        hook.get_organization(named)
    hook.delete_organization(made["slug"])
    hook.trigger_pipeline(SLUG)
    hook.delete_organization("github/acme")
    _refused(404, partial(hook.create_organization, "nobody", "github"))
    for missing in (made["id"], "gh/acme", "gh/nobody"):
        _refused(404, partial(hook.get_organization, missing))
        _refused(404, partial(hook.delete_organization, missing))


def _allow_lists(hook: CircleCIHook, _: Sandbox) -> None:
    entry = hook.create_url_orb_allow_list_entry("gh/acme", "ours", "https://orbs.example/", "github-app")
    hook.create_url_orb_allow_list_entry("gh/acme", "theirs", "https://other.example/")
    list(hook.list_url_orb_allow_list_entries("gh/acme"))
    hook.remove_url_orb_allow_list_entry("gh/acme", entry["id"])
    _refused(404, partial(hook.remove_url_orb_allow_list_entry, "gh/acme", entry["id"]))
    _refused(400, partial(hook.create_url_orb_allow_list_entry, "gh/acme", "twice", "https://other.example/"))
    _refused(404, partial(hook.create_url_orb_allow_list_entry, "gh/nobody", "ours", "https://orbs.example/"))
    _refused(404, partial(hook.list_url_orb_allow_list_entries, "gh/nobody"))


def _groups(hook: CircleCIHook, _: Sandbox) -> None:
    organization = _standalone(hook)
    list(hook.list_groups(organization))
    made = [hook.create_group(organization, f"Team {number}") for number in range(25)]
    hook.create_group(organization, "Keepers", "Those who keep the light")
    list(hook.list_groups(organization))
    hook.get_group(organization, made[0]["id"])
    hook.delete_group(organization, made[0]["id"])
    _refused(404, partial(hook.get_group, organization, made[0]["id"]))
    _refused(404, partial(hook.delete_group, organization, made[0]["id"]))
    _refused(409, partial(hook.create_group, organization, "Keepers"))
    _refused(404, partial(hook.list_groups, "nobody"))
    _refused(404, partial(hook.create_group, "nobody", "Keepers"))
    code_host = hook.get_organization("gh/acme")["id"]
    list(hook.list_groups(code_host))
    _refused(403, partial(hook.create_group, code_host, "Keepers"))
    _refused(403, partial(hook.get_group, code_host, UNKNOWN_ID))
    _refused(403, partial(hook.delete_group, code_host, UNKNOWN_ID))


def _exporters(hook: CircleCIHook, _: Sandbox) -> None:
    organization = _standalone(hook)
    list(hook.list_otel_exporters(organization))
    headers = {"Authorization": "Bearer otel-secret"}
    made = hook.create_otel_exporter(organization, "otel.example:4317", "grpc", headers=headers, insecure=True)
    for _number in range(4):
        hook.create_otel_exporter(organization, "otel.example:4318", "http")
    list(hook.list_otel_exporters(organization))
    _refused(400, partial(hook.create_otel_exporter, organization, "otel.example:4318", "http"))
    hook.delete_otel_exporter(made["id"])
    _refused(404, partial(hook.delete_otel_exporter, made["id"]))
    hook.delete_organization(organization)
    _refused(404, partial(hook.create_otel_exporter, organization, "otel.example:4318", "http"))
    _refused(404, partial(hook.list_otel_exporters, organization))


def _claims(hook: CircleCIHook, _: Sandbox) -> None:
    organization = _standalone(hook)
    hook.get_organization_claims(organization)
    hook.update_organization_claims(organization, audience=["a", "b"], ttl="1h30m")
    hook.get_organization_claims(organization)
    hook.delete_organization_claims(organization, ["audience", "ttl"])
    hook.get_project_claims(organization, PROJECT_ID)
    hook.update_project_claims(organization, PROJECT_ID, ttl="30m")
    hook.get_project_claims(organization, PROJECT_ID)
    hook.delete_project_claims(organization, PROJECT_ID, ["ttl"])
    hook.delete_organization(organization)
    for ask in (
        partial(hook.get_organization_claims, organization),
        partial(hook.update_organization_claims, organization, ttl="1h"),
        partial(hook.delete_organization_claims, organization, ["ttl"]),
        partial(hook.get_project_claims, organization, PROJECT_ID),
        partial(hook.update_project_claims, organization, PROJECT_ID, ttl="1h"),
        partial(hook.delete_project_claims, organization, PROJECT_ID, ["ttl"]),
    ):
        _refused(403, ask)


def _policies(hook: CircleCIHook, _: Sandbox) -> None:
    owner = _standalone(hook)
    hook.get_policy_bundle(owner)
    soft, hard = POLICY.format(name="soft", rule="no_latest"), HARD_POLICY.format(name="hard", rule="no_secrets")
    hook.replace_policy_bundle(owner, {"soft.rego": soft}, dry=True)
    hook.replace_policy_bundle(owner, {"soft.rego": soft, "hard.rego": hard})
    hook.get_policy_bundle(owner)
    hook.get_policy(owner, "soft")
    hook.get_policy_decision_settings(owner)
    hook.update_policy_decision_settings(owner, enabled=True)
    metadata = {"project_id": PROJECT_ID, "build_number": 7, "vcs": {"branch": "main"}}
    for configuration in ("version: 2.1", "image: no_latest", "image: no_secrets"):
        hook.make_policy_decision(owner, configuration, metadata)
    decisions = list(hook.list_policy_decisions(owner))
    list(
        hook.list_policy_decisions(
            owner,
            status="PASS",
            after="2020-01-01",
            before="2100-01-01",
            branch="main",
            project_id=PROJECT_ID,
            build_number=7,
        )
    )
    hook.get_policy_decision(owner, decisions[0]["id"])
    hook.get_policy_decision_bundle(owner, decisions[0]["id"])
    _refused(404, partial(hook.get_policy, owner, "none"))
    _refused(404, partial(hook.get_policy_decision, owner, UNKNOWN_ID))
    _refused(404, partial(hook.get_policy_decision_bundle, owner, UNKNOWN_ID))
    _refused(400, partial(hook.replace_policy_bundle, owner, {"nameless.rego": "package org"}))
    _refused(403, partial(hook.get_policy_bundle, "nobody"))
    _refused(403, partial(hook.replace_policy_bundle, "nobody", {}))
    _refused(403, partial(hook.get_policy_decision_settings, "nobody"))
    _refused(403, partial(hook.update_policy_decision_settings, "nobody", enabled=True))
    _refused(403, partial(hook.list_policy_decisions, "nobody"))
    _refused(400, partial(hook.make_policy_decision, "nobody", "version: 2.1"))


def _logged(hook: CircleCIHook, _: Sandbox) -> None:
    owner = _standalone(hook)
    for number in range(25):
        hook.make_policy_decision(owner, f"version: {number}")
    list(hook.list_policy_decisions(owner))


def _definition(hook: CircleCIHook) -> JsonObject:
    return hook.create_pipeline_definition(PROJECT_ID, "Build", config_source=CONFIG, checkout_source=REPOSITORY)


def _definitions(hook: CircleCIHook, _: Sandbox) -> None:
    list(hook.list_pipeline_definitions(PROJECT_ID))
    made = _definition(hook)
    hook.create_pipeline_definition(
        PROJECT_ID,
        "Nightly",
        config_source={"provider": "circleci", "file_path": "nightly.yml"},
        checkout_source={**REPOSITORY, "provider": "github_server"},
        description="Runs at night",
    )
    list(hook.list_pipeline_definitions(PROJECT_ID))
    hook.get_pipeline_definition(PROJECT_ID, made["id"])
    hook.update_pipeline_definition(
        PROJECT_ID,
        made["id"],
        name="Build all",
        description="Everything",
        config_source={"file_path": "all.yml"},
        checkout_source={"provider": "github_app", "repo": {"external_id": "7"}},
    )
    hook.delete_pipeline_definition(PROJECT_ID, made["id"])
    for ask in (
        partial(hook.get_pipeline_definition, PROJECT_ID, made["id"]),
        partial(hook.update_pipeline_definition, PROJECT_ID, made["id"], name="Other"),
        partial(hook.delete_pipeline_definition, PROJECT_ID, made["id"]),
        partial(hook.list_pipeline_definitions, "nowhere"),
        partial(hook.create_pipeline_definition, "nowhere", "Build", config_source=CONFIG, checkout_source=REPOSITORY),
    ):
        _refused(404, ask)


def _triggers(hook: CircleCIHook, _: Sandbox) -> None:
    definition = _definition(hook)["id"]
    refs: dict[str, Any] = {"event_name": "nightly", "checkout_ref": "main", "config_ref": "main"}
    schedule = {"cron_expression": "0 5 * * *", "attribution_actor": "system"}
    timed = hook.create_trigger(
        PROJECT_ID,
        definition,
        {"provider": "schedule", "schedule": schedule},
        **refs,
        disabled=True,
        parameters={"deep": True},
    )
    called = hook.create_trigger(PROJECT_ID, definition, {"provider": "webhook", "webhook": {"sender": "us"}}, **refs)
    pushed = hook.create_trigger(PROJECT_ID, definition, REPOSITORY, event_preset="only-tags")
    hook.create_trigger(PROJECT_ID, definition, {**REPOSITORY, "provider": "github_oauth"}, event_preset="all-pushes")
    list(hook.list_pipeline_definition_triggers(PROJECT_ID, definition))
    for trigger in (timed, called, pushed):
        hook.get_trigger(PROJECT_ID, trigger["id"])
    changed = {"schedule": {"cron_expression": "0 6 * * *", "attribution_actor": "current"}}
    hook.update_trigger(PROJECT_ID, timed["id"], event_source=changed, disabled=False, parameters={"deep": False})
    hook.update_trigger(
        PROJECT_ID,
        called["id"],
        event_source={"webhook": {"sender": "them"}},
        event_name="called",
        checkout_ref="release",
        config_ref="release",
    )
    hook.update_trigger(PROJECT_ID, pushed["id"], event_preset="only-open-prs")
    hook.delete_trigger(PROJECT_ID, pushed["id"])
    _refused(400, partial(hook.update_trigger, PROJECT_ID, called["id"], event_preset="only-tags"))
    for ask in (
        partial(hook.get_trigger, PROJECT_ID, pushed["id"]),
        partial(hook.update_trigger, PROJECT_ID, pushed["id"], disabled=True),
        partial(hook.delete_trigger, PROJECT_ID, pushed["id"]),
        partial(hook.create_trigger, PROJECT_ID, UNKNOWN_ID, REPOSITORY),
        partial(hook.list_pipeline_definition_triggers, PROJECT_ID, UNKNOWN_ID),
    ):
        _refused(404, ask)


def _deploys(hook: CircleCIHook, sandbox: Sandbox) -> None:
    project = hook.get_project(SLUG)
    list(hook.list_components(project["organization_id"]))
    for number in range(22):
        hook.trigger_pipeline(f"gh/acme/service-{number}")
        hook.trigger_pipeline(SLUG, branch="main")
    sandbox.advance(60)
    list(hook.list_components(project["organization_id"]))
    (component,) = hook.list_components(project["organization_id"], project_id=project["id"])
    hook.get_component(component["id"])
    list(hook.list_component_versions(component["id"]))
    (production,) = [
        each for each in hook.list_environments(project["organization_id"]) if each["name"] == "production"
    ]
    hook.get_environment(production["id"])
    live, before, *_ = hook.list_component_versions(component["id"], environment_id=production["id"])
    back = partial(
        hook.rollback_project,
        project["id"],
        component_name=component["name"],
        environment_name="production",
        current_version=live["name"],
        target_version=before["name"],
    )
    back(namespace="default", reason="it smokes", parameters={"fast": True})
    _refused(409, back)
    _refused(404, partial(back, component_name="none"))
    _refused(404, partial(back, target_version="none"))
    _refused(404, partial(hook.get_component, UNKNOWN_ID))
    _refused(404, partial(hook.list_component_versions, UNKNOWN_ID))
    _refused(404, partial(hook.get_environment, UNKNOWN_ID))
    hook.delete_organization("gh/acme")
    _refused(404, partial(hook.list_components, project["organization_id"]))
    _refused(404, partial(hook.list_environments, project["organization_id"]))


TAPES: dict[str, Tape] = {
    "organizations": _organizations,
    "allow-lists": _allow_lists,
    "groups": _groups,
    "exporters": _exporters,
    "claims": _claims,
    "policies": _policies,
    "decisions": _logged,
    "pipeline definitions": _definitions,
    "definition triggers": _triggers,
    "deploys": _deploys,
}
