"""
CircleCI's lists worth pulling, as data: keys, windows, parents and filters. All are of one project.

What happened (pipelines, workflows, jobs, runs) is pulled by the time it began: CircleCI lists nothing by the time of a
change, so a run sees how things stand when it runs. What ends later is seen by a later run whose window, by
``lookback_s``, reaches back so far. Pipelines come newest first, 20 a page, and cannot be asked for from a moment on:
a window long ago costs the pages of all that came since, one of yesterday few.

Metrics are pulled whole. They are of a moving window, whose ends are the first and the last run in it: both change with
every run, and identify nothing. What does is what the metrics are about: project, branch, reporting window, name. So a
table holds the newest metrics of each, and a file per day their history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.stream import (
    FINGERPRINT,
    Between,
    Filter,
    NewestFirst,
    OfParents,
    Parent,
    Stream,
    one_of,
    text,
)
from airflow_provider_circle.vendors.circleci.endpoints import insights, pipelines, workflows
from airflow_provider_circle.vendors.circleci.insights import (
    ALL_BRANCHES,
    KEEPS,
    LAST_90_DAYS,
    REPORTING_WINDOWS,
    branch_query,
    checked_names,
    time_text,
)

__all__ = ["STREAMS"]

_PROJECT = ("project_slug",)

_BRANCH: Mapping[str, Filter] = {"branch": branch_query}
_REPORTING: Mapping[str, Filter] = {"reporting_window": one_of("reporting-window", *REPORTING_WINDOWS)}
_EVERY_BRANCH: Mapping[str, Any] = {"branch": ALL_BRANCHES}
"""CircleCI's own default is the default branch, whose name it does not say; a record must say what it is about."""


def _names(parameter: str) -> Filter:
    def read(name: str, value: Any) -> Query:
        return {parameter: checked_names(name, value)}

    return read


_OF_WORKFLOW = Parent("insights_workflows", "workflow_name", "workflow_name", key="name")
"""Workflows have names here, no ids. All that ran in the last 90 days, on whatever branch, as is their default."""

STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream(
            "pipelines",
            pipelines.LIST_PROJECT_PIPELINES,
            cursor="created_at",
            window=NewestFirst(),
            scope=_PROJECT,
            filters={"branch": text("branch")},
        ),
        # One that CircleCI no longer keeps stays in the list, its id null.
        Stream(
            "workflows",
            pipelines.LIST_PIPELINE_WORKFLOWS,
            window=OfParents(),
            parent=Parent("pipelines", "pipeline_id", "pipeline_id"),
            nameless=True,
        ),
        # Approvals have ids like all jobs, but no job_number. Unverified: whether a rerun's workflow lists the jobs it
        # took over under their old ids; where it does, a job belongs to both.
        Stream(
            "jobs",
            workflows.LIST_WORKFLOW_JOBS,
            key=("workflow_id", "id"),
            window=OfParents(),
            parent=Parent("workflows", "workflow_id", "workflow_id"),
        ),
        Stream(
            "insights_workflows",
            insights.LIST_WORKFLOW_METRICS,
            key=("project_slug", "branch", "reporting_window", "name"),
            scope=_PROJECT,
            filters={**_BRANCH, **_REPORTING},
            defaults={**_EVERY_BRANCH, "reporting_window": LAST_90_DAYS},
            stamps=("project_slug", "branch", "reporting_window"),
        ),
        # Unverified: that a run "started" when it was created, which is what a record says.
        Stream(
            "insights_workflow_runs",
            insights.LIST_WORKFLOW_RUNS,
            cursor="created_at",
            window=Between("start-date", "end-date", time_text, keeps=KEEPS),
            parent=_OF_WORKFLOW,
            scope=_PROJECT,
            filters=_BRANCH,
            defaults=_EVERY_BRANCH,
            stamps=_PROJECT,
        ),
        Stream(
            "insights_jobs",
            insights.LIST_WORKFLOW_JOB_METRICS,
            key=("project_slug", "branch", "reporting_window", "workflow_name", "name"),
            parent=_OF_WORKFLOW,
            scope=_PROJECT,
            filters={**_BRANCH, **_REPORTING, "job_name": text("job-name")},
            defaults={**_EVERY_BRANCH, "reporting_window": LAST_90_DAYS},
            stamps=("project_slug", "branch", "reporting_window"),
        ),
        Stream(
            "insights_summary",
            insights.GET_INSIGHTS_SUMMARY,
            key=("project_slug", "reporting_window", "workflow_name", "branch"),
            scope=_PROJECT,
            filters={**_REPORTING, "branches": _names("branches"), "workflow_names": _names("workflow-names")},
            defaults={"reporting_window": LAST_90_DAYS},
            stamps=("project_slug", "reporting_window"),
        ),
        # Each row is a failure of a test that passed elsewhere on the same commit; classname and file may be null.
        Stream(
            "flaky_tests",
            insights.LIST_FLAKY_TESTS,
            key=("project_slug", FINGERPRINT),
            scope=_PROJECT,
            stamps=_PROJECT,
            fingerprint=("workflow-id", "job-number", "job-name", "classname", "file", "test-name"),
        ),
    )
}
"""By name. Insights keep 90 days; pipelines are kept as long as the organization's plan says."""
