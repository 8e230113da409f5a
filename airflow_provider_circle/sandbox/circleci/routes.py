"""
The routes that only read.

Knows which question is answered with which object. The routes that change something are in
:mod:`~airflow_provider_circle.sandbox.circleci.actions`.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import not_found
from airflow_provider_circle.sandbox.circleci.scenarios import Quirk
from airflow_provider_circle.sandbox.circleci.slugs import Project, find_organization, find_project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState

__all__ = ["SLUG", "ReadingRoutes", "project_of"]

SLUG = "/project/{provider}/{organization}/{project}"


def project_of(request: Request) -> Project:
    """
    Find the project a path names.

    :raises Refused: 404.
    """
    project = find_project(*(request.path_params[part] for part in ("provider", "organization", "project")))
    request.state.projects.check(project)
    return project


class ReadingRoutes:
    """The answers to questions about the state."""

    def __init__(self, state: CircleCIState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/me", self._me),
            Route("/me/collaborations", self._collaborations),
            Route("/user/{id}", self._user),
            Route("/pipeline", self._organization_pipelines),
            Route("/pipeline/{id}", self._pipeline),
            Route("/pipeline/{id}/config", self._configuration),
            Route("/pipeline/{id}/values", self._values),
            Route("/pipeline/{id}/workflow", self._pipeline_workflows),
            Route("/workflow/{id}", self._workflow),
            Route("/workflow/{id}/job", self._workflow_jobs),
            Route("/jobs/{id}", self._job),
            Route(SLUG, self._project),
            Route(f"{SLUG}/pipeline", self._project_pipelines),
            Route(f"{SLUG}/pipeline/mine", self._my_pipelines),
            Route(f"{SLUG}/pipeline/{{number}}", self._numbered_pipeline),
            Route(f"{SLUG}/job/{{number}}", self._job_details),
            Route(f"{SLUG}/{{number}}/tests", self._test_results),
        ]

    def _paged(self, request: Request, items: list[replies.JsonObject]) -> JSONResponse:
        return JSONResponse(page(items, request.query_params.get("page-token")))

    async def _me(self, _request: Request) -> JSONResponse:
        return JSONResponse(replies.USER)

    async def _user(self, request: Request) -> JSONResponse:
        if request.path_params["id"] != replies.USER["id"]:
            raise not_found("User")
        return JSONResponse(replies.USER)

    async def _collaborations(self, _request: Request) -> JSONResponse:
        return JSONResponse(replies.collaborations())

    async def _project(self, request: Request) -> JSONResponse:
        return JSONResponse(request.state.projects.details(project_of(request)))

    async def _project_pipelines(self, request: Request) -> JSONResponse:
        found = self._state.listed(project_of(request), request.query_params.get("branch"))
        return self._paged(request, [replies.pipeline_details(pipeline, self._state.now()) for pipeline in found])

    async def _my_pipelines(self, request: Request) -> JSONResponse:
        found = self._state.listed(project_of(request))
        return self._paged(request, [replies.pipeline_details(pipeline, self._state.now()) for pipeline in found])

    async def _organization_pipelines(self, request: Request) -> JSONResponse:
        slug = request.query_params.get("org-slug")
        organization = None if slug is None else find_organization(slug)
        found = [p for p in self._state.listed() if organization is None or p.project.organization == organization]
        return self._paged(request, [replies.pipeline_details(pipeline, self._state.now()) for pipeline in found])

    async def _numbered_pipeline(self, request: Request) -> JSONResponse:
        found = self._state.numbered(project_of(request), request.path_params["number"])
        return JSONResponse(replies.pipeline_details(found, self._state.now()))

    async def _pipeline(self, request: Request) -> JSONResponse:
        return JSONResponse(
            replies.pipeline_details(self._state.pipeline(request.path_params["id"]), self._state.now())
        )

    async def _configuration(self, request: Request) -> JSONResponse:
        return JSONResponse(replies.configuration(self._state.pipeline(request.path_params["id"])))

    async def _values(self, request: Request) -> JSONResponse:
        return JSONResponse(replies.values(self._state.pipeline(request.path_params["id"])))

    async def _pipeline_workflows(self, request: Request) -> JSONResponse:
        pipeline, now_s = self._state.pipeline(request.path_params["id"]), self._state.now()
        items = [replies.workflow_details(workflow, now_s) for workflow in pipeline.visible_workflows(now_s)]
        if pipeline.has(Quirk.LOOPING_TOKEN):
            return JSONResponse({"items": items, "next_page_token": "the-same-again"})
        return self._paged(request, items)

    async def _workflow(self, request: Request) -> JSONResponse:
        return JSONResponse(
            replies.workflow_details(self._state.workflow(request.path_params["id"]), self._state.now())
        )

    async def _workflow_jobs(self, request: Request) -> JSONResponse:
        found, now_s = self._state.workflow(request.path_params["id"]), self._state.now()
        return self._paged(request, [replies.workflow_job(found, job, now_s) for job in found.jobs])

    async def _job(self, request: Request) -> JSONResponse:
        return JSONResponse(replies.job_summary(*self._state.job(request.path_params["id"]), self._state.now()))

    async def _job_details(self, request: Request) -> JSONResponse:
        found = self._state.numbered_job(project_of(request), request.path_params["number"])
        return JSONResponse(replies.job_details(*found, self._state.now()))

    async def _test_results(self, request: Request) -> JSONResponse:
        _, found = self._state.numbered_job(project_of(request), request.path_params["number"])
        return self._paged(request, replies.test_results(found, self._state.now()))
