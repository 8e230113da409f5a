"""
Insights: what the sandbox's own pipelines say about themselves.

Knows which runs a question is about, and how the answer is written; unlike the vendor's, metrics are of this very
moment and not of the day before. Flaky tests are in ``flaky.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.flaky import flaky_tests, test_metrics
from airflow_provider_circle.sandbox.circleci.insights_metrics import (
    by_name,
    named,
    narrow,
    recovery,
    run_of,
    step,
    wide,
    window,
)
from airflow_provider_circle.sandbox.circleci.insights_runs import (
    Run,
    credits_of,
    durations,
    mean_time_to_recovery,
    totals,
    trend,
)
from airflow_provider_circle.sandbox.circleci.model import Workflow
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.routes import project_of
from airflow_provider_circle.sandbox.circleci.slugs import Project, find_organization
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["InsightsRoutes"]

JsonObject = dict[str, Any]

_DAY_S = 86_400.0
_SPANS_S = {
    "last-24-hours": _DAY_S,
    "last-7-days": 7 * _DAY_S,
    "last-30-days": 30 * _DAY_S,
    "last-60-days": 60 * _DAY_S,
    "last-90-days": 90 * _DAY_S,
}
_KEPT_S = 90 * _DAY_S
_GRANULARITIES_S = {"hourly": 3600.0, "daily": _DAY_S}
_DEFAULT_BRANCH = "main"
_MOST_BRANCHES = 5000
_SHOWN = frozenset({"success", "failed", "error", "canceled", "unauthorized"})
_SLUG = "/insights/{provider}/{organization}/{project}"
_WORKFLOW = f"{_SLUG}/workflows/{{name}}"


class InsightsRoutes:
    """The answers about the past 90 days; runs of tags are in none of them, for metrics are of branches."""

    def __init__(self, state: CircleCIState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/insights/pages/{provider}/{organization}/{project}/summary", self._project_summary),
            Route(
                "/insights/time-series/{provider}/{organization}/{project}/workflows/{name}/jobs", self._job_timeseries
            ),
            Route("/insights/{provider}/{organization}/summary", self._organization_summary),
            Route(f"{_SLUG}/branches", self._branches),
            Route(f"{_SLUG}/flaky-tests", self._flaky_tests),
            Route(f"{_SLUG}/workflows", self._workflow_metrics),
            Route(_WORKFLOW, self._workflow_runs),
            Route(f"{_WORKFLOW}/jobs", self._job_metrics),
            Route(f"{_WORKFLOW}/summary", self._workflow_summary),
            Route(f"{_WORKFLOW}/test-metrics", self._test_metrics),
        ]

    async def _workflow_metrics(self, request: Request) -> JSONResponse:
        project = project_of(request)
        span_s = _span_s(request)
        runs = [run_of(workflow, self._now()) for workflow in self._asked(request, project, span_s)]
        items = [
            {
                "name": name,
                **window(of),
                "project_id": project.id,
                "metrics": {**totals(of, span_s), "duration_metrics": durations(of), **recovery(of, span_s)},
            }
            for name, of in by_name(runs)
        ]
        return self._paged(request, items)

    async def _workflow_runs(self, request: Request) -> JSONResponse:
        start_s, end_s = _dates(request, self._now())
        found = [
            workflow
            for workflow in self._asked(request, project_of(request), _KEPT_S)
            if workflow.name == request.path_params["name"] and start_s <= workflow.created_at < end_s
        ]
        found.sort(key=lambda workflow: workflow.created_at, reverse=True)
        return self._paged(request, [self._described(workflow) for workflow in found])

    async def _job_metrics(self, request: Request) -> JSONResponse:
        span_s, wanted = _span_s(request), request.query_params.get("job-name", "")
        runs = self._jobs(
            workflow
            for workflow in self._asked(request, project_of(request), span_s)
            if workflow.name == request.path_params["name"]
        )
        items = [
            {"name": name, **window(of), "metrics": {**totals(of, span_s), "duration_metrics": durations(of)}}
            for name, of in by_name(runs)
            if wanted in name
        ]
        return self._paged(request, items)

    async def _job_timeseries(self, request: Request) -> JSONResponse:
        granularity = request.query_params.get("granularity", "daily")
        if granularity not in _GRANULARITIES_S:
            raise Refused(400, f"granularity must be one of {', '.join(_GRANULARITIES_S)}")
        step_s = _GRANULARITIES_S[granularity]
        start_s, end_s = _dates(request, self._now())
        branch = request.query_params.get("branch", _DEFAULT_BRANCH)
        runs = self._jobs(
            workflow
            for workflow in self._kept(project_of(request), branch, _KEPT_S)
            if workflow.name == request.path_params["name"]
        )
        steps: dict[tuple[float, str], list[Run]] = {}
        for run in runs:
            if start_s <= run.created_s < end_s:
                steps.setdefault((run.created_s // step_s * step_s, run.name), []).append(run)
        items = [step(at_s, name, of, step_s) for (at_s, name), of in sorted(steps.items())]
        return self._paged(request, items)

    async def _workflow_summary(self, request: Request) -> JSONResponse:
        project, name = project_of(request), request.path_params["name"]
        known = [run_of(workflow, self._now()) for workflow in self._asked(request, project, 2 * _KEPT_S)]
        runs, before = self._halves([run for run in known if run.name == name], _KEPT_S)
        if not runs:
            raise not_found("Workflow")  # Unverified: what CircleCI answers about a workflow that never ran.
        metrics, past = ({**totals(of, _KEPT_S), "duration_metrics": durations(of)} for of in (runs, before))
        mean_s, past_mean_s = mean_time_to_recovery(runs)[0], mean_time_to_recovery(before)[0]
        names = ("total_runs", "failed_runs", "success_rate", "total_credits_used", "throughput")
        trends = {one: trend(metrics[one], past[one]) for one in names}
        for one in ("p95", "median"):
            trends[f"{one}_duration_secs"] = trend(metrics["duration_metrics"][one], past["duration_metrics"][one])
        ended = sum(run.status in {"success", "failed"} for run in runs)
        return JSONResponse(
            {
                "metrics": {**metrics, **window(runs), "completed_runs": ended, "mttr": mean_s},
                "trends": {**trends, "mttr": trend(mean_s, past_mean_s)},
                "workflow_names": sorted({run.name for run in known}),
            }
        )

    async def _project_summary(self, request: Request) -> JSONResponse:
        project, span_s = project_of(request), _span_s(request)
        branches, names = request.query_params.getlist("branches"), request.query_params.getlist("workflow-names")
        known = [run_of(workflow, self._now()) for workflow in self._kept(project, None, 2 * span_s)]
        runs, before = self._halves(known, span_s)
        chosen = sorted({(run.name, run.branch) for run in runs if not names or run.name in names})
        return JSONResponse(
            {
                "org_id": project.organization.id,
                "project_id": project.id,
                "all_branches": sorted({run.branch for run in runs}),
                "all_workflows": sorted({run.name for run in runs}),
                "project_data": wide(runs, before, span_s),
                "project_workflow_data": [
                    {"workflow_name": name, **narrow(named(runs, name), named(before, name), span_s)}
                    for name in sorted({name for name, _ in chosen})
                ],
                "project_workflow_branch_data": [
                    {
                        "workflow_name": name,
                        "branch": branch,
                        **narrow(named(runs, name, branch), named(before, name, branch), span_s),
                    }
                    for name, branch in chosen
                    if not branches or branch in branches
                ],
            }
        )

    async def _organization_summary(self, request: Request) -> JSONResponse:
        organization = find_organization("/".join(request.path_params[part] for part in ("provider", "organization")))
        span_s, wanted = _span_s(request), request.query_params.getlist("project-names")
        projects: dict[str, list[Run]] = {}
        for pipeline in self._state.listed():
            if pipeline.project.organization == organization:
                projects.setdefault(pipeline.project.name, [])
        for name, runs in projects.items():
            kept = self._kept(Project(organization, name), None, 2 * span_s)
            runs.extend(run_of(workflow, self._now()) for workflow in kept)
        whole = self._halves([run for runs in projects.values() for run in runs], span_s)
        rows = []
        for name, runs in sorted(projects.items()):
            told = wide(*self._halves(runs, span_s), span_s)
            for part in told.values():
                del part["throughput"]
            if not wanted or name in wanted:
                rows.append({"project_name": name, **told})
        return JSONResponse(
            {"org_data": wide(*whole, span_s), "org_project_data": rows, "all_projects": sorted(projects)}
        )

    async def _branches(self, request: Request) -> JSONResponse:
        project, name = project_of(request), request.query_params.get("workflow-name")
        found = (workflow for workflow in self._kept(project, None, _KEPT_S) if name in (None, workflow.name))
        branches = sorted({workflow.pipeline.branch or "" for workflow in found})
        return JSONResponse(
            {"org_id": project.organization.id, "project_id": project.id, "branches": branches[:_MOST_BRANCHES]}
        )

    async def _flaky_tests(self, request: Request) -> JSONResponse:
        return JSONResponse(flaky_tests(self._kept(project_of(request), None, _KEPT_S), self._now()))

    async def _test_metrics(self, request: Request) -> JSONResponse:
        found = [
            workflow
            for workflow in self._asked(request, project_of(request), _KEPT_S)
            if workflow.name == request.path_params["name"]
        ]
        return JSONResponse(test_metrics(found, self._now()))

    def _now(self) -> float:
        return self._state.now()

    def _paged(self, request: Request, items: list[JsonObject]) -> JSONResponse:
        return JSONResponse(page(items, request.query_params.get("page-token")))

    def _kept(self, project: Project, branch: str | None, span_s: float) -> list[Workflow]:
        """List the workflows of a branch, or of all, that began in the span before now, oldest first."""
        now_s = self._now()
        found = [
            workflow
            for pipeline in self._state.listed(project, branch)
            if pipeline.branch is not None
            for workflow in pipeline.visible_workflows(now_s)
            if workflow.created_at >= now_s - span_s
        ]
        return sorted(found, key=lambda workflow: workflow.created_at)

    def _asked(self, request: Request, project: Project, span_s: float) -> list[Workflow]:
        asked = request.query_params
        if "branch" in asked and asked.get("all-branches") == "true":
            raise Refused(400, "Use either branch or all-branches")
        branch = None if asked.get("all-branches") == "true" else asked.get("branch", _DEFAULT_BRANCH)
        return self._kept(project, branch, span_s)

    def _jobs(self, workflows: Iterable[Workflow]) -> list[Run]:
        now_s = self._now()
        return [
            Run(job.name, workflow.pipeline.branch or "", job.status(now_s), began_s, job.stopped_at(now_s))
            for workflow in workflows
            for job in workflow.jobs
            if (began_s := job.started_at(now_s)) is not None
        ]

    def _halves(self, runs: Iterable[Run], span_s: float) -> tuple[list[Run], list[Run]]:
        """Part the runs of the span from those of the one before."""
        runs, begin_s = list(runs), self._now() - span_s
        return [run for run in runs if run.created_s >= begin_s], [run for run in runs if run.created_s < begin_s]

    def _described(self, workflow: Workflow) -> JsonObject:
        now_s = self._now()
        status, stopped_s = workflow.status(now_s), workflow.stopped_at(now_s)
        duration_s = None if stopped_s is None else stopped_s - workflow.created_at
        return {
            "id": workflow.id,
            "branch": workflow.pipeline.branch,
            "status": status if status in _SHOWN else None,
            "duration": None if duration_s is None else round(duration_s),
            "created_at": timestamp(workflow.created_at),
            "stopped_at": None if stopped_s is None else timestamp(stopped_s),
            "credits_used": credits_of(duration_s),
            "is_approval": False,
        }


def _span_s(request: Request) -> float:
    asked = request.query_params.get("reporting-window", "last-90-days")
    if asked not in _SPANS_S:
        raise Refused(400, f"reporting-window must be one of {', '.join(_SPANS_S)}")
    return _SPANS_S[asked]


def _dates(request: Request, now_s: float) -> tuple[float, float]:
    start, end = (_date_s(request, name) for name in ("start-date", "end-date"))
    if start is None:
        if end is not None:
            raise Refused(400, "end-date needs a start-date")
        return now_s - _KEPT_S, now_s + _DAY_S
    if end is None:
        return start, now_s + _DAY_S
    if not start < end <= start + _KEPT_S:
        raise Refused(400, "end-date must be within 90 days after start-date")
    return start, end


def _date_s(request: Request, name: str) -> float | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, f"{name} is no date") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
