"""What is recorded about contexts, projects, their keys and variables, schedules, users, and jobs by their ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.timetable import Timetable

__all__ = ["TAPES"]

Tape: TypeAlias = Callable[[CircleCIHook, Sandbox], None]

SLUG = "gh/acme/web"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
ALONE = f"circleci/{UNKNOWN_ID}"
MISSING = "gh/acme/missing"
_MORE_THAN_A_PAGE = 25
_WEEKLY = Timetable(per_hour=1, hours_of_day=[3], days_of_week=["MON"])


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


def _contexts(hook: CircleCIHook, sandbox: Sandbox) -> None:
    made = hook.create_context("deploy", owner_slug="gh/acme")
    hook.create_context("deploy", owner_slug="bb/acme", owner_type="organization")
    hook.create_context("deploy", owner_id=UNKNOWN_ID)
    hook.create_context("other", owner_id=UNKNOWN_ID, owner_type="account")
    for number in range(_MORE_THAN_A_PAGE):
        hook.create_context(f"deploy {number}", owner_slug=ALONE)
    hook.get_context(made["id"])
    list(hook.list_contexts(owner_slug=ALONE))
    list(hook.list_contexts(owner_id=UNKNOWN_ID, owner_type="organization"))
    for number in range(_MORE_THAN_A_PAGE):
        hook.set_context_env_var(made["id"], f"TOKEN_{number}", "a secret value")
    sandbox.advance(1)
    hook.set_context_env_var(made["id"], "TOKEN_0", "")
    list(hook.list_context_env_vars(made["id"]))
    hook.delete_context_env_var(made["id"], "TOKEN_0")
    _refused(404, partial(hook.delete_context_env_var, made["id"], "TOKEN_0"))
    hook.delete_context(made["id"])
    _refused(404, partial(hook.list_contexts, owner_slug="gh/nobody"))
    _refused(404, partial(hook.create_context, "deploy", owner_slug="gh/nobody"))
    for ask in (
        hook.get_context,
        hook.delete_context,
        hook.list_context_env_vars,
        hook.list_context_restrictions,
        partial(hook.set_context_env_var, name="TOKEN", value="a secret value"),
        partial(hook.delete_context_env_var, name="TOKEN"),
        partial(hook.create_context_restriction, restriction_type="project", restriction_value=UNKNOWN_ID),
        partial(hook.delete_context_restriction, restriction_id=UNKNOWN_ID),
    ):
        _refused(404, partial(ask, made["id"]))


def _contexts_named_alike(hook: CircleCIHook, _: Sandbox) -> None:
    hook.create_context("deploy", owner_slug="gh/acme")
    _refused(409, partial(hook.create_context, "deploy", owner_slug="gh/acme"))


def _restrictions(hook: CircleCIHook, _: Sandbox) -> None:
    context_id = hook.create_context("deploy", owner_slug="gh/acme")["id"]
    made = hook.create_context_restriction(context_id, "project", UNKNOWN_ID)
    hook.create_context_restriction(context_id, "group", UNKNOWN_ID)
    for number in range(_MORE_THAN_A_PAGE):
        hook.create_context_restriction(context_id, "expression", f"pipeline.number > {number}")
    _refused(409, partial(hook.create_context_restriction, context_id, "project", UNKNOWN_ID))
    list(hook.list_context_restrictions(context_id))
    hook.delete_context_restriction(context_id, made["id"])
    _refused(404, partial(hook.delete_context_restriction, context_id, made["id"]))
    _refused(400, partial(hook.delete_context_restriction, context_id, "seven"))


def _projects(hook: CircleCIHook, _: Sandbox) -> None:
    for organization in ("gh/acme", "bitbucket/acme", UNKNOWN_ID, ALONE):
        made = hook.create_project("lighthouse", organization)
        hook.get_project(made["slug"])
        hook.delete_project(made["slug"])
        _refused(404, partial(hook.get_project, made["slug"]))
        _refused(404, partial(hook.delete_project, made["slug"]))
    _refused(404, partial(hook.create_project, "lighthouse", "gh/nobody"))


def _project_settings(hook: CircleCIHook, _: Sandbox) -> None:
    hook.get_project_settings(SLUG)
    hook.update_project_settings(
        "bitbucket/acme/web",
        autocancel_builds=True,
        build_fork_prs=True,
        build_prs_only=True,
        disable_ssh=True,
        forks_receive_secret_env_vars=False,
        oss=True,
        pr_only_branch_overrides=["main", "release/1"],
        set_github_status=False,
        setup_workflows=False,
        write_settings_requires_admin=True,
    )
    hook.get_project_settings(f"{ALONE}/{UNKNOWN_ID}")
    _refused(404, partial(hook.get_project_settings, MISSING))
    _refused(404, partial(hook.update_project_settings, MISSING, disable_ssh=True))


def _env_vars(hook: CircleCIHook, _: Sandbox) -> None:
    for number in range(_MORE_THAN_A_PAGE):
        hook.create_env_var(f"TOKEN_{number}", "a secret value", SLUG)
    hook.create_env_var("TOKEN_0", "new", SLUG)
    list(hook.list_env_vars(SLUG))
    hook.get_env_var("TOKEN_0", SLUG)
    hook.delete_env_var("TOKEN_0", SLUG)
    _refused(404, partial(hook.get_env_var, "TOKEN_0", SLUG))
    _refused(404, partial(hook.delete_env_var, "TOKEN_0", SLUG))
    _refused(404, partial(hook.list_env_vars, MISSING))
    _refused(404, partial(hook.create_env_var, "TOKEN", "a secret value", MISSING))


def _checkout_keys(hook: CircleCIHook, _: Sandbox) -> None:
    for _number in range(_MORE_THAN_A_PAGE):
        hook.create_checkout_key("deploy-key", SLUG)
    made = hook.create_checkout_key("user-key", SLUG)
    list(hook.list_checkout_keys(SLUG))
    by_sha256 = list(hook.list_checkout_keys(SLUG, digest="sha256"))
    # Of 26 fingerprints some have a slash.
    slashed = next(key["fingerprint"] for key in by_sha256 if "/" in key["fingerprint"])
    hook.get_checkout_key(slashed, SLUG)
    hook.delete_checkout_key(slashed, SLUG)
    hook.get_checkout_key(list(hook.list_checkout_keys(SLUG, digest="md5"))[-1]["fingerprint"], SLUG)
    _refused(404, partial(hook.get_checkout_key, slashed, SLUG))
    _refused(404, partial(hook.delete_checkout_key, slashed, SLUG))
    _refused(404, partial(hook.get_checkout_key, made["fingerprint"], MISSING))
    _refused(400, partial(hook.create_checkout_key, "deploy-key", f"{ALONE}/{UNKNOWN_ID}"))


def _schedules(hook: CircleCIHook, sandbox: Sandbox) -> None:
    for number in range(_MORE_THAN_A_PAGE):
        hook.create_schedule(
            f"nightly {number}",
            _WEEKLY,
            attribution_actor="system",
            parameters={"branch": "main"},
            project_slug=SLUG,
        )
    made = hook.create_schedule(
        "monthly",
        Timetable(per_hour=60, hours_of_day=[0, 23], days_of_month=[1, 31], months=["JAN", "DEC"]),
        attribution_actor="current",
        parameters={"tag": "v1.0", "deploy": True, "number": 7},
        description="Once a month",
        project_slug=SLUG,
    )
    list(hook.list_schedules(SLUG))
    hook.get_schedule(made["id"])
    sandbox.advance(1)
    hook.update_schedule(made["id"], timetable=_WEEKLY)
    hook.update_schedule(
        made["id"], name="weekly", attribution_actor="system", parameters={"branch": "main"}, description=""
    )
    hook.delete_schedule(made["id"])
    _refused(404, partial(hook.get_schedule, made["id"]))
    _refused(404, partial(hook.update_schedule, made["id"], name="gone"))
    _refused(404, partial(hook.delete_schedule, made["id"]))
    _refused(404, partial(hook.list_schedules, MISSING))


def _users(hook: CircleCIHook, _: Sandbox) -> None:
    hook.get_user(hook.get_me()["id"])
    list(hook.list_collaborations())
    _refused(404, partial(hook.get_user, UNKNOWN_ID))


def _jobs_by_id(hook: CircleCIHook, sandbox: Sandbox) -> None:
    pipeline = hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": "never_ends"})
    sandbox.advance(10)
    workflow = next(iter(hook.list_pipeline_workflows(pipeline["id"])))
    jobs = list(hook.list_workflow_jobs(workflow["id"]))
    for job in jobs:
        hook.get_job_by_id(job["id"])
    hook.cancel_job_by_id(jobs[0]["id"])
    sandbox.advance(5)
    hook.get_job_by_id(jobs[0]["id"])
    _refused(404, partial(hook.get_job_by_id, UNKNOWN_ID))
    _refused(404, partial(hook.cancel_job_by_id, UNKNOWN_ID))


TAPES: dict[str, Tape] = {
    "contexts": _contexts,
    "contexts named alike": _contexts_named_alike,
    "context restrictions": _restrictions,
    "projects": _projects,
    "project settings": _project_settings,
    "project variables": _env_vars,
    "checkout keys": _checkout_keys,
    "schedules": _schedules,
    "users": _users,
    "jobs by id": _jobs_by_id,
}
