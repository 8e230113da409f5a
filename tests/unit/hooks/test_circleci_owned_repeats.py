"""Of the calls that change what organizations and projects own, those are sent again whose repetition does no harm."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import UNKNOWN_ID as ID

SLUG = "gh/acme"
APP = {"provider": "github_app", "repo": {"external_id": "7"}}
CONFIG = {"provider": "circleci", "file_path": "a.yml"}
BACK = {"component_name": "a", "environment_name": "b", "current_version": "2", "target_version": "1"}


class Change(NamedTuple):
    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]


ONCE = (
    Change("create_organization", ("A", "circleci"), {}),
    Change("create_url_orb_allow_list_entry", (SLUG, "a", "https://a/"), {}),
    Change("create_group", (ID, "Keepers"), {}),
    Change("create_otel_exporter", (ID, "otel:1", "grpc"), {}),
    Change("make_policy_decision", (ID, "version: 2.1"), {}),
    Change("rollback_project", (ID,), BACK),
    Change("create_pipeline_definition", (ID, "a"), {"config_source": CONFIG, "checkout_source": APP}),
    Change("create_trigger", (ID, ID, APP), {}),
)
AGAIN = (
    Change("delete_organization", (SLUG,), {}),
    Change("update_organization_claims", (ID,), {"ttl": "1h"}),
    Change("update_project_claims", (ID, ID), {"ttl": "1h"}),
    Change("delete_organization_claims", (ID, ["ttl"]), {}),
    Change("update_policy_decision_settings", (ID,), {"enabled": True}),
    Change("replace_policy_bundle", (ID, {}), {}),
    Change("update_pipeline_definition", (ID, ID), {"name": "b"}),
    Change("update_trigger", (ID, ID), {"disabled": True}),
)


def sent(sandbox: Sandbox, hook: CircleCIHook, change: Change) -> int:
    """Lose the reply to a call, and count how often it is sent."""
    sandbox.add_fault("status_after", status=503, times=1)
    # The reply is lost for good, or there is no such thing.
    with suppress(CircleError):
        getattr(hook, change.name)(*change.arguments, **change.options)
    return len(sandbox.requests())


@pytest.mark.parametrize("change", ONCE, ids=[each.name for each in ONCE])
def test_a_lost_reply_is_not_asked_for_again_where_it_would_happen_twice(
    sandbox: Sandbox, hook: CircleCIHook, change: Change
) -> None:
    assert sent(sandbox, hook, change) == 1


@pytest.mark.parametrize("change", AGAIN, ids=[each.name for each in AGAIN])
def test_a_lost_reply_is_asked_for_again_where_that_changes_nothing(
    sandbox: Sandbox, hook: CircleCIHook, change: Change
) -> None:
    assert sent(sandbox, hook, change) == 2
