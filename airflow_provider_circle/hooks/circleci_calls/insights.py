"""Calls about Insights: metrics of workflows, jobs and tests. They are not exact enough to bill credits by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.endpoints import insights
from airflow_provider_circle.vendors.circleci.insights import (
    GRANULARITIES,
    REPORTING_WINDOWS,
    branch_query,
    checked_names,
    dates_query,
    word_query,
)

__all__ = ["InsightsCalls"]


class InsightsCalls(CircleCICalls):
    """
    Read metrics of the last 90 days.

    ``reporting_window`` is one of ``last-24-hours``, ``last-7-days``, ``last-30-days``, ``last-60-days`` and
    ``last-90-days``, the default. Without ``branch`` and ``all_branches`` metrics are of the default branch.
    """

    @stream
    def list_workflow_metrics(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        all_branches: bool = False,
        reporting_window: str | None = None,
    ) -> Walk[None]:
        """
        List the metrics of a project's workflows; computed daily, the last 24 hours may be missing.

        :param branch: only runs of a branch; excludes ``all_branches``.
        :return: ``{"name", "metrics", "window_start", "window_end", "project_id"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectWorkflowMetrics
        """
        query = {**_of_branch(branch, all_branches=all_branches), **_reporting(reporting_window)}
        return pages(caller, insights.LIST_WORKFLOW_METRICS, path=self._project(project_slug), query=query)

    @stream
    def list_workflow_runs(
        self,
        caller: Caller,
        workflow_name: str,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        all_branches: bool = False,
        start_date: datetime | str | None = None,
        end_date: datetime | str | None = None,
    ) -> Walk[None]:
        """
        List the runs of a workflow, at most those of the last 90 days.

        :param branch: only runs of a branch; excludes ``all_branches``.
        :param start_date: only runs that began then or later; a time with its zone.
        :param end_date: only runs that began before; needs ``start_date``, at most 90 days earlier.
        :return: ``{"id", "branch", "status", "duration", "created_at", "stopped_at", "credits_used", "is_approval"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectWorkflowRuns
        """
        query = {**_of_branch(branch, all_branches=all_branches), **dates_query(start_date, end_date)}
        return pages(caller, insights.LIST_WORKFLOW_RUNS, path=self._workflow(project_slug, workflow_name), query=query)

    @stream
    def list_workflow_job_metrics(
        self,
        caller: Caller,
        workflow_name: str,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        all_branches: bool = False,
        reporting_window: str | None = None,
        job_name: str | None = None,
    ) -> Walk[None]:
        """
        List the metrics of a workflow's jobs; computed daily, the last 24 hours may be missing.

        :param branch: only runs of a branch; excludes ``all_branches``.
        :param job_name: only jobs in whose name this text is.
        :return: ``{"name", "metrics", "window_start", "window_end"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectWorkflowJobMetrics
        """
        query = {
            **_of_branch(branch, all_branches=all_branches),
            **_reporting(reporting_window),
            **({"job-name": job_name} if job_name else {}),
        }
        path = self._workflow(project_slug, workflow_name)
        return pages(caller, insights.LIST_WORKFLOW_JOB_METRICS, path=path, query=query)

    @stream
    def list_job_timeseries(
        self,
        caller: Caller,
        workflow_name: str,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        granularity: str | None = None,
        start_date: datetime | str | None = None,
        end_date: datetime | str | None = None,
    ) -> Walk[None]:
        """
        List the metrics of a workflow's jobs, day by day or hour by hour.

        :param branch: the default branch where left out.
        :param granularity: ``daily``, kept for 90 days, or ``hourly``, kept for 48 hours.
        :param start_date: only runs that began then or later; a time with its zone.
        :param end_date: only runs that began before; needs ``start_date``, at most 90 days earlier.
        :return: ``{"name", "timestamp", "metrics", "min_started_at", "max_ended_at"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/getJobTimeseries
        """
        query = {
            **_of_branch(branch),
            **word_query("granularity", granularity, GRANULARITIES),
            **dates_query(start_date, end_date),
        }
        path = self._workflow(project_slug, workflow_name)
        return pages(caller, insights.LIST_JOB_TIMESERIES, path=path, query=query)

    @operation
    def get_workflow_summary(
        self,
        caller: Caller,
        workflow_name: str,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        all_branches: bool = False,
    ) -> Walk[JsonObject]:
        """
        Read the metrics and trends of a workflow.

        :param branch: only runs of a branch; excludes ``all_branches``.
        :return: ``{"metrics", "trends", "workflow_names"}``.

        Source: https://circleci.com/docs/api/v2/#operation/getWorkflowSummary
        """
        path = self._workflow(project_slug, workflow_name)
        query = _of_branch(branch, all_branches=all_branches)
        return call(caller, insights.GET_WORKFLOW_SUMMARY, path=path, query=query)

    @operation
    def get_workflow_test_metrics(
        self,
        caller: Caller,
        workflow_name: str,
        project_slug: str | None = None,
        *,
        branch: str | None = None,
        all_branches: bool = False,
    ) -> Walk[JsonObject]:
        """
        Read the metrics of a workflow's tests, of its 10 newest runs.

        :param branch: only runs of a branch; excludes ``all_branches``.
        :return: ``{"average_test_count", "most_failed_tests", "slowest_tests", "test_runs", "total_test_runs", …}``.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectWorkflowTestMetrics
        """
        path = self._workflow(project_slug, workflow_name)
        query = _of_branch(branch, all_branches=all_branches)
        return call(caller, insights.GET_WORKFLOW_TEST_METRICS, path=path, query=query)

    @stream
    def list_flaky_tests(self, caller: Caller, project_slug: str | None = None) -> Walk[None]:
        """
        List a project's flaky tests, those that passed and failed on the same commit, of all branches; in one request.

        :return: ``{"test-name", "classname", "file", "source", "job-name", "job-number", "workflow-name",
            "workflow-id", "workflow-created-at", "pipeline-number", "times-flaked", …}``, with hyphens.

        Source: https://circleci.com/docs/api/v2/#operation/getFlakyTests
        """
        return pages(caller, insights.LIST_FLAKY_TESTS, path=self._project(project_slug))

    @operation
    def get_insights_branches(
        self, caller: Caller, project_slug: str | None = None, *, workflow_name: str | None = None
    ) -> Walk[JsonObject]:
        """
        Read the names of the branches that Insights knows, at most 5,000.

        :param workflow_name: only branches on which this workflow ran.
        :return: ``{"branches": [str], "org_id", "project_id"}``.

        Source: https://circleci.com/docs/api/v2/#operation/getAllInsightsBranches
        """
        query = {"workflow-name": workflow_name} if workflow_name else None
        return call(caller, insights.GET_INSIGHTS_BRANCHES, path=self._project(project_slug), query=query)

    @operation
    def get_insights_summary(
        self,
        caller: Caller,
        project_slug: str | None = None,
        *,
        reporting_window: str | None = None,
        branches: Sequence[str] | None = None,
        workflow_names: Sequence[str] | None = None,
    ) -> Walk[JsonObject]:
        """
        Read the metrics and trends of a project, by workflow and by branch. Trends reach back 30 days at most.

        :param branches: only these.
        :param workflow_names: only these.
        :return: ``{"project_data", "project_workflow_data", "project_workflow_branch_data", "all_branches",
            "all_workflows", "org_id", "project_id"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/getProjectWorkflowsPageData
        """
        query = {
            **_reporting(reporting_window),
            **({} if branches is None else {"branches": checked_names("branches", branches)}),
            **({} if workflow_names is None else {"workflow-names": checked_names("workflow_names", workflow_names)}),
        }
        return call(caller, insights.GET_INSIGHTS_SUMMARY, path=self._project(project_slug), query=query)

    @operation
    def get_organization_summary(
        self,
        caller: Caller,
        org_slug: str,
        *,
        reporting_window: str | None = None,
        project_names: Sequence[str] | None = None,
    ) -> Walk[JsonObject]:
        """
        Read the metrics and trends of an organization and its projects.

        :param org_slug: such as ``gh/organization``.
        :param project_names: only these.
        :return: ``{"org_data", "org_project_data", "all_projects"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.

        Source: https://circleci.com/docs/api/v2/#operation/getOrgSummaryData
        """
        query = {
            **_reporting(reporting_window),
            **({} if project_names is None else {"project-names": checked_names("project_names", project_names)}),
        }
        return call(caller, insights.GET_ORGANIZATION_SUMMARY, path={"org_slug": org_slug}, query=query)

    def _project(self, project_slug: str | None) -> dict[str, str | int]:
        return {"project_slug": self.project_slug(project_slug)}

    def _workflow(self, project_slug: str | None, workflow_name: str) -> dict[str, str | int]:
        if not isinstance(workflow_name, str) or not workflow_name:
            raise ValueError(f"workflow_name must be the name of a workflow, got {workflow_name!r}")
        return {**self._project(project_slug), "workflow_name": workflow_name}


def _of_branch(branch: str | None, *, all_branches: bool = False) -> Query:
    if branch is not None and all_branches:
        raise ValueError("branch and all_branches exclude each other, got both")
    if all_branches:
        return {"all-branches": True}
    return {} if branch is None else branch_query("branch", branch)


def _reporting(reporting_window: str | None) -> Query:
    return word_query("reporting_window", reporting_window, REPORTING_WINDOWS)
