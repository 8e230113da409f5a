"""
The routes that change something.

Knows which request body is asked for and how an action is answered. What it changes is the model's business.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.bodies import read_object
from airflow_provider_circle.sandbox.circleci.model import Job, Workflow
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.scenarios import Quirk
from airflow_provider_circle.sandbox.circleci.slugs import Project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.trigger import Trigger, read_parameters, read_run, read_trigger

__all__ = ["ActingRoutes"]

_USER_ID: str = replies.USER["id"]


class ActingRoutes:
    """The actions on the state."""

    def __init__(self, state: CircleCIState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/pipeline/continue", self._continue_pipeline, methods=["POST"]),
            Route("/workflow/{id}/cancel", self._cancel_workflow, methods=["POST"]),
            Route("/workflow/{id}/rerun", self._rerun, methods=["POST"]),
            Route("/workflow/{id}/approve/{approval_request_id}", self._approve, methods=["POST"]),
            Route("/jobs/{id}/cancel", self._cancel_job, methods=["POST"]),
            Route(f"{SLUG}/pipeline", self._trigger, methods=["POST"]),
            Route(f"{SLUG}/pipeline/run", self._run, methods=["POST"]),
            Route(f"{SLUG}/job/{{number}}/cancel", self._cancel_numbered_job, methods=["POST"]),
        ]

    def _create(self, project: Project, trigger: Trigger) -> JSONResponse:
        pipeline = self._state.create(project, trigger)
        if pipeline is None:
            return JSONResponse({"message": "Not triggered: the commit message asks to skip CI"})
        return JSONResponse(replies.triggered(pipeline, self._state.now()), status_code=201)

    async def _trigger(self, request: Request) -> JSONResponse:
        return self._create(project_of(request), read_trigger(await read_object(request)))

    async def _run(self, request: Request) -> JSONResponse:
        # This endpoint alone knows neither the long provider names nor a slug that is escaped as a whole.
        if request.path_params["provider"] in ("github", "bitbucket") or b"%2f" in request.scope["raw_path"].lower():
            raise not_found("Project")
        return self._create(project_of(request), read_run(await read_object(request)))

    async def _continue_pipeline(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        for name in ("continuation-key", "configuration"):
            if not isinstance(body.get(name), str):
                raise Refused(400, f"{name} must be a string")
        read_parameters(body)
        pipeline = self._state.continuable(body["continuation-key"])
        pipeline.continue_setup(self._state.now(), self._state.job_numbers(pipeline.project))
        return _accepted(200)

    async def _cancel_workflow(self, request: Request) -> JSONResponse:
        self._state.workflow(request.path_params["id"]).cancel(self._state.now(), _USER_ID)
        return _accepted(202)

    async def _rerun(self, request: Request) -> JSONResponse:
        workflow = self._state.workflow(request.path_params["id"])
        pipeline, now_s = workflow.pipeline, self._state.now()
        first = _first_to_rerun(workflow, await read_object(request), now_s)
        new_id = pipeline.rerun(workflow, first, now_s, self._state.job_numbers(pipeline.project))
        if pipeline.has(Quirk.RERUN_WITHOUT_ID):
            return _accepted(202)
        return JSONResponse({"workflow_id": new_id}, status_code=202)

    async def _approve(self, request: Request) -> JSONResponse:
        workflow = self._state.workflow(request.path_params["id"])
        workflow.approve(request.path_params["approval_request_id"], self._state.now(), _USER_ID)
        return _accepted(202)

    async def _cancel_numbered_job(self, request: Request) -> JSONResponse:
        return self._end_job(*self._state.numbered_job(project_of(request), request.path_params["number"]))

    async def _cancel_job(self, request: Request) -> JSONResponse:
        return self._end_job(*self._state.job(request.path_params["id"]))

    def _end_job(self, workflow: Workflow, job: Job) -> JSONResponse:
        now_s = self._state.now()
        if job.stopped_at(now_s) is None:
            # Jobs run one after the other here: without this one the workflow has nothing left to do.
            workflow.cancel(now_s, _USER_ID)
        return JSONResponse({"message": "Job canceled."})


def _accepted(status: int) -> JSONResponse:
    return JSONResponse({"message": "Accepted."}, status_code=status)


def _first_to_rerun(workflow: Workflow, body: dict[str, Any], now_s: float) -> Job | None:
    """Find the job with which a rerun begins; ``None`` is the first of all."""
    from_failed, jobs = body.get("from_failed", False), body.get("jobs")
    for name in ("from_failed", "sparse_tree", "enable_ssh"):
        if not isinstance(body.get(name, False), bool):
            raise Refused(400, f"{name} must be a boolean")
    if from_failed and jobs:
        raise Refused(400, "from_failed and jobs exclude each other")
    if jobs is not None:
        if not isinstance(jobs, list):
            raise Refused(400, "jobs must be a list of job ids")
        unknown = sorted({str(job_id) for job_id in jobs} - {job.id for job in workflow.jobs})
        if unknown:
            raise Refused(400, f"Not jobs of this workflow: {', '.join(unknown)}")
        return next((job for job in workflow.jobs if job.id in jobs), None)
    if from_failed:
        return next((job for job in workflow.jobs if job.status(now_s) != "success"), None)
    return None
