"""
Projects that were made or deleted.

Every project a slug could name is there from the beginning (:mod:`~airflow_provider_circle.sandbox.circleci.slugs` says
which), so making one of a code host only brings a deleted one back. Pipelines of a deleted project are kept, and found
by their ids only.
"""

from __future__ import annotations

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_text, refuse_unknown
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.refusals import not_found
from airflow_provider_circle.sandbox.circleci.replies import JsonObject, project_details
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.slugs import Project, find_project

__all__ = ["ProjectRoutes", "Projects"]


class Projects:
    """Which projects are gone, and what those that stand alone are called."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget which were made and deleted."""
        self._names: dict[str, str] = {}
        self._deleted: set[str] = set()

    def check(self, project: Project) -> None:
        """
        Make sure that a project is still there.

        :raises Refused: 404.
        """
        if project.slug in self._deleted:
            raise not_found("Project")

    def details(self, project: Project) -> JsonObject:
        """Write a project, with the name it was made with."""
        details = project_details(project)
        return {**details, "name": self._names.get(project.slug, details["name"])}

    def create(self, organization_slug: str, name: str) -> Project:
        """
        Make a project, or bring one back.

        :raises Refused: 404, the code host has no repository of this name.
        """
        provider, _, organization = organization_slug.partition("/")
        alone = provider == "circleci"
        project = find_project(provider, organization, str(uuid4()) if alone else name)
        self._deleted.discard(project.slug)
        if alone:
            self._names[project.slug] = name
        return project

    def delete(self, project: Project) -> None:
        """Delete a project."""
        self._deleted.add(project.slug)
        self._names.pop(project.slug, None)


class ProjectRoutes:
    """What makes and deletes projects."""

    def __init__(self, projects: Projects, organizations: Organizations, holdings: Holdings) -> None:
        self._projects = projects
        self._organizations = organizations
        self._holdings = holdings

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``; a slug's slash may be escaped."""
        return [
            Route("/organization/{organization:path}/project", self._create, methods=["POST"]),
            Route(SLUG, self._delete, methods=["DELETE"]),
        ]

    async def _create(self, request: Request) -> JSONResponse:
        organization = self._organizations.find(request.path_params["organization"])
        body = await read_object(request)
        refuse_unknown(body, "name")
        project = self._projects.create(organization["slug"], read_text(body, "name"))
        return JSONResponse(self._projects.details(project))

    async def _delete(self, request: Request) -> JSONResponse:
        project = project_of(request)
        self._projects.delete(project)
        self._holdings.forget(project.id)
        return JSONResponse({"message": "Project deleted."})
