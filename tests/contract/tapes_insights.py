"""What is recorded of Insights and of usage exports: every operation, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.insights import REPORTING_WINDOWS

__all__ = ["TAPES"]

Tape: TypeAlias = Callable[[CircleCIHook, Sandbox], None]

SLUG = "gh/acme/web"
WORKFLOW = "build-and-test"
ORG_ID = str(uuid5(NAMESPACE_URL, "gh/acme"))
OTHER_ORG_ID = str(uuid5(NAMESPACE_URL, "bb/acme"))
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def _past(hook: CircleCIHook, sandbox: Sandbox) -> None:
    """Let something happen that Insights can be about: successes, failures, reruns, what still runs."""
    for scenario in ("success", "rerun", "failed", "on_hold", "canceled", "mixed_success", "errored", "retained"):
        hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": scenario})
    hook.trigger_pipeline(SLUG, branch="feature")
    hook.trigger_pipeline(SLUG, tag="v1.0")
    hook.trigger_pipeline("gh/acme/api")
    sandbox.advance(45)
    hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": "never_ends"})
    sandbox.advance(5)


def _listing_metrics(hook: CircleCIHook, sandbox: Sandbox) -> None:
    _past(hook, sandbox)
    for window in (None, *REPORTING_WINDOWS):
        list(hook.list_workflow_metrics(SLUG, reporting_window=window))
    list(hook.list_workflow_metrics(SLUG, branch="feature"))
    list(hook.list_workflow_metrics(SLUG, all_branches=True))
    list(hook.list_workflow_job_metrics(WORKFLOW, SLUG, all_branches=True, reporting_window="last-7-days"))
    list(hook.list_workflow_job_metrics(WORKFLOW, SLUG, branch="main", job_name="tes"))
    now = datetime.fromtimestamp(sandbox.now(), UTC)
    week: dict[str, Any] = {"start_date": now - timedelta(days=7), "end_date": now}
    for granularity in (None, "daily", "hourly"):
        list(hook.list_job_timeseries(WORKFLOW, SLUG, granularity=granularity))
    list(hook.list_job_timeseries(WORKFLOW, SLUG, branch="feature", **week))
    list(hook.list_workflow_runs(WORKFLOW, SLUG))
    list(hook.list_workflow_runs(WORKFLOW, SLUG, all_branches=True, **week))
    list(hook.list_workflow_runs(WORKFLOW, SLUG, branch="feature", start_date=now - timedelta(days=1)))
    list(hook.list_flaky_tests(SLUG))


def _paging_runs(hook: CircleCIHook, sandbox: Sandbox) -> None:
    for _ in range(25):
        hook.trigger_pipeline(SLUG, branch="main")
    sandbox.advance(30)
    list(hook.list_workflow_runs(WORKFLOW, SLUG))
    hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": "many_workflows"})
    hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": "many_jobs"})
    sandbox.advance(30)
    list(hook.list_workflow_metrics(SLUG))
    list(hook.list_workflow_job_metrics(WORKFLOW, SLUG))
    list(hook.list_job_timeseries(WORKFLOW, SLUG))


def _summing_up(hook: CircleCIHook, sandbox: Sandbox) -> None:
    _past(hook, sandbox)
    hook.get_workflow_summary(WORKFLOW, SLUG)
    hook.get_workflow_summary(WORKFLOW, SLUG, all_branches=True)
    hook.get_workflow_test_metrics(WORKFLOW, SLUG)
    hook.get_workflow_test_metrics(WORKFLOW, SLUG, branch="feature")
    hook.get_insights_branches(SLUG)
    hook.get_insights_branches(SLUG, workflow_name=WORKFLOW)
    hook.get_insights_summary(SLUG)
    hook.get_insights_summary(
        SLUG, reporting_window="last-24-hours", branches=["main", "feature"], workflow_names=[WORKFLOW]
    )
    hook.get_organization_summary("gh/acme")
    hook.get_organization_summary("gh/acme", reporting_window="last-30-days", project_names=["web"])


def _of_nothing(hook: CircleCIHook, _: Sandbox) -> None:
    list(hook.list_workflow_metrics(SLUG))
    list(hook.list_workflow_runs(WORKFLOW, SLUG))
    list(hook.list_flaky_tests(SLUG))
    hook.get_insights_summary(SLUG)
    hook.get_organization_summary("gh/acme")
    hook.get_workflow_test_metrics(WORKFLOW, SLUG)


def _exporting(hook: CircleCIHook, sandbox: Sandbox) -> None:
    _past(hook, sandbox)
    now = datetime.fromtimestamp(sandbox.now(), UTC)
    export_id = hook.start_usage_export(ORG_ID, now - timedelta(days=31), now)["usage_export_job_id"]
    failing_id = hook.start_usage_export(ORG_ID, now - timedelta(days=1), now, [OTHER_ORG_ID, UNKNOWN_ID])[
        "usage_export_job_id"
    ]
    for seconds in (0.0, 5.0, 10.0):
        sandbox.advance(seconds)
        hook.get_usage_export(ORG_ID, export_id)
        hook.get_usage_export(ORG_ID, failing_id)


def _refusals(hook: CircleCIHook, sandbox: Sandbox) -> None:
    now = datetime.fromtimestamp(sandbox.now(), UTC)
    for ask in (
        partial(hook.get_workflow_summary, "unknown", SLUG),
        partial(hook.get_workflow_test_metrics, WORKFLOW, "gh/acme/missing"),
        partial(hook.get_insights_branches, "gh/acme/missing"),
        partial(hook.get_insights_summary, "gh/acme/missing"),
        partial(hook.get_organization_summary, "gh/nobody"),
        partial(hook.start_usage_export, UNKNOWN_ID, now - timedelta(days=1), now),
        partial(hook.get_usage_export, ORG_ID, UNKNOWN_ID),
    ):
        with suppress(CircleError):
            ask()
    for read in (
        partial(hook.list_workflow_metrics, "gh/acme/missing"),
        partial(hook.list_workflow_runs, WORKFLOW, "gh/acme/missing"),
        partial(hook.list_workflow_job_metrics, WORKFLOW, "gh/acme/missing"),
        partial(hook.list_job_timeseries, WORKFLOW, "gh/acme/missing"),
        partial(hook.list_flaky_tests, "gh/acme/missing"),
    ):
        with suppress(CircleError):
            list(read())


TAPES: dict[str, Tape] = {
    "insights lists": _listing_metrics,
    "insights on several pages": _paging_runs,
    "insights summaries": _summing_up,
    "insights of nothing": _of_nothing,
    "usage exports": _exporting,
    "insights refusals": _refusals,
}
