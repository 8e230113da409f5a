"""What is recorded: the provider's hook, driven through every operation, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.sandbox.circleci.scenarios import SCENARIOS
from airflow_provider_circle.sandbox.client import Sandbox

from . import tapes_insights, tapes_organizations, tapes_settings, tapes_webhooks

__all__ = ["TAPES"]

Tape: TypeAlias = Callable[[CircleCIHook, Sandbox], None]

SLUG = "gh/acme/web"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
_MOMENTS_S = (1.0, 4.0, 10.0, 20.0)
"""Virtual seconds between looks at a pipeline that takes 20: just begun, early, late, and long over."""
_MOST_WORKFLOWS = 2
_MOST_JOBS = 2


def _start(hook: CircleCIHook, scenario: str) -> str:
    return str(hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": scenario})["id"])


def _look(hook: CircleCIHook, pipeline_id: str) -> None:
    """Read a pipeline and everything below it; what is refused is recorded like the rest."""
    hook.get_pipeline(pipeline_id)
    workflows: list[JsonObject] = []
    with suppress(CircleError):
        for workflow in hook.list_pipeline_workflows(pipeline_id):
            workflows.append(workflow)  # noqa: PERF402  what came before a refusal counts
    for workflow in workflows[:_MOST_WORKFLOWS]:
        if workflow["id"]:
            hook.get_workflow(workflow["id"])
            for job in list(hook.list_workflow_jobs(workflow["id"]))[:_MOST_JOBS]:
                if "job_number" in job:
                    with suppress(CircleError):
                        hook.get_job(job["job_number"], SLUG)
                        list(hook.list_job_tests(job["job_number"], SLUG))
                        list(hook.list_job_artifacts(job["job_number"], SLUG))


def _scenario(name: str, hook: CircleCIHook, sandbox: Sandbox) -> None:
    with suppress(CircleError):
        pipeline_id = _start(hook, name)
        for seconds in _MOMENTS_S:
            sandbox.advance(seconds)
            _look(hook, pipeline_id)
        list(hook.list_pipelines(SLUG, branch="main"))


def _reading(hook: CircleCIHook, _: Sandbox) -> None:
    hook.get_me()
    hook.get_project(SLUG)
    hook.get_project("bitbucket/acme/web")
    pipeline_id = _start(hook, "success")
    hook.get_pipeline_by_number(1, SLUG)
    hook.get_pipeline_config(pipeline_id)
    hook.get_pipeline_values(pipeline_id)
    list(hook.list_my_pipelines(SLUG))


def _listing(hook: CircleCIHook, _: Sandbox) -> None:
    for number in range(25):
        hook.trigger_pipeline(SLUG, branch=f"feature/{number}")
    list(hook.list_pipelines(SLUG))
    list(hook.list_my_pipelines(SLUG))
    list(hook.list_organization_pipelines("gh/acme"))
    list(hook.list_organization_pipelines("gh/acme", mine=True))


def _triggering(hook: CircleCIHook, _: Sandbox) -> None:
    hook.trigger_pipeline(SLUG)
    hook.trigger_pipeline(SLUG, branch="pull/7/head")
    tagged = hook.trigger_pipeline(SLUG, tag="v1.0", parameters={"text": "a", "number": 7, "flag": True})
    hook.get_pipeline(tagged["id"])
    hook.get_pipeline_values(tagged["id"])
    opaque = f"circleci/{UNKNOWN_ID}/{UNKNOWN_ID}"
    hook.get_pipeline(hook.trigger_pipeline(opaque)["id"])
    hook.get_project(opaque)


def _running(hook: CircleCIHook, _: Sandbox) -> None:
    hook.trigger_pipeline("github/acme/web", definition_id=UNKNOWN_ID)
    hook.trigger_pipeline(SLUG, definition_id=UNKNOWN_ID, branch="main", parameters={"number": 7})
    hook.trigger_pipeline(SLUG, definition_id=UNKNOWN_ID, tag="v1.0")
    with suppress(CircleError):
        hook.trigger_pipeline(SLUG, definition_id=UNKNOWN_ID, parameters={"sandbox_scenario": "not_triggered"})


def _workflow(hook: CircleCIHook, sandbox: Sandbox, scenario: str, after_s: float) -> JsonObject:
    pipeline_id = _start(hook, scenario)
    sandbox.advance(after_s)
    return next(iter(hook.list_pipeline_workflows(pipeline_id)))


def _canceling(hook: CircleCIHook, sandbox: Sandbox) -> None:
    workflow = _workflow(hook, sandbox, "never_ends", 10)
    hook.cancel_workflow(workflow["id"])
    sandbox.advance(5)
    _look(hook, workflow["pipeline_id"])
    hook.cancel_pipeline(_workflow(hook, sandbox, "never_ends", 10)["pipeline_id"])
    workflow = _workflow(hook, sandbox, "never_ends", 10)
    job = next(iter(hook.list_workflow_jobs(workflow["id"])))
    hook.cancel_job(job["job_number"], SLUG)
    sandbox.advance(5)
    _look(hook, workflow["pipeline_id"])


def _rerunning(hook: CircleCIHook, sandbox: Sandbox) -> None:
    workflow = _workflow(hook, sandbox, "failed", 30)
    hook.rerun_workflow(workflow["id"])
    hook.rerun_workflow(workflow["id"], from_failed=True)
    job = next(iter(hook.list_workflow_jobs(workflow["id"])))
    hook.rerun_workflow(workflow["id"], jobs=[job["id"]], sparse_tree=True, enable_ssh=True)
    sandbox.advance(5)
    _look(hook, workflow["pipeline_id"])
    workflow = _workflow(hook, sandbox, "failed", 30)
    hook.rerun_failed(workflow["pipeline_id"], [workflow])
    hook.failure_report([workflow])


def _rerunning_without_id(hook: CircleCIHook, sandbox: Sandbox) -> None:
    hook.rerun_workflow(_workflow(hook, sandbox, "rerun_without_id", 30)["id"])


def _approving(hook: CircleCIHook, sandbox: Sandbox) -> None:
    workflow = _workflow(hook, sandbox, "on_hold", 15)
    held = next(job for job in hook.list_workflow_jobs(workflow["id"]) if job["status"] == "on_hold")
    hook.approve_job(workflow["id"], held["approval_request_id"])
    for seconds in (1.0, 15.0):
        sandbox.advance(seconds)
        _look(hook, workflow["pipeline_id"])


def _continuing(hook: CircleCIHook, sandbox: Sandbox) -> None:
    pipeline_id = _start(hook, "setup_only")
    sandbox.advance(15)
    hook.continue_pipeline(sandbox.pipelines()[0]["continuation_key"], "version: 2.1", {"number": 7, "text": "a"})
    for seconds in (5.0, 30.0):
        sandbox.advance(seconds)
        _look(hook, pipeline_id)


def _refusals(hook: CircleCIHook, sandbox: Sandbox) -> None:
    workflow = _workflow(hook, sandbox, "never_ends", 10)
    for ask in (
        partial(hook.get_project, "gh/acme/missing"),
        partial(hook.trigger_pipeline, "gh/acme/missing"),
        partial(hook.trigger_pipeline, "gh/acme/missing", definition_id=UNKNOWN_ID),
        partial(hook.trigger_pipeline, SLUG, parameters={"undeclared": 1}),
        partial(hook.trigger_pipeline, SLUG, definition_id=UNKNOWN_ID, parameters={"undeclared": 1}),
        partial(hook.continue_pipeline, "spent", "version: 2.1"),
        partial(hook.get_pipeline, UNKNOWN_ID),
        partial(hook.get_pipeline_config, UNKNOWN_ID),
        partial(hook.get_pipeline_values, UNKNOWN_ID),
        partial(hook.get_pipeline_by_number, 999, SLUG),
        partial(hook.get_workflow, UNKNOWN_ID),
        partial(hook.cancel_workflow, UNKNOWN_ID),
        partial(hook.rerun_workflow, UNKNOWN_ID),
        partial(hook.rerun_workflow, workflow["id"]),
        partial(hook.approve_job, workflow["id"], UNKNOWN_ID),
        partial(hook.get_job, 999, SLUG),
        partial(hook.cancel_job, 999, SLUG),
    ):
        with suppress(CircleError):
            ask()
    for read in (
        partial(hook.list_pipelines, "gh/acme/missing"),
        partial(hook.list_my_pipelines, "gh/acme/missing"),
        partial(hook.list_organization_pipelines, "gh/nobody"),
        partial(hook.list_pipeline_workflows, UNKNOWN_ID),
        partial(hook.list_workflow_jobs, UNKNOWN_ID),
        partial(hook.list_job_tests, 999, SLUG),
        partial(hook.list_job_artifacts, 999, SLUG),
    ):
        with suppress(CircleError):
            list(read())


def _unauthorized(hook: CircleCIHook, sandbox: Sandbox) -> None:
    hook.get_me()
    stranger = hook.twin()
    stranger._settings = _with_another_token(hook)
    with stranger, suppress(CircleError):
        stranger.get_me()
    stranger = hook.twin()
    stranger._settings = _with_another_token(hook)
    with stranger, suppress(CircleError):
        stranger.get_workflow(UNKNOWN_ID)


def _with_another_token(hook: CircleCIHook) -> ConnectionSettings:
    return replace(hook.settings, token="another-token")


def _too_many_requests(hook: CircleCIHook, sandbox: Sandbox) -> None:
    sandbox.set_limit(0)
    for ask in (hook.get_me, partial(hook.get_workflow, UNKNOWN_ID), partial(hook.get_pipeline, UNKNOWN_ID)):
        with suppress(CircleError):
            ask()


TAPES: dict[str, Tape] = {
    **{f"scenario {name}": partial(_scenario, name) for name in SCENARIOS},
    "reading": _reading,
    "listing": _listing,
    "triggering": _triggering,
    "running": _running,
    "canceling": _canceling,
    "rerunning": _rerunning,
    "rerunning without id": _rerunning_without_id,
    "approving": _approving,
    "continuing": _continuing,
    "refusals": _refusals,
    "unauthorized": _unauthorized,
    "too many requests": _too_many_requests,
    **tapes_insights.TAPES,
    **tapes_organizations.TAPES,
    **tapes_settings.TAPES,
    **tapes_webhooks.TAPES,
}
