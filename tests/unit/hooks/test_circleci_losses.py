"""The CircleCI hook when replies get lost or are refusals: one pipeline is started, and errors mean what they say."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    NothingRan,
    RateLimited,
    ServiceDown,
    TriggerAmbiguous,
    Unauthorized,
    UnexpectedReply,
)
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call, staged

# Triggering when replies get lost: what the sandbox really did counts.


@both
@pytest.mark.parametrize("kind", ["reset_after", "cut", "malformed", "empty", "status_after"])
def test_a_lost_trigger_starts_one_pipeline_and_adopts_it(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, kind: str
) -> None:
    sandbox.add_fault(kind, method="POST", path="/pipeline$", times=1)

    pipeline = call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert [pipeline["id"]] == [started["id"] for started in sandbox.pipelines()]


@both
@pytest.mark.parametrize("kind", ["reset", "html", "status"])
def test_a_trigger_that_got_lost_on_its_way_starts_one_pipeline(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, kind: str
) -> None:
    sandbox.add_fault(kind, method="POST", path="/pipeline$", times=1)

    pipeline = call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert [pipeline["id"]] == [started["id"] for started in sandbox.pipelines()]


@both
def test_two_pipelines_that_could_be_ours_are_ambiguous(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    sandbox.add_fault("reset_after", method="POST", path="/pipeline$", times=1)
    hook.trigger_pipeline(SLUG, branch="other")
    first = hook.trigger_pipeline(SLUG, branch="main")
    sandbox.add_fault("reset_after", method="POST", path="/pipeline$", times=1)

    with pytest.raises(TriggerAmbiguous) as ambiguous:
        call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert first["id"] in ambiguous.value.pipeline_ids


@both
def test_a_lost_trigger_is_told_from_older_ones_after_virtual_time_was_moved(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    sandbox.advance(3600)
    hook.trigger_pipeline(SLUG, branch="main")
    sandbox.advance(600)
    sandbox.add_fault("reset_after", method="POST", path="/pipeline$", times=1)

    pipeline = call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert pipeline["id"] == sandbox.pipelines()[-1]["id"]


@both
def test_a_429_is_waited_for(sandbox: Sandbox, hook: CircleCIHook, naps: list[float], flavour: Flavour) -> None:
    sandbox.add_fault("status", status=429, retry_after="7", times=1)

    call(hook, "get_me", flavour)

    assert sum(naps) >= 7


@both
def test_nothing_triggered_is_nothing_ran(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    with pytest.raises(NothingRan, match="asks to skip CI"):
        call(hook, "trigger_pipeline", flavour, SLUG, parameters={"sandbox_scenario": "not_triggered"})


# Refusals.


class Refusal(NamedTuple):
    name: str
    args: tuple[Any, ...]
    error: type[CircleError]
    fault: dict[str, Any] = {}  # noqa: RUF012


REFUSALS: dict[str, Refusal] = {
    "unknown_pipeline": Refusal("get_pipeline", (UNKNOWN_ID,), NotFound),
    "unknown_workflow": Refusal("get_workflow", (UNKNOWN_ID,), NotFound),
    "unknown_project": Refusal("get_project", ("gh/acme/missing",), NotFound),
    "unknown_job": Refusal("get_job", (999, SLUG), NotFound),
    "unknown_organization": Refusal("list_organization_pipelines", ("gh/nobody",), NotFound),
    "jobs_of_an_unknown_workflow": Refusal("list_workflow_jobs", (UNKNOWN_ID,), NotFound),
    "unknown_continuation_key": Refusal("continue_pipeline", ("spent", "version: 2.1"), Invalid),
    "unauthorized": Refusal("get_me", (), Unauthorized, {"kind": "status", "status": 401}),
    "forbidden": Refusal("get_me", (), Forbidden, {"kind": "status", "status": 403}),
    "unprocessable": Refusal("get_me", (), Invalid, {"kind": "status", "status": 422}),
    "still_too_many_requests": Refusal("get_me", (), RateLimited, {"kind": "status", "status": 429}),
    "still_failing": Refusal("get_me", (), ServiceDown, {"kind": "status", "status": 500}),
    "still_a_proxys_page": Refusal("get_me", (), ServiceDown, {"kind": "html"}),
    "still_malformed": Refusal("get_me", (), UnexpectedReply, {"kind": "malformed"}),
    "still_empty": Refusal("list_pipelines", (SLUG,), UnexpectedReply, {"kind": "empty"}),
    "redirected": Refusal("get_me", (), UnexpectedReply, {"kind": "status", "status": 302}),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@both
def test_a_refusal_is_the_error_it_means(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, refusal: Refusal
) -> None:
    if refusal.fault:
        sandbox.add_fault(**refusal.fault)

    with pytest.raises(refusal.error):
        call(hook, refusal.name, flavour, *refusal.args)


@both
def test_trap_09_a_rerun_of_what_still_runs_is_refused(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    stage = staged(sandbox, hook, "never_ends", 30)

    with pytest.raises(Invalid, match="not finished"):
        call(hook, "rerun_workflow", flavour, stage.workflow_id)


@both
def test_trap_11_an_approval_job_has_no_details(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    stage = staged(sandbox, hook, "on_hold", 30)

    with pytest.raises(NotFound):
        call(hook, "get_job", flavour, stage.job("hold")["job_number"], SLUG)
