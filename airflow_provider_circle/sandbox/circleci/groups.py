"""
Groups of an organization's members.

Unverified: that organizations of a code host are refused with 403; the description only says they are not supported.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_optional_text, read_text, refuse_unknown
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.sizes import sized_page

__all__ = ["GroupRoutes"]

_ALL = "/organizations/{organization}/groups"
_KIND = "group"


class GroupRoutes:
    """What can be done with groups."""

    def __init__(self, organizations: Organizations, holdings: Holdings) -> None:
        self._organizations = organizations
        self._holdings = holdings

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route(_ALL, self._list),
            Route(_ALL, self._create, methods=["POST"]),
            Route(f"{_ALL}/{{group}}", self._get),
            Route(f"{_ALL}/{{group}}", self._delete, methods=["DELETE"]),
        ]

    def _standalone(self, request: Request) -> str:
        organization = self._organizations.with_id(request.path_params["organization"])
        if organization["vcs_type"] != "circleci":
            raise Refused(403, "Permission denied.")
        return str(organization["id"])

    async def _list(self, request: Request) -> JSONResponse:
        organization = self._organizations.with_id(request.path_params["organization"])
        groups = self._holdings.all(_KIND, organization["id"])
        return JSONResponse(sized_page(request, groups, "limit") | {"total_count": len(groups)})

    async def _create(self, request: Request) -> JSONResponse:
        owner, body = self._standalone(request), await read_object(request)
        refuse_unknown(body, "name", "description")
        name, description = read_text(body, "name"), read_optional_text(body, "description")
        if any(each["name"] == name for each in self._holdings.all(_KIND, owner)):
            raise Refused(409, f"There is a group named {name} already")
        group = self._holdings.add(
            _KIND, owner, lambda group_id: {"id": group_id, "name": name, "description": description or ""}
        )
        return JSONResponse(group, status_code=201)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._holdings.find(_KIND, self._standalone(request), request.path_params["group"]).record)

    async def _delete(self, request: Request) -> JSONResponse:
        self._holdings.remove(self._holdings.find(_KIND, self._standalone(request), request.path_params["group"]))
        return JSONResponse({"message": "Group deleted."})
