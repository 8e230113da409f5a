"""Insights: metrics of workflows, jobs and tests, as CircleCI computes them."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = [
    "GET_INSIGHTS_BRANCHES",
    "GET_INSIGHTS_SUMMARY",
    "GET_ORGANIZATION_SUMMARY",
    "GET_WORKFLOW_SUMMARY",
    "GET_WORKFLOW_TEST_METRICS",
    "LIST_FLAKY_TESTS",
    "LIST_JOB_TIMESERIES",
    "LIST_WORKFLOW_JOB_METRICS",
    "LIST_WORKFLOW_METRICS",
    "LIST_WORKFLOW_RUNS",
]

_PROJECT = "/insights/{project_slug:path}"
_WORKFLOW = f"{_PROJECT}/workflows/{{workflow_name}}"

LIST_WORKFLOW_METRICS = Endpoint("GET", f"{_PROJECT}/workflows", V2 + "getProjectWorkflowMetrics", pages=PAGES)
LIST_WORKFLOW_RUNS = Endpoint("GET", _WORKFLOW, V2 + "getProjectWorkflowRuns", pages=PAGES)
LIST_WORKFLOW_JOB_METRICS = Endpoint("GET", f"{_WORKFLOW}/jobs", V2 + "getProjectWorkflowJobMetrics", pages=PAGES)
GET_WORKFLOW_SUMMARY = Endpoint("GET", f"{_WORKFLOW}/summary", V2 + "getWorkflowSummary")
GET_WORKFLOW_TEST_METRICS = Endpoint("GET", f"{_WORKFLOW}/test-metrics", V2 + "getProjectWorkflowTestMetrics")
LIST_JOB_TIMESERIES = Endpoint(
    "GET",
    "/insights/time-series/{project_slug:path}/workflows/{workflow_name}/jobs",
    V2 + "getJobTimeseries",
    pages=PAGES,
)
LIST_FLAKY_TESTS = Endpoint(
    "GET", f"{_PROJECT}/flaky-tests", V2 + "getFlakyTests", pages=NoPages(records="flaky-tests")
)
GET_INSIGHTS_BRANCHES = Endpoint("GET", f"{_PROJECT}/branches", V2 + "getAllInsightsBranches")
# Of the three lists in it, the one that tells workflows and branches apart says the most.
GET_INSIGHTS_SUMMARY = Endpoint(
    "GET",
    "/insights/pages/{project_slug:path}/summary",
    V2 + "getProjectWorkflowsPageData",
    pages=NoPages(records="project_workflow_branch_data"),
)
GET_ORGANIZATION_SUMMARY = Endpoint("GET", "/insights/{org_slug:path}/summary", V2 + "getOrgSummaryData")
