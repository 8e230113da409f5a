"""
The routes about deploys and rollbacks.

Knows how components, versions and environments are written. Which there are follows from the pipelines.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import (
    is_uuid,
    read_object,
    read_optional_text,
    read_text,
    refuse_unknown,
)
from airflow_provider_circle.sandbox.circleci.deployments import Component, Deployments, Environment, Rollback, Version
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.sizes import sized_page
from airflow_provider_circle.sandbox.circleci.trigger import Trigger, read_parameters
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["DeployRoutes"]

JsonObject = dict[str, Any]

_ROLLBACK_NAMES = ("component_name", "environment_name", "current_version", "target_version")


class DeployRoutes:
    """What can be asked about deploys, and the way back."""

    def __init__(self, organizations: Organizations, deployments: Deployments) -> None:
        self._organizations = organizations
        self._deployments = deployments

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/deploy/components", self._components),
            Route("/deploy/components/{component}", self._component),
            Route("/deploy/components/{component}/versions", self._versions),
            Route("/deploy/environments", self._environments),
            Route("/deploy/environments/{environment}", self._environment),
            Route("/projects/{project}/rollback", self._roll_back, methods=["POST"]),
        ]

    def _organization_id(self, request: Request) -> str:
        if not is_uuid(request.query_params.get("org-id")):
            raise Refused(400, "org-id must be a UUID")
        return str(self._organizations.with_id(request.query_params["org-id"])["id"])

    async def _components(self, request: Request) -> JSONResponse:
        organization_id, project_id = self._organization_id(request), request.query_params.get("project-id")
        found = [
            _component(each)
            for each in self._deployments.components()
            if each.project.organization.id == organization_id and project_id in (None, each.project.id)
        ]
        return JSONResponse(sized_page(request, found, "page-size", needed=True))

    async def _component(self, request: Request) -> JSONResponse:
        return JSONResponse(_component(self._deployments.component(request.path_params["component"])))

    async def _versions(self, request: Request) -> JSONResponse:
        component = self._deployments.component(request.path_params["component"])
        environment_id = request.query_params.get("environment-id")
        found = [_version(each) for each in component.versions if environment_id in (None, each.environment.id)]
        return JSONResponse(page(found, request.query_params.get("page-token")))

    async def _environments(self, request: Request) -> JSONResponse:
        organization_id = self._organization_id(request)
        found = [
            _environment(each) for each in self._deployments.environments() if each.organization.id == organization_id
        ]
        return JSONResponse(sized_page(request, found, "page-size", needed=True))

    async def _environment(self, request: Request) -> JSONResponse:
        return JSONResponse(_environment(self._deployments.environment(request.path_params["environment"])))

    async def _roll_back(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        refuse_unknown(body, *_ROLLBACK_NAMES, "namespace", "reason", "parameters")
        for name in ("namespace", "reason"):
            read_optional_text(body, name)
        trigger = Trigger("main", None, read_parameters(body))
        back = Rollback(*(read_text(body, name) for name in _ROLLBACK_NAMES))
        pipeline = self._deployments.roll_back(request.path_params["project"], back, trigger)
        # Unverified: which types there are.
        return JSONResponse({"id": pipeline.id, "rollback_type": "PIPELINE"}, status_code=202)


def _component(component: Component) -> JsonObject:
    times = [version.at_s for version in component.versions]
    return {
        "id": component.id,
        "project_id": component.project.id,
        "name": component.project.name,
        "release_count": len(component.versions),
        "labels": [],
        "created_at": timestamp(min(times)),
        "updated_at": timestamp(max(times)),
    }


def _version(version: Version) -> JsonObject:
    job = version.workflow.jobs[-1]
    return {
        "name": version.name,
        "environment_id": version.environment.id,
        "namespace": "default",
        "is_live": version.is_live,
        "pipeline_id": version.workflow.pipeline.id,
        "workflow_id": version.workflow.id,
        "job_id": job.id,
        "job_number": job.number,
        "last_deployed_at": timestamp(version.at_s),
    }


def _environment(environment: Environment) -> JsonObject:
    created_at = timestamp(environment.created_at)
    return {
        "id": environment.id,
        "name": environment.name,
        "description": f"Where {environment.organization.name} runs {environment.name}",
        "labels": [],
        "created_at": created_at,
        "updated_at": created_at,
    }
