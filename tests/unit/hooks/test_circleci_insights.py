"""The CircleCI hook asks Insights and usage exports what it was asked, and names a mistake before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call

WORKFLOW = "build-and-test"
BOTH: dict[str, Any] = {"branch": "main", "all_branches": True}
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "args", "options", "message"),
    [
        ("list_workflow_metrics", (SLUG,), BOTH, "branch and all_branches exclude each other"),
        ("list_workflow_metrics", (SLUG,), {"reporting_window": "last-year"}, "reporting_window must be one of"),
        ("list_workflow_metrics", (SLUG,), {"branch": ""}, "branch must be"),
        ("list_workflow_runs", (WORKFLOW, SLUG), BOTH, "branch and all_branches exclude each other"),
        ("list_workflow_runs", (WORKFLOW, SLUG), {"end_date": START}, "start_date is missing"),
        ("list_workflow_runs", ("", SLUG), {}, "workflow_name must be"),
        ("list_workflow_job_metrics", (WORKFLOW, SLUG), BOTH, "branch and all_branches exclude each other"),
        ("list_workflow_job_metrics", (WORKFLOW, SLUG), {"reporting_window": "daily"}, "reporting_window must be"),
        ("list_job_timeseries", (WORKFLOW, SLUG), {"granularity": "weekly"}, "granularity must be one of"),
        ("list_job_timeseries", (WORKFLOW, SLUG), {"start_date": "soon"}, "start_date must be a time"),
        ("get_workflow_summary", (WORKFLOW, SLUG), BOTH, "branch and all_branches exclude each other"),
        ("get_workflow_test_metrics", (WORKFLOW, SLUG), BOTH, "branch and all_branches exclude each other"),
        ("get_insights_summary", (SLUG,), {"branches": "main"}, "branches must be a list"),
        ("get_insights_summary", (SLUG,), {"workflow_names": []}, "workflow_names must be a list"),
        ("get_insights_summary", (SLUG,), {"reporting_window": ""}, "reporting_window must be"),
        ("get_organization_summary", ("gh/acme",), {"project_names": "web"}, "project_names must be a list"),
        ("get_organization_summary", ("",), {}, "org_slug must be"),
        ("get_insights_branches", (), {}, "project_slug is missing"),
        ("list_flaky_tests", ("acme/web",), {}, "project_slug must look like"),
        ("start_usage_export", ("gh/acme", START, START), {}, "org_id must be"),
        ("start_usage_export", (UNKNOWN_ID, START, "2026-03-02"), {"shared_org_ids": "a"}, "shared_org_ids must be"),
        ("start_usage_export", (UNKNOWN_ID, "today", START), {}, "start must be a time"),
        ("start_usage_export", (UNKNOWN_ID, "2020-01-01", "2020-01-02"), {}, "no more than one year ago"),
        ("get_usage_export", (UNKNOWN_ID, ""), {}, "usage_export_job_id must be"),
    ],
)
@both
def test_a_mistake_is_named_before_anything_is_sent(  # noqa: PLR0917  two fixtures and a table
    sandbox: Sandbox,
    hook: CircleCIHook,
    flavour: Flavour,
    name: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        call(hook, name, flavour, *args, **options)

    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("name", "args", "options", "query"),
    [
        ("list_workflow_metrics", (SLUG,), {}, {}),
        ("list_workflow_metrics", (SLUG,), {"branch": "main"}, {"branch": "main"}),
        ("list_workflow_metrics", (SLUG,), {"all_branches": True}, {"all-branches": "true"}),
        (
            "list_workflow_job_metrics",
            (WORKFLOW, SLUG),
            {"job_name": "te", "reporting_window": "last-7-days"},
            {"job-name": "te", "reporting-window": "last-7-days"},
        ),
        (
            "list_workflow_runs",
            (WORKFLOW, SLUG),
            {"start_date": START, "end_date": "2026-03-02T00:00:00Z"},
            {"start-date": "2026-03-01T00:00:00.000Z", "end-date": "2026-03-02T00:00:00.000Z"},
        ),
        (
            "list_job_timeseries",
            (WORKFLOW, SLUG),
            {"granularity": "hourly", "branch": "main", "start_date": START},
            {"granularity": "hourly", "branch": "main", "start-date": "2026-03-01T00:00:00.000Z"},
        ),
        ("get_workflow_test_metrics", (WORKFLOW, SLUG), {"branch": "main"}, {"branch": "main"}),
        ("get_insights_branches", (SLUG,), {"workflow_name": WORKFLOW}, {"workflow-name": WORKFLOW}),
        (
            "get_insights_summary",
            (SLUG,),
            {"reporting_window": "last-30-days", "workflow_names": [WORKFLOW]},
            {"reporting-window": "last-30-days", "workflow-names": WORKFLOW},
        ),
        ("get_organization_summary", ("gh/acme",), {"project_names": ["web"]}, {"project-names": "web"}),
    ],
)
@both
def test_what_is_asked_is_sent(  # noqa: PLR0917  two fixtures and a table
    sandbox: Sandbox,
    hook: CircleCIHook,
    flavour: Flavour,
    name: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
    query: dict[str, str],
) -> None:
    call(hook, name, flavour, *args, **options)

    (asked,) = sandbox.requests()
    assert (asked["query"] or {}) == query


@both
def test_several_names_are_sent_one_by_one(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    for branch in ("main", "dev", "other"):
        hook.trigger_pipeline(SLUG, branch=branch)
    sandbox.advance(30)

    told = call(hook, "get_insights_summary", flavour, SLUG, branches=["main", "dev"])

    assert {row["branch"] for row in told["project_workflow_branch_data"]} == {"main", "dev"}


@both
def test_workflow_name_is_escaped_whole(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    call(hook, "list_workflow_runs", flavour, "build & test?", SLUG)

    assert sandbox.requests()[0]["path"].endswith("/workflows/build%20%26%20test%3F")
