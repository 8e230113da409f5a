"""
Organizations: which there are, and the URLs their projects may take orbs from.

Any UUID is an organization that stands alone, as in slugs, unless it was deleted. Projects are not remembered, so those
of a deleted organization are still found by their slugs; their pipelines are gone.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import is_uuid, read_object, read_text, read_word
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.slugs import ORGANIZATION, Organization, find_organization
from airflow_provider_circle.sandbox.circleci.state import CircleCIState

__all__ = ["OrganizationRoutes", "Organizations"]

JsonObject = dict[str, Any]

_VCS_TYPES = {"gh": "github", "bb": "bitbucket", "circleci": "circleci"}
_AUTH = ("none", "github-oauth", "github-app", "bitbucket-oauth")
_ALLOW_LIST = "/organization/{organization:path}/url-orb-allow-list"
_ENTRY = "allow-list entry"


class Organizations:
    """The organizations, those of the code hosts and those that stand alone."""

    def __init__(self, state: CircleCIState, holdings: Holdings) -> None:
        self._state = state
        self._holdings = holdings
        self.reset()

    def reset(self) -> None:
        """Forget which were made and deleted."""
        self._names: dict[str, str] = {}
        self._deleted: set[str] = set()

    def create(self, name: str, vcs_type: str) -> JsonObject:
        """
        Make an organization, or take one in that a code host has.

        :raises Refused: 404, the code host has none of this name.
        """
        if vcs_type == "circleci":
            organization_id = str(uuid4())
            self._names[organization_id] = name
        else:
            provider = next(key for key, value in _VCS_TYPES.items() if value == vcs_type)
            organization_id = find_organization(f"{provider}/{name}").id
            self._deleted.discard(organization_id)
        return self.with_id(organization_id)

    def with_id(self, organization_id: str) -> JsonObject:
        """
        Find an organization by its id.

        :return: as the service writes it.
        :raises Refused: 404.
        """
        organization_id = organization_id.lower()
        if not is_uuid(organization_id) or organization_id in self._deleted:
            raise not_found("Organization")
        known = (Organization("gh", ORGANIZATION), Organization("bb", ORGANIZATION))
        alone = Organization("circleci", organization_id)
        found = next((each for each in known if each.id == organization_id), alone)
        return {
            "id": organization_id,
            "name": self._names.get(organization_id, found.name),
            "slug": found.slug,
            "vcs_type": _VCS_TYPES[found.provider],
        }

    def find(self, slug_or_id: str) -> JsonObject:
        """
        Find an organization by its slug or its id.

        :raises Refused: 404.
        """
        return self.with_id(find_organization(slug_or_id).id if "/" in slug_or_id else slug_or_id)

    def delete(self, organization: JsonObject) -> None:
        """Delete an organization with all it owns, its projects' pipelines among them."""
        self._deleted.add(organization["id"])
        self._names.pop(organization["id"], None)
        self._holdings.forget(organization["id"])
        for pipeline in self._state.pipelines:
            if pipeline.project.organization.id == organization["id"]:
                self._holdings.forget(pipeline.project.id)
        self._state.pipelines = [
            each for each in self._state.pipelines if each.project.organization.id != organization["id"]
        ]


class OrganizationRoutes:
    """What can be done with organizations and their allow-lists."""

    def __init__(self, organizations: Organizations, holdings: Holdings) -> None:
        self._organizations = organizations
        self._holdings = holdings

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``; a slug's slash may be escaped."""
        return [
            Route("/organization", self._create, methods=["POST"]),
            Route(_ALLOW_LIST, self._list_entries),
            Route(_ALLOW_LIST, self._create_entry, methods=["POST"]),
            Route(f"{_ALLOW_LIST}/{{entry}}", self._remove_entry, methods=["DELETE"]),
            Route("/organization/{organization:path}", self._get),
            Route("/organization/{organization:path}", self._delete, methods=["DELETE"]),
        ]

    def _named(self, request: Request) -> JsonObject:
        return self._organizations.find(request.path_params["organization"])

    async def _create(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        name = read_text(body, "name")
        return JSONResponse(
            self._organizations.create(name, read_word(body, "vcs_type", _VCS_TYPES.values())), status_code=201
        )

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._named(request))

    async def _delete(self, request: Request) -> JSONResponse:
        self._organizations.delete(self._named(request))
        return JSONResponse({"message": "Organization deletion started."}, status_code=202)

    async def _list_entries(self, request: Request) -> JSONResponse:
        return JSONResponse({"items": self._holdings.all(_ENTRY, self._named(request)["id"])})

    async def _create_entry(self, request: Request) -> JSONResponse:
        organization, body = self._named(request), await read_object(request)
        fields = {
            "name": read_text(body, "name"),
            "prefix": read_text(body, "prefix"),
            "auth": read_word(body, "auth", _AUTH),
        }
        if any(each["prefix"] == fields["prefix"] for each in self._holdings.all(_ENTRY, organization["id"])):
            raise Refused(400, "There is an allow-list entry with this prefix already")
        entry = self._holdings.add(_ENTRY, organization["id"], lambda entry_id: {"id": entry_id, **fields})
        return JSONResponse({"id": entry["id"], "message": "URL orb allow-list entry created."})

    async def _remove_entry(self, request: Request) -> JSONResponse:
        entry = self._holdings.find(_ENTRY, self._named(request)["id"], request.path_params["entry"])
        self._holdings.remove(entry)
        return JSONResponse({"id": entry.id, "message": "URL orb allow-list entry removed."})
