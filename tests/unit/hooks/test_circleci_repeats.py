"""What is sent again when a reply is lost: only what does no harm twice."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.timetable import Timetable
from tests.unit.hooks.asking_circleci import Plain, filled, plain
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call

WEEKLY = Timetable(per_hour=1, hours_of_day=[3], days_of_week=["MON"])
SCHEDULE: dict[str, Any] = {
    "timetable": WEEKLY,
    "attribution_actor": "current",
    "parameters": {"branch": "main"},
    "project_slug": SLUG,
}


@pytest.fixture
def ids(hook: CircleCIHook, sandbox: Sandbox) -> dict[str, str]:
    """A context, a schedule and a running job."""
    pipeline = hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": "never_ends"})
    sandbox.advance(10)
    workflow = next(iter(hook.list_pipeline_workflows(pipeline["id"])))
    return {
        "context": hook.create_context("deploy", owner_slug="gh/acme")["id"],
        "schedule": hook.create_schedule("weekly", **SCHEDULE)["id"],
        "job": next(iter(hook.list_workflow_jobs(workflow["id"])))["id"],
    }


HARMLESS = (
    plain("create_env_var", "TOKEN", "a secret value", SLUG),
    plain("set_context_env_var", "$context", "TOKEN", "a secret value"),
    plain("update_schedule", "$schedule", name="nightly"),
    plain("update_project_settings", SLUG, disable_ssh=True),
    plain("cancel_job_by_id", "$job"),
)
ONCE = (
    plain("create_context", "release", owner_slug="gh/acme"),
    plain("create_context_restriction", "$context", "project", UNKNOWN_ID),
    plain("create_project", "lighthouse", UNKNOWN_ID),
    plain("create_checkout_key", "deploy-key", SLUG),
    plain("create_schedule", "nightly", **SCHEDULE),
)


@pytest.mark.parametrize("asked", HARMLESS, ids=[each.name for each in HARMLESS])
@both
def test_what_does_no_harm_is_sent_again(
    ids: dict[str, str], sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, asked: Plain
) -> None:
    sandbox.clear_requests()
    sandbox.add_fault("reset_after", times=1)

    call(hook, asked.name, flavour, *filled(asked.args, ids), **asked.options)

    assert len(sandbox.requests()) == 2


@pytest.mark.parametrize("asked", ONCE, ids=[each.name for each in ONCE])
@both
def test_what_would_happen_twice_is_sent_once(
    ids: dict[str, str], sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, asked: Plain
) -> None:
    sandbox.clear_requests()
    sandbox.add_fault("reset_after", times=1)

    with pytest.raises(CircleError):
        call(hook, asked.name, flavour, *filled(asked.args, ids), **asked.options)

    assert len(sandbox.requests()) == 1


def test_a_variable_sent_twice_is_there_once(sandbox: Sandbox, hook: CircleCIHook) -> None:
    sandbox.add_fault("reset_after", times=1)

    hook.create_env_var("TOKEN", "a secret value", SLUG)

    assert [each["name"] for each in hook.list_env_vars(SLUG)] == ["TOKEN"]
