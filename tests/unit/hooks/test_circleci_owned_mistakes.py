"""A mistake in a call about what organizations and projects own is named before anything is sent."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import UNKNOWN_ID as ID
from tests.unit.hooks.calling_circleci import Flavour, both, call

SLUG = "gh/acme"
APP = {"provider": "github_app", "repo": {"external_id": "7"}}
CONFIG = {**APP, "file_path": "a.yml"}
BACK = {
    "component_name": "web",
    "environment_name": "production",
    "current_version": "1.0.2",
    "target_version": "1.0.1",
}


class Mistake(NamedTuple):
    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    message: str


def mistake(call_: str, /, *args: Any, message: str, **options: Any) -> Mistake:
    return Mistake(call_, args, options, message)


MISTAKES: tuple[Mistake, ...] = (
    # Deploys
    mistake("list_components", SLUG, message="org_id must be a UUID"),
    mistake("list_components", ID, project_id="web", message="project_id must be a UUID"),
    mistake("get_component", "", message="component_id must be an id"),
    mistake("list_component_versions", SLUG, message="component_id must be an id"),
    mistake("list_component_versions", ID, environment_id="staging", message="environment_id must be a UUID"),
    mistake("list_environments", SLUG, message="org_id must be a UUID"),
    mistake("get_environment", "staging", message="environment_id must be a UUID"),
    mistake("rollback_project", "gh/acme/web", **BACK, message="project_id must be an id"),
    *(mistake("rollback_project", ID, **{**BACK, name: ""}, message=f"{name} must be a text") for name in BACK),
    mistake("rollback_project", ID, **{**BACK, "target_version": "1.0.2"}, message="target_version must be another"),
    mistake("rollback_project", ID, **BACK, namespace="", message="namespace must be a text"),
    mistake("rollback_project", ID, **BACK, reason=7, message="reason must be a text"),
    mistake("rollback_project", ID, **BACK, parameters=["fast"], message="parameters must be a mapping"),
    # OIDC
    mistake("get_organization_claims", SLUG, message="org_id must be a UUID"),
    mistake("update_organization_claims", ID, message="audience and ttl are both missing"),
    mistake("update_organization_claims", ID, audience="me", message="audience must be a list"),
    mistake("update_organization_claims", ID, audience=[""], message="each of audience must be a text"),
    mistake("update_organization_claims", ID, ttl="an hour", message="ttl must be a duration"),
    mistake("update_organization_claims", ID, ttl="1s" * 8, message="ttl must be a duration"),
    mistake("update_organization_claims", SLUG, ttl="1h", message="org_id must be a UUID"),
    mistake("delete_organization_claims", ID, [], message="claims must be a list"),
    mistake("delete_organization_claims", ID, "ttl", message="claims must be a list"),
    mistake("delete_organization_claims", ID, ["sub"], message="each of claims must be one of audience, ttl"),
    mistake("get_project_claims", ID, "web", message="project_id must be a UUID"),
    mistake("update_project_claims", ID, ID, ttl="", message="ttl must be a duration"),
    mistake("update_project_claims", ID, ID, message="audience and ttl are both missing"),
    mistake("delete_project_claims", ID, ID, ["sub"], message="each of claims must be one of"),
    # OTel
    mistake("list_otel_exporters", SLUG, message="org_id must be a UUID"),
    mistake("create_otel_exporter", SLUG, "otel:4317", "grpc", message="org_id must be a UUID"),
    mistake("create_otel_exporter", ID, "", "grpc", message="endpoint must be a text"),
    mistake("create_otel_exporter", ID, "https://otel:4317", "http", message="endpoint must be a host and a port"),
    mistake("create_otel_exporter", ID, "otel:4317", "udp", message="protocol must be one of grpc, http"),
    mistake("create_otel_exporter", ID, "otel:4317", "http", headers=["a"], message="headers must be a mapping"),
    mistake(
        "create_otel_exporter", ID, "otel:4317", "http", headers={"a": 7}, message=r"headers\['a'\] must be a text"
    ),
    mistake("delete_otel_exporter", "7", message="otel_exporter_id must be a UUID"),
    # Organizations
    mistake("create_organization", "", "circleci", message="name must be a text"),
    mistake("create_organization", "acme", "gitlab", message="vcs_type must be one of github, bitbucket, circleci"),
    mistake("get_organization", "acme", message="organization must be a UUID, or a slug"),
    mistake("delete_organization", "gh/acme/web", message="organization must be a UUID, or a slug"),
    mistake("list_url_orb_allow_list_entries", "", message="organization must be a UUID, or a slug"),
    mistake("create_url_orb_allow_list_entry", SLUG, "", "https://a/", message="name must be a text"),
    mistake("create_url_orb_allow_list_entry", SLUG, "ours", "", message="prefix must be a text"),
    mistake("create_url_orb_allow_list_entry", SLUG, "ours", "https://a/", "gitlab", message="auth must be one of"),
    mistake("remove_url_orb_allow_list_entry", SLUG, "", message="entry_id must be an id"),
    # Groups
    mistake("list_groups", SLUG, message="org_id must be an id"),
    mistake("create_group", SLUG, "Keepers", message="org_id must be an id"),
    mistake("create_group", ID, " ", message="name must be a text"),
    mistake("get_group", ID, "Keepers", message="group_id must be a UUID"),
    mistake("delete_group", ID, "Keepers", message="group_id must be a UUID"),
    # Policies
    mistake("list_policy_decisions", SLUG, message="owner_id must be an id"),
    mistake("list_policy_decisions", ID, context="", message="context must be a text"),
    mistake("list_policy_decisions", ID, status="", message="status must be a text"),
    mistake("list_policy_decisions", ID, after="2026-01-01T10:00:00", message="after must be a time with its zone"),
    mistake("list_policy_decisions", ID, before="soon", message="before must be a time with its zone"),
    mistake("list_policy_decisions", ID, build_number=0, message="build_number must be a whole number above 0"),
    mistake("make_policy_decision", ID, "", message="configuration must be a text"),
    mistake("make_policy_decision", ID, "version: 2.1", ["a"], message="metadata must be a mapping"),
    mistake("get_policy_decision", ID, "settings", message="decision_id must be a UUID"),
    mistake("get_policy_decision_bundle", ID, "", message="decision_id must be a UUID"),
    mistake("get_policy_decision_settings", SLUG, message="owner_id must be an id"),
    mistake("update_policy_decision_settings", ID, enabled="yes", message="enabled must be true or false"),
    mistake("get_policy_bundle", "", message="owner_id must be an id"),
    mistake("replace_policy_bundle", ID, "package org", message="bundle must be a mapping"),
    mistake("replace_policy_bundle", ID, {"a.rego": ""}, message=r"bundle\['a.rego'\] must be a text"),
    mistake("get_policy", ID, "", message="policy_name must be a text"),
    # Pipeline definitions
    mistake("list_pipeline_definitions", "gh/acme/web", message="project_id must be an id"),
    mistake(
        "create_pipeline_definition", ID, "", config_source=CONFIG, checkout_source=APP, message="name must be a text"
    ),
    mistake("create_pipeline_definition", ID, "a", config_source=APP, checkout_source=APP, message="file_path"),
    mistake("create_pipeline_definition", ID, "a", config_source=CONFIG, checkout_source={}, message="checkout_source"),
    mistake("get_pipeline_definition", ID, "", message="pipeline_definition_id must be an id"),
    mistake("update_pipeline_definition", ID, ID, message="are all missing: name one to change"),
    mistake("update_pipeline_definition", "gh/acme/web", ID, description="", message="project_id must be an id"),
    mistake("update_pipeline_definition", ID, ID, config_source=APP, message="config_source must name file_path"),
    mistake("update_pipeline_definition", ID, ID, checkout_source={}, message="checkout_source must name provider"),
    mistake("delete_pipeline_definition", "", ID, message="project_id must be an id"),
    # Triggers
    mistake("list_pipeline_definition_triggers", ID, "", message="pipeline_definition_id must be an id"),
    mistake("create_trigger", ID, ID, {"provider": "schedule"}, message="schedule"),
    mistake("create_trigger", ID, "", APP, message="pipeline_definition_id must be an id"),
    mistake("create_trigger", ID, ID, APP, event_preset="never", message="event_preset must be one of"),
    mistake("get_trigger", ID, "", message="trigger_id must be an id"),
    mistake("update_trigger", ID, ID, message="nothing is to change"),
    mistake("update_trigger", ID, ID, event_preset="never", message="event_preset must be one of"),
    mistake("delete_trigger", "gh/acme/web", ID, message="project_id must be an id"),
)


@pytest.mark.parametrize("wrong", MISTAKES, ids=[f"{each.name}-{each.message[:24]}" for each in MISTAKES])
@both
def test_a_mistake_is_named_before_anything_is_sent(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, wrong: Mistake
) -> None:
    with pytest.raises(ValueError, match=wrong.message):
        call(hook, wrong.name, flavour, *wrong.args, **wrong.options)

    assert sandbox.requests() == []
